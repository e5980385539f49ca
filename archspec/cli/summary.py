"""`archspec summary`: layers, shapes, parameters and multiply-adds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from archspec.cli import options, tables

if TYPE_CHECKING:
    from archspec.cli.targets import Target
    from archspec.compiler.inputs import InputSize
    from archspec.graph import Graph
    from archspec.reports import Summary


@click.command("summary")
@options.spec
@options.params
@options.input_size
@options.depth
@options.form("table", "json", "csv", "md")
@options.plugins
def command(spec: Target, params: dict[str, object], input_size: InputSize, depth: int | None, form: str) -> None:
    """Show the layers of SPEC with output shapes, parameters and multiply-adds (MACs) for one sample.

    Equal consecutive blocks share one row (basic × 4) with the numbers of one block. Inserted projections show why.

    \b
      archspec summary resnet50 --depth 1
      archspec summary my.yaml -p classes=10 --format md
    """
    import archspec

    graph = archspec.compile(spec, params, input_size)
    summary = archspec.summarize(graph, depth)
    if form == "table":
        from archspec.reports.summary.text import table

        tables.show(table(summary.rows), summary.name, summary.totals)
    else:
        click.echo(_written(summary, graph, form))


def _written(summary: Summary, graph: Graph, form: str) -> str:
    if form == "json":
        from archspec.reports.summary.json import to_json

        return to_json(summary, graph.params)
    if form == "csv":
        from archspec.reports.summary.csv import to_csv

        return to_csv(summary)
    from archspec.reports.summary.markdown import to_markdown

    return to_markdown(summary)
