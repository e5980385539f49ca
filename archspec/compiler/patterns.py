"""Blocks that are called again with the same values: walked twice, and copied from then on.

What a block makes depends on its arguments, the defaults in force and the type that it receives, and on nothing else
unless it asks where in the network it stands. Deep networks call one block many times: ten thousand equal blocks take
half the time. What one compilation makes is never seen by another.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from archspec.compiler.context import ITEMS_A_STEP, Context
from archspec.compiler.here import Here, Passed, Reference
from archspec.compiler.names import Entry, Lookup
from archspec.compiler.site import Site
from archspec.graph.nodes import Node, Scope, Value
from archspec.language import BlockSpec
from archspec.limits import NODES, STEPS

_CHEAPER = 4
"""How many nodes are copied while one is walked."""
_COPIED_NODES = STEPS // 8
"""Nodes of a block that is copied: of a larger one there cannot be many."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Pattern:
    """What a walk through a block made: a module that is part of no graph, the names in it, and its last value."""

    scope: Scope
    lookup: Lookup
    site: Site
    last: Value
    nodes: int
    steps: int


def expanded(block: BlockSpec, params: Mapping[str, Any], here: Here) -> Value:
    """The last value of a block, whose nodes are put into the scope that `here` is the inside of."""
    context = here.context
    key = _key(block, params, here)
    pattern = None if key is None else context.patterns.get(key)
    if pattern is not None and context.nodes + pattern.nodes <= NODES:
        context.nodes += pattern.nodes
        here.spend(pattern.steps, block.span)
        return _copied(pattern.scope, pattern.lookup, pattern.site, pattern.last, here)
    before, nodes, visits = _progress(context), context.nodes, context.visited
    last = here.walk(block.layers)
    if key is not None and last.type is not None and not context.collector and before == _progress(context):
        steps = (context.visited - visits) // _CHEAPER + _scopes(here.scope)
        # what is called once is not worth a copy
        if key in context.patterns and steps <= _COPIED_NODES:
            # a copy, and one of all names
            here.spend(2 * steps, block.span)
            context.patterns[key] = _pattern(block, last, context.nodes - nodes, steps, here)
        else:
            context.patterns[key] = None
    return last


def _key(block: BlockSpec, params: Mapping[str, Any], here: Here) -> Hashable | None:
    """All that a block can see; None where that is too much, or something was found that each call is told."""
    kind, context = here.value.type, here.context
    if kind is None or context.collector:
        return None
    arguments = []
    for argument in params.values():
        if isinstance(argument, Reference) or (isinstance(argument, Passed) and argument.here is not None):
            return None
        arguments.append("" if isinstance(argument, Passed) else repr(argument))
    context.steps += sum(map(len, arguments)) // ITEMS_A_STEP
    return (block, *arguments, repr(here.norm), repr(here.act), kind, here.level, here.times)


def _progress(context: Context) -> tuple[int, ...]:
    """What changes where a block asks where it stands, or has stages of its own."""
    return context.asked, context.stages, context.blocks, len(context.levels)


def _scopes(scope: Scope) -> int:
    """How many modules there are inside."""
    found, stack = -1, [scope]
    while stack:
        found += 1
        stack += [item for item in stack.pop().body if isinstance(item, Scope)]
    return found


def _pattern(block: BlockSpec, last: Value, nodes: int, steps: int, here: Here) -> Pattern:
    """A copy of what a walk made, which later references to the original do not change."""
    assert here.site is not None
    input = Value(here.value.type, None)
    scope, lookup, site = Scope("", "block", (input,)), Lookup(input), Site(block.name, block.span)
    inside = here.receiving(input).at(scope=scope, lookup=lookup, site=site)
    copy = _copied(here.scope, here.lookup, here.site, last, inside)
    lookup.complete()
    return Pattern(scope, lookup, site, copy, nodes, steps)


def _copied(scope: Scope, lookup: Lookup, site: Site, last: Value, here: Here) -> Value:
    """Put copies of all that is in a scope into that of `here`, and the names of it; the copy of its last value."""
    values = {scope.inputs[0]: here.value}
    _copy_body(scope, here.scope, values, {id(site): here.site})
    here.lookup.fill = lambda names: _copy_names(lookup, names, values)
    return values[last]


def _copy_body(scope: Scope, made: Scope, values: dict[Value, Value], sites: dict[int, Site | None]) -> None:
    for item in scope.body:
        inputs = tuple([values[value] for value in item.inputs])
        if isinstance(item, Node):
            output = values[item.output] = Value(item.output.type, made)
            assert isinstance(item.site, Site)
            site = _copy_site(item.site, sites)
            made.body.append(Node(item.name, item.op, inputs, output, item.init, item.span, item.note, site))
        else:
            inner = Scope(item.name, item.kind, inputs, made, item.numbered, item.block, item.note, item.span)
            inner.arguments = {
                name: values.get(given, given) if isinstance(given, Value) else given
                for name, given in item.arguments.items()
            }
            _copy_body(item, inner, values, sites)
            inner.captures = dict.fromkeys([values[value] for value in item.captures])
            inner.exports = dict.fromkeys([values[value] for value in item.exports])
            inner.output = values[item.output]
            made.body.append(inner)


def _copy_site(site: Site, sites: dict[int, Site | None]) -> Site | None:
    """The chain of calls that led to a copy; one for all nodes of a call."""
    if id(site) not in sites:
        assert site.outer is not None
        sites[id(site)] = Site(site.block, site.span, _copy_site(site.outer, sites))
    return sites[id(site)]


def _copy_names(lookup: Lookup, made: Lookup, values: dict[Value, Value]) -> None:
    lookup.complete()
    made.left_out |= lookup.left_out
    made.unnamed |= lookup.unnamed
    made.open |= lookup.open
    for name, entry in lookup.entries.items():
        value = None if entry.value is None else values[entry.value]
        inner = None
        if entry.inner is not None:
            inner = Lookup(values[entry.inner.input])
            _copy_names(entry.inner, inner, values)
        made.entries[name] = Entry(value, inner)
