"""The table of a network, and its forms."""

from archspec.reports.summary.summary import Row, Summary, summarize

__all__ = ["Row", "Summary", "summarize"]
