"""The bundled specs and blocks, and what a block's name means in a spec."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from archspec import resources
from archspec.diagnostics import Collector, did_you_mean
from archspec.errors import SpecError, UsageError
from archspec.source import read_file
from archspec.spec.read import read_blocks
from archspec.spec.spec import BlockSpec, Spec

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
def bundled_blocks() -> dict[str, Path]:
    """The files of the bundled blocks by name."""
    return {path.stem: path for path in sorted(BLOCKS.glob("*.yaml"))}


@cache
def bundled_block(name: str) -> BlockSpec:
    """A bundled block."""
    collector = Collector()
    _, tree = read_file(bundled_blocks()[name], collector, f"archspec/blocks/{name}.yaml")
    found = read_blocks(tree, collector, bundled=True)
    if collector.errors:
        raise SpecError(f"the bundled block `{name}` is damaged", collector.errors)
    return found[name]


def find_block(spec: Spec, name: str, within: BlockSpec | None = None) -> BlockSpec | None:
    """The definition that a name means in a spec, or `within` a block of it.

    A definition reads the same wherever it is used: a bundled block calls bundled ones, and one of an included file
    those of its own file, then bundled ones, whatever the spec defines; only what is neither can be the spec's.
    """
    is_bundled = name in bundled_blocks()
    if within is not None and not within.own:
        found = within.siblings.get(name)
        if found is not None or is_bundled or within.bundled:
            return found or (bundled_block(name) if is_bundled else None)
    return spec.blocks.get(name) or (bundled_block(name) if is_bundled else None)


def block_names(spec: Spec) -> list[str]:
    """The names of all blocks that a spec may call."""
    return list(dict.fromkeys([*spec.blocks, *bundled_blocks()]))
