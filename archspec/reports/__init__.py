"""What can be said of a graph: pure functions."""

from archspec.reports.summary import Row, Summary, summarize

__all__ = ["Row", "Summary", "summarize"]
