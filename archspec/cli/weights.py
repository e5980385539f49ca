"""`archspec weights`: what of some weights fits a spec."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archspec.cli import failures, options, weight_options
from archspec.escape import json_text, line

if TYPE_CHECKING:
    from archspec.cli.targets import Target
    from archspec.compiler.inputs import InChannels, InputSize
    from archspec.weights.report import WeightsReport

JSON_VERSION = 2
"""Raised whenever a key of the JSON form changes its meaning or goes away."""


@click.command("weights", cls=weight_options.WithWeights)
@options.spec
@click.argument("file", type=weight_options.Weights(), metavar="FILE")
@options.params
@options.input_size
@options.in_channels
@weight_options.weights
@options.form("text", "json")
@options.plugins
def command(
    spec: Target,
    file: Path | str,
    params: dict[str, object],
    input_size: InputSize,
    in_channels: InChannels,
    form: str,
    **foreign: Any,
) -> int:
    """Check whether the weights in FILE fit SPEC, without building it. Exit with 0 if they can be loaded.

    FILE is a safetensors file, a torch.save file that contains only tensors, an index of several (*.index.json), or
    hf://OWNER/NAME, a repository of the Hugging Face Hub. The values are not read.

    \b
      archspec weights resnet50 published.safetensors
      archspec weights my.yaml published.pth -p classes=10 --partial --rename '^module\\.='
      archspec weights vit_b_16 published.pth --input-size 384 --adapt-positions
    """
    import archspec

    graph = archspec.compile(spec, params, input_size, in_channels=in_channels)
    report = archspec.check_weights(graph, file, **foreign)
    if form == "json":
        click.echo(_json(report, graph.name, file))
    elif report.fits:
        click.echo(f"{line(str(file))}: {report}")
    else:
        click.echo(f"{line(f'{file} does not fit {graph.name}:')}\n{report}")
    return 0 if report.fits else failures.FINDINGS


def _json(report: WeightsReport, name: str, file: Path | str) -> str:
    """One object; keys of the file stand as they are after the renames."""
    found = asdict(report)
    suggestion = found.pop("suggestion")
    found["suggestions"] = [rename._asdict() for rename in suggestion[0]] if suggestion else []
    head = {"version": JSON_VERSION, "name": name, "file": str(file), "fits": report.fits}
    return json_text({**head, **found}, ascii=True)
