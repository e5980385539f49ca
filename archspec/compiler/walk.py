"""The walk: node after node, each with the value of the one before."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeAlias

from archspec.compiler.calls import call_block, stage
from archspec.compiler.combinators import hides_name, is_transparent, join, repeat, seq, slot
from archspec.compiler.names import Entry, Lookup, NameTaken
from archspec.compiler.opnode import op_node
from archspec.compiler.parallel import parallel
from archspec.compiler.place import Context, Place, Skip, name_of, truth
from archspec.compiler.references import received
from archspec.compiler.residual import residual
from archspec.graph.nodes import Value
from archspec.language import Nodes, NodeSpec, TemplateError, Unknown, find_block
from archspec.language.calls import no_node
from archspec.ops import JOINS, find_op

Handler: TypeAlias = Callable[[Context, NodeSpec, Place, Value], Value]

_HANDLERS: dict[str, Handler] = {
    "seq": seq,
    "repeat": repeat,
    "residual": residual,
    "parallel": parallel,
    **dict.fromkeys(JOINS, join),
    "slot": slot,
    "stage": stage,
}


def walk(context: Context, nodes: Nodes, place: Place, value: Value) -> Value:
    """Compile a list of nodes and return the last value. A node with a mistake gives an unknown value."""
    if nodes.broken:
        place.lookup.broken = True
        value = Value(None, place.scope)
    for node in nodes.items:
        value = _node(context, node, place, value)
    return value


def _node(context: Context, node: NodeSpec, place: Place, value: Value) -> Value:
    context.visit(place, node.span)
    claimed = place.names.number
    # what a stage says of itself, its `depth` or its `name`, may ask which stage it is
    dynamic = {**place.dynamic, "stage_index": context.stages} if node.op == "stage" else place.dynamic
    place = place.at(current=value, dynamic=dynamic)
    try:
        if not _stands(context, node, place, value):
            return value
        handler = _HANDLERS.get(node.op)
        block = find_block(context.spec, node.op, place.block) if handler is None else None
        cls = find_op(node.op, place.own) if handler is None and block is None else None
        if handler is None and block is None and cls is None:
            _refuse(context, node, place)
            raise Skip
        if node.source is not None and node.op not in JOINS:
            source = node.source.template
            value = received(context, context.evaluate(source, place, value), source.span, place)
        if handler is not None:
            return handler(context, node, place, value)
        if block is not None:
            return call_block(context, node, block, place, value)
        assert cls is not None
        return op_node(context, node, cls, place, value)
    except Skip:
        return _unknown(context, node, place, value, place.names.number > claimed)


def _refuse(context: Context, node: NodeSpec, place: Place) -> None:
    message, help = no_node(context.spec, node.op)
    context.report(place, "A301", message, node.span, help)
    # a name after a mistyped op is not the one that is meant, nor are those after its
    place.lookup.broken |= node.name is None and not place.names.numbered


def _unknown(context: Context, node: NodeSpec, place: Place, value: Value, claimed: bool) -> Value:
    """A value that hides what an error left open; the node has its name all the same, so that references find it."""
    unknown = Value(None, place.scope)
    place.lookup.broken |= hides_name(node)
    if is_transparent(node, place):
        # what stands in it bears names of this scope
        place.lookup.broken = True
        return unknown
    try:
        if not claimed:
            place.names.claim(name_of(context, node, place, value), node.op)
    except (Skip, NameTaken):
        place.lookup.broken = True
        return unknown
    entry = place.lookup.entries.setdefault(place.names.latest, Entry())
    entry.value = unknown
    if entry.inner is None:
        entry.inner = Lookup(unknown)
    entry.inner.broken = True
    return unknown


def _stands(context: Context, node: NodeSpec, place: Place, value: Value) -> bool:
    """Whether `when` lets a node in; what it leaves out is remembered, for references that miss it."""
    if node.when is None:
        return True
    answer = truth(context, node.when, place, value)
    if not answer and node.name is not None and not node.name.template.broken:
        # a name that only makes sense where the node stands is no mistake
        with suppress(TemplateError, Unknown):
            place.lookup.left_out.add(str(node.name.template.evaluate(context.environment(place, value))))
    return answer
