"""What a scope runs, one after the other: nodes, modules, and what can be said as one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import TypeAlias

from archspec.export.source.make import ADD, CHUNK, IDENTITY, SEQUENTIAL, Made, Make, of_node
from archspec.graph.inplace import in_place
from archspec.graph.needed import Roles
from archspec.graph.nodes import Node, Scope
from archspec.records import record
from archspec.torch_backend.program import is_chain

Path: TypeAlias = tuple[str, ...]
Define: TypeAlias = Callable[[Scope], Made]


@record
class Item:
    """What a scope has: a node, or a construction at a path that takes and gives values, if it `runs`.

    Values are what stands for them in all runs of the scope. One that runs `again` has no path, and takes the module
    that it runs before its values.
    """

    path: Path
    inputs: tuple[object, ...]
    outputs: tuple[object, ...]
    made: Make | None
    node: Node | None = None
    overwrites: int | None = None
    runs: bool = True
    again: bool = False
    name: str = ""
    parts: tuple[int, ...] = ()


def is_class(scope: Scope) -> bool:
    """Whether a scope is a class of its own rather than a chain written out where it stands."""
    return bool(scope.block) or scope.parent is None or not is_chain(scope)


def chain(scope: Scope, define: Define) -> Make:
    """The construction of a scope whose items are modules that run one after the other."""
    overwritten = in_place(scope)
    made = [(item.name, _module(item, item in overwritten, define)) for item in scope.body]
    while made and made[-1][1].target == IDENTITY:
        made.pop()
    return Make(SEQUENTIAL, tuple(made))


def _module(item: Node | Scope, overwrites: bool, define: Define) -> Make:
    if isinstance(item, Node):
        return of_node(item, overwrites)
    return define(item).make if is_class(item) else chain(item, define)


def items_of(scope: Scope, define: Define) -> list[Item]:
    """The items of a scope, each with the construction of its module."""
    overwritten = in_place(scope)
    roles = {item: (takes, gives) for item, takes, gives in Roles(scope).items}
    found = []
    for item in scope.body:
        if item.of is not None and not item.runs:
            continue
        node = item if isinstance(item, Node) else None
        first = item.of or item
        is_module = node is None or node.call.is_module
        again = item.of is not None and (is_module or bool(node and node.facts.weights))
        made = _module(item, item in overwritten, define) if is_module and not again else None
        # a sum is written `x += …`; other functions are written as they are
        at = overwritten.get(node) if node is not None and not is_module and node.call.target == ADD else None
        inputs, outputs = roles.get(item, (item.takes, item.gives))
        if isinstance(first, Scope) and is_class(first):
            defined = define(first)
            inputs = (*(inputs[number] for number in defined.inputs), *defined.modules)
        path = () if item.of is not None else tuple(item.name.split("."))
        inputs = (first, *inputs) if again else inputs
        found.append(Item(path, inputs, outputs, made, node, at, item.runs, again, item.name))
    return found


def joined(items: list[Item], results: tuple[object, ...]) -> list[Item]:
    """The items with those containers that are chains joined to one: `features.0`, `features.1` to `features`."""
    containers = sorted({item.path[:n] for item in items for n in range(1, len(item.path))}, key=len, reverse=True)
    for path in containers:
        inside = [number for number, item in enumerate(items) if item.path[: len(path)] == path]
        group = [items[number] for number in inside]
        names = [item.path[-1] for item in group]
        numbered = names == [str(number) for number in range(len(group))]
        if not numbered and not (path[-1].isdecimal() and len(group) > 1):
            continue
        if any(len(item.path) != len(path) + 1 or item.made is None for item in group):
            continue
        if inside != list(range(inside[0], inside[0] + len(inside))) or not _follow(group, items, results):
            continue
        made = Make(SEQUENTIAL, tuple((item.path[-1], item.made) for item in group))
        items[inside[0] : inside[-1] + 1] = [Item(path, group[0].inputs, group[-1].outputs, made)]
    return items


def _follow(group: list[Item], items: list[Item], results: tuple[object, ...]) -> bool:
    """Whether each item runs, with just the value of the one before, and nobody else takes that."""
    uses = Counter(value for item in items if item.runs for value in item.inputs)
    uses.update(results)
    if any(not item.runs or len(item.inputs) != 1 or len(item.outputs) != 1 for item in group):
        return False
    return all(a.outputs == b.inputs and uses[a.outputs[0]] == 1 for a, b in pairwise(group))


def divided(items: list[Item]) -> list[Item]:
    """The items with chunks that divide a value without a rest as one: `x.chunk(2)`."""
    chunks: dict[object, list[Item]] = {}
    for item in items:
        if item.runs and item.node is not None and item.node.call.target == CHUNK:
            chunks.setdefault(item.inputs[0], []).append(item)
    replaced: dict[int, Item | None] = {}
    for group in chunks.values():
        parts = [item.node.call.arguments for item in group if item.node is not None]
        ends = [0, *(part["start"] + part["length"] for part in parts)]
        first = group[0].node
        if len(group) < 2 or first is None or ends[-1] != first.types[0].channels:
            continue
        if ends[:-1] == [part["start"] for part in parts]:
            replaced.update({id(item): None for item in group})
            outputs, lengths = tuple(item.outputs[0] for item in group), tuple(part["length"] for part in parts)
            replaced[id(group[0])] = replace(group[0], outputs=outputs, parts=lengths)
    found = [replaced.get(id(item), item) for item in items]
    return [item for item in found if item is not None]
