"""`archspec build`: a spec becomes a module, and an artifact."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from archspec.cli import options, terminal
from archspec.errors import MissingExtra, UsageError

if TYPE_CHECKING:
    from torch import nn

    from archspec.export import Manifest
    from archspec.graph import Graph

_DEFAULTS = ""
"""The value of an `--export` that names no formats."""


class _Build(click.Command):
    """A command that knows what `--export SPEC` was meant to be."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.MissingParameter as error:
            if "--export" not in given or isinstance(error.param, click.Option):
                raise
            help = "`--export` took the spec for a list of formats; write the spec before `--export`"
            raise click.UsageError(help, ctx) from None


@click.command("build", cls=_Build, short_help="Compile a spec into a module, and export it.")
@click.argument("spec", metavar="SPEC")
@options.params
@click.option(
    "--weights",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Weights to load, all of them or none: a safetensors file, or one of torch.save with tensors alone.",
)
@click.option("--seed", type=click.IntRange(0), metavar="N", help="Draw the same weights whenever N is the same.")
@click.option(
    "--export",
    "formats",
    is_flag=False,
    flag_value=_DEFAULTS,
    metavar="[FORMAT,...]",
    help="Write artifacts, each verified against the module; without formats: pt2,safetensors.",
)
@click.option(
    "-o", "--output", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
    help="The folder of the artifacts, by default build/NAME.",
)  # fmt: skip
@click.option(
    "--device",
    metavar="DEVICE",
    help="cpu, cuda, ...; by default meta, which needs no memory, unless weights are asked for.",
)
@options.plugins
def command(
    spec: str,
    params: dict[str, Any],
    weights: Path | None,
    seed: int | None,
    formats: str | None,
    output: Path | None,
    device: str | None,
) -> None:
    """Compile SPEC, construct its module and run it forward once.

    \b
      archspec build resnet50
      archspec build my.yaml -p classes=10 --weights my.safetensors
      archspec build my.yaml --seed 0 --export
      archspec build my.yaml --seed 0 --export pt2,onnx -o artifacts
    """
    asked = [name for name, given in (("--weights", weights), ("--seed", seed), ("--export", formats)) if given is not None]
    if output is not None and formats is None:
        raise UsageError("`-o` is the folder of an export: add `--export`")
    if device == "meta" and asked:
        raise UsageError(f"`{asked[0]}` needs weights, and on the device `meta` there are none")
    with terminal.progress() as step:
        step("compiling")
        import archspec

        started = perf_counter()
        graph = archspec.compile(spec, params)
        device = _device(device or ("cpu" if asked else "meta"))
        with _memory():
            lines = _run(graph, weights, seed, device, started, step)
            if formats is not None:
                lines += _export(graph, lines.model, formats, output, seed, step)
    for line in lines:
        click.echo(line)
