"""What can be said of a graph: pure functions."""

from archspec.reports.diff import Diff, diff
from archspec.reports.summary import Row, Summary, summarize

__all__ = ["Diff", "Row", "Summary", "diff", "summarize"]
