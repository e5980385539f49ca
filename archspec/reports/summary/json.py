"""A summary as JSON, for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archspec.escape import json_text
from archspec.ops.written import plain
from archspec.reports.summary.columns import DETAILS, WRITTEN, Column
from archspec.reports.summary.summary import Summary

VERSION = 1
"""Raised whenever a key of the JSON form changes its meaning or goes away."""

_TOTALS = ("params", "buffers", "macs")
_DETAILED = ("activations", "depth", "size")


def to_json(summary: Summary, params: Mapping[str, Any], columns: Sequence[Column] = WRITTEN) -> str:
    """One object, with the values of the spec's `params`; symbolic sizes and what depends on them are texts: `H/4`."""
    details = any(column.key in DETAILS for column in columns)
    rows = [{column.written: plain(column.value(row)) for column in columns} for row in summary.rows]
    found = {
        "version": VERSION,
        "name": summary.name,
        "params": dict(params),
        "inputs": plain(summary.inputs),
        "outputs": plain(summary.outputs),
        "constraints": summary.constraints,
        "rows": rows,
        "totals": {key: plain(getattr(summary, key)) for key in (*_TOTALS, *(_DETAILED if details else ()))},
    }
    return json_text(found)
