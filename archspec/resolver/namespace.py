"""What the names in a scope are, and the references that find values from there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from archspec.compiler.names import Entry, Lookup, Names, NameTaken
from archspec.errors import UsageError
from archspec.graph import Node, Scope, Value


class Hidden(UsageError):
    """A value that no reference finds, since nodes nearer by bear its names."""


@dataclass(slots=True, eq=False)
class Shared:
    """What all scopes of a network share.

    `known` maps values to where they can be found, `hidden` are the scopes out of which some value is not, `blocks` the
    definitions that they are written as, and `names` those of the blocks. `init` is that of the whole spec.
    """

    known: dict[Value, list[tuple[Namespace, str]]] = field(default_factory=dict)
    hidden: set[Scope] = field(default_factory=set)
    blocks: dict[str, dict[str, Any]] = field(default_factory=dict)
    names: dict[Scope, str] = field(default_factory=dict)
    init: dict[str, Any] = field(default_factory=dict)


class Namespace:
    """The names of one scope, as the compiler gives and finds them.

    That of a block sees nothing further out: what is used there of the values outside becomes a parameter.
    """

    def __init__(self, scope: Scope, outer: Namespace | None, shared: Shared, numbered: bool, is_block: bool) -> None:
        self.scope = scope
        self.outer = outer
        self.shared = shared
        self.is_block = is_block
        self.names = Names(numbered)
        closed = outer is None or is_block
        self.lookup: Lookup = Lookup(scope.inputs[0]) if closed else Lookup(outer.lookup.input, outer.lookup)  # type: ignore[union-attr]
        self.params: dict[Value, str] = {}
        self.inserted: list[tuple[Node, Node]] = []

    def define(self, name: str, value: Value | None, inner: Lookup | None = None) -> None:
        """Let references find a name."""
        self.lookup.entries[name] = Entry(value, inner)
        if value is not None:
            self.shared.known.setdefault(value, []).append((self, name))

    def claim(self, name: str) -> None:
        """Take the name of an item."""
        try:
            self.names.claim(name, "")
        except NameTaken as taken:
            raise UsageError(self._unwritable(taken.message)) from None

    def insert(self, node: Node) -> None:
        """Name a node as the compiler will name it, which inserts it."""
        again = replace(node)
        self.names.insert(again, node.op.name)
        self.inserted.append((again, node))
        self.define(again.name, node.output)

    @property
    def faithful(self) -> bool:
        """Whether what the compiler inserts will have the names that it has now."""
        return all(again.name == node.name for again, node in self.inserted)

    def reference(self, value: Value, current: Value | None) -> str:
        """The shortest reference that finds a value from here. Raises `Hidden` where there is none."""
        if value is current:
            return "."
        around = list(self._visible())
        found: list[str] = []
        for home, name in self.shared.known.get(value, ()):
            text: str = name
            writer: Namespace | None = home
            while writer is not None:
                if writer in around and self.lookup.find(text) is value:
                    found.append(text)
                text, writer = f"{writer.scope.name}.{text}", writer.outer
        if value is self.lookup.input:
            found.append("input")
        return min(found, key=lambda text: text.count(".")) if found else self._parameter(value, around[-1])

    def _visible(self) -> Iterator[Namespace]:
        """This scope and those around it, up to the block."""
        at: Namespace | None = self
        while at is not None:
            yield at
            at = None if at.is_block else at.outer

    def _parameter(self, value: Value, block: Namespace) -> str:
        """A reference to a parameter of the block around, for a value from outside of it."""
        made_inside = any(block in home._outward() for home, _ in self.shared.known.get(value, ()))
        if not block.is_block or made_inside:
            why = "a value is used here that no reference finds, since nodes nearer by bear its names"
            raise Hidden(self._unwritable(why))
        return "$" + block.params.setdefault(value, f"value_{len(block.params) + 1}")

    def _outward(self) -> Iterator[Namespace]:
        at: Namespace | None = self
        while at is not None:
            yield at
            at = at.outer

    def _unwritable(self, why: str) -> str:
        path = ".".join(reversed([at.scope.name for at in self._outward() if at.outer is not None]))
        return f"the network cannot be written out, at `{path or 'layers'}`: {why}"
