"""Memory as a table for people."""

from __future__ import annotations

from collections.abc import Mapping

from archspec.reports.memory.need import Need
from archspec.reports.table import Table
from archspec.types.figures import file_size

PARTS = ("parameters", "buffers", "gradients", "optimizer", "activations", "temporaries")
PHASES = ("forward", "backward", "optimizer step")
_NAMES = {"optimizer": "optimizer state", **{phase: f"most in {phase}" for phase in PHASES}}
_COLUMNS = {
    "inference": "inference",
    "none": "training",
    "blocks": "blocks checkpointed",
    "full": "all checkpointed",
}


def table(needs: Mapping[str, Need]) -> Table:
    """A row for each part and phase, and the peak; a column for inference and each way of training."""
    header = ("memory", *(_COLUMNS[way] for way in needs))
    found = needs.values()
    rows = [(_NAMES.get(name, name), *(_size(value(need, name)) for need in found)) for name in (*PARTS, *PHASES)]
    rows.append(("peak", *(_size(need.peak) for need in found)))
    return Table(header, tuple(rows), frozenset(range(1, len(header))))


def value(need: Need, name: str) -> int:
    """The bytes of a part, or the most in a phase."""
    found: int = need.phases.get(name, 0) if name in PHASES else getattr(need, name)
    return found


def _size(count: int) -> str:
    return file_size(count) if count else ""
