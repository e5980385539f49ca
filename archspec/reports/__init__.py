"""What can be said of a graph: pure functions."""

from archspec.reports.diff import Diff, diff
from archspec.reports.draw import draw
from archspec.reports.drawing import Drawing
from archspec.reports.summary import Row, Summary, summarize

__all__ = ["Diff", "Drawing", "Row", "Summary", "diff", "draw", "summarize"]
