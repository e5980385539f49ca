"""A summary as comma-separated values, a line a row."""

from __future__ import annotations

from archspec.reports.summary.summary import Summary
from archspec.reports.table import csv


def to_csv(summary: Summary) -> str:
    """The rows, with a header; sizes are parted by `x`."""
    rows = (
        (row.path, row.op, row.depth, "x".join(map(str, row.shape)), row.params, row.macs, row.times, row.note)
        for row in summary.rows
    )
    return csv(("path", "op", "depth", "shape", "params", "macs", "times", "note"), rows)
