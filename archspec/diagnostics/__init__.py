"""Findings with a place, a code and a remedy, and the ways to show them."""

from archspec.diagnostics.collector import Collector
from archspec.diagnostics.diagnostic import Diagnostic, Related, Severity, did_you_mean
from archspec.diagnostics.span import Source, Span

__all__ = ["Collector", "Diagnostic", "Related", "Severity", "Source", "Span", "did_you_mean"]
