"""Feature extraction: the network up to its feature levels, which become its outputs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeAlias

from archspec.diagnostics import did_you_mean, listed
from archspec.errors import UsageError
from archspec.graph.graph import Graph, Level
from archspec.graph.needed import settle
from archspec.graph.nodes import Node, Scope
from archspec.types.tensor import windows

Features: TypeAlias = bool | Iterable[str]
"""Which levels: true for all, or their names."""


def features(graph: Graph, chosen: Features) -> Graph:
    """The graph with the outputs of stages as its outputs, in the order of the network, and nothing that they do not
    need.

    The scopes of the graph are changed: it is not to be used any more. Raises `UsageError` for a name that no stage
    has, and where there is no stage.
    """
    levels = _chosen(graph, chosen)
    root = graph.root
    whole = graph.weights()
    outputs = {level.name: root.receive(level.value) for level in levels}
    settle(root, outputs.values())
    root.body = _kept(root.body)
    root.output = levels[-1].value
    kept = {key for key, _ in graph.weights()}
    left_out = {key: weight for key, weight in whole if key not in kept}
    return replace(graph, outputs=outputs, single=False, levels=levels, left_out=left_out)


def _chosen(graph: Graph, chosen: Features) -> tuple[Level, ...]:
    known = {level.name: level for level in graph.levels}
    if not known and not isinstance(chosen, (str, Iterable)):
        if graph.single:
            help = "name nodes in their place, or `outputs` in the spec"
            raise UsageError(f"`{graph.name}` has no stages, so it has no feature levels; {help}")
        known = {name: Level(name, value) for name, value in graph.outputs.items()}
    names = list(known) if chosen is True else [chosen] if isinstance(chosen, str) else _names(chosen)
    if not names:
        raise UsageError(f"no feature level is selected; `{graph.name}` has {listed(known)}")
    others = set(names) - known.keys()
    if others:
        # any node will do
        inside = {path: item.output for path, item in graph.items() if path in others}
        named = (
            (f"{path}.{name}", value)
            for path, node in graph.nodes()
            for name, value in zip(node.op.more, node.more, strict=True)
        )
        inside |= {path: value for path, value in named if path in others}
        outside = [path for path, value in inside.items() if value.type is None or windows(value.type.frame) is None]
        known |= {path: Level(path, inside[path]) for path in outside}
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known) or f"it has {listed(known)}"
            raise UsageError(f"`{graph.name}` has no feature level `{name}`; {hint}")
    return tuple(level for name, level in known.items() if name in names)


def _kept(body: Iterable[Node | Scope]) -> list[Node | Scope]:
    """The items that run, and those that have modules or weights of others; these stand earlier."""
    kept: list[Node | Scope] = []
    needed: set[Node | Scope] = set()
    for item in reversed([*body]):
        inside = [*_inside(item)]
        if item.runs or not needed.isdisjoint(inside):
            kept.append(item)
            needed.update(inner.of for inner in inside if inner.of is not None)
            needed.update(owner for node in inside if isinstance(node, Node) for owner, _ in node.tied.values())
    return kept[::-1]


def _inside(item: Node | Scope) -> Iterator[Node | Scope]:
    """An item and all items in it. Depth is bounded by the compiler."""
    yield item
    if isinstance(item, Scope):
        for inner in item.body:
            yield from _inside(inner)


def _names(chosen: object) -> list[str]:
    names = [*chosen] if isinstance(chosen, Iterable) else [chosen]
    if not all(isinstance(name, str) for name in names):
        raise UsageError(f"`features` must be true, false or names of stages, found {chosen!r:.80}")
    return [str(name) for name in names]
