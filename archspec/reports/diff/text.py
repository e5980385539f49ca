"""A difference as plain text."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.escape import lines
from archspec.reports.diff import sentences
from archspec.reports.diff.difference import Difference
from archspec.reports.table import columns


def plain_text(diff: Difference, names: tuple[str, str] | None = None) -> str:
    """Totals, parts, changes and keys; `names` are what the two networks are called, by default their own names."""
    one, two = names or (diff.before.name, diff.after.name)
    if diff.same:
        return lines([f"{one} → {two}: the same architecture"])
    return "\n\n".join([lines(block) for block in _blocks(diff, one, two) if block])


def _blocks(diff: Difference, one: str, two: str) -> Iterator[list[str]]:
    if diff.renamed:
        yield [f"{one} → {two}: {sentences.RENAMED}"]
    else:
        yield [
            f"{one} → {two}",
            *columns([("", "before", "after", ""), *(row[:4] for row in sentences.totals(diff))], frozenset({1, 2, 3})),
        ]
    if diff.parts:
        yield columns([("", "part", "op", "output", "params", "MACs"), *sentences.parts(diff)])
    changed = columns([tuple(row) for row in sentences.changes(diff)], frozenset({4}))
    if diff.reshaped:
        changed.append(sentences.consequence(diff))
    yield changed
    yield [f"old checkpoint: {sentences.verdict(diff)}", *_keys(diff)]


def _keys(diff: Difference) -> list[str]:
    rows = []
    for row in sentences.keys(diff):
        head = (f"  {row.fate}", f"{row.number:,}")
        rows += [(*(head if not at else ("", "")), which) for at, which in enumerate(row.which)]
    return columns(rows, frozenset({1}))
