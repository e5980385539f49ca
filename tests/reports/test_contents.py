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


def described(around: Scope, position: int) -> tuple[list[Any], list[tuple[object, object]]]:
    """All that can be told of what is in a scope; and of each source where it is, inside or anywhere, and where in the
    item before."""
    scope, before = around.body[position], around.body[position - 1] if position else None
    assert isinstance(scope, Scope)
    handed: dict[Value, object] = {}
    if isinstance(before, Scope):
        handed |= {value: path for path, node in nodes(before) for value in node.outputs}
    handed[before.output if before else around.inputs[0]] = "its output"
    inside = dict(nodes(scope))
    made = {node.output: path for path, node in inside.items()}
    found, sources = [], []
    for path, node in inside.items():
        types = [(v.type.shape, v.type.layout, v.type.dtype) for v in (*node.inputs, node.output) if v.type]
        weights = [(weight.name, weight.shape) for weight in node.weights]
        cost = (node.parameter_count, str(node.macs), weights)
        found.append((path, node.op.name, repr(node.op), types, cost, node.note, str(node.init)))
        sources += [(made.get(value, id(value)), handed.get(value)) for value in node.inputs]
    return found, sources


def are_equal(described: list[tuple[list[Any], list[tuple[object, object]]]]) -> bool:
    """Whether scopes in a row are equal: each source is at the same place in all, or in the item before each."""
    (first, sources), *others = described
    return all(
        found == first
        and len(more) == len(sources)
        and all(
            here == there or (before is not None and before == last)
            for (here, before), (there, last) in zip(more, sources, strict=True)
        )
        for found, more in others
    )


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
        assert are_equal([described(around, position) for position in range(at, at + times)]), path


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


def test_what_the_first_makes_for_all_is_no_difference() -> None:
    """The second takes it from the one before, as it takes the current value; the third takes it from further off."""
    block = "{params: {to: {type: ref, default: null}}, layers: [conv: {name: own}, add: [., $(to or 'input')]]}"
    stage = "{name: s, block: both, depth: 5, to: s.0.own, first: {to: null}}"
    graph = archspec.compile(f"blocks: {{both: {block}}}\n{HEADER}stages: [{stage}]\n")
    assert runs(graph) == {("s.1", 4)}


def test_what_turns_to_another_source_is_a_difference() -> None:
    """One that takes the inner value of the one before is no equal of one that takes the same value as that does."""
    block = "{params: {to: ref}, layers: [conv: {name: own}, add: [., $to]]}"
    calls = "".join(f", both: {{name: b{n}, to: {to}}}" for n, to in enumerate(("c", "b0.own", "b1.own", "b1.own")))
    graph = archspec.compile(f"blocks: {{both: {block}}}\n{HEADER}layers: [conv: {{name: c}}{calls}]\n")
    assert runs(graph) == {("b1", 2)}


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
