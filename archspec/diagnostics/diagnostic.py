"""A finding that shows itself."""

from __future__ import annotations

from archspec.diagnostics.finding import Finding
from archspec.diagnostics.text import render


class Diagnostic(Finding):
    """One finding; `str()` is what the command line shows of it."""

    __slots__ = ()

    def __str__(self) -> str:
        return render([self])
