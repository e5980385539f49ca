"""Which blocks in a row are equal: what summaries and drawings show once, with a count."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import field, replace
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
    the one before it hands on; what else reaches them from outside reaches all of them, be it made by the one before
    the first. Further runs are of one module.
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
class _Seen:
    """A scope among others: what is in it, each value that it takes, with its position where the item before makes it,
    and which of these the one before it, an equal, takes from the one before that."""

    scope: Scope
    content: _Content
    sources: tuple[tuple[Value, Position | None], ...]
    handed: tuple[bool, ...] | None = None

    def equal_after(self, last: _Seen) -> tuple[bool, ...] | None:
        """Which values it takes from an equal scope before it, as that does; None where the two are not equal."""
        if (self.content.number, self.scope.of) != (last.content.number, last.scope.of):
            return None
        pairs = [*zip(self.sources, last.sources, strict=True)]
        handed = tuple([at is not None and at == before for (_, at), (_, before) in pairs])
        same = all(hands or value is other for hands, ((value, _), (other, _)) in zip(handed, pairs, strict=True))
        return handed if same and any(handed) and last.handed in (None, handed) else None


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
        last: _Seen | None = None
        before = item.inputs[0]
        for position, inner in enumerate(item.body):
            content = self.content(inner)
            last = self._seen(inner, content, position, made, before, last) if isinstance(inner, Scope) else None
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

    def _seen(
        self,
        scope: Scope,
        content: _Content,
        position: int,
        made: Mapping[Value, Position],
        before: Value,
        last: _Seen | None,
    ) -> _Seen:
        """A scope at its position among others; an equal of the one before it, if there is one, is found as that is."""

        def source(value: Value) -> tuple[Value, Position | None]:
            at = made.get(value, ())
            return value, () if value is before else at[1:] if at[:1] == (position - 1,) else None

        seen = _Seen(scope, content, tuple(map(source, content.taken)))
        handed = seen.equal_after(last) if last is not None else None
        self.found[scope] = scope if handed is None or last is None else self.found[last.scope]
        return replace(seen, handed=handed)


def _type(value: Value) -> Hashable:
    kind = value.type
    return kind and (kind.shape, kind.layout, kind.dtype, kind.vocab)
