"""`archspec summary`: layers, shapes, parameters and multiply-adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from archspec.cli import options, tables
from archspec.escape import json_text

if TYPE_CHECKING:
    from archspec.cli.targets import Target
    from archspec.graph import Graph
    from archspec.reports import Summary

JSON_VERSION = 1
"""Raised whenever a key of the JSON form changes its meaning or goes away."""

_NUMBERS = frozenset({3, 4})


@click.command("summary", short_help="Show layers, shapes, parameters and multiply-adds.")
@options.spec
@options.params
@options.input_size
@options.depth
@options.form("table", "json", "csv", "md")
@options.plugins
def command(spec: Target, params: dict[str, Any], input_size: Any, depth: int | None, form: str) -> None:
    """Show the layers of SPEC with output shapes, parameters and multiply-adds (MACs) for one sample.

    Equal blocks in a row are one row (basic × 4) with the numbers of one; a projection that was inserted says why.

    \b
      archspec summary resnet50 --depth 1
      archspec summary my.yaml -p classes=10 --format md
    """
    import archspec

    graph = archspec.compile(spec, params, input_size)
    summary = archspec.summarize(graph, depth)
    if form == "table":
        _table(summary)
    else:
        click.echo({"json": _json, "csv": _csv, "md": _markdown}[form](summary, graph))


def _table(summary: Summary) -> None:
    from archspec.reports.summary.text import HEADER, cells, totals

    table = tables.Table(HEADER, tuple(map(cells, summary.rows)), _NUMBERS)
    tables.show(table, summary.name, totals(summary))


def _json(summary: Summary, graph: Graph) -> str:
    """One object; symbolic sizes and what depends on them are strings such as `H/4`."""
    rows = [
        {
            "path": row.path,
            "op": row.op,
            "depth": row.depth,
            "shape": _numbers(row.shape),
            "params": row.params,
            "macs": _number(row.macs),
            "times": row.times,
            "note": row.note,
        }
        for row in summary.rows
    ]
    found = {
        "version": JSON_VERSION,
        "name": summary.name,
        "params": graph.params,
        "inputs": {name: _numbers(shape) for name, shape in summary.inputs.items()},
        "outputs": {name: _numbers(shape) for name, shape in summary.outputs.items()},
        "constraints": summary.constraints,
        "rows": rows,
        "totals": {"params": summary.params, "buffers": summary.buffers, "macs": _number(summary.macs)},
    }
    return json_text(found)


def _number(value: Any) -> int | str:
    return value if isinstance(value, int) else str(value)


def _numbers(shape: tuple[Any, ...]) -> list[int | str]:
    return [_number(size) for size in shape]


def _csv(summary: Summary, _: Graph) -> str:
    rows = (
        (row.path, row.op, row.depth, "x".join(map(str, row.shape)), row.params, row.macs, row.times, row.note)
        for row in summary.rows
    )
    return tables.csv(("path", "op", "depth", "shape", "params", "macs", "times", "note"), rows)


def _markdown(summary: Summary, _: Graph) -> str:
    from archspec.reports.summary.text import HEADER, cells, totals

    # Indentation is lost in Markdown: rows have their whole paths.
    rows = tuple((tables.Code((row.path,)), *cells(row)[1:]) for row in summary.rows)
    name, told = map(tables.markdown_text, (summary.name, totals(summary)))
    return f"{tables.markdown(tables.Table(HEADER, rows, _NUMBERS))}\n\n**{name}**: {told}"
