"""`archspec weights`: what of some weights fits a spec."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archspec.cli import failures, options
from archspec.escape import json_text, line

if TYPE_CHECKING:
    from archspec.cli.targets import Target
    from archspec.compiler.inputs import InputSize
    from archspec.weights.report import WeightsReport

JSON_VERSION = 1
"""Raised whenever a key of the JSON form changes its meaning or goes away."""


@click.command("weights")
@options.spec
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE")
@options.params
@options.input_size
@options.weights
@options.form("text", "json")
@options.plugins
def command(
    spec: Target, file: Path, params: dict[str, object], input_size: InputSize, form: str, **foreign: Any
) -> int:
    """Check whether the weights in FILE fit SPEC, without building it. Exit with 0 if they can be loaded.

    FILE is a safetensors file, or a torch.save file that contains only tensors. The values are not read.

    \b
      archspec weights resnet50 published.safetensors
      archspec weights my.yaml published.pth -p classes=10 --partial --rename '^module\\.='
    """
    import archspec

    graph = archspec.compile(spec, params, input_size)
    report = archspec.check_weights(graph, file, **foreign)
    if form == "json":
        click.echo(_json(report, graph.name, file))
    elif report.fits:
        click.echo(f"{line(str(file))}: {report}")
    else:
        click.echo(f"{line(f'{file} does not fit {graph.name}:')}\n{report}")
    return 0 if report.fits else failures.FINDINGS


def _json(report: WeightsReport, name: str, file: Path) -> str:
    """One object; keys of the file stand as they are after the renames."""
    found = asdict(report)
    suggestion = found.pop("suggestion")
    found["suggestion"] = suggestion and dict(zip(("pattern", "replacement"), suggestion[0], strict=True))
    head = {"version": JSON_VERSION, "name": name, "file": str(file), "fits": report.fits}
    return json_text({**head, **found}, ascii=True)
