"""Findings gathered on the way, so that a file's mistakes are all told at once, and each of them once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import replace

from archspec.diagnostics.at_hand import at_hand
from archspec.diagnostics.diagnostic import Diagnostic
from archspec.diagnostics.finding import Related
from archspec.diagnostics.fix import Fix
from archspec.diagnostics.span import Source, Span
from archspec.escape import escaped
from archspec.limits import FINDINGS

_LINES = 3
"""Lines that a finding tells in which its mistake stands, too."""


class Collector:
    """An ordered set of diagnostics. The same code at the same place is one finding, however often it is met:
    a mistake in a block that sixteen stages call is one mistake. So is a name that is not there, however many places
    use it: the finding stands at the first of them, and tells the others."""

    def __init__(self, diagnostics: Iterable[Diagnostic] = ()) -> None:
        self._found: dict[tuple[str, Hashable], Diagnostic] = {}
        self._told: set[tuple[str, Span | None]] = set()
        self._again: dict[tuple[str, Hashable], dict[Span, None]] = {}
        self._hidden: set[tuple[Source, int, int]] = set()
        for diagnostic in diagnostics:
            self.add(diagnostic)

    def copy(self) -> Collector:
        """One that goes on from here: with the same findings, of a file that could be read as far."""
        found = Collector(self.diagnostics)
        found._hidden |= self._hidden
        return found

    def add(self, diagnostic: Diagnostic, at: Span | None = None, mistake: Hashable = None) -> None:
        """Keep a finding; `at` is the place of the mistake where the primary span is a call that led there, and a
        `mistake` is what several places have in common.

        Its help becomes one line, whatever names it tells.
        """
        if mistake is not None:
            if self.repeats(diagnostic.code, mistake, diagnostic.span):
                return
            self._told.add((diagnostic.code, diagnostic.span))
        if diagnostic.span is not None and self.hides(diagnostic.span):
            return
        if not diagnostic.help.isprintable():
            diagnostic = replace(diagnostic, help=escaped(diagnostic.help))
        self._found.setdefault((diagnostic.code, mistake or at or diagnostic.span), diagnostic)

    def repeats(self, code: str, mistake: Hashable, span: Span | None) -> bool:
        """Whether a mistake was told before; where it stands at another place, that is remembered."""
        key = (code, mistake)
        told = self._found.get(key)
        if told is not None and span is not None and span != told.span:
            self._again.setdefault(key, {})[span] = None
        return told is not None or (code, span) in self._told

    def error(
        self,
        code: str,
        message: str,
        span: Span | None,
        help: str = "",
        related: Iterable[Related] = (),
        label: str = "",
        fix: Fix | None = None,
        mistake: Hashable = None,
    ) -> None:
        """Keep an error."""
        self.add(Diagnostic(code, message, span, label, help, tuple(related), fix=fix), mistake=mistake)

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

        found = (at_hand(self._with_others(key, diagnostic)) for key, diagnostic in self._found.items())
        return list(_limited(sorted(found, key=position)))

    def _with_others(self, key: tuple[str, Hashable], diagnostic: Diagnostic) -> Diagnostic:
        """A finding with the other places of its mistake: in the same file, their lines."""
        spans = self._again.get(key)
        if not spans or diagnostic.span is None:
            return diagnostic
        lines = sorted({span.line for span in spans if span.source is diagnostic.span.source})
        more = ", …" if len(lines) > _LINES or len(lines) < len({span[:2] for span in spans}) else ""
        listed = f"line{'s' * (len(lines) > 1)} {', '.join(map(str, lines[:_LINES]))}{more}" if lines else "other files"
        return replace(diagnostic, label=f"also in {listed}")

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
