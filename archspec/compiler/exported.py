"""What formats of export cannot say of a network, as far as its graph tells."""

from __future__ import annotations

from collections.abc import Collection

from archspec.diagnostics import Collector, did_you_mean
from archspec.errors import UsageError
from archspec.formats import ALL, EXPORTS, TRACED
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
    """Report every node that one of the formats cannot hold."""
    traced = [name for name in TRACED if name in formats or ALL in formats]
    if not traced:
        return
    for path, node, length in graph.endless():
        message = f"`{path}` goes over the open length {length}, which {' and '.join(traced)} cannot hold"
        help = "give the input a number there, in the file or with `--input-size`, or export safetensors or python"
        collector.error("A407", message, node.span, help)
    for path, node in graph.hidden():
        first = path.partition(".")[0]
        message = f"{' and '.join(traced)} cannot hold the weights of `{path}`: torch's modules have a `{first}`, too"
        collector.error(
            "A311", message, node.span, f"choose another name than `{first}`, or export safetensors or python"
        )
