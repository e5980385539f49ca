"""What nodes receive: whether two matched nodes still receive the same, but for what was added and removed between."""

from __future__ import annotations

from collections.abc import Iterable

from archspec.graph.graph import Graph
from archspec.graph.nodes import Node, Scope, Value
from archspec.reports.diff.match import Match


class Wiring:
    """The values of two graphs, those that correspond under one number."""

    def __init__(self, before: Graph, after: Graph, match: Match) -> None:
        self._numbers: dict[Value, int] = {}
        self._moved: set[Value] = set()
        self.names: dict[Value, str] = {}
        for one, two in _inputs(before, after):
            self._join(one, two)
        self._match(match, False)
        self._sources: dict[Value, frozenset[int]] = {}
        for graph in (before, after):
            self.names |= graph.names()
            for _, node in graph.nodes():
                for value in node.outputs:
                    if value not in self._numbers or value in self._moved:
                        self._sources[value] = self._all(node.inputs)

    def _match(self, match: Match, moved: bool) -> None:
        for found in match.inside:
            if isinstance(found.before, Node) and isinstance(found.after, Node):
                # one with another op in its place may give more values
                for one, two in zip(found.before.outputs, found.after.outputs, strict=False):
                    self._join(one, two)
                    if moved or found.moved:
                        self._moved |= {one, two}
            elif isinstance(found.before, Scope):
                self._match(found, moved or found.moved)

    def _join(self, before: Value, after: Value) -> None:
        self._numbers[before] = self._numbers[after] = len(self._numbers)

    def _of(self, value: Value) -> frozenset[int]:
        """The numbers of a value: its own, or where it was added, removed or moved, those of what it is made from."""
        found = self._sources.get(value)
        if found is None:
            found = frozenset((self._numbers[value],)) if value in self._numbers else frozenset()
        return found

    def _all(self, values: Iterable[Value]) -> frozenset[int]:
        found: frozenset[int] | None = None
        for value in values:
            more = self._of(value)
            found = more if found is None else found if more <= found else found | more
        return found or frozenset()

    def same(self, before: tuple[Value, ...], after: tuple[Value, ...]) -> bool:
        """Whether values correspond, as far as what was added, removed or moved does not explain the difference."""
        one, two = ([self._numbers.get(value) for value in values] for values in (before, after))
        if one == two and None not in one:
            return True
        if self._staying(before) == self._staying(after):
            return True
        return len(before) == len(after) and all(self._of(x) & self._of(y) for x, y in zip(before, after, strict=True))

    def _staying(self, values: tuple[Value, ...]) -> list[int]:
        return [self._numbers[value] for value in values if value in self._numbers and value not in self._moved]

    def told(self, values: tuple[Value, ...], prefix: str) -> str:
        """The names of values, short for those that begin with `prefix`, the path of the scope with a dot."""
        return ", ".join(self.names.get(value, "?").removeprefix(prefix) for value in values)


def _inputs(before: Graph, after: Graph) -> list[tuple[Value, Value]]:
    """The inputs of both networks: those of one name, or the only ones."""
    if len(before.inputs) == len(after.inputs) == 1:
        return list(zip(before.inputs.values(), after.inputs.values(), strict=True))
    return [(value, after.inputs[name]) for name, value in before.inputs.items() if name in after.inputs]
