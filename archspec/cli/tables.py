"""Tables: drawn on a terminal, in plain columns elsewhere."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from archspec.cli import terminal
from archspec.escape import inline, line

if TYPE_CHECKING:
    from archspec.reports.table import Table

_WORD = re.compile(r"^ *\S+|\S+")
"""A word; the first one with what indents it."""


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

    rows = [tuple(inline(str(cell)) for cell in row) for row in table.rows]
    columns = list(zip(table.header, *rows, strict=True))
    rules = 3 * len(columns) + 1  # what stands between the columns
    widths = _fitted(columns, terminal.columns() - rules)
    drawing = Drawing(box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    for index, (name, width) in enumerate(zip(table.header, widths, strict=True)):
        drawing.add_column(name, justify="right" if index in table.right else "left", width=width, overflow="fold")
    for row in rows:
        drawing.add_row(*map(Text, row))

    def show(shown: Text | Drawing, least: int) -> None:
        width = max(terminal.columns(), least)
        Console(file=sys.stdout, no_color=not terminal.colored(sys.stdout), width=width).print(shown)

    if title:
        drawing.title = Text(line(title))
    show(drawing, max(sum(widths) + rules, _longest([title])))
    if footer:
        show(Text(line(footer)), _longest([footer]))


def _fitted(columns: Sequence[Sequence[str]], room: int) -> list[int]:
    """The widths of columns of cells: all that fits, the widest giving way first, but no word is broken."""
    from rich.cells import cell_len

    least = list(map(_longest, columns))
    widths = [max(map(cell_len, column)) for column in columns]
    while sum(widths) > room and widths != least:
        widest = max(range(len(widths)), key=lambda index: (widths[index] > least[index], widths[index]))
        widths[widest] -= 1
    return widths


def _longest(texts: Iterable[str]) -> int:
    from rich.cells import cell_len

    return max((cell_len(word) for text in texts for word in _WORD.findall(text)), default=1)
