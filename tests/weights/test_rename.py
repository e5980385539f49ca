from __future__ import annotations

import re
import time
import warnings
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec import limits
from archspec.errors import UsageError, WeightsError
from archspec.graph.rules import Rules
from archspec.weights.rename import Rename, fault, parse, renames
from archspec.weights.substitute import KEY_LENGTH, Step, substitute
from archspec.weights.trace import steps_of, trace

KEYS = ["module.layer1.0.conv1.weight", "module.layer1.0.bn1.gamma", "fc.weight"]


def rename(keys: Sequence[str], rules: Sequence[Rename]) -> tuple[dict[str, str], tuple[Rename, ...]]:
    """The new key of each key, after all rules in order, and the rules that changed none."""
    items = trace(steps_of(Rules(), rules), keys)
    met = {number for item in items for number in item.marks}
    idle = tuple(rule for number, rule in enumerate(rules) if number not in met)
    return {keys[item.source]: item.key for item in items}, idle


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (r"^module\.", ""),
        ("gamma", "weight"),
        (r"layer(\d+)\.(\d+)", r"stages.\1.blocks.\2"),
        (r"(?P<kind>conv|bn)(\d)", r"\g<kind>_\g<2>"),
        (r"(?<=\.)0(?=\.)", "first"),
        ("[a-c]", "x"),
        ("$", ".end"),
    ],
)
def test_it_is_what_re_sub_does(pattern: str, replacement: str) -> None:
    names, idle = rename(KEYS, [Rename(pattern, replacement)])
    assert names == {key: re.sub(pattern, replacement, key) for key in KEYS}
    assert not idle


def test_rules_come_one_after_the_other() -> None:
    rules = [Rename("^module", "a"), Rename("^a", "b"), Rename("^zzz", ""), Rename(r"^(b)(\.)", r"\1\1\2")]
    names, idle = rename(KEYS, rules)
    assert list(names.values()) == ["bb.layer1.0.conv1.weight", "bb.layer1.0.bn1.gamma", "fc.weight"]
    assert idle == (Rename("^zzz", ""),)


@pytest.mark.parametrize("rule", [Rename(r"^.+\.", ""), Rename(".", "")])
def test_two_keys_that_become_one_are_an_error(rule: Rename) -> None:
    with pytest.raises(WeightsError, match=r"`module.layer1.0.conv1.weight` and `.*` of the file are both renamed"):
        rename(KEYS, [rule])


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*$", "(|a|b){60}c", "a?" * 60 + "a" * 60])
def test_a_pattern_without_end_is_stopped(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archspec.weights.trace.PATTERN_SECONDS", 0.3)
    assert fault(pattern, "x") is None
    started = time.monotonic()
    with pytest.raises(WeightsError, match=f"the rename `{re.escape(pattern)}` takes more than 0.3 s on these keys"):
        rename(["a" * 60 + "!"], [Rename(pattern, "x")])
    assert time.monotonic() - started < 5


def test_keys_cannot_grow_for_ever() -> None:
    with pytest.raises(WeightsError, match="makes keys too long"):
        rename(["ab"], [Rename("^(.*)$", r"\1\1")] * 20)
    names, _ = rename(["a"], [Rename("^", "x")] * limits.PATTERNS)
    assert names == {"a": "x" * limits.PATTERNS + "a"}
    assert limits.PATTERNS < KEY_LENGTH


@pytest.mark.parametrize(
    ("pattern", "replacement", "part", "message"),
    [
        ("(", "", "pattern", r"`\(` is not a regular expression: missing \)"),
        ("x{1,99999999999}", "", "pattern", "is not a regular expression"),
        ("", "x", "pattern", "the pattern is empty"),
        ("x" * (limits.PATTERN_LENGTH + 1), "", "pattern", f"{limits.PATTERN_LENGTH + 1} characters"),
        ("x", "y" * (limits.PATTERN_LENGTH + 1), "replacement", f"{limits.PATTERN_LENGTH + 1} characters"),
        ("(a)", r"\2", "replacement", "is not a valid replacement for `.a.`: invalid group reference 2"),
        ("(?P<a>x)", r"\g<b>", "replacement", "unknown group name"),
        ("a", r"\q", "replacement", "bad escape"),
    ],
)
def test_faults_are_told(pattern: str, replacement: str, part: str, message: str) -> None:
    found = fault(pattern, replacement)
    assert found is not None
    assert found.part == part
    assert re.search(message, found.message)
    with pytest.raises(UsageError, match=message):
        renames({pattern: replacement})


def test_a_pattern_that_will_mean_something_else_is_no_fault() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert fault("[[a]", "") is None
        assert rename(["[x"], [Rename("[[a]", "")])[0] == {"[x": "x"}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (r"^module\.=", Rename(r"^module\.", "")),
        ("a(?=b)=c", Rename("a(?=b)", "c")),
        ("(?<=x)y=z", Rename("(?<=x)y", "z")),
    ],
)
def test_the_last_sign_divides(text: str, rule: Rename) -> None:
    assert parse(text) == rule


@pytest.mark.parametrize("text", ["", "x", "=x", "(=x", r"a=\1"])
def test_what_is_no_rename_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"PATTERN=REPLACEMENT|empty|not a regular expression|not a valid replacement"):
        parse(text)


def test_mappings_and_pairs_are_the_same() -> None:
    pairs = [("a", "b"), ("c", "d")]
    assert renames(dict(pairs)) == renames(pairs) == (Rename("a", "b"), Rename("c", "d"))
    with pytest.raises(UsageError, match="a rename must be two strings"):
        renames({"a": 3})  # type: ignore[dict-item]
    with pytest.raises(UsageError, match="201 renames"):
        renames([("a", "b")] * (limits.PATTERNS + 1))


@given(
    st.lists(st.text("ab.", max_size=6), unique=True),
    st.lists(st.tuples(st.sampled_from(["a", "^a", "b$", r"\.", "^"]), st.text("xy.", max_size=2)), max_size=4),
)
def test_every_key_has_one_name_of_its_own_or_it_is_an_error(keys: list[str], pairs: list[tuple[str, str]]) -> None:
    expected = list(keys)
    for pattern, replacement in pairs:
        expected = [re.sub(pattern, replacement, key) for key in expected]
    try:
        names, _ = rename(keys, renames(pairs))
    except WeightsError:
        assert len(set(expected)) < len(expected)
    else:
        assert list(names) == keys
        assert list(names.values()) == expected
        assert len(set(expected)) == len(expected)


@given(st.text(r"()[]{}|*+?.^$\\abgP<>=!:-#12,iLux", max_size=12), st.text(r"\\g<>a012P", max_size=8))
def test_whatever_is_given_it_is_a_rename_or_a_fault(pattern: str, replacement: str) -> None:
    if fault(pattern, replacement) is None and not re.search(r"[*+?{|]", pattern):
        assert len(substitute([Step("rename", pattern, [replacement])], ["ab.1", ""])) == 2
