"""Rows of cells as tables: in columns, as CSV, or in Markdown."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import count

from archspec.escape import inline, line, lines
from archspec.records import record

_MARKUP = re.compile(r"[\\`*\[\]<>&|$#@!]|:(?=\S)|(?<=www)\.|~(?=\S)|(?<=\S)~|(?<![^\W_])_|_(?![^\W_])")
"""What may begin or end markup in Markdown where it stands; an `_` does not between letters."""


@record
class Code:
    """Texts that hold names somebody gave: in Markdown code, in which nothing is markup, a link or a mention."""

    texts: tuple[str, ...]

    def __str__(self) -> str:
        return ", ".join(self.texts)


@record
class Table:
    """A header and rows of cells; the columns numbered in `right` hold numbers."""

    header: tuple[str, ...]
    rows: tuple[tuple[str | Code, ...], ...]
    right: frozenset[int] = frozenset()


def plain(table: Table) -> str:
    """Plain columns, numbers to the right."""
    return lines(columns([table.header, *(tuple(map(str, row)) for row in table.rows)], table.right))


def columns(rows: Sequence[tuple[str, ...]], right: Collection[int] = ()) -> list[str]:
    """A line for each row of cells, in columns; those numbered in `right` have their cells to the right."""
    shown = [tuple(map(inline, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]

    def cell(index: int, text: str) -> str:
        return text.rjust(widths[index]) if index in right else text.ljust(widths[index])

    return ["  ".join(cell(index, text) for index, text in enumerate(row)).rstrip() for row in shown]


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


def html(table: Table) -> str:
    """A table in HTML; all text is data."""
    from html import escape

    def row(tag: str, cells: Iterable[str | Code]) -> str:
        aligned = (
            ' style="text-align:right"' if number in table.right else ' style="text-align:left"' for number in count()
        )
        texts = (escape(inline(str(cell))).replace("  ", "&nbsp; ") for cell in cells)
        return (
            f"<tr>{''.join(f'<{tag}{style}>{text}</{tag}>' for style, text in zip(aligned, texts, strict=False))}</tr>"
        )

    body = "".join(row("td", cells) for cells in table.rows)
    return f"<table><thead>{row('th', table.header)}</thead><tbody>{body}</tbody></table>"


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
