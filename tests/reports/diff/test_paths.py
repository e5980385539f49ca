from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.reports.diff.paths import NAMES_SHOWN, modules, patterns


def told(*paths: str) -> list[str]:
    return [pattern for pattern, _ in patterns(dict.fromkeys(paths, 1))]


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["conv1"], ["conv1"]),
        (["conv1", "conv2"], ["conv{1,2}"]),
        (["conv1", "conv2", "conv3", "conv5"], ["conv{1…3,5}"]),
        (["conv1", "bn1"], ["{conv1,bn1}"]),
        (["act", "act_2", "act_3", "act_4"], ["{act,act_2…4}"]),
        (["a.0.x", "a.1.x", "a.2.x"], ["a.{0…2}.x"]),
        (["a.0.x", "a.0.y", "a.1.x", "a.1.y"], ["a.{0,1}.{x,y}"]),
        (["a.0.x", "a.0.y", "a.1.x"], ["a.0.{x,y}", "a.1.x"]),
        (["layer1.0.bn1", "layer1.1.bn1", "layer2.0.bn1", "layer2.1.bn1"], ["layer{1,2}.{0,1}.bn1"]),
        (["fc", "a.fc", "a.b.fc"], ["fc", "a.fc", "a.b.fc"]),
        (["a.09", "a.10"], ["a.{09,10}"]),
        ([], []),
    ],
)
def test_what_differs_at_one_place_is_told_together(paths: list[str], expected: list[str]) -> None:
    assert told(*paths) == expected


def test_numbers_are_added_up() -> None:
    assert patterns({"a.0": 2, "a.1": 3, "b": 1}) == [("a.{0,1}", 5), ("b", 1)]


def test_many_names_are_cut_in_the_middle() -> None:
    (pattern,) = told(*(f"a.{2 * number}" for number in range(100)))
    assert pattern.startswith("a.{0,2,4,")
    assert pattern.endswith(",…,198}")
    assert pattern.count(",") == NAMES_SHOWN - 1


PATHS = st.lists(
    st.lists(st.sampled_from(["a", "b", "0", "1", "2", "bn1", "bn2"]), min_size=1, max_size=3).map(".".join), max_size=9
)


def expanded(pattern: str) -> list[str]:
    """What a pattern stands for, where no range is in it."""
    head, brace, rest = pattern.partition("{")
    if not brace:
        return [pattern]
    names, _, tail = rest.partition("}")
    return [head + name + end for name in names.split(",") for end in expanded(tail)]


@given(PATHS)
def test_patterns_stand_for_the_paths_and_nothing_else(paths: list[str]) -> None:
    found = patterns(dict.fromkeys(paths, 1))
    assert sum(number for _, number in found) == len(set(paths))
    texts = [pattern.replace("0…2", "0,1,2") for pattern, _ in found]
    assert sorted(path for text in texts for path in expanded(text)) == sorted(set(paths))


def test_all_keys_of_a_module_are_a_star() -> None:
    known = ["conv.weight", "bn.weight", "bn.bias", "fc.weight", "fc.bias", "token"]
    assert modules(["conv.weight", "bn.weight", "bn.bias", "fc.bias", "token"], known) == {
        "conv.weight": 1,
        "bn.*": 2,
        "fc.bias": 1,
        "token": 1,
    }
