"""The budget of a spec: limits that validation enforces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from archspec.diagnostics import Collector
from archspec.errors import SpecError
from archspec.graph.graph import Graph
from archspec.language import Spec, TemplateError, Unknown
from archspec.language.models import Budget
from archspec.language.reading import check
from archspec.types.sizes import Dim

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
    for key, limit in limits(spec, graph.params, collector).items():
        found, place = costs[key](), spec.budget[key].at
        if isinstance(found, Dim):
            help = "give the input fixed sizes, with `--input-size` or in the file"
            collector.error("A602", f"the budget of {key} cannot be compared with {found}", place, help)
        elif found > limit:
            message = f"the network has {found:,} {_UNITS[key]}; the budget is {limit:,}"
            collector.error("A601", message, place, f"make it smaller, or raise `budget.{key}`")


def enforce_budget(spec: Spec, graph: Graph) -> None:
    """Refuse a network beyond the budget of its spec. Raises `SpecError`."""
    collector = Collector()
    check_budget(spec, graph, collector)
    if collector.errors:
        raise SpecError(f"`{graph.name}` exceeds its budget", collector.errors)


def limits(spec: Spec, params: Mapping[str, Any], collector: Collector) -> dict[str, int]:
    """The limits that are set, as the parameters of the spec give them; none after a report."""
    if not spec.budget:
        return {}
    values: dict[str, Any] = {}
    for key, argument in spec.budget.items():
        try:
            values[key] = argument.template.evaluate(params)
        except TemplateError as error:
            error.report(collector)
        except Unknown:
            continue
    found = check(Budget, values, spec.budget, spec.spans.get("budget", spec.span), "`budget`", collector)
    return {} if found is None else found.model_dump(exclude_none=True)
