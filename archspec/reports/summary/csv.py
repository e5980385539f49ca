"""A summary as comma-separated values, a line a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archspec.ops.written import literal
from archspec.reports.summary.columns import WRITTEN, Column
from archspec.reports.summary.summary import Summary
from archspec.reports.table import csv


def to_csv(summary: Summary, columns: Sequence[Column] = WRITTEN) -> str:
    """The rows, with a header; sizes are parted by `x`, and several shapes by a space."""
    rows = ([_cell(column.value(row)) for column in columns] for row in summary.rows)
    return csv([column.written for column in columns], rows)


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {literal(item)}" for name, item in value.items())
    if isinstance(value, tuple):
        return (" " if any(isinstance(item, tuple) for item in value) else "x").join(str(_cell(item)) for item in value)
    return value
