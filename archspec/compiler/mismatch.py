"""Joins of values that do not fit: which they are, who made each of them, and what to write."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias

from archspec.compiler.fit import Step, fit, joins, positions
from archspec.compiler.here import BROKEN, Here
from archspec.compiler.names import Lookup
from archspec.compiler.origin import has_shape, made_at, way
from archspec.diagnostics import Related
from archspec.graph.nodes import Value
from archspec.ops import ShapeError, agree
from archspec.records import record
from archspec.types.sizes import ceil_div
from archspec.types.tensor import TensorType

_SHOWN = 6
"""Operands that a message names, and a remedy writes."""

_FEATURES = 64
"""Channels of an embedding where nothing says how many it has."""

Told: TypeAlias = Callable[[ShapeError], tuple[ShapeError, tuple[Related, ...]]]
"""From what an op says of values that it cannot take to what is told of them, and the places to show."""


@record(eq=False, repr=False)
class Operand:
    """One of the values that are joined: what it is called, and how a reference to it is written, if it has one."""

    called: str
    value: Value
    written: str = ""

    @property
    def type(self) -> TensorType:
        """Its type; a join is told of only where all are known."""
        assert self.value.type is not None
        return self.value.type


def told(merge: str, operands: Sequence[Operand], here: Here, remedy: Callable[[], str]) -> Told:
    """What is told of a join that there cannot be."""

    def tell(error: ShapeError) -> tuple[ShapeError, tuple[Related, ...]]:
        help = remedy() if error.code in ("A402", "A412") else ""
        message = f"`{merge}` cannot join {_listed(operands)}" if error.code == "A412" else error.message
        return ShapeError(error.code, message, help or error.help), made_by(operands, here)

    return tell


def made_by(operands: Sequence[Operand], here: Here) -> tuple[Related, ...]:
    """Where each operand is made."""
    places = [(operand, made_at(operand.value, here)) for operand in operands]
    return tuple(
        Related(at, f"{operand.called} is made here: {operand.type}") for operand, at in places if at is not None
    )


def _listed(operands: Sequence[Operand]) -> str:
    types = [operand.type for operand in operands]
    tells_layout = len({kind.layout for kind in types if kind.size}) > 1
    words = [f"{operand.called} ({_shape(operand.type, tells_layout)})" for operand in operands[:_SHOWN]]
    if len(operands) > _SHOWN:
        words.append(f"{len(operands) - _SHOWN} more")
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _shape(kind: TensorType, tells_layout: bool) -> str:
    if kind.vocab is not None:
        return f"{kind}, token ids"
    return f"{kind}, {kind.layout.replace('_', ' ')}" if tells_layout and kind.size else str(kind)


def target_of(operands: Sequence[Operand], merge: str) -> Operand:
    """The operand that the others are to fit: one that is not broadcast, that most fit already, rather a reference than
    the current value, rather a large one than a small one."""
    few = operands[:_SHOWN]

    def rank(operand: Operand) -> tuple[bool, bool, int, int, bool, int]:
        kind = operand.type
        fitting = sum(joins(other.type, kind, merge) for other in few)
        ones = (*kind.size, *(() if merge == "concat" else (kind.channels,))).count(1)
        is_current = operand.written == "."
        return kind.vocab is None, fitting < len(few), -ones, fitting, not is_current, positions(kind)

    return max(operands, key=rank)


def of_references(merge: str, operands: Sequence[Operand], here: Here) -> str:
    """The nodes to write before an `add`, `mul` or `concat`, and how that is written then."""
    if len(operands) > _SHOWN:
        return ""
    if merge != "concat" and (shapes := _shapes(merge, operands)):
        return shapes
    target = target_of(operands, merge)
    misfits = [one for one in operands if not joins(one.type, target.type, merge)]
    current = _name_of(here.current, here.lookup)
    like = current if target.written == "." else target.written
    lines: list[str] = []
    names = {one: current if one.written == "." else one.written for one in operands}
    is_alone = [one.written for one in misfits] == ["."]
    # the current value is another after the first of the nodes
    for one in sorted(misfits, key=lambda one: one.written != "."):
        # token ids alone are embedded first, to any channels
        ids = target.type.vocab is not None
        steps = [Step("embedding", {"features": _FEATURES})] if ids else fit(one.type, target.type, merge, like)
        if not steps:
            return ""
        if is_alone:
            lines += [step.written() for step in steps]
        else:
            names[one] = _free(one.called, here.lookup)
            lines += _named(steps, names[one], "" if one.written == "." else one.written)
    if not all(names.values()):
        return ""
    before = f"before this `{merge}`, write {_code(lines)}"
    if not is_alone:
        before += f"; then `- {merge}: [{', '.join(names[one] for one in operands)}]`"
    return _projected(merge, operands, here) + before


def _shapes(merge: str, operands: Sequence[Operand]) -> str:
    """The shapes to give to values that the file shapes; empty where others do not join either."""
    others = [one for one in operands if not has_shape(one.value)]
    if not others:
        return ""
    target = target_of(others, merge)
    misfits = [one for one in operands if not joins(one.type, target.type, merge)]
    if not all(has_shape(one.value) for one in misfits):
        return ""
    shapes = (f"{one.called} the shape {_broadcast(one.type, target.type)}" for one in misfits)
    return f"give {', and '.join(shapes)}"


def _broadcast(x: TensorType, target: TensorType) -> str:
    """The shape of a value without a batch, made such that it joins another: what is 1 or fits stays."""
    count = min(len(x.shape), len(target.shape))
    pairs = zip(x.shape[-count:], target.shape[-count:], strict=True) if count else ()
    return str([b if a != 1 and isinstance(b, int) else 1 for a, b in pairs])


def _named(steps: list[Step], name: str, source: str) -> list[str]:
    """Nodes of which the first receives a reference, and the last has a name."""
    last = len(steps) - 1
    return [
        step.written(**({"name": name} if i == last else {}), **({"from": source} if i == 0 and source else {}))
        for i, step in enumerate(steps)
    ]


def _code(lines: Sequence[str]) -> str:
    return ", ".join(f"`- {line}`" for line in lines)


def _free(called: str, lookup: Lookup) -> str:
    """A name for what an operand becomes."""
    base = re.sub(r"\W+", "_", called).strip("_") or "value"
    name, number = f"{base}_fit", 1
    while lookup.find(name) is not None and number < _SHOWN:
        number += 1
        name = f"{base}_fit_{number}"
    return name


def _name_of(value: Value, lookup: Lookup) -> str:
    """The name by which a reference finds a value; empty where it has none."""
    scope: Lookup | None = lookup
    while scope is not None:
        for name, entry in scope.entries.items():
            if entry.value is value and lookup.find(name) is value:
                return f'"{name}"' if name.isdigit() else name
        scope = scope.outer
    return "input" if lookup.input is value else ""


def _projected(merge: str, operands: Sequence[Operand], here: Here) -> str:
    """The word on `residual`, where one would do what an `add` is meant to do."""
    others = [one for one in operands if one.written != "."]
    if merge != "add" or len(operands) != 2 or len(others) != 1 or not here.norm or here.norm is BROKEN:
        return ""
    (x,), (body,) = others, [one for one in operands if one.written == "."]
    if x.written not in (*here.lookup.entries, "input") or not _leads(x.value, body.value):
        return ""
    stride = body.type.stride.over(x.type.stride)
    if stride is None or body.type.layout != x.type.layout or not body.type.channels_first:
        return ""
    sizes = zip(x.type.size, body.type.size, stride, strict=True)
    if not all(isinstance(s, int) and agree(ceil_div(a, s), b) for a, b, s in sizes):
        return ""
    return f"write the nodes after {x.called} as `- residual: […]` in place of this `add`: it projects by itself; or "


def _leads(x: Value, value: Value) -> bool:
    """Whether a value comes from another, node after node."""
    return any(x in node.inputs[:1] for node in way(x, value))


def of_residual(merge: str, shortcut: Value, body: Value, x: Value, write: str, here: Here) -> str:
    """What to write in a residual whose body does not fit its shortcut; `write` says where nodes of the shortcut go,
    which receive `x`."""
    assert shortcut.type is not None
    assert x.type is not None
    assert body.type is not None
    if here.bundled:
        return "choose arguments of the block, and nodes passed to it, that keep the size"
    if (shortcut.type.layout, len(shortcut.type.size)) != (body.type.layout, len(body.type.size)):
        steps = fit(body.type, shortcut.type, merge)
        if steps and not any(step.op == "global_pool" for step in steps):
            return f"end the body with {_code([step.written() for step in steps])}"
    if _is_narrowed(here.value, body, here):
        return "leave out `padding` in the body: without it, an odd kernel keeps the size"
    steps = _by_factor(x.type, body.type, merge)
    if steps is None:
        steps = fit(x.type, body.type, merge, _name_of(body, here.lookup))
    return "" if steps is None else write.format(", ".join(step.written() for step in steps))


def _is_narrowed(x: Value, body: Value, here: Here) -> bool:
    """Whether a body keeps the size but for what `padding` says in it."""
    found = False
    for node in way(x, body):
        before, after = node.types[0], node.output.type
        if after is None or before.size == after.size:
            continue
        padding = type(node.op).model_fields.get("padding")
        if padding is None or padding.default is not None or node.site is not here.site:
            return False
        try:
            kept = node.op.model_copy(update={"padding": None}).infer(*node.types)
        except ShapeError:
            return False
        if kept.size != before.size:
            return False
        found = True
    return found


def of_branches(merge: str, operands: Sequence[Operand], here: Here) -> str:
    """The nodes with which to end a branch of a `parallel`; they may refer to a branch before it."""
    target = target_of(operands, merge)
    one = next(one for one in operands if not joins(one.type, target.type, merge))
    later, earlier = sorted((one, target), key=operands.index, reverse=True)
    like = _name_of(earlier.value, here.lookup)
    # rather than to give a size to what grows, to what shrinks
    large, small = sorted((one, target), key=lambda operand: positions(operand.type), reverse=True)
    tries = (
        (one, _by_factor(one.type, target.type, merge)),
        (large, fit(large.type, small.type, merge)),
        (one, fit(one.type, target.type, merge)),
        (later, fit(later.type, earlier.type, merge, like)),
    )
    found, steps = next(((branch, steps) for branch, steps in tries if steps), (one, None))
    return f"end {found.called} with {_code([step.written() for step in steps])}" if steps else ""


def _by_factor(x: TensorType, target: TensorType, merge: str) -> list[Step] | None:
    """The nodes after which a value joins another where none of them is given a size."""
    steps = fit(x, target, merge)
    return None if steps is None or any("size" in step.arguments for step in steps) else steps
