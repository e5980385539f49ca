"""For programs: every field of every finding, as JSON."""

from __future__ import annotations

from typing import Any

from archspec.diagnostics.diagnostic import Diagnostic
from archspec.diagnostics.formats.findings import Findings, Style, relative, remedy
from archspec.diagnostics.span import Span
from archspec.escape import escaped, json_text

VERSION = 1
"""Raised whenever a key changes its meaning or goes away; new keys may come at any time."""


def render(findings: Findings, style: Style) -> str:
    """`{"version": 1, "files": […], "findings": […]}`.

    Lines and columns count characters from 1; the end of a location is the position after its last character. It is
    ASCII, so that no encoding of the output can harm it.
    """
    found = {
        "version": VERSION,
        "files": [relative(file) for file in findings.files],
        "findings": [_finding(diagnostic) for diagnostic in findings.diagnostics],
    }
    return json_text(found, ascii=True)


def _finding(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": escaped(diagnostic.message),
        "label": escaped(diagnostic.label),
        "help": remedy(diagnostic),
        "location": _location(diagnostic.span) if diagnostic.span is not None else None,
        "fix": {"text": diagnostic.fix.text, "location": _location(diagnostic.fix.span)} if diagnostic.fix else None,
        "related": [{"label": escaped(r.label), "location": _location(r.span)} for r in diagnostic.related],
    }


def _location(span: Span) -> dict[str, Any]:
    return {
        "file": relative(span.source.name),
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }
