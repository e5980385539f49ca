"""A summary as JSON, for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archspec.escape import json_text
from archspec.reports.summary.summary import Summary

VERSION = 1
"""Raised whenever a key of the JSON form changes its meaning or goes away."""


def to_json(summary: Summary, params: Mapping[str, Any]) -> str:
    """One object, with the values of the spec's `params`; symbolic sizes and what depends on them are texts: `H/4`."""
    rows = [
        {
            "path": row.path,
            "op": row.op,
            "depth": row.depth,
            "shape": _numbers(row.shape),
            "params": row.params,
            "macs": _number(row.macs),
            "times": row.times,
            "note": row.note,
        }
        for row in summary.rows
    ]
    found = {
        "version": VERSION,
        "name": summary.name,
        "params": dict(params),
        "inputs": {name: _numbers(shape) for name, shape in summary.inputs.items()},
        "outputs": {name: _numbers(shape) for name, shape in summary.outputs.items()},
        "constraints": summary.constraints,
        "rows": rows,
        "totals": {"params": summary.params, "buffers": summary.buffers, "macs": _number(summary.macs)},
    }
    return json_text(found)


def _number(value: Any) -> int | str:
    return value if isinstance(value, int) else str(value)


def _numbers(shape: tuple[Any, ...]) -> list[int | str]:
    return [_number(size) for size in shape]
