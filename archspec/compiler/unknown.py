"""Nodes of which nothing is known, for a mistake: what they give is unknown, and their names are there all the same."""

from __future__ import annotations

from archspec.compiler.combinators import is_transparent
from archspec.compiler.context import Skip
from archspec.compiler.here import Here
from archspec.compiler.names import Entry, Lookup, NameTaken
from archspec.compiler.values import hides_name, name_of
from archspec.diagnostics import correction
from archspec.graph.nodes import Value
from archspec.language import NodeSpec
from archspec.language.calls import no_node, node_names


def refuse(node: NodeSpec, here: Here) -> None:
    """Report a node that is neither an op nor a block."""
    spec, mistake = here.context.spec, ("node", node.op)
    # its remedy is searched for among all blocks, once
    if not here.context.collector.repeats("A301", mistake, node.span):
        message, help = no_node(spec, node.op)
        fix = correction(node.op, node_names(spec), node.span, "node")
        here.report("A301", message, node.span, help, fix=fix, mistake=mistake)
    # a name after a mistyped op is not the one that is meant, nor are those after its
    here.lookup.broken |= node.name is None and not here.names.numbered


def unknown(node: NodeSpec, claimed: bool, here: Here) -> Value:
    """A value that hides what an error left open; the node has its name all the same, so that references find it."""
    value = here.unknown()
    is_nameless = hides_name(node)
    # what stands in a transparent one bears names of this scope
    is_open = is_transparent(node, here)
    here.lookup.broken |= is_nameless or is_open
    if is_open or (is_nameless and not here.names.numbered):
        return value
    try:
        if not claimed:
            here.names.claim(name_of(node, here), node.op)
    except (Skip, NameTaken):
        here.lookup.broken = True
        return value
    entry = here.lookup.entries.setdefault(here.names.latest, Entry())
    entry.value = value
    if entry.inner is None:
        entry.inner = Lookup(value)
    entry.inner.broken = True
    return value
