from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
from hypothesis import given

from archspec.diagnostics.formats import FORMATS, Findings, Style
from tests.diagnostics.formats.samples import ALL, LONG, NOTHING, NOWHERE, SHADOW, TYPO, any_findings

SCHEMA = json.loads((Path(__file__).parent / "gitlab.schema.json").read_text(encoding="utf-8"))


def told(findings: Findings) -> Any:
    """What GitLab reads: findings of one fingerprint are one to it."""
    text = FORMATS["gitlab"](findings, Style())
    assert text.isascii()
    found = json.loads(text)
    jsonschema.validate(found, SCHEMA)
    assert len({finding["fingerprint"] for finding in found}) == len(findings.diagnostics)
    return found


def test_a_finding() -> None:
    (fingerprint,) = Findings(("specs/my.yaml",), (TYPO,)).fingerprints()
    assert told(Findings(("specs/my.yaml",), (TYPO,))) == [
        {
            "description": "`conv` has no argument `chanels`\nhelp: did you mean `channels`?",
            "check_name": "A201",
            "fingerprint": fingerprint,
            "severity": "major",
            "location": {"path": "specs/my.yaml", "lines": {"begin": 5, "end": 5}},
        }
    ]


def test_nothing_found() -> None:
    assert FORMATS["gitlab"](NOTHING, Style()) == "[]"


def test_severities_and_lines() -> None:
    shadow, long, nowhere = told(Findings(("specs/my.yaml",), (SHADOW, LONG, NOWHERE)))
    assert shadow["severity"] == "minor"
    assert long["location"]["lines"] == {"begin": 4, "end": 5}
    assert nowhere["location"] == {"path": "specs/my.yaml", "lines": {"begin": 1}}


def test_all() -> None:
    assert [found["check_name"] for found in told(ALL)] == [d.code for d in ALL.diagnostics]


@given(any_findings)
def test_whatever_is_found_is_a_report(findings: Findings) -> None:
    told(findings)
