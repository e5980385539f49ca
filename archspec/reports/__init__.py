"""What can be said of a graph: pure functions."""

from archspec.reports.diff.diff import Diff, diff
from archspec.reports.draw.draw import draw
from archspec.reports.draw.drawing import Drawing
from archspec.reports.memory import Memory, memory
from archspec.reports.summary.rows import Row
from archspec.reports.summary.summary import Summary, summarize

__all__ = ["Diff", "Drawing", "Memory", "Row", "Summary", "diff", "draw", "memory", "summarize"]
