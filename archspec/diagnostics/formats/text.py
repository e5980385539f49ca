"""For people: each finding with its source lines, and a last line that counts."""

from __future__ import annotations

from archspec.diagnostics import text
from archspec.diagnostics.formats.findings import Findings, Style


def render(findings: Findings, style: Style) -> str:
    """The findings as `archspec.diagnostics.text` renders them, and the totals."""
    if not findings.diagnostics:
        return findings.totals()
    return f"{text.render(findings.diagnostics, style.color, style.width, style.encoding)}\n\n{findings.totals()}"
