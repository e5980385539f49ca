"""A difference in Markdown, made for the comment on a pull request: what matters first, the rest folded away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archspec.reports.diff import sentences
from archspec.reports.diff.difference import Difference
from archspec.reports.table import Code, Table, markdown_code
from archspec.reports.table import markdown as pipes

ROWS_SHOWN = 40
"""How many rows a table has at most: with all of them, a comment stays below the 65,536 characters of GitHub."""


def markdown(diff: Difference, names: tuple[str, str]) -> str:
    """Verdict, totals and changes; parts and keys in sections that open."""
    one, two = map(markdown_code, names)
    return f"### Architecture: {one} → {two}\n\n{body(diff)}"


def body(diff: Difference) -> str:
    """The same below its heading."""
    return "\n\n".join(_blocks(diff))


def _blocks(diff: Difference) -> Iterator[str]:
    if diff.same:
        what, loads = sentences.SAME
        yield f"**{what}**: {loads}"
        return
    yield f"**Old checkpoint: {sentences.verdict(diff)}.**"
    if diff.renamed:
        yield f"{sentences.RENAMED[:1].upper()}{sentences.RENAMED[1:]}."
    else:
        yield _totals(diff)
    changes = [
        (row.sign, Code((row.what,)), _where(row.where), Code((row.detail,)), row.params)
        for row in sentences.changes(diff)
    ]
    if changes:
        yield _table(("", "what", "where", "change", "parameters"), changes, frozenset({4}))
    if diff.reshaped:
        yield sentences.consequence(diff)
    if diff.parts:
        parts = [(row.sign, Code((row.path,)), *row[2:]) for row in sentences.parts(diff)]
        header = ("", "part", "op", "output", "params", "MACs")
        yield section(f"Shapes and costs ({len(parts):,})", _table(header, parts))
    keys = [(row.fate, f"{row.number:,}", Code(row.which)) for row in sentences.keys(diff)]
    if keys:
        told = ", ".join(f"{row.number:,} {row.fate}" for row in sentences.keys(diff))
        yield section(f"Keys of the state_dict ({told})", _table(("", "keys", "which"), keys, frozenset({1})))


def _totals(diff: Difference) -> str:
    rows = [
        (row.name, *(Code((text,)) if row.named else text for text in (row.before, row.after)), row.by)
        for row in sentences.totals(diff)
    ]
    return _table(("", "before", "after", ""), rows, frozenset({1, 2, 3}))


def section(title: str, body: str) -> str:
    """A section that opens."""
    return f"<details>\n<summary>{title}</summary>\n\n{body}\n\n</details>"


def _table(header: tuple[str, ...], rows: Sequence[tuple[str | Code, ...]], right: frozenset[int] = frozenset()) -> str:
    shown = [*rows[:ROWS_SHOWN]]
    if len(rows) > ROWS_SHOWN:
        shown.append(("…", f"{len(rows) - ROWS_SHOWN:,} more", *[""] * (len(header) - 2)))
    return pipes(Table(header, tuple(shown), right))


def _where(text: str) -> str | Code:
    return text if text == sentences.EVERYWHERE else Code((text,))
