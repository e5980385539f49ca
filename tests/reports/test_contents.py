"""What is folded is equal, by an oracle that knows nothing of how folding looks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import archspec
from archspec.graph import Graph
from archspec.graph.nodes import Node, Scope, Value
from archspec.language import bundled_specs
from archspec.reports.draw.parts import Box, Frame, Part

HEADER = "archspec: 1\nname: demo\ninput: [8, 32, 32]\nnorm: batch\nact: relu\n"
DEPTHS = (1, 2, 3, None)


def scopes(scope: Scope, prefix: str = "") -> Iterator[tuple[str, Scope, Scope]]:
    """Every scope with its path and the one around it."""
    for item in scope.body:
        if isinstance(item, Scope):
            yield prefix + item.name, item, scope
            yield from scopes(item, f"{prefix}{item.name}.")


def nodes(scope: Scope, prefix: str = "") -> Iterator[tuple[str, Node]]:
    for item in scope.body:
        if isinstance(item, Node):
            yield prefix + item.name, item
        else:
            yield from nodes(item, f"{prefix}{item.name}.")


def described(around: Scope, position: int) -> list[Any]:
    """All that can be told of what is in a scope, its sources as seen from it."""
    scope, before = around.body[position], around.body[position - 1] if position else None
    assert isinstance(scope, Scope)
    made: dict[Value, object] = {}
    if isinstance(before, Scope):
        made |= {node.output: ("before", path) for path, node in nodes(before)}
    made[before.output if before else around.inputs[0]] = "before"
    inside = dict(nodes(scope))
    made |= {node.output: ("inside", path) for path, node in inside.items()}
    found = []
    for path, node in inside.items():
        types = [(v.type.shape, v.type.layout, v.type.dtype) for v in (*node.inputs, node.output) if v.type]
        sources = [made.get(value, id(value)) for value in node.inputs]
        weights = [(weight.name, weight.shape) for weight in node.weights]
        cost = (node.parameter_count, str(node.macs), weights)
        found.append((path, node.op.name, repr(node.op), types, cost, sources, node.note, str(node.init)))
    return found


def drawn_runs(parts: tuple[Part, ...]) -> Iterator[tuple[str, int]]:
    for part in parts:
        if part.times > 1:
            yield part.path, part.times
        if isinstance(part, Frame):
            yield from drawn_runs(part.parts)


def runs(graph: Graph) -> set[tuple[str, int]]:
    """The first of what is folded, and how many there are, in summaries and drawings of every depth."""
    found = set()
    for depth in DEPTHS:
        found |= {(r.path.split(" … ")[0], r.times) for r in archspec.summarize(graph, depth).rows if r.times > 1}
        found |= set(drawn_runs(archspec.draw(graph, depth).parts))
    return found


@pytest.mark.parametrize("name", sorted(bundled_specs()))
def test_what_is_folded_is_equal_at_full_depth(name: str) -> None:
    graph = archspec.compile(name)
    known = {path: (scope, around) for path, scope, around in scopes(graph.root)}
    for path, times in runs(graph):
        scope, around = known[path]
        at = around.body.index(scope)
        one, *others = (described(around, position) for position in range(at, at + times))
        assert all(other == one for other in others), path


@pytest.mark.parametrize(
    ("key", "value"),
    [("dilation", '"$(2 ** index)"'), ("channels", '"$(8 * (index + 1))"'), ("drop_path", '"$(0.1 * index)"')],
)
def test_blocks_of_other_arguments_are_not_folded(key: str, value: str) -> None:
    arguments = {"channels": "8", key: value}
    told = ", ".join(f"{name}: {text}" for name, text in arguments.items())
    graph = archspec.compile(f"{HEADER}stages:\n- {{name: s, block: basic, depth: 4, {told}}}\n")
    assert not runs(graph)


def test_blocks_of_other_sources_are_not_folded() -> None:
    blocks = "blocks:\n  both: {params: {other: ref}, layers: [{add: [., $other]}, conv]}\n"
    other = archspec.compile(f"{blocks}{HEADER}layers: [conv: {{name: c}}, conv: {{name: d}}, both: c, both: d]\n")
    assert not runs(other)
    same = archspec.compile(f"{blocks}{HEADER}layers: [conv: {{name: c}}, conv: {{name: d}}, both: c, both: c]\n")
    assert {r.times for r in archspec.summarize(same, 1).rows} == {1, 2}, "what reaches all alike is no difference"


@pytest.mark.parametrize(
    ("again", "rows"),
    [
        ("- reuse: a\n" * 3, [("a", 1), ("reuse … reuse_3", 3)]),
        ("- mine: {tie: a}\n" * 3, [("a", 1), ("mine … mine_3", 3)]),
        (
            "- mine: {name: b}\n- reuse: a\n- reuse: b\n- reuse: b\n",
            [("a … b", 2), ("reuse", 1), ("reuse_2 … reuse_3", 2)],
        ),
    ],
    ids=["run again", "tied", "two modules"],
)
def test_weights_that_stand_twice_are_counted_once(again: str, rows: list[tuple[str, int]]) -> None:
    """What has weights of its own is no equal of what has another's."""
    blocks = "blocks: {mine: {layers: [conv: {kernel: 3}]}}\n"
    graph = archspec.compile(f"{HEADER}{blocks}layers:\n- mine: {{name: a}}\n{again}")
    summary = archspec.summarize(graph, 1)
    assert [(row.path, row.times) for row in summary.rows] == rows
    assert sum(row.params * row.times for row in summary.rows) == summary.params == graph.parameter_count
    assert sum(row.macs * row.times for row in summary.rows) == graph.macs


def test_blocks_side_by_side_are_no_row_of_blocks() -> None:
    graph = archspec.compile(
        f"{HEADER}layers: [parallel: {{name: p, branches: {{a: [conv], b: [conv], c: [conv]}}}}]\n"
    )
    assert not runs(graph)


@pytest.mark.parametrize("block", ["basic", "bottleneck"])
def test_after_a_stride_the_rest_is_folded(block: str) -> None:
    graph = archspec.compile(f"{HEADER}stages:\n- {{name: s, block: {block}, depth: 5, channels: 16, stride: 2}}\n")
    assert runs(graph) == {("s.1", 4)}
    rows = [(row.path, row.times) for row in archspec.summarize(graph, 2).rows]
    assert rows == [("s", 1), ("s.0", 1), ("s.1 … 4", 4)]
    (stage,) = (part for part in archspec.draw(graph, 2).parts if isinstance(part, Frame))
    assert [(part.name, part.times) for part in stage.parts if isinstance(part, Box)] == [("0", 1), ("1 … 4", 4)]
