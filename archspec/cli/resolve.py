"""`archspec resolve`: a spec with everything expanded and every default written out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from archspec.cli import files, options
from archspec.errors import UsageError

if TYPE_CHECKING:
    from archspec.cli.targets import Target
    from archspec.compiler.inputs import InputSize


@click.command("resolve")
@options.spec
@options.params
@options.input_size
@options.output
@click.option("--hash", "only_hash", is_flag=True, help="Print only the fingerprint of the architecture.")
@options.plugins
def command(
    spec: Target, params: dict[str, object], input_size: InputSize, output: Path | None, only_hash: bool
) -> None:
    """Expand SPEC: replace blocks, stages, expressions, parameters and projections with nodes.

    The result is a spec that compiles to the same network. Every node has its name and all its arguments, including
    defaults. The first line is the fingerprint of the architecture: it does not depend on how the spec is written, and
    changes with every number in it.

    \b
      archspec resolve resnet18 -p classes=10 -o resnet18_10.yaml
      archspec resolve my.yaml --hash
    """
    if only_hash and output is not None:
        raise UsageError("`--hash` cannot be combined with `-o`: it only prints the fingerprint")
    import archspec

    graph = archspec.compile(spec, params, input_size)
    if only_hash:
        click.echo(graph.fingerprint)
    else:
        files.put(archspec.resolve(graph), output)
