"""References: the shortest text by which one scope finds a value, as the compiler reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from archspec.compiler.names import Entry, Lookup
from archspec.errors import UsageError
from archspec.graph import Graph, Node, Scope, Value

Path: TypeAlias = tuple[str, ...]
"""The names that lead to a node or scope from the network down."""


class Hidden(UsageError):
    """A value that no reference finds, since nodes nearer by bear its names."""


def paths_of(graph: Graph) -> dict[Value, list[Path]]:
    """All that each value is called, by the nodes and scopes that give it."""
    found: dict[Value, list[Path]] = {value: [(name,)] for name, value in graph.inputs.items()}
    stack: list[tuple[Path, Scope]] = [((), graph.root)]
    while stack:
        path, scope = stack.pop()
        for item in scope.body:
            found.setdefault(item.output, []).append((*path, item.name))
            if isinstance(item, Node):
                for value, name in zip(item.more, item.op.more, strict=True):
                    found.setdefault(value, []).append((*path, item.name, name))
            else:
                stack.append(((*path, item.name), item))
    return found


@dataclass(slots=True, eq=False)
class Names:
    """What is found from one scope, whose `path` it is; `lookup` holds the names of what ran before.

    Nothing is found out of a `block`, which stands at the depth `start`: the values that it takes from outside become
    `params`.
    """

    path: Path
    lookup: Lookup
    block: Scope | None = None
    start: int = 0
    params: dict[Value | Node, str] = field(default_factory=dict)

    def inside(self, scope: Scope, is_block: bool) -> Names:
        """What is found inside a scope of this one."""
        path = (*self.path, scope.name)
        if is_block:
            return Names(path, Lookup(scope.inputs[0]), scope, len(path))
        return Names(path, Lookup(self.lookup.input, self.lookup), self.block, self.start, self.params)

    def reference(self, value: Value, current: Value, paths: Mapping[Value, Sequence[Path]]) -> str:
        """The reference to a value from where another is `current`. Raises `Hidden` where there is none."""
        if value is current:
            return "."
        found = self._texts(value, paths.get(value, ()))
        if value is self.lookup.input:
            found.append("input")
        if found:
            return min(found, key=lambda text: text.count("."))
        if self.block is None or value not in self.block.captures:
            why = "no reference reaches a value used here, since nearer nodes have its names"
            place = ".".join(self.path) or "layers"
            raise Hidden(f"the network cannot be written out, at `{place}`: {why}")
        return self._given(value)

    def module(self, item: Node | Scope, paths: Mapping[Value, Sequence[Path]]) -> str:
        """The reference to a node or module. Raises `Hidden` where there is none."""
        for text in self._texts(item.output, paths.get(item.output, ())):
            entry = self.lookup.entry(text)
            if isinstance(entry, Entry) and entry.item is item:
                return text
        why = f"no reference reaches the module `{item.name}`, which is used again here"
        raise Hidden(f"the network cannot be written out, at `{'.'.join(self.path) or 'layers'}`: {why}")

    def owner(self, node: Node, paths: Mapping[Value, Sequence[Path]]) -> str:
        """The reference to a node of whose weights another's are. Raises `Hidden` where there is none."""
        try:
            return self.module(node, paths)
        except Hidden:
            if self.block is None or node in self.block.nodes():
                raise
            return self._given(node)

    def _given(self, item: Value | Node) -> str:
        """The reference to what the block takes from outside."""
        return "$" + self.params.setdefault(item, f"value_{len(self.params) + 1}")

    def _texts(self, value: Value, paths: Sequence[Path]) -> list[str]:
        """The references that find a value, by what it is called."""
        found: list[str] = []
        for path in paths:
            around = (at for at in range(self.start, len(self.path) + 1) if path[:at] == self.path[:at])
            found += [text for at in around if self.lookup.find(text := ".".join(path[at:])) is value]
        return found
