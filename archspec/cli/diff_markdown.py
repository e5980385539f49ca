"""A difference in Markdown, made for the comment on a pull request: what matters first, the rest folded away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from archspec.cli.tables import Table
from archspec.cli.tables import markdown as pipes
from archspec.reports.diff import words

if TYPE_CHECKING:
    from archspec.reports import Diff

ROWS = 40
"""How many rows a table has at most: with all of them, a comment stays below the 65,536 characters of GitHub."""


def markdown(diff: Diff, names: tuple[str, str]) -> str:
    """Verdict, totals and changes; parts and keys in sections that open."""
    return "\n\n".join(_blocks(diff, *map(_code, names)))


def _blocks(diff: Diff, one: str, two: str) -> Iterator[str]:
    yield f"### Architecture: {one} → {two}"
    if diff.same:
        yield "**The same architecture**: every checkpoint of the one loads into the other."
        return
    yield f"**Old checkpoint: {words.verdict(diff)}.**"
    yield _table(("", "before", "after", ""), list(words.totals(diff)), frozenset({1, 2, 3}))
    changes = [
        (row.sign, _code(row.what), _codes(row.where), _code(row.detail), row.params) for row in words.changes(diff)
    ]
    if changes:
        yield _table(("", "what", "where", "change", "parameters"), changes, frozenset({4}))
    if diff.reshaped:
        yield words.consequence(diff)
    if diff.parts:
        parts = [(row.sign, _code(row.path), *row[2:]) for row in words.parts(diff)]
        header = ("", "part", "op", "output", "params", "MACs")
        yield _section(f"Shapes and costs ({len(parts):,})", _table(header, parts))
    keys = [(row.fate, f"{row.number:,}", "<br>".join(map(_code, row.which))) for row in words.keys(diff)]
    if keys:
        told = ", ".join(f"{row.number:,} {row.fate}" for row in words.keys(diff))
        yield _section(f"Keys of the state_dict ({told})", _table(("", "keys", "which"), keys, frozenset({1})))


def _section(title: str, body: str) -> str:
    return f"<details>\n<summary>{title}</summary>\n\n{body}\n\n</details>"


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]], right: frozenset[int] = frozenset()) -> str:
    shown = list(rows[:ROWS])
    if len(rows) > ROWS:
        shown.append(("…", f"{len(rows) - ROWS:,} more", *[""] * (len(header) - 2)))
    return pipes(Table(header, tuple(shown), right))


def _code(text: str) -> str:
    return f"`{text.replace('`', '´')}`" if text else ""


def _codes(text: str) -> str:
    return text if text == words.EVERYWHERE else _code(text)
