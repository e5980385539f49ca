"""A719: a module under a second name, on another value of the same network, where the same weights may be meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from archspec.diagnostics import Diagnostic, Related
from archspec.graph.nodes import Node, Scope, Value
from archspec.lint.flow import Flow, Origins

_COPY = re.compile(r"(?P<first>.*[A-Za-z])[_-]?(?:2|b|bis|again|copy|clone|dup|duplicate|shared)")
"""The name of a copy. Numbers from 1 on, as in `conv1` and `conv2`, count what is different."""

_SIDE = re.compile(r"(?P<first>.*?)[_-]?(?:[ab12]|left|right|first|second|one|two|anchor|positive|negative)")
"""The name of one of several of a kind, as `left` and `right` or `image1` and `image2`: inputs, and their towers."""


def copied(flow: Flow) -> Iterator[Diagnostic]:
    """Modules that differ from an earlier one in their names alone, and are given something else made by the same
    layers: neither is made of what the other gives, as in a stack, nor of another kind of input, as in two towers. Of
    towers on inputs of one kind, the first modules that are copies stand for all."""
    origins = Origins.of_nodes(flow.nodes)
    inputs = {value: (_kind(name), value.type) for name, value in flow.graph.inputs.items()}
    has_towers = len(set(inputs.values())) < len(inputs)
    waiting = [flow.graph.root]
    while waiting:
        scope = waiting.pop()
        waiting += [item for item in scope.body if isinstance(item, Scope)]
        known = {item.name: item for item in scope.body}
        sides: dict[str, Node | Scope] = {}
        for item in scope.body:
            found = _COPY.fullmatch(item.name)
            first = known.get(found["first"]) if found else None
            is_level = first is not None and _is_copy(item, first) and _of_levels(item, first, origins)
            if not is_level and has_towers:
                first = sides.setdefault(_kind(item.name), item)
                is_level = _is_copy(item, first) and _of_towers(item, first, origins, inputs)
            if first is not None and is_level and item.span is not None:
                name = item.name
                message = f"`{name}` is `{first.name}` once more, with weights of its own"
                help = f"for the same weights, write `reuse: {{of: {first.name}, name: {name}, …}}` in its place"
                related = () if first.span is None else (Related(first.span, f"`{first.name}` is here"),)
                yield Diagnostic("A719", message, item.span, "", help, related, "warning")


def _kind(name: str) -> str:
    """What a name has in common with those of the other sides."""
    found = _SIDE.fullmatch(name)
    return found["first"] if found else name


def _is_copy(item: Node | Scope, first: Node | Scope) -> bool:
    """Whether an item is another with the arguments of the first, and is given something else."""
    # a name by default says nothing
    label = first.op.name if isinstance(first, Node) else first.label
    if item is first or first.name == label or not item.parameter_count or first.of:
        return False  # what is `reuse`d has no parameters of its own
    if not item.inputs or not first.inputs:
        return False  # what makes a value of its own is given nothing
    return first.inputs[0] is not item.inputs[0] and _shape(item) == _shape(first)


def _of_levels(item: Node | Scope, first: Node | Scope, origins: Origins) -> bool:
    """Whether two items are given something made by the same layers, neither made of what the other gives."""
    if origins.exhausted:
        return False
    before, after = origins.of(first.inputs[0]), origins.of(item.inputs[0])
    if first.output in after or item.output in before:
        return False
    return any(origins.makers[value].parameter_count for value in before & after if value in origins.makers)


def _of_towers(item: Node | Scope, first: Node | Scope, origins: Origins, inputs: dict[Value, Any]) -> bool:
    """Whether two items are given different inputs of one kind, or what one tower that runs twice makes of them."""
    if origins.exhausted:
        return False
    before, after = origins.of(first.inputs[0]), origins.of(item.inputs[0])
    one, other = before & inputs.keys(), after & inputs.keys()
    if len(one) != 1 or len(other) != 1 or one == other or {inputs[x] for x in one} != {inputs[x] for x in other}:
        return False
    makers = [origins.makers[value] for value in after if value in origins.makers]
    return not any(maker.parameter_count and not maker.of for maker in makers)


def _shape(item: Node | Scope) -> list[tuple[Any, ...]]:
    """What a module is, whatever its name and what it is given."""
    nodes = [item] if isinstance(item, Node) else list(item.nodes())
    return [(node.op, bool(node.tied), [(w.name, w.shape) for w in node.weights]) for node in nodes]
