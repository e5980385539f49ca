"""Where a shape came from: the nodes that an error about it points at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, zip_longest

from archspec.compiler.here import Here
from archspec.diagnostics import Related, Span
from archspec.graph.nodes import Node, Site, Value
from archspec.language import Argument
from archspec.types.tensor import Factor, TensorType

_NODES_BACK = 10_000
"""Nodes on the way back, beyond which nobody looks for the one to blame."""


def makers(values: tuple[Value, ...], but: Span, here: Here) -> tuple[Related, ...]:
    """Where each value comes from, unless that is the place of the error itself: a node, or an input that stands in
    another file than the error, as over a base."""
    found: dict[Related, None] = {}
    for value in values:
        at = made_at(value, here)
        if at is not None and at != but and (at.source is not but.source or not _is_input(value)):
            found[Related(at, f"gives {value.type} here")] = None
    return tuple(found)


def made_at(value: Value, here: Here) -> Span | None:
    """Where a value is made, as seen from here: at a node beside this one, or at the call that leads to it."""
    node = _maker(value)
    return _declared(value, here.context.spec.inputs) if node is None else seen_from(node, here.site)


def has_shape(value: Value) -> bool:
    """Whether a value is made in the shape that the file gives it."""
    node = _maker(value)
    return node is not None and node.op.beside and "shape" in type(node.op).model_fields


def seen_from(node: Node, site: Site | None) -> Span | None:
    """Where a node stands, or the first of the calls that lead there and not to another place."""
    calls = [] if node.site is None else node.site.chain()
    around = [] if site is None else site.chain()
    other = next((call for call, own in zip_longest(calls, around) if call is not own), None)
    return node.span if other is None else other.span


def _is_input(value: Value) -> bool:
    return value.scope is not None and value.scope.kind == "network" and value in value.scope.inputs


def _declared(value: Value, inputs: Mapping[str, Argument]) -> Span | None:
    """Where the network's input is declared that a value is, if it is one."""
    if not _is_input(value) or value.scope is None:
        return None
    return list(inputs.values())[value.scope.inputs.index(value)].at


def changes(x: Value, body: Value, here: Here) -> tuple[Related, ...]:
    """Which nodes of a body, as seen from here, made stride, channels or sizes other than those of its input."""
    before, after = x.type, body.type
    open = before is not None and after is not None and before.channels != after.channels
    found: dict[Span, dict[str, None]] = {}
    for node in way(x, body):
        new, at = node.output.type, seen_from(node, here.site)
        if new is None or at is None or not node.types:
            continue
        old = node.types[0]
        labels = [_change(old, new)]
        if open and new.channels != old.channels:
            # the last word about channels counts: the way goes back from the end
            labels.append(f"{new.channels} channels")
            open = False
        for label in filter(None, labels):
            found.setdefault(at, {})[label] = None
    return tuple(Related(span, f"{', '.join(labels)} here") for span, labels in reversed(found.items()))


def _change(old: TensorType, new: TensorType) -> str:
    """What a node does to stride or sizes, in words; empty where it keeps them."""
    stride = new.stride.over(old.stride)
    if stride is not None and any(factor != 1 for factor in stride):
        return strided(stride)
    return f"gives {new}" if len(old.size) == len(new.size) and old.size != new.size else ""


def strided(stride: tuple[Factor, ...]) -> str:
    """A stride in words: `stride 2`, or where the axes differ `stride 2 × 2 × 1`."""
    return f"stride {' × '.join(map(str, stride if len(set(stride)) > 1 else stride[:1]))}"


def way(x: Value, body: Value) -> Iterator[Node]:
    """The nodes from the end of a body back to its input: through the body of a residual, else the first input."""
    value, made = body, dict[Value, Node]()
    for _ in range(_NODES_BACK):
        if value not in made and value.scope is not None:
            made.update({one: item for item in value.scope.body if isinstance(item, Node) for one in item.outputs})
        node = None if value is x else made.get(value)
        if node is None:
            return
        yield node
        if not node.inputs:
            return
        value = node.inputs[-1 if node.traits.join == "sum" else 0]


def _maker(value: Value) -> Node | None:
    """The node that makes a value; None for an input."""
    body = reversed(value.scope.body) if value.scope is not None else ()
    return next((item for item in islice(body, _NODES_BACK) if isinstance(item, Node) and value in item.outputs), None)
