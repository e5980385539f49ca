"""`archspec import`: the spec of a module that exists."""

from __future__ import annotations

from pathlib import Path

import click

from archspec.cli import files, options
from archspec.errors import needing


def _shape(ctx: click.Context, param: click.Parameter, given: tuple[str, ...]) -> tuple[tuple[int, ...], ...]:
    """Each input's sizes without the batch."""
    found = []
    for text in given:
        parts = text.split(",")
        if not all(part.strip().isascii() and part.strip().isdigit() and int(part) > 0 for part in parts):
            raise click.BadParameter(f"{text!r} is no shape; write the sizes without the batch: 3,224,224", ctx, param)
        found.append(tuple(map(int, parts)))
    return tuple(found)


@click.command("import")
@click.argument("module", metavar="MODULE:CALLABLE")
@click.option(
    "--input", "shapes", multiple=True, required=True, callback=_shape, metavar="SIZE,...",
    help="The shape of an input without its batch, such as 3,224,224; once for each input.",
)  # fmt: skip
@click.option(
    "--ids", type=click.IntRange(1), metavar="N", help="The inputs are ids, each less than N, such as of tokens."
)
@options.output
def command(module: str, shapes: tuple[tuple[int, ...], ...], ids: int | None, output: Path | None) -> None:
    """Write the spec of the PyTorch module that MODULE:CALLABLE gives, and prove that both are the same.

    MODULE is imported, and CALLABLE is called without arguments: run it only on code that you trust. The module is
    traced by torch.export; the spec has a node for each operation, under the module's own keys. It is shown only if it
    takes the module's weights strictly and computes the same with weights drawn at random. Otherwise each operation
    without a counterpart is listed, with its module and its line.

    \b
      archspec import torchvision.models:resnet18 --input 3,224,224 -o resnet18.yaml
      archspec import mine.nets:Detector --input 3,640,640
    """
    with needing("torch", "importing a module"):
        from archspec.importer import examples, from_module, named
    text = from_module(named(module), examples(shapes, ids), module.rpartition(":")[2].rpartition(".")[2])
    files.put(text, output)
    click.echo(str(text.report), err=True)
