"""The rows of a summary as a table for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archspec.reports.summary.columns import SHOWN, Column
from archspec.reports.summary.rows import Row
from archspec.reports.table import Table


def table(rows: Iterable[Row], columns: Sequence[Column] = SHOWN) -> Table:
    """Columns of text, numbers to the right; of several equal rows, the numbers of one."""
    cells = tuple(tuple(column.text(row) for column in columns) for row in rows)
    return Table(tuple(column.header for column in columns), cells, numbers(columns))


def numbers(columns: Iterable[Column]) -> frozenset[int]:
    """The columns that hold numbers."""
    return frozenset(index for index, column in enumerate(columns) if column.is_number)
