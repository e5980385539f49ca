"""A719: a module under a second name, on another value of the same network, where the same weights may be meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from archspec.diagnostics import Diagnostic, Related
from archspec.graph.nodes import Node, Scope
from archspec.lint.flow import Flow, Origins

_COPY = re.compile(r"(?P<first>.*[A-Za-z])[_-]?(?:2|b|bis|again|copy|clone|dup|duplicate|shared)")
"""The name of a copy. Numbers from 1 on, as in `conv1` and `conv2`, count what is different."""


def copied(flow: Flow) -> Iterator[Diagnostic]:
    """Modules that differ from an earlier one in their names alone, and are given something else made by the same
    layers: neither is made of what the other gives, as in a stack, nor of another input, as in two towers."""
    origins = Origins.of_nodes(flow.nodes)
    waiting = [flow.graph.root]
    while waiting:
        scope = waiting.pop()
        waiting += [item for item in scope.body if isinstance(item, Scope)]
        known = {item.name: item for item in scope.body}
        for item in scope.body:
            found = _COPY.fullmatch(item.name)
            first = known.get(found["first"]) if found else None
            if first is not None and first is not item and item.span is not None and _is_copy(item, first, origins):
                name = item.name
                message = f"`{name}` is `{first.name}` once more, with weights of its own"
                help = f"for the same weights, write `reuse: {{of: {first.name}, name: {name}, …}}` in its place"
                related = () if first.span is None else (Related(first.span, f"`{first.name}` is here"),)
                yield Diagnostic("A719", message, item.span, "", help, related, "warning")


def _is_copy(item: Node | Scope, first: Node | Scope, origins: Origins) -> bool:
    # a name by default says nothing
    label = first.op.name if isinstance(first, Node) else first.label
    if first.name == label or not item.parameter_count or item.of or first.of or _shape(item) != _shape(first):
        return False
    one, other = first.inputs[0], item.inputs[0]
    if one is other or origins.exhausted:
        return False
    before, after = origins.of(one), origins.of(other)
    if first.output in after or item.output in before:
        return False
    return any(origins.makers[value].parameter_count for value in before & after if value in origins.makers)


def _shape(item: Node | Scope) -> list[tuple[Any, ...]]:
    """What a module is, whatever its name and what it is given."""
    nodes = [item] if isinstance(item, Node) else list(item.nodes())
    return [(node.op, bool(node.tied), [(w.name, w.shape) for w in node.weights]) for node in nodes]
