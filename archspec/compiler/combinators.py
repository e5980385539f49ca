"""`seq`, `repeat`, joins and `slot`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from archspec.compiler.defaults import given
from archspec.compiler.names import Entry, Lookup, Names
from archspec.compiler.opnode import blame, claim, define, infer, put
from archspec.compiler.place import ITEMS, Context, Passed, Place, Skip, name_of
from archspec.compiler.references import received
from archspec.diagnostics import Span, did_you_mean
from archspec.graph.nodes import Kind, Node, Scope, Value
from archspec.language import TAKEN, Argument, Nodes, NodeSpec, Sequence
from archspec.language.calls import no_slot
from archspec.language.models import Combinator, Join, Repeat, Seq, Slot
from archspec.language.reading import problems
from archspec.language.words import keys
from archspec.ops import JOINS, Op

C = TypeVar("C", bound=Combinator)
M = TypeVar("M", bound=BaseModel)

JOIN_OPS: dict[str, Op] = {name: cls() for name, cls in JOINS.items()}
"""An instance of each join."""


def arguments_of(context: Context, node: NodeSpec, model: type[C], place: Place, value: Value) -> C:
    """The validated arguments of a combinator. Raises `Skip` after a report."""
    own_keys = keys(model)
    if node.principal is not None and model.principal is None:
        context.report(place, "A201", f"`{node.op}` takes no bare value", node.principal.tree.span, "use braces")
        raise Skip
    arguments = given(context, node, place, model.principal, own_keys)
    values: dict[str, Any] = {}
    for key, argument in arguments.items():
        if key in model.later or (model.later and key not in own_keys):
            continue
        if key not in own_keys:
            # a mistake, whatever stands there
            values[key] = None
            continue
        if key in model.layers_fields:
            values[key] = argument.nodes
        elif key in ("shortcut", "branches", "first"):
            values[key] = argument
        else:
            values[key] = context.evaluate(argument.template, place, value)
    return check_at(context, place, model, values, arguments, (node.span, node.span), f"`{node.op}`")


def check_at(
    context: Context,
    place: Place,
    model: type[M],
    values: dict[str, Any],
    arguments: Mapping[str, Argument],
    whole: tuple[Span, Span],
    what: str,
) -> M:
    """A validated model; `whole` is the place of its key and value. Raises `Skip` after a report."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        for wrong in problems(model, error, values, arguments, whole, what):
            blame(context, place, wrong, arguments, values)
        raise Skip from None


def open_scope(
    context: Context, place: Place, value: Value, name: str, kind: Kind, numbered: bool, span: Span, **more: Any
) -> Place:
    """A place inside a new module that receives the value."""
    scope = Scope(name, kind, (place.scope.receive(value),), place.scope, numbered, span=span, **more)
    place.scope.body.append(scope)
    lookup = Lookup(place.lookup.input, place.lookup)
    define(place, name, Entry(None, lookup))
    return place.at(scope=scope, names=Names(numbered), lookup=lookup, level=context.enter(place, span))


def close_scope(place: Place, inner: Place, value: Value) -> Value:
    """End a module: its last value is what it returns."""
    inner.scope.output = inner.scope.receive(value)
    output = inner.scope.output
    if output.type is None:
        # what went wrong inside is reported; out here the value is simply unknown
        output = inner.scope.output = Value(None, inner.scope)
    define(place, inner.scope.name, Entry(output, inner.lookup))
    return output


def is_transparent(node: NodeSpec, place: Place) -> bool:
    """Whether a node is no module: what stands in it is named or numbered by the scope around."""
    if node.op in ("seq", "residual", "parallel"):
        return node.name is None and not place.names.numbered
    return node.op == "slot" or (node.op == "repeat" and node.name is None)


def hides_name(node: NodeSpec) -> bool:
    """Whether the name of a node may stand in it under a mistaken key."""
    return node.name is None and any(did_you_mean(key, ["name"]) for key in node.arguments)


