"""Specs as text: whatever stands in one is read again as it was."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.diagnostics import Collector
from archspec.language import forbidden
from archspec.resolver.text import Nodes, flow, spec_text
from archspec.source import plain, read_text


def read(text: str) -> Any:
    collector = Collector()
    _, tree = read_text(text, "spec.yaml", collector)
    assert not collector.diagnostics, (text, list(map(str, collector.diagnostics)))
    return plain(tree)


ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=8).filter(lambda text: not forbidden(text))
STRINGS = ANY | st.text(st.sampled_from("ab1.$ -_#:,[]{}'\"&*!|>%@`?~\\/()+\n"), max_size=8)
NUMBERS = st.booleans() | st.integers(-(10**6), 10**6) | st.floats(-1e30, 1e30)
KEYS = st.text("abc_", min_size=1, max_size=4).filter(lambda key: read(f"{key}: 1") == {key: 1})
VALUES = st.recursive(
    NUMBERS | STRINGS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, min_size=1, max_size=3),
    max_leaves=6,
)


def nodes(arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Nodes]:
    return st.lists(st.dictionaries(KEYS, arguments, min_size=1, max_size=1), min_size=1, max_size=3).map(Nodes)


NODES = st.recursive(
    nodes(VALUES),
    lambda inner: (
        nodes(st.dictionaries(KEYS, inner | VALUES, min_size=1, max_size=2)) | st.lists(inner, min_size=1, max_size=2)
    ),
    max_leaves=4,
)


@given(VALUES)
def test_a_value_is_read_as_it_was(value: Any) -> None:
    assert read(f"a: {flow(value)}") == {"a": value}
    assert read(f"[{flow(value)}]") == [value]
    assert "\n" not in flow(value)


@pytest.mark.parametrize(
    "text",
    ["...", "---", "null", "true", "1", "1.5", "0x1f", "1e3", "a ", " a", "", "-", "a: b", "a #b", "a, b", "$(a[0])"],
)
def test_what_is_something_else_in_yaml_is_quoted(text: str) -> None:
    assert flow(text) == f'"{text}"'
    assert read(f"a: {flow(text)}") == {"a": text}


@pytest.mark.parametrize(
    "text", ["a", "a b", "$a", "$(a + 1)", "conv1.weight", "a->b", "n c h w -> n (h w) c", "_", ".", "0a", "a/b"]
)
def test_names_and_expressions_are_not(text: str) -> None:
    assert flow(text) == text


@given(st.dictionaries(KEYS, VALUES | NODES, min_size=1, max_size=3))
def test_a_spec_is_read_as_it_was_with_a_line_for_each_node(spec: dict[str, Any]) -> None:
    text = spec_text("made by a test", spec)
    assert text.startswith("# made by a test\n")
    assert read(text) == spec
    assert not re.search(r"[ \t]\n|\n\n", text)
