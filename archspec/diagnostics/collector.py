"""Findings gathered on the way, so that a file's mistakes are all told at once, and each of them once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from archspec.diagnostics.at_hand import at_hand
from archspec.diagnostics.diagnostic import Diagnostic
from archspec.diagnostics.finding import Related
from archspec.diagnostics.fix import Fix
from archspec.diagnostics.span import Source, Span
from archspec.escape import escaped
from archspec.limits import FINDINGS


class Collector:
    """An ordered set of diagnostics. The same code at the same place is one finding, however often it is met:
    a mistake in a block that sixteen stages call is one mistake."""

    def __init__(self, diagnostics: Iterable[Diagnostic] = ()) -> None:
        self._found: dict[tuple[str, Span | None], Diagnostic] = {}
        self._hidden: set[tuple[Source, int, int]] = set()
        for diagnostic in diagnostics:
            self.add(diagnostic)

    def add(self, diagnostic: Diagnostic, at: Span | None = None) -> None:
        """Keep a finding; `at` is the place of the mistake where the primary span is a call that led there.

        Its help becomes one line, whatever names it tells.
        """
        if not diagnostic.help.isprintable():
            diagnostic = replace(diagnostic, help=escaped(diagnostic.help))
        self._found.setdefault((diagnostic.code, at or diagnostic.span), diagnostic)

    def error(
        self,
        code: str,
        message: str,
        span: Span | None,
        help: str = "",
        related: Iterable[Related] = (),
        label: str = "",
        fix: Fix | None = None,
    ) -> None:
        """Keep an error."""
        self.add(Diagnostic(code, message, span, label, help, tuple(related), fix=fix))

    def warning(
        self, code: str, message: str, span: Span | None, help: str = "", related: Iterable[Related] = ()
    ) -> None:
        """Keep a warning."""
        self.add(Diagnostic(code, message, span, "", help, tuple(related), "warning"))

    def hide(self, span: Span) -> None:
        """What starts here could not be read: whatever else may seem wrong with it is the same mistake."""
        self._hidden.add((span.source, span.line, span.column))

    def hides(self, span: Span) -> bool:
        """Whether what starts here could not be read."""
        return bool(self._hidden) and (span.source, span.line, span.column) in self._hidden

    @property
    def diagnostics(self) -> list[Diagnostic]:
        """All findings, in the order of file, line and column."""

        def position(diagnostic: Diagnostic) -> tuple[str, int, int]:
            span = diagnostic.span
            return (span.source.name, span.line, span.column) if span else ("", 0, 0)

        return list(_limited(sorted(map(at_hand, self._found.values()), key=position)))

    @property
    def errors(self) -> list[Diagnostic]:
        """The findings that forbid going on."""
        return [d for d in self.diagnostics if d.severity == "error"]

    @property
    def full(self) -> bool:
        """Whether there are so many findings that checking may end."""
        return len(self._found) >= FINDINGS

    def __len__(self) -> int:
        return len(self._found)


def _limited(found: list[Diagnostic]) -> Iterator[Diagnostic]:
    """The findings but for the warnings of a code after so many; the last of those says how many more there are."""
    warnings = Counter(diagnostic.code for diagnostic in found if diagnostic.severity == "warning")
    met: Counter[str] = Counter()
    for diagnostic in found:
        code = diagnostic.code
        if diagnostic.severity == "warning" and warnings[code] > FINDINGS:
            met[code] += 1
            if met[code] == FINDINGS:
                message = f"{diagnostic.message} (and {warnings[code] - FINDINGS:,} more of {code})"
                yield replace(diagnostic, message=message)
            if met[code] >= FINDINGS:
                continue
        yield diagnostic
