"""What formats of export cannot say of a network, as far as its graph tells."""

from __future__ import annotations

from collections.abc import Collection

from archspec.diagnostics import Collector, did_you_mean
from archspec.errors import UsageError
from archspec.formats import ALL, EXPORTS
from archspec.graph.graph import Graph


def check_formats(names: object) -> None:
    """Raises `UsageError` for what are no names of formats."""
    if isinstance(names, str) or not isinstance(names, Collection):
        raise UsageError(f"export formats must be a list of names, found {names!r:.80}")
    for name in names:
        if not isinstance(name, str) or name not in (*EXPORTS, ALL):
            near = did_you_mean(name, [*EXPORTS, ALL]) if isinstance(name, str) else ""
            hint = near or f"the formats are {', '.join(EXPORTS)}, and `all`"
            raise UsageError(f"unknown export format `{name!s:.80}`; {hint}")


def check_exports(graph: Graph, formats: Collection[str], collector: Collector) -> None:
    """Report everything that one of the formats cannot hold: their exporters refuse the same."""
    if formats:
        from archspec.graph.gaps import beyond

        for found in beyond(graph, EXPORTS if ALL in formats else formats):
            collector.error(found.code, found.message, found.span, found.way_out)
