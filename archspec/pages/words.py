"""What is written into a box, and what kind of box it is."""

from __future__ import annotations

from typing import Any

from archspec.graph.nodes import Node, Scope, Value
from archspec.ops.base import Op
from archspec.ops.written import explicit_arguments, literal
from archspec.pages.picture import Kind, Words
from archspec.reports.summary.rows import noted
from archspec.types.figures import figure

_FAMILIES: dict[str, Kind] = {
    "conv": "conv",
    "linear": "linear",
    "experts": "linear",
    "attention": "attention",
    "sdpa": "attention",
    "recurrent": "recurrent",
    "norm": "norm",
    "act": "act",
    "pool": "pool",
    "join": "join",
    "einsum": "join",
    "elementwise": "act",
    "own": "embedding",
    "positions": "embedding",
    "rope": "embedding",
}
"""The kinds of ops by the file of their family; all others change shapes."""
_FIRST = ("kernel", "channels", "features", "heads", "stride")
"""Arguments that are written without their names, or as people write them, before all others."""
_LEFT_OUT = {"bias", "padding", "ceil_mode", "eps", "momentum", "elementwise_affine", "dropout", "mask"}
_LONGEST = 28
_SIGNS = {"sum": "+", "product": "×", "difference": "−", "quotient": "÷"}


def kind_of(op: Op) -> Kind:
    """The kind of box for an op."""
    if op.traits.positions or op.traits.tokens:
        return "embedding"
    if op.traits.join:
        return "join"
    family = type(op).__module__.rpartition(".")[2]
    if family == "linear" and not op.traits.layer:
        return "embedding"
    return _FAMILIES.get(family, "shape")


def words_of(node: Node) -> Words:
    """The words of the box of an op."""
    traits = node.traits
    if traits.join in _SIGNS:
        return Words(_SIGNS[traits.join], note=node.note)
    if traits.norm:
        return Words(f"{traits.norm} norm", note=node.note)
    if traits.activation:
        return Words(traits.activation.replace("_", " "), note=node.note)
    if traits.passes:
        # equal modules may drop values with different probabilities
        return Words(node.op.name.replace("_", " "), note=node.note)
    return Words(node.op.name.replace("_", " "), _arguments(node), note=node.note)


def words_of_scope(scope: Scope) -> Words:
    """The words of a module: its block, or else what it is, with the numbers that it was called with."""
    known = {name: value for name, value in scope.arguments.items() if name in _FIRST}
    dimensions = _dimensions(scope.inputs[0])
    texts = [(name, _argument(name, known[name], dimensions)) for name in _FIRST if name in known]
    what = scope.label.replace("_", " ")
    if scope.of is not None and (scope.parent is None or scope.parent.of is None):
        what = f"{what} with the weights of {scope.of.name}"
    return Words(what, tuple((name, text) for name, text in texts if text), "", noted(scope))


def _arguments(node: Node) -> tuple[tuple[str, str], ...]:
    """The arguments of an op that are worth a place in its box."""
    given = explicit_arguments(node.op)
    kernel = getattr(node.op, "kernel", None)
    if kernel is not None:
        given["kernel"] = kernel
    if node.traits.layer and node.output.type is not None:
        given.pop("features", None)
        given["channels"] = node.output.type.channels
    order = [*(name for name in _FIRST if name in given), *(name for name in given if name not in _FIRST)]
    dimensions = _dimensions(node.inputs[0] if node.inputs else node.output)
    left_out = {*_LEFT_OUT, *node.op.references}
    texts = [(name, _argument(name, given[name], dimensions)) for name in order if name not in left_out]
    found = [(name, text) for name, text in texts if text and len(text) <= _LONGEST]
    return tuple(found[:4])


def _argument(name: str, value: Any, dimensions: int) -> str:
    """One argument as figures have it: `3×3`, `64`, `/2`, `groups 32`; nothing for what goes without saying."""
    if name == "kernel":
        return "×".join(map(str, value if isinstance(value, tuple) else (value,) * max(dimensions, 1)))
    if name in {"stride", "dilation", "groups"} and set(value if isinstance(value, tuple) else (value,)) == {1}:
        return ""
    if name == "stride":
        return f"/{'×'.join(map(str, value)) if isinstance(value, tuple) else value}"
    if name in {"channels", "features"}:
        return literal(value, _number)
    if name == "groups" and not isinstance(value, int):
        return literal(value)
    if name == "heads":
        return f"{value} heads"
    if isinstance(value, bool):
        return name.replace("_", " ") if value else ""
    text = literal(value, _number)
    return text if name in {"pattern", "type", "size", "shape", "scale"} else f"{name.replace('_', ' ')} {text}"


def _dimensions(value: Value) -> int:
    return 0 if value.type is None else len(value.type.size)


def _number(value: float) -> str:
    return figure(value).removesuffix(".0")
