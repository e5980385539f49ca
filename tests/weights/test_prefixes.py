from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.weights.prefixes import RENAMES, prefix_renames
from archspec.weights.rename import Rename, fault

PARTS = st.lists(st.sampled_from(["a", "b", "a1", "b-c", "0", "1", "10", "weight"]), min_size=1, max_size=4)
KEYS = PARTS.map(".".join)


def applied(renames: Iterable[Rename], key: str) -> str:
    for pattern, replacement in renames:
        key = re.sub(pattern, replacement, key)
    return key


@given(st.dictionaries(KEYS, KEYS, max_size=6), st.sets(KEYS, max_size=4), st.sets(KEYS, max_size=4))
def test_what_is_proposed_does_it_and_nothing_else(pairs: dict[str, str], others: set[str], rest: set[str]) -> None:
    rest -= {*pairs, *others}
    found = prefix_renames(pairs, others - pairs.keys(), rest)
    assert len(found) <= RENAMES
    assert not any(fault(*rename) for rename in found)
    if found:
        assert {key: applied(found, key) for key in pairs} == pairs
        assert {applied(found, key) for key in others - pairs.keys()} == others - pairs.keys()
        every = {*pairs, *others, *rest}
        assert len({applied(found, key) for key in every}) == len(every)


@given(st.sets(KEYS, min_size=1), KEYS, KEYS)
def test_one_beginning_is_one_rename(ends: set[str], old: str, new: str) -> None:
    pairs = {f"{old}.{end}": f"{new}.{end}" for end in ends if old != new}
    assert len(prefix_renames(pairs)) == (old != new)


def layers(old: str, new: str, numbers: Iterable[int] = range(3)) -> dict[str, str]:
    return {old.format(number): new.format(number) for number in numbers}


@pytest.mark.parametrize(
    ("pairs", "others", "expected"),
    [
        (layers("l.{}.weight", "encoder.l.{}.weight"), (), [("^", "encoder.")]),
        (layers("module.l.{}.weight", "l.{}.weight"), (), [(r"^module\.", "")]),
        (layers("layer{}.weight", "l{}.weight", range(20)), ["layer.weight"], [(r"^layer(\d+)\.", r"l\1.")]),
        (layers("l2.{}.weight", "s2.block{}.weight", range(20)), (), [(r"^l2\.(\d+)\.", r"s2.block\1.")]),
        (layers("layer{}.weight", "l{}0.weight", range(20)), (), []),
        (layers("layer{}.weight", "l{}.weight"), ["layer7.weight"], [(rf"^layer{n}\.", f"l{n}.") for n in range(3)]),
        ({"pos": "position"}, ["pos.weight", "pos2"], [("^pos$", "position")]),
        ({"s.1.w": "s.2.w", "s.2.w": "s.3.w"}, (), [(r"^s\.2\.", "s.3."), (r"^s\.1\.", "s.2.")]),
        ({"s.3.w": "s.2.w", "s.2.w": "s.1.w"}, (), [(r"^s\.3\.", "s.2."), (r"^s\.2\.", "s.1.")][::-1]),
        ({"a.w": "b.w", "b.w": "a.w"}, (), [(r"^a\.", "aside.b."), (r"^b\.", "a."), (r"^aside\.", "")]),
        ({f"{letter}.w": f"{letter}{letter}.w" for letter in "abcdefg"}, (), []),
        ({"a" * 300: "b"}, (), []),
        ({}, ["a"], []),
    ],
)  # fmt: skip
def test_examples(pairs: Mapping[str, str], others: Iterable[str], expected: list[tuple[str, str]]) -> None:
    assert list(prefix_renames(pairs, list(others))) == expected
