"""`archspec summary`: layers, shapes, parameters and multiply-adds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from archspec.cli import options, tables, targets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from archspec.cli.targets import Target
    from archspec.cli.watching import Files
    from archspec.compiler.inputs import InputSize
    from archspec.graph import Graph
    from archspec.reports import Memory, Summary
    from archspec.reports.summary.columns import Column


def _columns(ctx: click.Context, param: click.Parameter, text: str | None) -> tuple[Column, ...] | None:
    if text is None:
        return None
    from dataclasses import replace

    from archspec.diagnostics import did_you_mean, listed
    from archspec.reports.summary.columns import BY_NAME, COLUMNS

    found = []
    for name in text.split(","):
        column = BY_NAME.get(name.strip().lower())
        if column is None:
            hint = did_you_mean(name, BY_NAME) or f"the columns are {listed(known.header for known in COLUMNS)}"
            raise click.BadParameter(f"there is no column `{name}`; {hint}", ctx, param)
        # what is asked for by a name bears that name
        found.append(replace(column, called=name.strip().lower()))
    return tuple(found)


@click.command("summary")
@options.spec
@options.params
@options.input_size
@options.depth
@click.option(
    "--columns",
    metavar="NAME,...",
    callback=_columns,
    shell_complete=options.complete("columns"),
    help="Show these columns, in this order; also input, kernel, arguments, activations, depth, size.",
)
@click.option("--memory", is_flag=True, help="Show the memory for training and inference instead of the layers.")
@click.option(
    "--batch-size", type=click.IntRange(1, 2**31 - 1), metavar="N", help="Samples, for --memory.  [default: 1]"
)
@click.option(
    "--dtype", metavar="TYPE", help="Type of weights and values, for --memory: float32, bf16, …  [default: the spec's]"
)
@click.option("--optimizer", metavar="NAME", help="For --memory: adamw, adam, momentum, sgd.  [default: adamw]")
@options.form("table", "json", "csv", "md")
@options.watch
@options.plugins
def command(
    spec: Target,
    params: dict[str, object],
    input_size: InputSize,
    depth: int | None,
    columns: tuple[Column, ...] | None,
    memory: bool,
    batch_size: int | None,
    dtype: str | None,
    optimizer: str | None,
    form: str,
    watch: bool,
) -> None:
    """Show the layers of SPEC with output shapes, parameters and multiply-adds (MACs) for one sample.

    Equal consecutive blocks share one row (basic × 4) with the numbers of one block. Inserted projections show why.

    With --columns: layer, op, input, output, kernel, arguments, params, MACs, activations (their bytes), depth (layers
    with weights on the longest path up to here), size (bytes of the weights), level, times, note.

    With --memory: the bytes of parameters, gradients, optimizer state, activations and temporaries on one device, and
    the peak: in inference, and in training without checkpoints, with each block checkpointed, and with stages as well.

    \b
      archspec summary resnet50 --depth 1
      archspec summary gpt2 --memory --batch-size 8 --dtype bf16
      archspec summary my.yaml -p classes=10 --format md
      archspec summary my.yaml --columns layer,kernel,output,activations,depth
    """

    import archspec

    asked = {"batch_size": batch_size, "dtype": dtype, "optimizer": optimizer}
    _check(memory, {"depth": depth, "columns": columns} if memory else asked)

    def run(files: Files) -> None:
        found = targets.spec_of(spec)
        files.update(found.files)
        graph = archspec.compile(found, params, input_size)
        if memory:
            _show_memory(archspec.memory(graph, batch_size or 1, dtype, optimizer or "adamw"), form)
        else:
            _show(graph, depth, columns, form)

    if watch:
        from archspec.cli import watching

        watching.watch(run, [os.fspath(spec)])
    run({})


def _check(memory: bool, foreign: Mapping[str, object]) -> None:
    """Raise a usage error for options of memory without it, and for those of layers beside it."""
    wrong = [name for name, value in foreign.items() if value is not None]
    if wrong:
        option = f"--{wrong[0].replace('_', '-')}"
        raise click.UsageError(f"{option} does not go with --memory" if memory else f"{option} needs --memory")


def _show_memory(memory: Memory, form: str) -> None:
    from archspec.reports.memory.csv import to_csv
    from archspec.reports.memory.json import to_json
    from archspec.reports.memory.markdown import to_markdown
    from archspec.reports.memory.text import table

    if form == "table":
        tables.show(table(memory.needs), "", memory.asked)
    else:
        click.echo({"json": to_json, "csv": to_csv, "md": to_markdown}[form](memory))


def _show(graph: Graph, depth: int | None, columns: tuple[Column, ...] | None, form: str) -> None:
    import archspec
    from archspec.reports.summary.columns import DETAILS, SHOWN

    details = any(column.key in DETAILS for column in columns or ())
    summary = archspec.summarize(graph, depth, details)
    if form == "table":
        from archspec.reports.summary.text import table

        shown = columns or SHOWN
        tables.show(table(summary.rows, shown), summary.name, summary.totals_with(column.key for column in shown))
    else:
        click.echo(_written(summary, graph, form, columns))


def _written(summary: Summary, graph: Graph, form: str, columns: tuple[Column, ...] | None) -> str:
    from archspec.reports.summary.columns import SHOWN, WRITTEN

    if form == "json":
        from archspec.reports.summary.json import to_json

        return to_json(summary, graph.params, columns or WRITTEN)
    if form == "csv":
        from archspec.reports.summary.csv import to_csv

        return to_csv(summary, columns or WRITTEN)
    from archspec.reports.summary.markdown import to_markdown

    return to_markdown(summary, columns or SHOWN)
