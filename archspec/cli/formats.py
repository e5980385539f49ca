"""The forms in which `validate` tells its findings: one function each, and one line in the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from archspec.cli.terminal import plural
from archspec.diagnostics import Diagnostic


@dataclass(frozen=True, slots=True)
class Findings:
    """The names of all files that were checked, and what was found in them or in what they include."""

    files: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]

    def count(self, severity: str) -> int:
        """The number of findings of a severity."""
        return sum(diagnostic.severity == severity for diagnostic in self.diagnostics)


@dataclass(frozen=True, slots=True)
class Style:
    """How it is shown: with ANSI codes or without, and in how many columns; None is any number."""

    color: bool = False
    width: int | None = None


Format: TypeAlias = Callable[[Findings, Style], str]


def text(findings: Findings, style: Style) -> str:
    """For people: each finding with its source lines, and a last line that counts."""
    if not findings.diagnostics:
        return totals(findings)
    from archspec.diagnostics.text import render

    return f"{render(findings.diagnostics, style.color, style.width)}\n\n{totals(findings)}"


def concise(findings: Findings, _: Style) -> str:
    """One line for each finding, and one that counts."""
    from archspec.diagnostics.text import concise as lines

    return "\n".join([*([lines(findings.diagnostics)] if findings.diagnostics else []), totals(findings)])


def totals(findings: Findings) -> str:
    """`3 files, 2 errors, 1 warning`, or `3 files: all valid`."""
    files = plural(len(findings.files), "file")
    if not findings.diagnostics:
        return f"{files}: valid" if len(findings.files) == 1 else f"{files}: all valid"
    counts = ((findings.count(severity), severity) for severity in ("error", "warning"))
    return ", ".join([files, *(plural(count, severity) for count, severity in counts if count)])


FORMATS: dict[str, Format] = {"text": text, "concise": concise}
