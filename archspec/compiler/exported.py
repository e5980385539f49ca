"""What formats of export cannot say of a network, as far as its graph tells."""

from __future__ import annotations

from collections.abc import Collection

from archspec.diagnostics import Collector, did_you_mean
from archspec.errors import UsageError
from archspec.formats import ALL, EXPORTS, TRACED
from archspec.graph.graph import Graph


def check_exports(graph: Graph, formats: Collection[str], collector: Collector) -> None:
    """Report every node that one of the formats cannot hold. Raises `UsageError` for a name that no format has."""
    for name in formats:
        if name not in (*EXPORTS, ALL):
            hint = did_you_mean(name, [*EXPORTS, ALL]) or f"the formats are {', '.join(EXPORTS)}, and `all`"
            raise UsageError(f"unknown export format `{name}`; {hint}")
    traced = [name for name in TRACED if name in formats or ALL in formats]
    if not traced:
        return
    for path, node, length in graph.endless():
        message = f"`{path}` goes over the open length {length}, which {' and '.join(traced)} cannot hold"
        help = "give the input a number there, in the file or with `--input-size`, or export safetensors or python"
        collector.error("A407", message, node.span, help)
