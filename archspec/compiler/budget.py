"""The budget of a spec: limits that validation enforces."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from archspec.diagnostics import Collector, Span
from archspec.graph.dims import Dim
from archspec.graph.graph import Graph
from archspec.spec import Mapping, Spec

_UNITS = {
    "params": "parameters",
    "macs": "multiply-adds",
    "activations": "bytes of activations",
    "depth": "layers deep",
}


def check_budget(spec: Spec, graph: Graph, collector: Collector) -> None:
    """Report every limit that the network exceeds; a cost that depends on a symbolic size cannot be compared."""
    costs: dict[str, Callable[[], Any]] = {
        "params": lambda: graph.parameter_count,
        "macs": lambda: graph.macs,
        "activations": lambda: graph.activations,
        "depth": lambda: graph.depth,
    }
    for key, cost in costs.items():
        limit = getattr(spec.budget, key)
        if limit is None:
            continue
        found = cost()
        if isinstance(found, Dim):
            help = "give the input numbers, with `--input-size` or in the file"
            collector.error("A602", f"the budget of {key} cannot be compared with {found}", _place(spec, key), help)
        elif found > limit:
            message = f"the network has {found:,} {_UNITS[key]}; the budget is {limit:,}"
            collector.error("A601", message, _place(spec, key), f"make it smaller, or raise `budget.{key}`")


def _place(spec: Spec, key: str) -> Span:
    budget = spec.tree.get("budget") if isinstance(spec.tree, Mapping) else None
    return budget.entries[key].span if isinstance(budget, Mapping) else spec.tree.span
