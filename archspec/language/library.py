"""The bundled blocks, and what a block's name means in a spec."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from archspec import source
from archspec.diagnostics import Collector
from archspec.errors import SpecError
from archspec.language.bundled_files import bundled_blocks
from archspec.language.read import read_blocks
from archspec.language.spec import BlockSpec, Spec
from archspec.ops import LATER
from archspec.source import Tree, read_file


@cache
def bundled_block(name: str) -> BlockSpec:
    """A bundled block."""
    collector = Collector()
    file, tree = read_file(bundled_blocks()[name], collector, f"archspec/blocks/{name}.yaml")
    file.bundled = True
    found = read_blocks(tree, collector, bundled=True)
    if collector.errors:
        raise SpecError(f"the bundled block `{name}` is damaged", collector.errors)
    return found[name]


def find_block(spec: Spec, name: str, within: BlockSpec | None = None) -> BlockSpec | None:
    """The definition that a name means in a spec, or `within` a block of it.

    A definition reads the same wherever it is used: a bundled block calls bundled ones, and one of an included file
    those of its own file, then bundled ones and ops, whatever the spec defines; only what is neither can be the spec's.
    """
    is_bundled = name in bundled_blocks()
    if within is not None and not within.own:
        found = within.siblings.get(name)
        if found is not None or is_bundled or within.bundled or name in LATER:
            return found or (bundled_block(name) if is_bundled else None)
    return spec.blocks.get(name) or (bundled_block(name) if is_bundled else None)


def block_names(spec: Spec) -> list[str]:
    """The names of all blocks that a spec may call."""
    return list(dict.fromkeys([*spec.blocks, *bundled_blocks()]))


def parameters_of(trees: Iterable[Tree], included: Mapping[str, BlockSpec], name: str) -> frozenset[str]:
    """The names of the parameters of a block, by its name in files that define it, include it, or use a bundled one."""
    for tree in trees:
        block = _under(_under(tree, "blocks"), name)
        if block is not None:
            return _keys(_under(block, "params"))
    if name in included:
        return frozenset(included[name].parameters)
    return frozenset(bundled_block(name).parameters) if name in bundled_blocks() else frozenset()


def _under(tree: Tree | None, key: str) -> Tree | None:
    return tree.get(key) if isinstance(tree, source.Mapping) else None


def _keys(tree: Tree | None) -> frozenset[str]:
    return frozenset(tree.entries) if isinstance(tree, source.Mapping) else frozenset()
