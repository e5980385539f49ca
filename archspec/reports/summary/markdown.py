"""A summary in Markdown, for a comment or a page."""

from __future__ import annotations

from archspec.reports.summary.summary import Summary
from archspec.reports.summary.text import HEADER, NUMBERS, cells
from archspec.reports.table import Code, Table, markdown, markdown_text


def to_markdown(summary: Summary) -> str:
    """A table and a line of totals. Rows have their whole paths: indentation is lost in Markdown."""
    rows = tuple((Code((row.path,)), *cells(row)[1:]) for row in summary.rows)
    name, totals = map(markdown_text, (summary.name, summary.totals))
    return f"{markdown(Table(HEADER, rows, NUMBERS))}\n\n**{name}**: {totals}"
