"""A summary in Markdown, for a comment or a page."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.reports.summary.columns import SHOWN, Column
from archspec.reports.summary.rows import Row
from archspec.reports.summary.summary import Summary
from archspec.reports.summary.text import numbers
from archspec.reports.table import Code, Table, markdown, markdown_text


def to_markdown(summary: Summary, columns: Sequence[Column] = SHOWN) -> str:
    """A table and a line of totals. Rows have their whole paths: indentation is lost in Markdown."""
    rows = tuple(tuple(_cell(row, column) for column in columns) for row in summary.rows)
    header = tuple(column.header for column in columns)
    name, totals = map(markdown_text, (summary.name, summary.totals_with(column.key for column in columns)))
    return f"{markdown(Table(header, rows, numbers(columns)))}\n\n**{name}**: {totals}"


def _cell(row: Row, column: Column) -> str | Code:
    text = row.path if column.key == "path" else column.text(row)
    return Code((text,)) if column.is_code else text
