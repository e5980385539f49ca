"""Two sequences laid side by side: equal keys in the same order, in a time that hardly grows faster than they do."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

Pairs: TypeAlias = "list[tuple[int, int]]"

LEFT_OVER = 100
"""How many items may be left over for the fewest to be found: the time grows with this number and the length."""


def align(a: Sequence[Hashable], b: Sequence[Hashable]) -> Pairs:
    """Pairs of positions with equal keys, rising in both sequences: as many as possible where little is left over.

    Sequences that differ much are cut first at what occurs once in each (a patience diff), and what still differs much
    is paired by the n-th occurrences of a key.
    """
    return _trimmed(a, b, (0, len(a)), (0, len(b)), lambda one, two: _closest(a, b, one, two))


def rising(pairs: Pairs) -> Pairs:
    """A longest part of pairs, sorted by the first position, in which the second ones rise too."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for number, (_, position) in enumerate(pairs):
        length = bisect_left(tails, position)
        before.append(ends[length - 1] if length else -1)
        if length == len(tails):
            tails.append(position)
            ends.append(number)
        else:
            tails[length], ends[length] = position, number
    found: Pairs = []
    at = ends[-1] if ends else -1
    while at >= 0:
        found.append(pairs[at])
        at = before[at]
    return found[::-1]


def gaps(pairs: Pairs, lengths: tuple[int, int]) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """The ranges before, between and after pairs that rise, where either is not empty."""
    i = j = 0
    for x, y in [*pairs, lengths]:
        if x > i or y > j:
            yield (i, x), (j, y)
        i, j = x + 1, y + 1


_Range: TypeAlias = "tuple[int, int]"


def _trimmed(
    a: Sequence[Hashable],
    b: Sequence[Hashable],
    one: _Range,
    two: _Range,
    middle: Callable[[_Range, _Range], Pairs],
) -> Pairs:
    """What two ranges begin and end with alike, and what `middle` finds between."""
    (i, m), (j, n) = one, two
    start: Pairs = []
    while i < m and j < n and a[i] == b[j]:
        start.append((i, j))
        i, j = i + 1, j + 1
    end: Pairs = []
    while m > i and n > j and a[m - 1] == b[n - 1]:
        m, n = m - 1, n - 1
        end.append((m, n))
    inner = middle((i, m), (j, n)) if i < m and j < n else []
    return [*start, *inner, *reversed(end)]


def _closest(a: Sequence[Hashable], b: Sequence[Hashable], one: _Range, two: _Range) -> Pairs:
    """What two ranges have in common, looked for between anchors that occur once in both where they differ much."""
    found = _shortest(a, b, one, two)
    if found is not None:
        return found
    anchors = _occurrences(a, b, one, two, once=True)
    found = []
    edges = [(one[0] - 1, two[0] - 1), *anchors, (one[1], two[1])]
    for (i, j), (m, n) in pairwise(edges):
        found += _trimmed(a, b, (i + 1, m), (j + 1, n), lambda one, two: _between(a, b, one, two))
        if m < one[1]:
            found.append((m, n))
    return found


def _between(a: Sequence[Hashable], b: Sequence[Hashable], one: _Range, two: _Range) -> Pairs:
    found = _shortest(a, b, one, two)
    return _occurrences(a, b, one, two, once=False) if found is None else found


def _shortest(a: Sequence[Hashable], b: Sequence[Hashable], one: _Range, two: _Range) -> Pairs | None:
    """The pairs that leave least over (Myers 1986); None where more than `LEFT_OVER` are left."""
    (i, m), (j, n) = one, two
    reached = {1: i}
    steps: list[dict[int, int]] = []
    for distance in range(min(LEFT_OVER, m - i + n - j) + 1):
        steps.append(dict(reached))
        for k in range(-distance, distance + 1, 2):
            down = k == -distance or (k != distance and reached[k - 1] < reached[k + 1])
            x = reached[k + 1] if down else reached[k - 1] + 1
            y = x - i - k + j
            while x < m and y < n and a[x] == b[y]:
                x, y = x + 1, y + 1
            reached[k] = x
            if x >= m and y >= n:
                return _backwards(steps, one, two)
    return None


def _backwards(steps: list[dict[int, int]], one: _Range, two: _Range) -> Pairs:
    """The pairs on the way that `_shortest` went, from its end."""
    (i, x), (j, y) = one, two
    found: Pairs = []
    for distance in range(len(steps) - 1, -1, -1):
        reached, k = steps[distance], (x - i) - (y - j)
        down = k == -distance or (k != distance and reached[k - 1] < reached[k + 1])
        before = k + 1 if down else k - 1
        while x > reached[before] + (not down):
            x, y = x - 1, y - 1
            found.append((x, y))
        x, y = reached[before], reached[before] - i - before + j
    return found[::-1]


def _occurrences(a: Sequence[Hashable], b: Sequence[Hashable], one: _Range, two: _Range, once: bool) -> Pairs:
    """The n-th occurrence in one range with the n-th in the other, as far as they rise; or only what occurs `once`."""
    places: dict[Hashable, list[int]] = {}
    for j in range(*two):
        places.setdefault(b[j], []).append(j)
    counts: dict[Hashable, int] = {}
    for i in range(*one):
        counts[a[i]] = counts.get(a[i], 0) + 1
    turn = dict.fromkeys(counts, 0)
    pairs: Pairs = []
    for i in range(*one):
        key = a[i]
        there = places.get(key, [])
        if turn[key] < len(there) and not (once and (counts[key] > 1 or len(there) > 1)):
            pairs.append((i, there[turn[key]]))
        turn[key] += 1
    return rising(pairs)
