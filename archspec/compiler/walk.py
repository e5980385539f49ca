"""The walk: node after node, each with the value of the one before (DESIGN decision 3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from archspec.compiler.calls import call_block, stage
from archspec.compiler.combinators import join, repeat, seq, slot
from archspec.compiler.opnode import op_node
from archspec.compiler.parallel import parallel
from archspec.compiler.place import Context, Place, Skip, name_of, received, truth
from archspec.compiler.residual import residual
from archspec.diagnostics import did_you_mean
from archspec.graph.graph import Value
from archspec.ops import OPS, find_op
from archspec.spec import Nodes, NodeSpec, block_names, find_block
from archspec.spec.models import COMBINATORS

Handler: TypeAlias = Callable[[Context, NodeSpec, Place, Value], Value]

_HANDLERS: dict[str, Handler] = {
    "seq": seq,
    "repeat": repeat,
    "residual": residual,
    "parallel": parallel,
    "add": join,
    "mul": join,
    "concat": join,
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
    try:
        if not _stands(context, node, place, value):
            return value
        handler = _HANDLERS.get(node.op)
        if node.source is not None and node.op not in ("add", "mul", "concat"):
            source = node.source.template
            value = received(context, context.evaluate(source, place, value), source.span, place, value)
        if handler is not None:
            return handler(context, node, place, value)
        block = find_block(context.spec, node.op, place.block)
        if block is not None:
            return call_block(context, node, block, place, value)
        cls = find_op(node.op)
        if cls is not None:
            return op_node(context, node, cls, place, value)
        known = [*OPS, *COMBINATORS, *block_names(context.spec)]
        hint = did_you_mean(node.op, known) or "`archspec list` shows the blocks"
        context.report(place, "A301", f"there is no op or block `{node.op}`", node.span, hint)
    except Skip:
        pass
    return _unknown(context, node, place, value)


def _unknown(context: Context, node: NodeSpec, place: Place, value: Value) -> Value:
    """A value that hides what an error left open; the name is known all the same, so that no reference fails for it."""
    from archspec.compiler.names import Entry

    unknown = Value(None, place.scope)
    place.lookup.broken = True
    try:
        name = name_of(context, node, place, value)
    except Skip:
        name = None
    if name is not None:
        place.lookup.entries.setdefault(name, Entry(unknown)).value = unknown
    return unknown


def _stands(context: Context, node: NodeSpec, place: Place, value: Value) -> bool:
    """Whether `when` lets a node in; what it leaves out is remembered, for references that miss it."""
    if node.when is None:
        return True
    answer = truth(context, node.when, place, value)
    if not answer and node.name is not None:
        name = name_of(context, node, place, value)
        if name is not None:
            place.lookup.left_out.add(name)
    return answer
