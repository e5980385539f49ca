"""Memory as comma-separated values, for spreadsheets."""

from __future__ import annotations

from archspec.reports.memory.memory import Memory
from archspec.reports.memory.text import PARTS, PHASES, value
from archspec.reports.table import csv


def to_csv(memory: Memory) -> str:
    """A row for each part, phase and the peak, in bytes."""
    needs = memory.needs
    rows = [(name, *(value(need, name) for need in needs.values())) for name in (*PARTS, *PHASES)]
    rows.append(("peak", *(need.peak for need in needs.values())))
    return csv(("memory", *needs), rows)
