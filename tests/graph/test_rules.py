"""The rules for foreign weights, as an object and as they are written."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import archspec
from archspec.graph.rules import Rules

PATTERNS = st.text("abc.", min_size=1, max_size=4)
PARTS = st.lists(PATTERNS, min_size=1, max_size=3)
SECTIONS = st.fixed_dictionaries(
    {},
    optional={
        "ignore": st.lists(PATTERNS, min_size=1, max_size=3),
        "rename": st.dictionaries(PATTERNS, st.text("abc", max_size=3), min_size=1, max_size=3),
        "transpose": st.lists(PATTERNS, min_size=1, max_size=3),
        "add": st.dictionaries(PATTERNS, st.floats(-9, 9), min_size=1, max_size=3),
        "split": st.dictionaries(PATTERNS, PARTS, min_size=1, max_size=3),
        "concat": st.dictionaries(PATTERNS, PARTS, min_size=1, max_size=3),
        "reshape": st.lists(PATTERNS, min_size=1, max_size=3),
    },
)


@given(SECTIONS)
def test_they_are_written_as_they_were_read(section: dict[str, Any]) -> None:
    rules = archspec.compile({"archspec": 1, "input": [8], "layers": [{"act": "relu"}], "weights": section}).rules
    assert rules.written() == section
    assert [*rules.written().get("rename", {})] == [*section.get("rename", {})]  # in this order they are applied
    assert rules.of_values == bool(section.keys() - {"ignore", "rename"})
    assert {field.name for field in fields(Rules) if getattr(rules, field.name)} == section.keys()
