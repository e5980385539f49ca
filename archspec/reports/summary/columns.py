"""The columns of a summary: what can be told of a row, for people and for programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from archspec.ops.written import literal
from archspec.records import record
from archspec.reports.summary.rows import Row
from archspec.types.figures import brief, byte_size, figure, number, shortened
from archspec.types.tensor import shape_text

_LONG = 60
"""What may be in a cell: the sum below tells formulas in full, and sizes that are given make them numbers."""


@record
class Column:
    """One column: `key` in JSON and CSV, unless it is `called` otherwise, and `header` in a table; `value` is for
    programs, `text` for people.

    `is_number` says that it stands to the right, `is_code` that it holds what somebody named or wrote.
    """

    key: str
    header: str
    value: Callable[[Row], Any]
    text: Callable[[Row], str]
    is_number: bool = False
    is_code: bool = False
    called: str = ""

    @property
    def written(self) -> str:
        """Its name in JSON and CSV."""
        return self.called or self.key


def _name(row: Row) -> str:
    """The name of a row below the one around it, indented by its level."""
    return "  " * row.depth + row.name


def _op(row: Row) -> str:
    """What it is; of several equal ones, how many; and why a projection is there, or whose weights it has."""
    op = f"{row.op} × {row.times}" if row.times > 1 else row.op
    notes = ("" if row.leaf else row.note, row.shares)
    return " ".join([op, *(f"({note})" for note in notes if note)])


def _arguments(row: Row) -> str:
    return ", ".join(f"{name}: {shortened(literal(value, figure))}" for name, value in row.details.arguments)


def _inputs(row: Row) -> str:
    return ", ".join(map(shape_text, row.details.inputs))


COLUMNS = (
    Column("path", "layer", lambda row: row.path, _name, is_code=True),
    Column("op", "op", lambda row: row.op, _op),
    Column("inputs", "input", lambda row: row.details.inputs, _inputs),
    Column("shape", "output", lambda row: row.shape, lambda row: shape_text(row.shape)),
    Column("kernel", "kernel", lambda row: row.details.kernel, lambda row: shape_text(row.details.kernel)),
    Column("arguments", "arguments", lambda row: dict(row.details.arguments), _arguments, is_code=True),
    Column("params", "params", lambda row: row.params, lambda row: number(row.params), is_number=True),
    Column("macs", "MACs", lambda row: row.macs, lambda row: brief(row.macs, _LONG), is_number=True),
    Column(
        "activations",
        "activations",
        lambda row: row.details.activations,
        lambda row: byte_size(row.details.activations),
        is_number=True,
    ),
    Column("layers", "depth", lambda row: row.details.layers, lambda row: number(row.details.layers), is_number=True),
    Column("size", "size", lambda row: row.details.size, lambda row: byte_size(row.details.size), is_number=True),
    Column("depth", "level", lambda row: row.depth, lambda row: str(row.depth), is_number=True),
    Column("times", "times", lambda row: row.times, lambda row: str(row.times), is_number=True),
    Column("note", "note", lambda row: row.note, lambda row: row.note),
)
BY_NAME = {column.key: column for column in COLUMNS} | {column.header.lower(): column for column in COLUMNS}
"""The columns by their keys, and by their headers in lower case; `depth` is that of tables."""
SHOWN = tuple(BY_NAME[name] for name in ("layer", "op", "output", "params", "macs"))
"""What a table shows where nothing else is asked for."""
WRITTEN = tuple(BY_NAME[name] for name in ("path", "op", "level", "shape", "params", "macs", "times", "note"))
"""What JSON and CSV hold where nothing else is asked for."""
DETAILS = frozenset(BY_NAME[name].key for name in ("input", "kernel", "arguments", "activations", "depth", "size"))
"""The keys of the columns that need the details of a summary."""
