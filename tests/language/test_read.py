"""What stands under a key that no file has may be a section that is missing: then one mistake is told, not two."""

from __future__ import annotations

import pytest

import archspec

VALUES = {
    "5": "", "1.5": "", "true": "", "null": "", "text": "", "[]": "", "{}": "", "{a: 5}": "",
    "[act]": "layers", "[conv: 8]": "layers", "[[act]]": "layers", "[text, 5]": "layers",
    "[3, 8, 8]": "input", "[8]": "input", "{a: [8]}": "input", "{channels: 8}": "input", "{size: 5}": "input",
}  # fmt: skip


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("missing", ["input", "layers"])
@pytest.mark.parametrize("key", ["zzzzzz", "near"])
def test_a_section_may_stand_under_another_key(key: str, missing: str, value: str) -> None:
    key = {"input": "inptu", "layers": "layrs"}[missing] if key == "near" else key
    given = {"input": "input: [8]", "layers": "layers: [act: relu]"}
    lines = [line for name, line in given.items() if name != missing]
    found = archspec.validate("\n".join(["archspec: 1", *lines, f"{key}: {value}", ""]))
    is_meant = VALUES[value] == missing or key != "zzzzzz"
    told = [(one.code, one.span and one.span.line) for one in found]
    assert ("A201", 3) in told
    assert told.count(("A202", 1)) == (not is_meant)
