from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
from hypothesis import given

from archspec.diagnostics import Source, Span
from archspec.diagnostics.catalogue import rule
from archspec.diagnostics.diagnostic import Diagnostic
from archspec.diagnostics.formats import FORMATS, Findings, Style
from archspec.version import __version__
from tests.diagnostics.formats.samples import ALL, CALL, NOTHING, NOWHERE, PLUGIN, SHADOW, TYPO, any_findings

SCHEMA = json.loads((Path(__file__).parent / "sarif.schema.json").read_text(encoding="utf-8"))

# RFC 3986, section 4: a reference without authority, or `file:///…`; the first segment has no colon.
_URI = re.compile(r"(?:file://(?=/))?(?:(?:[\w.~!$&'()*+,;=@/-]|%[0-9A-F]{2})*)", re.ASCII)


def told(findings: Findings) -> Any:
    """The only run of a log; fails where the schema, or a rule that the schema cannot state, is broken."""
    text = FORMATS["sarif"](findings, Style())
    assert text.isascii()
    log = json.loads(text)
    jsonschema.validate(log, SCHEMA)
    (run,) = log["runs"]
    rules = [descriptor["id"] for descriptor in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        related = result.get("relatedLocations", [])
        assert len({location["id"] for location in related}) == len(related)
        for location in (*result.get("locations", []), *related):
            check(location["physicalLocation"], run["originalUriBaseIds"])
    return run


def check(location: Any, bases: Any) -> None:
    """Sections 3.4 and 3.30: URIs are relative to a declared base or absolute, and regions end after they start."""
    artifact, region = location["artifactLocation"], location["region"]
    assert _URI.fullmatch(artifact["uri"]), artifact
    assert artifact["uri"].startswith("file:") or artifact["uriBaseId"] in bases
    start, end = (region["startLine"], region["startColumn"]), (region["endLine"], region["endColumn"])
    assert start <= end


def test_a_result() -> None:
    run = told(Findings(("specs/my.yaml",), (CALL,)))
    (fingerprint,) = Findings((), (CALL,)).fingerprints()
    here = {
        "physicalLocation": {
            "artifactLocation": {"uri": "specs/blocks.yaml", "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": 3, "startColumn": 3, "endLine": 3, "endColumn": 7},
        },
        "message": {"text": "here"},
    }
    assert run["results"] == [
        {
            "ruleId": "A412",
            "ruleIndex": 0,
            "level": "error",
            "message": {
                "text": "residual branches disagree: body gives 128 × 28 × 28, shortcut 64 × 56 × 56\n"
                "help: use `shortcut: auto`,\nor leave it out"
            },
            "partialFingerprints": {"archspec/v1": fingerprint},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": "specs/my.yaml", "uriBaseId": "%SRCROOT%"},
                        "region": {"startLine": 6, "startColumn": 5, "endLine": 6, "endColumn": 9},
                    },
                    "message": {"text": "in block `wide`, called here"},
                }
            ],
            "relatedLocations": [{"id": 1, **here}, {"id": 2, **here}],
        }
    ]


def test_a_fix() -> None:
    (result,) = told(Findings((), (TYPO,)))["results"]
    place = {"uri": "specs/my.yaml", "uriBaseId": "%SRCROOT%"}
    region = {"startLine": 5, "startColumn": 7, "endLine": 5, "endColumn": 14}
    replacement = {"deletedRegion": region, "insertedContent": {"text": "channels"}}
    change = {"artifactLocation": place, "replacements": [replacement]}
    assert result["fixes"] == [{"description": {"text": "Write channels."}, "artifactChanges": [change]}]


def test_the_rules_that_were_broken_come_with_their_pages() -> None:
    driver = told(Findings((), (TYPO, SHADOW, TYPO)))["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("archspec", __version__)
    typo, shadow = driver["rules"]
    assert typo["id"] == "A201"
    assert typo["shortDescription"] == {"text": "unknown key"}
    assert typo["fullDescription"]["text"].startswith("An op, a combinator, a stage or the file itself has a key")
    assert typo["help"] == {"text": rule("A201").page, "markdown": rule("A201").page}
    assert typo["defaultConfiguration"] == {"level": "error"}
    assert shadow["defaultConfiguration"] == {"level": "warning"}


def test_a_code_without_a_page() -> None:
    (descriptor,) = told(Findings((), (PLUGIN,)))["tool"]["driver"]["rules"]
    assert descriptor == {"id": "X999", "defaultConfiguration": {"level": "error"}}


def test_nothing_found() -> None:
    run = told(NOTHING)
    assert run["results"] == []
    assert run["tool"]["driver"]["rules"] == []


def test_a_finding_without_a_place() -> None:
    (result,) = told(Findings((), (NOWHERE,)))["results"]
    assert "locations" not in result


def test_names_become_uris(tmp_path: Path) -> None:
    def uri(name: str) -> str:
        span = Span(Source(name, ""), 1, 1, 1, 1)
        (result,) = told(Findings((), (Diagnostic("A201", "wrong", span),)))["results"]
        return str(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])

    assert uri("a b/ü#?.yaml") == "a%20b/%C3%BC%23%3F.yaml"
    assert uri("c:d.yaml") == "c%3Ad.yaml"
    assert uri("<stdin>") == "%3Cstdin%3E"
    assert uri(str(tmp_path / "a.yaml")) == (tmp_path / "a.yaml").as_uri()


def test_all() -> None:
    assert [result["ruleId"] for result in told(ALL)["results"]] == [d.code for d in ALL.diagnostics]


@given(any_findings)
def test_whatever_is_found_is_a_log(findings: Findings) -> None:
    told(findings)
