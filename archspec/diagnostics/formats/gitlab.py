"""A Code Quality report of GitLab: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format."""

from __future__ import annotations

from archspec.diagnostics.formats.findings import Findings, Style, with_places
from archspec.escape import json_text

_SEVERITIES = {"error": "major", "warning": "minor"}


def render(findings: Findings, style: Style) -> str:
    """An array with an object for each finding, in ASCII; without findings, an empty array.

    The fingerprint does not change when a finding moves to another line, so that a merge request shows what is new.
    """
    report = []
    for diagnostic, fingerprint in zip(findings.diagnostics, findings.fingerprints(), strict=True):
        span = diagnostic.span
        lines = {"begin": span.line, "end": max(span.end_line, span.line)} if span is not None else {"begin": 1}
        report.append(
            {
                "description": with_places(diagnostic),
                "check_name": diagnostic.code,
                "fingerprint": fingerprint,
                "severity": _SEVERITIES[diagnostic.severity],
                "location": {"path": findings.path(diagnostic), "lines": lines},
            }
        )
    return json_text(report, ascii=True)
