"""Which stage, block or node of one graph is which of the other: by given names, then by content, then by kind."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

from archspec.graph.nodes import Node, Scope
from archspec.records import record
from archspec.reports.contents import arguments
from archspec.reports.diff.align import Pairs, align, gaps, rising

Item: TypeAlias = "Node | Scope"

_ALIKE = 2 / 3
"""How much of two blocks of different names must be equal for one to be told as a change of the other."""


@record
class Match:
    """An item of both graphs, or of one where the other has None; `inside` are those of two scopes, as they run.

    `moved` says that its name stands elsewhere among its siblings, `replaced` that nothing but the name is the same.
    """

    before: Item | None
    after: Item | None
    inside: tuple[Match, ...] = ()
    moved: bool = False
    replaced: bool = False

    def below(self) -> Iterator[Match]:
        """This match and all inside."""
        stack = [self]
        while stack:
            match = stack.pop()
            yield match
            stack += reversed(match.inside)

    def mirrored(self) -> Match:
        """The same match seen from the other side."""
        inside = tuple(match.mirrored() for match in self.inside)
        return replace(self, before=self.after, after=self.before, inside=inside)


def match_scopes(before: Scope, after: Scope) -> Match:
    """The match of two networks."""
    return _scopes(before, after, _Keys(), moved=False)


def is_automatic(item: Item) -> bool:
    """Whether a name says no more than the op or the position: nobody gave it, and it shifts with its neighbours."""
    name, base = item.name, item.label
    stem = name.rstrip("0123456789")
    return name == base or stem in ("", f"{base}_") or stem == base == "stage"


def stems(before: str, after: str) -> tuple[str, str, int] | None:
    """What two names have in front of their numbers, and how far the numbers are apart; None where one has none."""
    one, two = _numbered(before), _numbered(after)
    return (one[0], two[0], two[1] - one[1]) if one and two else None


def _numbered(name: str) -> tuple[str, int] | None:
    stem = name.rstrip("0123456789")
    digits = name[len(stem) :]
    return (stem, int(digits)) if 0 < len(digits) < 10 else None


class _Keys:
    """Numbers that are equal where two items are; computed once for each."""

    def __init__(self) -> None:
        self.numbers: dict[Hashable, int] = {}
        self.contents: dict[Item, int] = {}
        self.forms: dict[Item, int] = {}

    def content(self, item: Item) -> int:
        """The same for ops with the same arguments, and for scopes that hold such; names do not count."""
        return self._key(item, self.contents, self.content, arguments)

    def form(self, item: Item) -> int:
        """The same where only widths differ: the principal arguments that are numbers."""
        return self._key(item, self.forms, self.form, _arguments_but_width)

    def _key(
        self, item: Item, known: dict[Item, int], inner: Callable[[Item], int], outer: Callable[[Node], Hashable]
    ) -> int:
        found = known.get(item)
        if found is None:
            parts = outer(item) if isinstance(item, Node) else tuple(map(inner, item.body))
            found = known[item] = self.numbers.setdefault(parts, len(self.numbers))
        return found


def _arguments_but_width(node: Node) -> Hashable:
    op = node.op
    return (op.name, *(repr(value) for name, value in op if name != op.principal or isinstance(value, str)))


def _scopes(before: Scope, after: Scope, keys: _Keys, moved: bool) -> Match:
    pairs, wandering = _pairs(before.body, after.body, keys)
    if _bears_the_same_names(before, after) and not _alike(before, after, pairs, keys):
        pairs, wandering = [(at, at) for at in range(len(before.body))], []
    if before.label != after.label and not _alike(before, after, pairs, keys):
        return Match(before, after, moved=moved, replaced=True)
    return Match(before, after, tuple(_merged(before.body, after.body, pairs, wandering, keys)), moved)


def _bears_the_same_names(before: Scope, after: Scope) -> bool:
    """Whether two bodies are of the same kinds of items under the same names, one by one: a network grown wider is that
    at every place, even if a block of it is now equal to the one that stood further on."""
    one, two = ([(item.name, item.label) for item in scope.body] for scope in (before, after))
    return one == two


def _alike(before: Scope, after: Scope, pairs: Pairs, keys: _Keys) -> bool:
    equal = sum(keys.content(before.body[i]) == keys.content(after.body[j]) for i, j in pairs)
    return equal >= _ALIKE * max(len(before.body), len(after.body))


def _merged(
    before: Sequence[Item], after: Sequence[Item], pairs: Pairs, wandering: Pairs, keys: _Keys
) -> Iterator[Match]:
    """All matches of two bodies: what is removed stands before what is added in its place."""
    left, come = {i for i, _ in wandering}, {j: i for i, j in wandering}
    i = j = 0
    for x, y in [*pairs, (len(before), len(after))]:
        yield from (Match(item, None) for at, item in enumerate(before[i:x], i) if at not in left)
        for at in range(j, y):
            yield _item(before[come[at]], after[at], keys, True) if at in come else Match(None, after[at])
        if x < len(before):
            yield _item(before[x], after[y], keys, False)
        i, j = x + 1, y + 1


def _item(before: Item, after: Item, keys: _Keys, moved: bool) -> Match:
    if isinstance(before, Scope) and isinstance(after, Scope):
        return _scopes(before, after, keys, moved)
    return Match(before, after, moved=moved, replaced=before.label != after.label)


def _pairs(before: Sequence[Item], after: Sequence[Item], keys: _Keys) -> tuple[Pairs, Pairs]:
    """The pairs of positions in order, and those of given names that are not in order with them."""
    places = {item.name: j for j, item in enumerate(after) if not is_automatic(item)}
    named = [(i, places[item.name]) for i, item in enumerate(before) if item.name in places and not is_automatic(item)]
    named = _exchanged(named, before, after, keys)
    pairs = rising(named)
    ordered = set(pairs)
    wandering = [pair for pair in named if pair not in ordered]
    gone, come = {i for i, _ in wandering}, {j for _, j in wandering}
    for key in (keys.content, keys.form, _label, _name):
        found: Pairs = []
        for (i, x), (j, y) in gaps(pairs, (len(before), len(after))):
            one = [at for at in range(i, x) if at not in gone]
            two = [at for at in range(j, y) if at not in come]
            if one and two:
                aligned = align([key(before[at]) for at in one], [key(after[at]) for at in two])
                found += [(one[m], two[n]) for m, n in aligned]
        pairs = sorted([*pairs, *found])
    return pairs, wandering


def _exchanged(named: Pairs, before: Sequence[Item], after: Sequence[Item], keys: _Keys) -> Pairs:
    """Pairs of equal names; where names were exchanged, and all else stayed in its place, those of equal contents."""
    one, two = ([keys.content(item) for item in items] for items in (before, after))
    other = [(i, j) for i, j in named if one[i] != two[j]]
    there, here = {two[j] for _, j in other}, {one[i] for i, _ in other}
    other = [(i, j) for i, j in other if one[i] in there and two[j] in here]
    crossed = list(zip([i for i, _ in other], sorted(j for _, j in other), strict=True))
    if any(one[i] != two[j] for i, j in crossed):
        return named
    return sorted([*crossed, *{*named}.difference(other)])


def _label(item: Item) -> Hashable:
    return item.label


def _name(item: Item) -> Hashable:
    return item.name
