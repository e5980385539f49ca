"""Rows of text as tables: drawn on a terminal, in columns, as CSV, or in Markdown."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import click

from archspec.cli import terminal


@dataclass(frozen=True, slots=True)
class Table:
    """A header and rows of texts; the columns numbered in `right` hold numbers."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()


def show(table: Table, title: str = "", footer: str = "") -> None:
    """Print a table: drawn where a person looks at it, in plain columns otherwise."""
    if terminal.drawn(sys.stdout):
        _draw(table, title, footer)
    else:
        click.echo("\n".join(filter(None, [title, columns(table), footer])))


def _draw(table: Table, title: str, footer: str) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table as Drawing
    from rich.text import Text

    drawing = Drawing(box=box.SIMPLE_HEAD, title=title or None, title_justify="left", title_style="bold")
    for index, name in enumerate(table.header):
        right = index in table.right
        drawing.add_column(name, justify="right" if right else "left", no_wrap=right, overflow="fold")
    for row in table.rows:
        drawing.add_row(*map(Text, row))
    console = Console(file=sys.stdout, no_color=not terminal.colored(sys.stdout))
    console.print(drawing)
    if footer:
        console.print(Text(footer))


def columns(table: Table) -> str:
    """Plain columns, numbers to the right."""
    from archspec.reports.summary.text import columns as lines

    return "\n".join(lines([table.header, *table.rows], table.right))


def csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Comma-separated values, with a header."""
    import csv
    from io import StringIO

    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().rstrip("\n")


def markdown(table: Table) -> str:
    """A pipe table."""
    rule = ["---:" if index in table.right else "---" for index in range(len(table.header))]
    lines = [table.header, rule, *([text.replace("|", "\\|") for text in row] for row in table.rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
