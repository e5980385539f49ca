"""A sound network as the playground shows it: its table, its picture, and what changed in it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from archspec.editor import Analysis
from archspec.editor.kept import kept
from archspec.graph import Graph
from archspec.pages.figure import Options, svg
from archspec.pages.offsets import Offsets
from archspec.reports import diff, summarize
from archspec.reports.summary import Row
from archspec.types.figures import number
from archspec.types.tensor import shape_text

_LARGE = 2_000
"""Rows of a table that are shown."""


def network(analysis: Analysis, views: Collection[str], levels: int | None = None) -> dict[str, Any]:
    """The network of a sound analysis, as far as it is seen: totals, rows with the place of each, its picture, of
    which so many levels are open."""
    graph = analysis.graph
    assert graph is not None
    summary = summarize(graph)
    found: dict[str, Any] = {"name": graph.name, "totals": summary.totals}
    if "summary" in views:
        at, places = Offsets.of(analysis.text), _places(analysis)
        found["rows"] = [_told(row, places, at) for row in summary.rows[:_LARGE]]
        found["hidden"] = max(0, len(summary.rows) - _LARGE)
    if "picture" in views:
        found["picture"] = {"svg": svg(graph, Options(levels))}
    return found


def _told(row: Row, places: Mapping[str, int], at: Offsets) -> dict[str, Any]:
    place = places.get(row.path.split(" … ")[0])
    return {
        "path": row.path,
        "op": row.op,
        "depth": row.depth,
        "shape": shape_text(row.shape),
        "params": number(row.params),
        "macs": number(row.macs),
        "times": row.times,
        "note": row.note,
        "leaf": row.leaf,
        "at": None if place is None else at.units(place),
    }


def changes(before: Graph, after: Graph) -> str:
    """What is different between two networks, as a table; empty where they are the same."""
    found = diff(before, after)
    return "" if found.same else str(found)


@kept
def _places(analysis: Analysis) -> dict[str, int]:
    """Where each node and module is called in the text, by its path: of what a block holds, where that is called."""
    assert analysis.graph is not None
    found: dict[str, int] = {}
    for path, item in analysis.graph.items():
        own = item.span is not None and item.span.source is analysis.source
        if own and item.span is not None:
            found[path] = analysis.text.range(item.span).start
        elif (around := path.rpartition(".")[0]) in found:
            found[path] = found[around]
    return found
