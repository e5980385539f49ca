"""The table of a network, and its forms."""

from archspec.reports.summary.rows import Row
from archspec.reports.summary.summary import Summary, summarize

__all__ = ["Row", "Summary", "summarize"]
