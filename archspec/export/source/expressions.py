"""Functions, and modules without weights, as the expressions that somebody would write for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from archspec.export.source.code import Code, Group, Text, call, flat, keyword, literal
from archspec.export.source.make import ATTENTION
from archspec.ops.base import FUNCTIONS, MODULES

SUM, PRODUCT, PRIMARY = range(3)


class Term(NamedTuple):
    """An expression, with how strongly its parts hold together."""

    code: Code
    level: int = PRIMARY

    def within(self, level: int) -> str:
        """Its text as part of an expression that binds as strongly as `level`."""
        return flat(self.code) if self.level >= level else f"({flat(self.code)})"


def expression(
    target: str, operands: Sequence[Term], child: str, arguments: Mapping[str, Any], names: Callable[[str], str]
) -> Term:
    """The expression of a step: of a child where there is no target, otherwise of a function or a module.

    Arguments that may be parameters are texts, the others constants; `names` says what the file calls a function.
    """
    if target in _EXPRESSIONS:
        return _EXPRESSIONS[target](operands, child, arguments)
    texts: list[Code] = [operand.code for operand in operands]
    if target:
        texts += [child] if child else []
        texts += [
            keyword(name, value if isinstance(value, Text) else literal(value)) for name, value in arguments.items()
        ]
        return Term(call(names(target), texts))
    return Term(call(child, texts))


def is_written(target: str) -> bool:
    """Whether a function or module is written as an expression, so that no file holds it."""
    return target in _EXPRESSIONS


def repeats_operand(target: str, arguments: Mapping[str, Any]) -> bool:
    """Whether the expression names an operand more than once, which must then be a variable."""
    if target == f"{FUNCTIONS}.position" and "start" in arguments:
        return True
    parts = [*arguments.get("split", ()), *(group for split in arguments.get("splits", ()) for group in split)]
    looks_up = any(isinstance(part, tuple) for group in parts for part in group)
    return looks_up or target in (ATTENTION, f"{FUNCTIONS}.class_token") or bool(arguments.get("wide"))


def _own(operands: Sequence[Term], child: str, arguments: Mapping[str, Any]) -> Term:
    # what is the same for every sample is a batch of one
    return Term(child if arguments.get("batch") else f"{child}[None]")


def _aligned(operands: Sequence[Term], arguments: Mapping[str, Any]) -> list[Term]:
    """The operands with axes of 1 after the batch, where some have fewer than others."""
    axes = arguments.get("axes") or (0,) * len(operands)
    pairs = zip(operands, axes, strict=True)
    return [Term(f"{x.within(PRIMARY)}[:{', None' * n}]") if n else x for x, n in pairs]


def _infix(sign: str, level: int, operands: Sequence[Term], child: str, arguments: Mapping[str, Any]) -> Term:
    """The operands from the left to the right: what stands after a sign binds more strongly."""
    first, *others = _aligned(operands, arguments)
    return Term(f" {sign} ".join([first.within(level), *(other.within(level + 1) for other in others)]), level)


def _concat(operands: Sequence[Term], child: str, arguments: Mapping[str, Any]) -> Term:
    dim, wide = arguments["dim"], arguments.get("wide", ())
    values = [operand.code for operand in operands]
    if wide:
        axes = range(2, 2 + len(wide)) if dim == 1 else range(1, 1 + len(wide))
        sizes = ", ".join(f"{flat(values[at])}.shape[{axis}]" for axis, at in zip(axes, wide, strict=True))
        if len({*wide}) == 1 and len(wide) > 1:
            sizes = f"*{flat(values[wide[0]])}.shape[{'2:' if dim == 1 else '1:-1'}]"
        shape = f"-1, -1, {sizes}" if dim == 1 else f"-1, {sizes}, -1"
        full = {flat(values[at]) for at in wide}
        values = [value if {flat(value)} == full else f"{flat(value)}.expand({shape})" for value in values]
    return Term(call("torch.cat", [Group("[", tuple(values), "]"), f"dim={dim}"]))


def _chunk(operands: Sequence[Term], child: str, arguments: Mapping[str, Any]) -> Term:
    axes = ":" if arguments["dim"] == 1 else "..."
    start, stop = "" if arguments["start"] == "0" else arguments["start"], arguments.get("stop", "")
    return Term(f"{operands[0].within(PRIMARY)}[{axes}, {_slice(start, stop)}]")


def _slice(start: str, stop: str, step: str = "") -> str:
    """A slice as the formatter writes it: without spaces where all that it has are numbers."""
    if all(part.removeprefix("-").isdecimal() for part in (start, stop, step) if part):
        return f"{start}:{stop}{step and f':{step}'}"
    text = f"{start}{' ' * bool(start)}:{' ' * bool(stop)}{stop}"
    return f"{text}{' ' * bool(stop)}: {step}" if step else text


def _split(operands: Sequence[Term], child: str, arguments: Mapping[str, Any]) -> Term:
    parts = f"chunk({arguments['count']}" if "count" in arguments else f"split({arguments['sizes']}"
    return Term(f"{operands[0].within(PRIMARY)}.{parts}, dim={arguments['dim']})")


def _scale(operands: Sequence[Term], child: str, arguments: Mapping[str, Any]) -> Term:
    ones = ", 1" * arguments.get("trailing", 0)
    return Term(f"{operands[0].within(PRODUCT)} * {child}" + (f".reshape(-1{ones})" if ones else ""), PRODUCT)


def _position(operands: Sequence[Term], child: str, arguments: Mapping[str, Any]) -> Term:
    x = operands[0].within(SUM)
    if "start" in arguments:
        child += f".narrow(-2, {arguments['start']}, {x}.shape[1])"
    return Term(f"{x} + {child}", SUM)


def _class_token(operands: Sequence[Term], child: str, arguments: Mapping[str, Any]) -> Term:
    x = flat(operands[0].code)
    rows = "1" if arguments.get("flat") else "-1"
    return Term(f"torch.cat([{child}.expand({x}.shape[0], {rows}, -1), {x}], dim=1)")


def _attention(operands: Sequence[Term], child: str, arguments: Mapping[str, Any]) -> Term:
    x = flat(operands[0].code)
    return Term(f"{child}({x}, {x}, {x}, need_weights=False)[0]")


def _flatten(operands: Sequence[Term], child: str, arguments: Mapping[str, Any]) -> Term:
    return Term(f"{operands[0].within(PRIMARY)}.flatten(1)")


def _global_pool(operands: Sequence[Term], child: str, arguments: Mapping[str, Any]) -> Term:
    function = "mean" if arguments["kind"] == "avg" else "amax"
    dims = arguments["dims"][0] if len(arguments["dims"]) == 1 else arguments["dims"]
    keep = ", keepdim=True" if arguments["keepdim"] else ""
    return Term(f"{operands[0].within(PRIMARY)}.{function}({literal(dims)}{keep})")


def _multiply(operands: Sequence[Term], child: str, arguments: Mapping[str, Any]) -> Term:
    return Term(f"{operands[0].within(PRODUCT)} * {arguments['factor']}", PRODUCT)


def _offset(operands: Sequence[Term], child: str, arguments: Mapping[str, Any]) -> Term:
    return Term(f"{operands[0].within(SUM)} + {arguments['amount']}", SUM)


def _cut(operands: Sequence[Term], child: str, arguments: Mapping[str, Any]) -> Term:
    before = "..., " if arguments["dim"] == -1 else ":, " * arguments["dim"]
    start, stop, step = (str(arguments.get(key, "")) for key in ("start", "stop", "step"))
    return Term(f"{operands[0].within(PRIMARY)}[{before}{_slice(start, stop, step)}]")


def _pad(operands: Sequence[Term], child: str, arguments: Mapping[str, Any]) -> Term:
    value: list[Code] = [f"value={arguments['value']!r}"] if arguments["value"] else []
    return Term(call("F.pad", [operands[0].code, arguments["padding"], *value]))


def _select(operands: Sequence[Term], child: str, arguments: Mapping[str, Any]) -> Term:
    return Term(f"{operands[0].within(PRIMARY)}[{':, ' * arguments['dim']}{arguments['index']}]")


def _resize_like(operands: Sequence[Term], child: str, arguments: Mapping[str, Any]) -> Term:
    size = f"size={operands[1].within(PRIMARY)}.shape[2:]"
    return Term(call("F.interpolate", [operands[0].code, size, f"mode={literal(arguments['mode'])}"]))


def _rearrange(operands: Sequence[Term], child: str, arguments: Mapping[str, Any]) -> Term:
    named = [[Text(arguments.get(part, "-1")) for part in group] for group in arguments["split"]]
    return Term(_moved(_divided(operands, 0, named), arguments["order"], arguments["merge"]))


def _rearranged(operands: Sequence[Term], child: str, arguments: Mapping[str, Any]) -> Term:
    return Term(_moved(_divided(operands, 0, arguments["split"]), arguments["order"], arguments["merge"]))


def _reduce(operands: Sequence[Term], child: str, arguments: Mapping[str, Any]) -> Term:
    text, dims = _divided(operands, 0, arguments["split"]), arguments["dims"]
    kind = {"max": "amax", "min": "amin"}.get(arguments["kind"], arguments["kind"])
    if kind == "prod":
        text += "".join(f".prod({dim})" for dim in reversed(dims))
    elif dims:
        text += f".{kind}({literal(dims[0] if len(dims) == 1 else dims)})"
    return Term(_moved(text, arguments["order"], arguments["merge"]))


def _einsum(operands: Sequence[Term], child: str, arguments: Mapping[str, Any]) -> Term:
    splits = [*enumerate(arguments["splits"])]
    is_whole = [all(len(group) == 1 for group in split) for _, split in splits]
    first, *others = [
        flat(operands[at].code) if is_whole[at] else _divided(operands, at, split) for at, split in splits
    ]
    equations = arguments["equations"]
    text = f"torch.einsum({literal(equations[0])}, {', '.join([first, *others[:1]])})"
    for equation, other in zip(equations[1:], others[1:], strict=True):
        text = f"torch.einsum({literal(equation)}, {text}, {other})"
    merge = arguments["merge"]
    return Term(_moved(text, range(sum(merge)), merge))


def _divided(operands: Sequence[Term], at: int, split: Sequence[Sequence[Any]]) -> str:
    """An operand with its axes split into parts: texts and numbers, None for what is left, or the axis of another
    operand and what it is divided by."""
    text = operands[at].within(PRIMARY)
    for axis in reversed(range(len(split))):
        parts = [_part(operands, part) for part in split[axis]]
        if len(parts) > 1:
            text += f".unflatten({axis}, ({', '.join(parts)}))"
        elif not parts:
            text += f".squeeze({axis})"
    return text


def _part(operands: Sequence[Term], part: Any) -> str:
    if isinstance(part, tuple):
        operand, axis, divisor = part
        size = f"{operands[operand].within(PRIMARY)}.shape[{axis}]"
        return f"{size} // {divisor}" if divisor > 1 else size
    return "-1" if part is None else str(part)


def _moved(text: str, order: Sequence[int], merge: Sequence[int]) -> str:
    """A value with its axes moved, and neighbours of them merged."""
    flattened, order, merge = _flattened_first(list(order), list(merge))
    text += flattened + _permuted(order)
    start = len(order)
    for count in reversed(merge):
        start -= count
        if count > 1:
            text += f".flatten({start}, {start + count - 1})"
        elif count == 0:
            text += f".unsqueeze({start})"
    return text


def _flattened_first(order: list[int], merge: list[int]) -> tuple[str, list[int], list[int]]:
    """Where one group of axes that are neighbours already is merged, merging comes first: `x.flatten(2)`."""
    wide = [at for at, count in enumerate(merge) if count > 1]
    if len(wide) != 1 or order == sorted(order):
        return "", order, merge
    at, count = wide[0], merge[wide[0]]
    start = sum(merge[:at])
    axes = order[start : start + count]
    if axes != list(range(axes[0], axes[0] + count)):
        return "", order, merge
    end = "" if axes[-1] == len(order) - 1 else f", {axes[-1]}"
    kept = [*order[: start + 1], *order[start + count :]]
    kept = [axis - (count - 1) * (axis > axes[-1]) for axis in kept]
    return f".flatten({axes[0]}{end})", kept, [*merge[:at], 1, *merge[at + 1 :]]


def _permuted(order: list[int]) -> str:
    moved = [axis for axis, source in enumerate(order) if axis != source]
    if not moved:
        return ""
    if len(moved) == 2:
        return f".transpose({moved[0]}, {moved[1]})"
    return f".permute({', '.join(map(str, order))})"


_EXPRESSIONS: dict[str, Callable[[Sequence[Term], str, Mapping[str, Any]], Term]] = {
    f"{FUNCTIONS}.add": partial(_infix, "+", SUM),
    f"{FUNCTIONS}.mul": partial(_infix, "*", PRODUCT),
    f"{FUNCTIONS}.sub": partial(_infix, "-", SUM),
    f"{FUNCTIONS}.div": partial(_infix, "/", PRODUCT),
    f"{FUNCTIONS}.own": _own,
    f"{FUNCTIONS}.concat": _concat,
    f"{FUNCTIONS}.chunk": _chunk,
    f"{FUNCTIONS}.cut": _cut,
    f"{FUNCTIONS}.split": _split,
    f"{FUNCTIONS}.scale": _scale,
    f"{FUNCTIONS}.position": _position,
    f"{FUNCTIONS}.class_token": _class_token,
    ATTENTION: _attention,
    "torch.nn.Flatten": _flatten,
    f"{MODULES}.GlobalPool": _global_pool,
    f"{MODULES}.Multiply": _multiply,
    f"{MODULES}.Offset": _offset,
    f"{MODULES}.Pad": _pad,
    f"{MODULES}.Select": _select,
    f"{MODULES}.ResizeLike": _resize_like,
    f"{MODULES}.Rearrange": _rearrange,
    f"{FUNCTIONS}.rearrange": _rearranged,
    f"{FUNCTIONS}.reduce": _reduce,
    f"{FUNCTIONS}.einsum": _einsum,
}
