from __future__ import annotations

import json
from typing import Any

import jsonschema
from hypothesis import given

from archspec.diagnostics.formats import FORMATS, Findings, Style
from tests.diagnostics.formats.samples import ALL, CALL, NOTHING, NOWHERE, ODD, TYPO, any_findings

_TEXT = {"type": "string"}
_LOCATION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["file", "line", "column", "end_line", "end_column"],
    "properties": {
        "file": _TEXT,
        **{key: {"type": "integer", "minimum": 1} for key in ("line", "column", "end_line", "end_column")},
    },
}
_RELATED = {
    "type": "object",
    "additionalProperties": False,
    "required": ["label", "location"],
    "properties": {"label": _TEXT, "location": _LOCATION},
}
_FIX = {
    "type": "object",
    "additionalProperties": False,
    "required": ["text", "location"],
    "properties": {"text": _TEXT, "location": _LOCATION},
}
_FINDING = {
    "type": "object",
    "additionalProperties": False,
    "required": ["code", "severity", "message", "label", "help", "location", "related", "fix"],
    "properties": {
        "code": {"type": "string", "pattern": "^[A-Z][0-9]{3}$"},
        "severity": {"enum": ["error", "warning"]},
        "message": _TEXT,
        "label": _TEXT,
        "help": _TEXT,
        "location": {"anyOf": [{"type": "null"}, _LOCATION]},
        "related": {"type": "array", "items": _RELATED},
        "fix": {"anyOf": [{"type": "null"}, _FIX]},
    },
}
SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "required": ["version", "files", "findings"],
    "properties": {
        "version": {"const": 1},
        "files": {"type": "array", "items": _TEXT},
        "findings": {"type": "array", "items": _FINDING},
    },
}


def told(findings: Findings) -> Any:
    """What a program reads."""
    text = FORMATS["json"](findings, Style())
    assert text.isascii()
    found = json.loads(text)
    jsonschema.validate(found, SCHEMA)
    return found


def test_every_field() -> None:
    assert told(Findings(("specs/my.yaml",), (CALL,))) == {
        "version": 1,
        "files": ["specs/my.yaml"],
        "findings": [
            {
                "code": "A412",
                "severity": "error",
                "message": "residual branches disagree: body gives 128 × 28 × 28, shortcut 64 × 56 × 56",
                "label": "in block `wide`, called here",
                "help": "use `shortcut: auto`,\nor leave it out",
                "location": {"file": "specs/my.yaml", "line": 6, "column": 5, "end_line": 6, "end_column": 9},
                "fix": None,
                "related": [
                    {
                        "label": "here",
                        "location": {
                            "file": "specs/blocks.yaml",
                            "line": 3,
                            "column": 3,
                            "end_line": 3,
                            "end_column": 7,
                        },
                    },
                ]
                * 2,
            }
        ],
    }


def test_nothing_found() -> None:
    assert told(NOTHING) == {"version": 1, "files": ["specs/my.yaml", "specs/other.yaml"], "findings": []}


def test_a_finding_without_a_place() -> None:
    assert told(Findings((), (NOWHERE,)))["findings"][0]["location"] is None


def test_a_fix() -> None:
    (found,) = told(Findings((), (TYPO,)))["findings"]
    place = {"file": "specs/my.yaml", "line": 5, "column": 7, "end_line": 5, "end_column": 14}
    assert found["fix"] == {"text": "channels", "location": place}


def test_what_is_invisible_is_escaped() -> None:
    (found,) = told(Findings((), (ODD,)))["findings"]
    assert found["message"] == r"100% wrong: \x1b[2J\r"
    assert found["help"] == "a\n\\x00b"


def test_findings_keep_their_order() -> None:
    assert [found["code"] for found in told(ALL)["findings"]] == [d.code for d in ALL.diagnostics]


@given(any_findings)
def test_whatever_is_found_is_json(findings: Findings) -> None:
    json.dumps(told(findings), ensure_ascii=False).encode()
