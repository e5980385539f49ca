"""A summary as a plain table, without any library."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from archspec.escape import inline, lines

if TYPE_CHECKING:
    from archspec.reports.summary.summary import Row, Summary

HEADER = ("layer", "op", "output", "params", "MACs")


def cells(row: Row) -> tuple[str, str, str, str, str]:
    """The texts of a row; of several equal ones, the numbers of one."""
    name = row.path if row.depth == 0 else "  " * row.depth + row.path.rsplit(".", 1)[-1]
    if row.times > 1:
        first, last = (part.rsplit(".", 1)[-1] for part in row.path.split(" … "))
        name = "  " * row.depth + f"{first} … {last}"
    op = f"{row.op} × {row.times}" if row.times > 1 else row.op
    op = f"{op} ({row.note})" if row.note and not row.leaf else op
    return name, op, shape(row.shape), number(row.params), number(row.macs)


def shape(sizes: tuple[object, ...]) -> str:
    """`64 × 56 × 56`."""
    return " × ".join(map(str, sizes))


def number(value: object) -> str:
    """With separators; nothing for zero."""
    return (f"{value:,}" if value else "") if isinstance(value, int) else str(value)


def totals(summary: Summary) -> str:
    """One line: parameters, multiply-adds, and the shapes at both ends."""
    ends = (" and ".join(shape(s) for s in d.values()) for d in (summary.inputs, summary.outputs))
    needs = "".join(f", {divisor} | {name}" for name, divisor in summary.constraints.items())
    return f"{summary.params:,} parameters, {number(summary.macs) or 0} MACs, {' → '.join(ends)}{needs}"


def columns(rows: Sequence[tuple[str, ...]], right: Collection[int] = ()) -> list[str]:
    """A line for each row of cells, in columns; those numbered in `right` have their cells to the right."""
    shown = [tuple(map(inline, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]

    def cell(index: int, text: str) -> str:
        return text.rjust(widths[index]) if index in right else text.ljust(widths[index])

    return ["  ".join(cell(index, text) for index, text in enumerate(row)).rstrip() for row in shown]


def plain_table(summary: Summary) -> str:
    """Columns of text, numbers to the right."""
    text = columns([HEADER, *(cells(row) for row in summary.rows)], (3, 4))
    return lines([summary.name, *text, totals(summary)])
