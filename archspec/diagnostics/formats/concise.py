"""One line for each finding, as compilers print it, and one that counts."""

from __future__ import annotations

from archspec.diagnostics import text
from archspec.diagnostics.formats.findings import Findings, Style


def render(findings: Findings, style: Style) -> str:
    """Lines `file:line:column: severity[CODE]: message`, and the totals."""
    lines = [text.concise(findings.diagnostics)] if findings.diagnostics else []
    return "\n".join([*lines, findings.totals()])
