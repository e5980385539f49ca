"""The walk: node after node, each with the value of the one before."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeAlias

from archspec.compiler.aside import check_nodes
from archspec.compiler.calls import call_block
from archspec.compiler.combinators import is_transparent
from archspec.compiler.context import Skip
from archspec.compiler.here import Here
from archspec.compiler.opnode import op_node
from archspec.compiler.passed import Call
from archspec.compiler.references import source_of
from archspec.compiler.unknown import refuse, unknown
from archspec.compiler.values import is_meant, truth
from archspec.graph.nodes import Value
from archspec.language import Nodes, NodeSpec, TemplateError, Unknown, find_block
from archspec.language.combinators import COMBINATORS
from archspec.limits import STEPS
from archspec.ops import JOINS, LATER, find_op, later_op
from archspec.registry import Registry

Handler: TypeAlias = Callable[[NodeSpec, Here], Value]

_HANDLERS: Registry[Handler] = Registry(
    "archspec.compiler",
    {
        "seq": "combinators.seq",
        "repeat": "combinators.repeat",
        "residual": "residual.residual",
        "parallel": "parallel.parallel",
        **dict.fromkeys(JOINS, "combinators.join"),
        "slot": "combinators.slot",
        "stage": "stages.stage",
        "split": "split.split",
        "within": "within.within",
        "reuse": "walk.reuse",
    },
)
_NESTING = frozenset(_HANDLERS) - {*JOINS, "slot", "reuse", "split"}
"""The combinators that have lists of nodes inside."""


def walk(nodes: Nodes, here: Here) -> Value:
    """Compile a list of nodes and return the last value. A node with a mistake gives an unknown value."""
    context, value = here.context, here.value
    if nodes.broken:
        here.lookup.broken = True
        value = here.unknown()
    if context.checking:
        context.walked.add(nodes)
        check_nodes(nodes, here)
        return here.unknown()
    if nodes.items and context.steps + len(nodes.items) > STEPS:
        # refused before it is walked
        here.spend(len(nodes.items), nodes.items[0].span)
    for node in nodes.items:
        value = _node(node, here.receiving(value))
    context.walked.add(nodes)
    return value


def _node(node: NodeSpec, here: Here) -> Value:
    context = here.context
    here.visit(node.span)
    claimed = here.names.number
    if node.op == "stage":
        # what a stage says of itself, its `depth` or its `name`, may ask which stage it is
        here = here.at(dynamic={**here.dynamic, "stage_index": context.stages})
    if context.trace is not None:
        context.trace.visit(node, here)
    try:
        if node.when is None and _hides_when(node, here):
            # whether it stands here is unknown, and the names in it too
            here.put_aside(node)
            here.lookup.broken = True
            return here.unknown()
        if not _stands(node, here):
            return here.value
        made = _made(node, here)
    except Skip:
        here.put_aside(node)
        return unknown(node, here.names.number > claimed, here)
    if node.op in _NESTING and not context.walked.issuperset(node.children):
        if is_transparent(node, here):
            _leave_out_inside(node, here)
        elif (entry := here.lookup.entries.get(here.names.latest)) is not None and entry.inner is not None:
            entry.inner.open = True
        here.put_aside(node)
    if context.trace is not None:
        context.trace.made(node, made)
    return made


def _stands(node: NodeSpec, here: Here) -> bool:
    """Whether `when` lets a node in; what it leaves out is remembered, for references that miss it."""
    if node.when is None or truth(node.when, here):
        return True
    here.put_aside(node)
    _leave_out(node, here)
    return False


def _hides_when(node: NodeSpec, here: Here) -> bool:
    """Whether the `when` of a node may stand in it under a mistaken key."""
    for key in node.arguments if node.op != "reuse" else ():
        if is_meant(key, "when"):
            block = find_block(here.context.spec, node.op, here.block)
            cls = COMBINATORS.get(node.op) or find_op(node.op, own=here.own)
            known = block.parameters if block is not None else cls.model_fields if cls is not None else ()
            if key not in known:
                return True
    return False


def _leave_out(node: NodeSpec, here: Here) -> None:
    """Remember the names that a node would have brought."""
    lookup, name = here.lookup, node.name
    if name is not None:
        lookup.open |= not name.template.constant
        # a name that only makes sense where the node stands is no mistake
        with suppress(TemplateError, Unknown):
            lookup.left_out.add(str(name.template.evaluate(here.environment())))
    elif node.op == "slot":
        lookup.open = True
    elif is_transparent(node, here):
        _leave_out_inside(node, here)
    else:
        lookup.unnamed.add("" if here.names.numbered else node.op)


def _leave_out_inside(node: NodeSpec, here: Here) -> None:
    """Remember the names that what stands in a node would have brought."""
    here.lookup.left_out.update(node.branch_names)
    for nodes in node.children:
        here.spend(len(nodes.items) // 4, nodes.span)
        for inner in nodes.items:
            _leave_out(inner, here)


def reuse(node: NodeSpec, here: Here) -> Value:
    """An earlier module again."""
    from archspec.compiler import again

    return again.reuse(node, here, _made_again)


def _made_again(node: NodeSpec, call: Call, here: Here) -> Value:
    """What a call makes where it is called again."""
    block = find_block(here.context.spec, node.op, here.block) if call.stage is not None else None
    return _made(node, here) if block is None else call_block(node, block, here, stage=call.stage or {})


def _made(node: NodeSpec, here: Here) -> Value:
    """What a node makes of the value that it receives."""
    handler = _HANDLERS.get(node.op)
    may_be_hidden = handler is None or node.op in LATER
    block = find_block(here.context.spec, node.op, here.block) if may_be_hidden else None
    cls = find_op(node.op, own=here.own) if may_be_hidden and block is None else None
    handler = handler if block is None and cls is None else None
    if handler is None and block is None and cls is None:
        refuse(node, here)
        raise Skip
    if node.source is not None and node.op not in JOINS:
        here = here.at(value=source_of(node.source, here))
    if handler is not None:
        value = handler(node, here)
        if node.op in _NESTING and not is_transparent(node, here):
            _remember(node, here)
        return value
    if block is not None:
        return call_block(node, block, here)
    assert cls is not None
    if node.op in LATER and cls is not later_op(node.op):
        message = f"the op `{node.op}` of a plugin hides the built-in op"
        here.context.collector.warning("A306", message, node.span, "rename the plugin's op")
    value = op_node(node, cls, here)
    _remember(node, here)
    return value


def _remember(node: NodeSpec, here: Here) -> None:
    """Keep how a node was made, by which it may run again; a name that is taken has no entry of its own."""
    entry = here.lookup.entries.get(here.names.latest)
    if entry is not None and not entry.is_part:
        entry.call = Call(node, here)