def within(
    context: Context, node: NodeSpec, place: Place, value: Value, kind: Kind, numbered: bool
) -> tuple[Place, bool]:
    """The place inside a combinator, and whether it is a module."""
    if is_transparent(node, place):
        return place.at(level=context.enter(place, node.span)), False
    name = claim(context, place, name_of(context, node, place, value), node.op, node)
    return open_scope(context, place, value, name, kind, numbered, node.whole), True


def seq(context: Context, node: NodeSpec, place: Place, value: Value) -> Value:
    """Nodes one after the other."""
    found = arguments_of(context, node, Seq, place, value)
    inner, is_module = within(context, node, place, value, "seq", True)
    last = context.walk(context, found.layers, inner, value)
    return close_scope(place, inner, last) if is_module else last


def repeat(context: Context, node: NodeSpec, place: Place, value: Value) -> Value:
    """Nodes several times over; transparent unless named."""
    found = arguments_of(context, node, Repeat, place, value)
    if found.as_ != "index" and found.as_ in TAKEN:
        at = node.arguments["as"].tree.span
        message = f"the counter of a `repeat` cannot be called `{found.as_}`"
        context.report(place, "A208", message, at, "choose another name: expressions use this one")
        raise Skip
    context.count(place, found.times * max(1, len(found.layers.items)), node.span)
    inner, is_module = within(context, node, place, value, "repeat", True)
    inner = inner.at(times=place.times * max(1, found.times))
    for turn in range(found.times):
        context.steps += len(inner.params) // ITEMS
        if found.as_ == "index":
            turned = inner.at(dynamic={**inner.dynamic, "index": turn})
        else:
            turned = inner.at(params={**inner.params, found.as_: turn})
        value = context.walk(context, found.layers, turned, value)
    return close_scope(place, inner, value) if is_module else value


def join(context: Context, node: NodeSpec, place: Place, value: Value) -> Value:
    """`add`, `mul` or `concat` of referenced values."""
    context.nodes += 1
    name = claim(context, place, name_of(context, node, place, value), node.op, node)
    found: Join = arguments_of(context, node, Join, place, value)
    tree = (node.principal or node.arguments["from"]).tree
    spans = [item.span for item in tree.items] if isinstance(tree, Sequence) else [tree.span] * len(found.from_)
    # every reference is looked up, so that all that are wrong are told
    references = zip(found.from_, spans, strict=True)
    context.spend(place, node.span, len(spans) // 4)
    values = tuple([received(context, text, at, place) for text, at in references])
    op = JOIN_OPS[node.op]
    type = infer(context, op, values, place, node.span)
    return put(place, Node(name, op, values, Value(type, place.scope), {}, node.span, "", place.site))


def slot(context: Context, node: NodeSpec, place: Place, value: Value) -> Value:
    """The nodes passed as a parameter: the caller's names, the block's module."""
    found: Slot = arguments_of(context, node, Slot, place, value)
    if node.name is not None:
        context.report(
            place, "A201", "a `slot` has no `name`", node.name.key, "the nodes in it are named by the scope around"
        )
        raise Skip
    passed = place.params.get(found.parameter)
    if not isinstance(passed, Passed):
        message, help = no_slot(found.parameter, place.block)
        at = (node.principal or node.arguments["parameter"]).tree.span
        context.report(place, "A308", message, at, help)
        raise Skip
    caller = passed.place or place
    inner = caller.at(
        scope=place.scope,
        names=place.names,
        lookup=Lookup(caller.lookup.input, caller.lookup),
        norm=place.norm,
        act=place.act,
        level=context.enter(place, node.span),
        times=place.times,
    )
    last = context.walk(context, passed.nodes, inner, value)
    for name, entry in inner.lookup.entries.items():
        define(place, name, entry)
    place.lookup.broken |= inner.lookup.broken
    return last


def empty(nodes: Nodes | None) -> bool:
    """Whether a list of nodes was left out or has nothing in it."""
    return nodes is None or (not nodes.items and not nodes.broken)
