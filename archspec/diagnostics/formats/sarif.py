"""SARIF 2.1.0, the format of GitHub code scanning and many viewers.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html; the sections named
below are its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from archspec.diagnostics import catalogue
from archspec.diagnostics.diagnostic import Diagnostic
from archspec.diagnostics.fix import Fix
from archspec.diagnostics.formats.findings import Findings, Style, explained, relative
from archspec.diagnostics.span import Source, Span
from archspec.escape import escaped, json_text
from archspec.version import __version__

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT, _BUNDLED = "%SRCROOT%", "ARCHSPEC"
_FOLDERS = {_ROOT: "The folder in which archspec ran.", _BUNDLED: "The specs and blocks that come with archspec."}


def render(findings: Findings, style: Style) -> str:
    """A log with one run: the rules that were broken, with their pages of the catalogue, and a result for each finding.

    It is ASCII, so that no encoding of the output can harm it.
    """
    used = {diagnostic.code: diagnostic.severity for diagnostic in reversed(findings.diagnostics)}
    index = {code: number for number, code in enumerate(sorted(used))}
    results = [
        _result(diagnostic, fingerprint, index)
        for diagnostic, fingerprint in zip(findings.diagnostics, findings.fingerprints(), strict=True)
    ]
    driver = {"name": "archspec", "version": __version__, "rules": [_rule(code, used[code]) for code in index]}
    run = {
        "tool": {"driver": driver},
        "originalUriBaseIds": {name: {"description": {"text": text}} for name, text in _FOLDERS.items()},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, ascii=True)


def _rule(code: str, severity: str) -> dict[str, Any]:
    """The descriptor of a rule (section 3.49); the code of a plugin's op may have no page."""
    descriptor: dict[str, Any] = {"id": code, "defaultConfiguration": {"level": severity}}
    if code in catalogue.codes():
        rule = catalogue.rule(code)
        descriptor["shortDescription"] = {"text": rule.title}
        descriptor["fullDescription"] = {"text": " ".join(rule.meaning.split())}
        descriptor["help"] = {"text": rule.page, "markdown": rule.page}
    return descriptor


def _result(diagnostic: Diagnostic, fingerprint: str, index: Mapping[str, int]) -> dict[str, Any]:
    """One result (section 3.27)."""
    found: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": index[diagnostic.code],
        "level": diagnostic.severity,
        "message": {"text": explained(diagnostic)},
        "partialFingerprints": {"archspec/v1": fingerprint},
    }
    if diagnostic.span is not None:
        found["locations"] = [_location(diagnostic.span, diagnostic.label)]
    if diagnostic.related:
        # The number sets equal places apart: the array is a set (section 3.27.22).
        found["relatedLocations"] = [
            {"id": number, **_location(related.span, related.label)}
            for number, related in enumerate(diagnostic.related, 1)
        ]
    if diagnostic.fix is not None:
        found["fixes"] = [_fix(diagnostic.fix)]
    return found


def _fix(fix: Fix) -> dict[str, Any]:
    """A fix (section 3.55): what stands in the place of a region."""
    replacement = {"deletedRegion": _region(fix.span), "insertedContent": {"text": fix.text}}
    change = {"artifactLocation": _artifact(fix.span.source), "replacements": [replacement]}
    return {"description": {"text": f"Write {escaped(fix.text)}."}, "artifactChanges": [change]}


def _location(span: Span, label: str) -> dict[str, Any]:
    """A location (section 3.28)."""
    place = {"artifactLocation": _artifact(span.source), "region": _region(span)}
    found: dict[str, Any] = {"physicalLocation": place}
    if label:
        found["message"] = {"text": escaped(label)}
    return found


def _region(span: Span) -> dict[str, int]:
    """A region (section 3.30); as here, its end is the column after its last character."""
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _artifact(source: Source) -> dict[str, str]:
    """Where a file is: relative to the working directory, or absolute outside of it (section 3.4); what is bundled is
    in no folder of the user's."""
    path = relative(source.name)
    if source.bundled:
        return {"uri": quote(path), "uriBaseId": _BUNDLED}
    if PurePath(path).is_absolute():
        return {"uri": PurePath(path).as_uri()}
    return {"uri": quote(path), "uriBaseId": _ROOT}
