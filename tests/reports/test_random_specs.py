"""Whatever archspec accepts has a summary and a drawing, and does not differ from itself."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given, note, settings

import archspec
from archspec.graph import Graph
from tests.torch_backend.random_specs import specs


def compiled(spec: dict[str, Any]) -> Graph:
    try:
        graph = archspec.compile(spec)
    except archspec.SpecError:
        assume(False)
    note(str(graph))
    return graph


@settings(max_examples=20)
@given(spec=specs())
def test_a_summary_a_drawing_and_no_difference_from_itself(spec: dict[str, Any]) -> None:
    graph = compiled(spec)
    summary = archspec.summarize(graph, details=True)
    assert (summary.params, summary.macs) == (graph.parameter_count, graph.macs)
    assert str(summary)
    drawing = archspec.draw(graph)
    assert drawing.mermaid()
    assert drawing.dot()
    for other in (spec, archspec.resolve(graph)):
        assert archspec.diff(graph, archspec.compile(other)).same


@settings(max_examples=20)
@given(one=specs(), two=specs())
def test_a_difference_has_the_costs_of_both(one: dict[str, Any], two: dict[str, Any]) -> None:
    graphs = compiled(one), compiled(two)
    found = archspec.diff(*graphs)
    assert str(found)
    assert [side.macs for side in (found.before, found.after)] == [graph.macs for graph in graphs]
    assert [side.params for side in (found.before, found.after)] == [graph.parameter_count for graph in graphs]
