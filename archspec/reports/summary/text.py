"""The rows of a summary as a table for people."""

from __future__ import annotations

from collections.abc import Iterable

from archspec.reports.summary.rows import Row
from archspec.reports.table import Table
from archspec.types.figures import number
from archspec.types.tensor import shape_text

HEADER = ("layer", "op", "output", "params", "MACs")
NUMBERS = frozenset({3, 4})
"""The columns that hold numbers."""


def table(rows: Iterable[Row]) -> Table:
    """Columns of text, numbers to the right."""
    return Table(HEADER, tuple(map(cells, rows)), NUMBERS)


def cells(row: Row) -> tuple[str, str, str, str, str]:
    """The texts of a row; of several equal ones, the numbers of one."""
    name = row.path if row.depth == 0 else "  " * row.depth + row.path.rsplit(".", 1)[-1]
    if row.times > 1:
        first, last = (part.rsplit(".", 1)[-1] for part in row.path.split(" … "))
        name = "  " * row.depth + f"{first} … {last}"
    op = f"{row.op} × {row.times}" if row.times > 1 else row.op
    op = f"{op} ({row.note})" if row.note and not row.leaf else op
    return name, op, shape_text(row.shape), number(row.params), number(row.macs)
