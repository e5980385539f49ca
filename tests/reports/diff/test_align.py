from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.reports.diff.align import align, gaps, rising

KEYS = st.lists(st.sampled_from("abcd"), max_size=12)


@given(KEYS, KEYS)
def test_pairs_are_equal_and_rise(a: list[str], b: list[str]) -> None:
    pairs = align(a, b)
    assert all(a[i] == b[j] for i, j in pairs)
    assert all(i < m and j < n for (i, j), (m, n) in pairwise(pairs))


@given(KEYS, KEYS)
def test_what_begins_and_ends_alike_is_paired(start: list[str], end: list[str]) -> None:
    a, b = [*start, "x", *end], [*start, "y", "z", *end]
    assert align(a, b) == [
        *((i, i) for i in range(len(start))),
        *((len(start) + 1 + i, len(start) + 2 + i) for i in range(len(end))),
    ]


@given(KEYS, KEYS)
def test_as_much_is_paired_as_there_can_be(a: list[str], b: list[str]) -> None:
    longest = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            longest[i + 1][j + 1] = max(longest[i][j + 1], longest[i + 1][j], longest[i][j] + (x == y))
    assert len(align(a, b)) == longest[-1][-1]


@pytest.mark.parametrize(
    ("a", "b", "paired"),
    [
        ("abcabd", "xabcabd", "abcabd"),
        ("cnacnacna", "nacnacnax", "nacnacna"),
        ("aaaa", "aa", "aa"),
        ("abc", "", ""),
        ("abc", "xyz", ""),
    ],
)
def test_what_is_paired(a: str, b: str, paired: str) -> None:
    assert "".join(a[i] for i, _ in align(a, b)) == paired


@given(st.lists(st.integers(0, 9), max_size=8))
def test_a_longest_part_rises(positions: list[int]) -> None:
    found = rising(list(enumerate(positions)))
    assert found == sorted(found)
    assert all(x < y for (_, x), (_, y) in pairwise(found))
    best = [1] * len(positions)
    for i, position in enumerate(positions):
        best[i] += max((best[j] for j in range(i) if positions[j] < position), default=0)
    assert len(found) == max(best, default=0)


def test_gaps() -> None:
    assert [*gaps([(1, 0), (2, 3)], (4, 4))] == [((0, 1), (0, 0)), ((2, 2), (1, 3)), ((3, 4), (4, 4))]


@pytest.mark.parametrize("alphabet", [1, 3, 300, 10**9])
def test_long_sequences_are_no_trouble(alphabet: int) -> None:
    """Where time grew with the square of the length, this would take hours."""
    chance = random.Random(0)
    a, b = ([chance.randrange(alphabet) for _ in range(50_000)] for _ in range(2))
    assert len(align(a, b)) <= 50_000
    assert len(align(a, [*a[1:], *a[:1]])) == 49_999 + (alphabet == 1)
