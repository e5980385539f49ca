"""`archspec import`: the spec of a module that exists."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archspec.cli import files, options
from archspec.errors import UsageError, needing

if TYPE_CHECKING:
    from torch import Tensor, nn


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
        import torch

        from archspec.importer import from_module
    made = _called(module)
    torch.manual_seed(0)
    inputs = [_example(shape, ids) for shape in shapes]
    text = from_module(made, inputs, module.rpartition(":")[2].rpartition(".")[2])
    files.put(text, output)
    click.echo(str(text.report), err=True)


def _called(text: str) -> nn.Module:
    """The module that `MODULE:CALLABLE` gives. Raises `UsageError`."""
    from torch import nn

    name, found, path = text.partition(":")
    if not (name and found and path):
        raise UsageError(f"`{text}` is no module and callable in it; write for example torchvision.models:resnet18")
    sys.path.insert(0, os.getcwd())
    try:
        target: Any = importlib.import_module(name)
        for part in path.split("."):
            target = getattr(target, part)
        made = target if isinstance(target, nn.Module) else target()
    except Exception as error:  # whatever the code that is called raises
        raise UsageError(f"cannot call `{text}`: {type(error).__name__}: {error}") from error
    if not isinstance(made, nn.Module):
        raise UsageError(f"`{text}` gives a value of type `{type(made).__name__}`, not a torch.nn.Module")
    return made


def _example(shape: tuple[int, ...], ids: int | None) -> Tensor:
    import torch

    if ids is None:
        return torch.randn(2, *shape)
    example = torch.randint(ids, (2, *shape))
    example.view(-1)[0] = ids - 1
    return example
