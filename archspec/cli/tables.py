"""Tables: drawn on a terminal, in plain columns elsewhere."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from archspec.cli import terminal
from archspec.escape import inline, line

if TYPE_CHECKING:
    from archspec.reports.table import Table


def show(table: Table, title: str = "", footer: str = "") -> None:
    """Print a table: drawn where a person looks at it, in plain columns otherwise."""
    if terminal.drawn(sys.stdout):
        _draw(table, title, footer)
    else:
        from archspec.reports.table import plain

        click.echo("\n".join(filter(None, [line(title), plain(table), line(footer)])))


def _draw(table: Table, title: str, footer: str) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table as Drawing
    from rich.text import Text

    heading = Text(line(title)) if title else None
    drawing = Drawing(box=box.SIMPLE_HEAD, title=heading, title_justify="left", title_style="bold")
    for index, name in enumerate(table.header):
        right = index in table.right
        drawing.add_column(name, justify="right" if right else "left", no_wrap=right, overflow="fold")
    for row in table.rows:
        drawing.add_row(*(Text(inline(str(cell))) for cell in row))
    console = Console(file=sys.stdout, no_color=not terminal.colored(sys.stdout))
    console.print(drawing)
    if footer:
        console.print(Text(line(footer)))
