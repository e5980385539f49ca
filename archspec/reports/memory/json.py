"""Memory as JSON, for programs."""

from __future__ import annotations

from typing import Any

from archspec.escape import json_text
from archspec.reports.memory.memory import Memory
from archspec.reports.memory.need import Need
from archspec.reports.memory.text import PARTS

VERSION = 1
"""Raised whenever a key of the JSON form changes its meaning or goes away."""


def to_json(memory: Memory) -> str:
    """One object, with all numbers in bytes."""
    found = {
        "version": VERSION,
        "name": memory.name,
        "batch_size": memory.batch_size,
        "dtype": memory.dtype,
        "optimizer": memory.optimizer,
        "inference": _need(memory.inference),
        "training": {way: _need(need) for way, need in memory.training.items()},
    }
    return json_text(found)


def _need(need: Need) -> dict[str, Any]:
    parts = {name: getattr(need, name) for name in PARTS}
    return {**parts, "phases": need.phases, "peak": need.peak}
