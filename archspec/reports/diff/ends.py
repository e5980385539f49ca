"""What is different about the inputs and outputs of a network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archspec.graph.graph import Graph
from archspec.graph.nodes import Value
from archspec.reports.diff.records import Change, Field, Kind
from archspec.reports.diff.wiring import Wiring


def inputs(before: Graph, after: Graph) -> Iterator[Change]:
    """The inputs that differ, by name."""
    one, two = ({name: _type(value) for name, value in graph.inputs.items()} for graph in (before, after))
    return _named("input", one, two)


def outputs(before: Graph, after: Graph, wiring: Wiring) -> Iterator[Change]:
    """The outputs that differ, by name: where they come from, and whether there is a mapping of them."""
    one, two = (_sources(graph, wiring, before.single != after.single) for graph in (before, after))
    for name in one:
        if name in two and wiring.same((before.outputs[name],), (after.outputs[name],)):
            two[name]["from"] = one[name]["from"]
    return _named("output", one, two)


def _sources(graph: Graph, wiring: Wiring, differ: bool) -> dict[str, dict[str, Any]]:
    returned = {"returned": "alone" if graph.single else "by name"} if differ else {}
    return {name: {"from": wiring.told((value,), ""), **returned} for name, value in graph.outputs.items()}


def _named(what: str, before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> Iterator[Change]:
    for name in {**before, **after}:
        one, two = before.get(name, {}), after.get(name, {})
        fields = tuple(Field(key, one.get(key), two.get(key)) for key in {**one, **two} if one.get(key) != two.get(key))
        kind: Kind = "added" if name not in before else "removed" if name not in after else "changed"
        if fields or kind != "changed":
            yield Change(kind, what, (name,) * (name in before), (name,) * (name in after), fields)


def _type(value: Value) -> dict[str, Any]:
    kind = value.type
    if kind is None:
        return {}
    found: dict[str, Any] = {"shape": kind.shape, "dtype": kind.dtype, "vocab": kind.vocab}
    return found if kind.is_vector else {**found, "layout": kind.layout}
