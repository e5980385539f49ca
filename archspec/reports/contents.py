"""Which blocks in a row are equal: what summaries and drawings show once, with a count."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import field
from typing import TypeAlias

from archspec.graph.nodes import Node, Scope, Value
from archspec.records import record

Position: TypeAlias = "tuple[int, ...]"
"""Where a value is made, as seen from a scope: the positions of the items that lead to the node."""


def contents(root: Scope, alike: Callable[[Node], Hashable] | None = None) -> dict[Scope, Hashable]:
    """For each scope below a root what makes it equal to its neighbours: all but its own name.

    `alike` gives the same for nodes that are equal: by default those of the same arguments and initializers.

    Equal scopes hold equal items of the same names: ops with the same arguments, initializers and notes, which run or
    not, have weights of their own or not, and receive values of the same types from the same places. Each takes what
    the one before it hands on; what else reaches them from outside reaches all of them. Further runs are of one module.
    """
    numbering = _Numbering(alike or arguments)
    numbering.content(root)
    return numbering.found


def arguments(node: Node) -> Hashable:
    """The same for ops with the same arguments, and initializers."""
    init = tuple((name, str(rule)) for name, rule in node.init.items())
    try:
        hash(node.op)
    except TypeError:
        return (node.op.name, repr(node.op), init)
    return (node.op.name, node.op, init)


@record
class _Content:
    """What is in an item, as a number that equal ones share, the values that it takes from outside, and those that it
    makes for others, with their positions."""

    number: int
    taken: tuple[Value, ...]
    made: dict[Value, Position]


@record
class _Numbering:
    alike: Callable[[Node], Hashable]
    numbers: dict[Hashable, int] = field(default_factory=dict)
    found: dict[Scope, Hashable] = field(default_factory=dict)

    def content(self, item: Node | Scope) -> _Content:
        """Depth is bounded by the compiler."""
        if isinstance(item, Node):
            types = tuple(_type(value) for value in (*item.inputs, item.output))
            made = {item.output: (), **{value: (number,) for number, value in enumerate(item.more)}}
            weights = (item.of is None, *sorted(item.tied))
            return _Content(self._number(self.alike(item), item.note, types, item.runs, weights), item.inputs, made)
        made = {}
        outside: dict[Value, int] = {}
        parts: list[Hashable] = []
        before = item.inputs[0]
        for position, inner in enumerate(item.body):
            content = self.content(inner)
            if isinstance(inner, Scope):
                self.found[inner] = _seen(inner, content, position, made, before)
            sources = tuple(made.get(value) or outside.setdefault(value, len(outside)) for value in content.taken)
            parts.append((inner.name, content.number, sources))
            made |= {value: (position, *inner_position) for value, inner_position in content.made.items()}
            before = inner.output
        own = item.of is None
        number = self._number(item.label, item.kind, item.note, item.runs, own, made.get(item.output), *parts)
        seen = {value: made[value] for value in (item.output, *item.exports) if value in made}
        return _Content(number, tuple(outside), seen)

    def _number(self, *what: Hashable) -> int:
        return self.numbers.setdefault(what, len(self.numbers))


def _seen(scope: Scope, content: _Content, position: int, made: dict[Value, Position], before: Value) -> Hashable:
    """A scope at its position among others; none is equal to one that takes nothing from the one before."""

    def source(value: Value) -> tuple[bool, Hashable]:
        inner_position = made.get(value, ())
        if value is before:
            return True, ()
        return (True, inner_position[1:]) if inner_position[:1] == (position - 1,) else (False, value)

    sources = tuple(map(source, content.taken))
    return (content.number, scope.of, sources) if any(chained for chained, _ in sources) else scope


def _type(value: Value) -> Hashable:
    kind = value.type
    return kind and (kind.shape, kind.layout, kind.dtype, kind.vocab)
