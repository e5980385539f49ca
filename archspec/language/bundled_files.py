"""The files of the bundled specs and blocks, by name."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from archspec import resources
from archspec.diagnostics import did_you_mean
from archspec.errors import UsageError

BLOCKS = Path(__file__).parent.parent / "blocks"
_NETWORK = re.compile(r"^(input|inputs|extends):", re.MULTILINE)
"""What a file of a network has, and a file of blocks to include has not."""


def bundled(name: str) -> Path:
    """The file of a bundled spec. Raises `UsageError` where there is none of that name."""
    found = bundled_specs()
    if name not in found:
        hint = did_you_mean(name, found)
        raise UsageError(
            f"there is no bundled spec `{name}`" + (f"; {hint}" if hint else "; `archspec list` shows them")
        )
    return found[name]


@cache
def bundled_specs() -> dict[str, Path]:
    """The bundled specs by name."""
    found = {path.stem: path for path in sorted(resources.specs_folder().rglob("*.yaml"))}
    return {name: path for name, path in found.items() if _NETWORK.search(path.read_text(encoding="utf-8"))}


@cache
def parity() -> dict[str, float]:
    """How far the outputs of bundled specs are from those of their originals, by name: 0 where they are the same bit
    for bit, otherwise a bound in float64, relative to their spread. `benchmarks/parity.py --write` writes the file."""
    found: dict[str, float] = json.loads((resources.specs_folder() / "parity.json").read_text(encoding="utf-8"))
    return found


def how_equal(name: str) -> str:
    """What `parity` says of a spec, in words; nothing of one that is compared with no original."""
    bound = parity().get(name)
    return "" if bound is None else f"≤ {bound:.0e}" if bound else "bit-equal"


@cache
def bundled_blocks() -> dict[str, Path]:
    """The files of the bundled blocks by name."""
    return {path.stem: path for path in sorted(BLOCKS.glob("*.yaml"))}
