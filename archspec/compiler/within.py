"""`within`: the value in windows, which are the batch meanwhile, and back."""

from __future__ import annotations

from typing import Any

from archspec.compiler.combinators import arguments_of, close_scope, inside_of
from archspec.compiler.context import Skip
from archspec.compiler.here import Here
from archspec.compiler.opnode import insert
from archspec.diagnostics import Span
from archspec.graph.nodes import Value
from archspec.language import Argument, NodeSpec
from archspec.language.combinators import Within
from archspec.ops import ShapeError
from archspec.ops.within import Enter, Exit, Seam, Windows
from archspec.types.tensor import windows


def within(node: NodeSpec, here: Here) -> Value:
    """The layers on the value rearranged, and the same undone."""
    found, given = arguments_of(node, Within, here)
    inner, is_module = inside_of(node, "within", True, here)
    x = inner.scope.receive(inner.value)
    inner = inner.receiving(x)
    try:
        shift = _shift(found, given, node, inner)
        arguments: dict[str, Any] = {**(found.__pydantic_extra__ or {}), "pattern": found.pattern, "shift": shift}
        last = _inside(node, arguments, given, inner)
    except Skip:
        inner.at(value=inner.unknown()).walk(given["layers"].nodes)
        last = inner.unknown()
    return close_scope(inner, last, here) if is_module else last


def _inside(node: NodeSpec, arguments: dict[str, Any], given: dict[str, Argument], here: Here) -> Value:
    x = here.value
    entered = _insert(Enter(**arguments), (x,), node.span, given, here)
    if entered.type is None or x.type is None:
        raise Skip
    seam = _insert(Seam(**arguments), (x,), node.span, given, here) if any(arguments["shift"]) else None
    inside = here.receiving(entered).at(frame=entered.type.frame, seam=seam)
    last = inside.walk(given["layers"].nodes)
    if last.type is None:
        return here.unknown()
    if windows(last.type.frame) is not windows(entered.type.frame) or last.type.batch != entered.type.batch:
        message = "the layers of `within` give a value that is not from inside"
        here.report("A419", message, node.span, "end with a node that works on the windows")
        raise Skip
    return _insert(Exit(**arguments), (here.scope.receive(last), x), node.span, given, here)


def _insert(op: Windows, values: tuple[Value, ...], span: Span, given: dict[str, Argument], here: Here) -> Value:
    return insert(op, values, span, "within", here, arguments=given, is_private=True)


def _shift(found: Within, given: dict[str, Argument], node: NodeSpec, here: Here) -> tuple[int, ...]:
    """How far each axis of the value is rolled: those that the pattern takes apart. Raises `Skip` after a report."""
    try:
        apart = Windows(pattern=found.pattern).taken_apart
    except ShapeError as error:
        here.report(error.code, error.message, given["pattern"].at, error.help)
        raise Skip from None
    grouped = [number for number, is_apart in enumerate(apart) if is_apart]
    steps = found.shift if isinstance(found.shift, tuple) else (found.shift,) * len(grouped)
    at = given["shift"].at if "shift" in given else node.span
    if len(steps) != len(grouped):
        message = f"`shift` has {len(steps)} numbers for {len(grouped)} axes that the pattern takes apart"
        here.report("A405", message, at, "give one number, or one for each group on the left side")
        raise Skip
    if here.frame is not None and here.frame.seam:
        here.report("A419", "a `within` stands in a shifted one", node.span, "put one after the other")
        raise Skip
    by_axis = dict(zip(grouped, steps, strict=True))
    return tuple(by_axis.get(number, 0) for number in range(len(apart))) if any(steps) else ()
