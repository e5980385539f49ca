"""Rows of text as tables: drawn on a terminal, in columns, as CSV, or in Markdown."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import click

from archspec.cli import terminal
from archspec.escape import inline, line, lines

_MARKUP = re.compile(r"[\\`*\[\]<>&|$#@!]|:(?=\S)|(?<=www)\.|~(?=\S)|(?<=\S)~|(?<![^\W_])_|_(?![^\W_])")
"""What may begin or end markup in Markdown where it stands; an `_` does not between letters."""


@dataclass(frozen=True, slots=True)
class Code:
    """Texts that hold names somebody gave: in Markdown code, in which nothing is markup, a link or a mention."""

    texts: tuple[str, ...]

    def __str__(self) -> str:
        return ", ".join(self.texts)


@dataclass(frozen=True, slots=True)
class Table:
    """A header and rows of cells; the columns numbered in `right` hold numbers."""

    header: tuple[str, ...]
    rows: tuple[tuple[str | Code, ...], ...]
    right: frozenset[int] = frozenset()


def show(table: Table, title: str = "", footer: str = "") -> None:
    """Print a table: drawn where a person looks at it, in plain columns otherwise."""
    if terminal.drawn(sys.stdout):
        _draw(table, title, footer)
    else:
        click.echo("\n".join(filter(None, [line(title), columns(table), line(footer)])))


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


def columns(table: Table) -> str:
    """Plain columns, numbers to the right."""
    from archspec.reports.summary.text import columns as laid_out

    return lines(laid_out([table.header, *(tuple(map(str, row)) for row in table.rows)], table.right))


def csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Comma-separated values, with a header."""
    import csv
    from io import StringIO

    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([line(str(cell)) for cell in row] for row in rows)
    return text.getvalue().rstrip("\n")


def markdown(table: Table) -> str:
    """A pipe table."""
    rule = ["---:" if index in table.right else "---" for index in range(len(table.header))]
    rows = [table.header, rule, *(map(_cell, row) for row in table.rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cell(cell: str | Code) -> str:
    if isinstance(cell, str):
        return markdown_text(cell)
    return "<br>".join(markdown_code(text).replace("|", "\\|") for text in cell.texts)


def markdown_text(text: str) -> str:
    """A text in Markdown that shows as it is."""
    return _MARKUP.sub(r"\\\g<0>", inline(text))


def markdown_code(text: str) -> str:
    """A text as code in Markdown; nothing where there is none."""
    return f"`{inline(text).replace('`', '´')}`" if text else ""
