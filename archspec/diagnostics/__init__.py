"""Findings with a place, a code and a remedy, and the ways to show them."""

from archspec.diagnostics.at_hand import moved
from archspec.diagnostics.collector import Collector
from archspec.diagnostics.diagnostic import Diagnostic
from archspec.diagnostics.finding import Related, Severity
from archspec.diagnostics.fix import Fix, correction, renames, replacement
from archspec.diagnostics.hints import did_you_mean, guess, listed
from archspec.diagnostics.span import Source, Span

__all__ = [
    "Collector",
    "Diagnostic",
    "Fix",
    "Related",
    "Severity",
    "Source",
    "Span",
    "correction",
    "did_you_mean",
    "guess",
    "listed",
    "moved",
    "renames",
    "replacement",
]
