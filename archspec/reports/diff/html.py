"""A difference in HTML, for notebooks and pages; all text is data."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from archspec.escape import inline
from archspec.reports.diff import sentences
from archspec.reports.diff.difference import Difference
from archspec.reports.table import Table, html


def html_text(diff: Difference) -> str:
    """Verdict, totals, changes, and what becomes of keys."""
    return "".join(_parts(diff))


def _parts(diff: Difference) -> Iterator[str]:
    if diff.same:
        what, loads = sentences.SAME
        yield f"<p><b>{what}</b>: {loads}</p>"
        return
    yield f"<p><b>Old checkpoint: {escape(inline(sentences.verdict(diff)))}.</b></p>"
    totals = tuple((row.name, row.before, row.after, row.by) for row in sentences.totals(diff))
    yield html(Table(("", "before", "after", ""), totals, frozenset({1, 2, 3})))
    changes = tuple((row.sign, row.what, row.where, row.detail, row.params) for row in sentences.changes(diff))
    if changes:
        yield html(Table(("", "what", "where", "change", "parameters"), changes, frozenset({4})))
    keys = tuple((row.fate, f"{row.number:,}", ", ".join(row.which)) for row in sentences.keys(diff))
    if keys:
        yield html(Table(("", "keys", "which"), keys, frozenset({1})))
