"""`archspec list`: the bundled specs and blocks."""

from __future__ import annotations

import json
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import click

from archspec.cli import options, tables, terminal
from archspec.errors import UsageError

if TYPE_CHECKING:
    from archspec.language import BlockSpec, ParameterSpec
    from archspec.reports.table import Table
    from archspec.source import Tree


@click.command("list")
@click.argument("pattern", default="*", shell_complete=options.complete("bundled"))
@options.plugins
def command(pattern: str) -> None:
    """List the bundled specs with their parameters, multiply-adds (MACs) and references, and the bundled blocks.

    PATTERN filters by the name or family of a spec and the name of a block.

    \b
      archspec list
      archspec list 'resnet*'
    """
    from archspec.diagnostics import did_you_mean
    from archspec.language import bundled_blocks, bundled_specs

    families = {name: path.parent.name for name, path in bundled_specs().items()}
    specs = [name for name, family in families.items() if _matches(pattern, name, family)]
    blocks = [name for name in bundled_blocks() if _matches(pattern, name)]
    if not specs and not blocks:
        hint = did_you_mean(pattern, [*families, *bundled_blocks()])
        raise UsageError(f"no bundled spec or block matches `{pattern}`" + (f"; {hint}" if hint else ""))
    if specs:
        tables.show(_specs(sorted(specs, key=lambda name: (families[name], name)), families))
    if blocks:
        click.echo("\n" if specs else "", nl=False)
        tables.show(_blocks(blocks))


def _matches(pattern: str, *names: str) -> bool:
    return any(fnmatchcase(name, pattern) for name in names)


def _specs(names: Iterable[str], families: dict[str, str]) -> Table:
    """A row for each spec, with its default parameters."""
    import archspec
    from archspec.reports.table import Table
    from archspec.types.figures import number

    rows = []
    with terminal.progress() as step:
        for name in names:
            step(name)
            graph = archspec.compile(name)
            rows.append((families[name], name, number(graph.parameter_count), number(graph.macs), graph.reference))
    return Table(("family", "spec", "params", "MACs", "reference"), tuple(rows), frozenset({2, 3}))


def _blocks(names: Iterable[str]) -> Table:
    """A row for each block, with its parameters, the principal one first."""
    from archspec.language.library import bundled_block
    from archspec.reports.table import Table

    rows = tuple((name, _signature(block), block.description) for name in names for block in [bundled_block(name)])
    return Table(("block", "parameters", "description"), rows)


def _signature(block: BlockSpec) -> str:
    return ", ".join(f"{parameter.name}{_default(parameter)}" for parameter in block.parameters.values())


def _default(parameter: ParameterSpec) -> str:
    """`: int` for what is required, `=1` for what has a default."""
    if parameter.default is not None:
        return f"={_text(parameter.default.tree)}"
    return f": {parameter.type}" if parameter.type else ""


def _text(tree: Tree) -> str:
    """A value in one line, as a file would have it."""
    from archspec.source import Mapping, Scalar

    if isinstance(tree, Scalar):
        return json.dumps(tree.value) if tree.value is None or isinstance(tree.value, bool) else str(tree.value)
    if isinstance(tree, Mapping):
        return f"{{{', '.join(f'{key}: {_text(item)}' for key, item in tree.entries.items())}}}"
    return f"[{', '.join(map(_text, tree.items))}]"
