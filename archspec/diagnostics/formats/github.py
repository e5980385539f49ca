"""Workflow commands of GitHub Actions, which become annotations on the lines of a pull request.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands; escaped as by
`packages/core/src/command.ts` of https://github.com/actions/toolkit.
"""

from __future__ import annotations

from archspec.diagnostics.diagnostic import Diagnostic
from archspec.diagnostics.formats.findings import Findings, Style, with_places
from archspec.escape import inline


def render(findings: Findings, style: Style) -> str:
    """A command for each finding, and a line that counts.

    Errors come first: GitHub shows ten annotations of a kind for each step.
    """
    ordered = sorted(findings.diagnostics, key=lambda diagnostic: diagnostic.severity != "error")
    return "\n".join([*(_command(findings, diagnostic) for diagnostic in ordered), findings.totals()])


def _command(findings: Findings, diagnostic: Diagnostic) -> str:
    where: dict[str, str | int] = {}
    span = diagnostic.span
    if span is not None:
        where = {"file": findings.path(diagnostic), "line": span.line}
        if span.line == span.end_line:
            where |= {"col": span.column, "endLine": span.line, "endColumn": span.end_column}
        else:
            # The runner drops annotations that have columns and more than one line.
            where["endLine"] = span.end_line
    where["title"] = diagnostic.code
    properties = ",".join(f"{key}={_property(inline(str(value)))}" for key, value in where.items())
    return f"::{diagnostic.severity} {properties}::{_data(with_places(diagnostic))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
