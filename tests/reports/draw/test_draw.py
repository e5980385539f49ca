from __future__ import annotations

import re
from collections.abc import Iterator
from graphlib import TopologicalSorter

import pytest

import archspec
from archspec.graph import Graph
from archspec.language import bundled_specs
from archspec.reports.draw.draw import _call
from archspec.reports.draw.drawing import Drawing
from archspec.reports.draw.parts import Box, Frame, Part, boxes

HEADER = "archspec: 1\nname: demo\ninput: [8, 32, 32]\nnorm: batch\nact: relu\n"


def drawn(text: str, depth: int | None = None) -> Drawing:
    return archspec.draw(archspec.compile(HEADER + text), depth)


def arrows(drawing: Drawing) -> list[str]:
    return [" → ".join(arrow) for arrow in drawing.arrows]


def counted(parts: tuple[Part, ...], times: int = 1) -> Iterator[tuple[Box, int]]:
    """Each box with the number of those that it stands for."""
    for part in parts:
        if isinstance(part, Box):
            yield part, times * part.times
        else:
            yield from counted(part.parts, times * part.times)


@pytest.mark.parametrize("name", sorted(bundled_specs()))
def test_a_drawing_is_whole(name: str) -> None:
    """Every node is in it as often as in the network, and every box is on a way from an input, or from a value of its
    own, to an output."""
    graph = archspec.compile(name)
    own = {path for path, node in graph.nodes() if not node.inputs}
    whole = dict.fromkeys(path for path, _ in graph.nodes())
    numbers = [times for box, times in counted(archspec.draw(graph).parts) if box.kind == "node"]
    assert sum(numbers) == len(whole)
    for depth in (1, 2, None):
        drawing = archspec.draw(graph, depth)
        shown = {box.path: box for box in boxes(*drawing.parts)}
        before: dict[str, set[str]] = {path: set() for path in shown}
        after: dict[str, set[str]] = {path: set() for path in shown}
        for start, end in drawing.arrows:
            before[end].add(start)
            after[start].add(end)
        order = list(TopologicalSorter(before).static_order())
        assert set(order) == set(shown)
        for path, box in shown.items():
            assert before[path] or path.startswith("input:") or path in own, path
            assert after[path] or path.startswith("output:"), path
            assert box.kind != "scope" or depth, path


@pytest.mark.parametrize("name", ["resnet18", "googlenet", "unet", "gpt2", "fcn_resnet50", "densenet121"])
def test_arrows_are_the_values_that_flow(name: str) -> None:
    """Between nodes that are drawn themselves, there is an arrow exactly where one takes what the other makes."""
    graph = archspec.compile(name)
    drawing = archspec.draw(graph)
    shown = {box.path for box in boxes(*drawing.parts)}
    made = {node.output: path for path, node in graph.nodes()}
    made |= {value: f"input:{name}" for name, value in graph.inputs.items()}
    flows = {(made[value], path) for path, node in graph.nodes() for value in node.inputs}
    flows |= {(made[value], f"output:{name}") for name, value in graph.outputs.items()}
    inside = {flow for flow in flows if shown.issuperset(flow)}
    assert inside <= set(drawing.arrows)
    # what else there is comes out of the last of several blocks, which is not drawn itself
    several = [f"{part.path}." for part in frames(drawing.parts) if part.times > 1]
    for start, end in set(drawing.arrows) - inside:
        assert any(start.startswith(prefix) and not end.startswith(prefix) for prefix in several), (start, end)


def frames(parts: tuple[Part, ...]) -> Iterator[Frame]:
    for part in parts:
        if isinstance(part, Frame):
            yield part
            yield from frames(part.parts)


def test_a_residual_forks_and_joins() -> None:
    drawing = drawn("layers:\n- residual: [{conv: {channels: 16, stride: 2}}, norm]\n- residual: [conv]\n")
    assert arrows(drawing) == [
        "input:input → conv",
        "conv → norm",
        "input:input → shortcut.0",
        "shortcut.0 → shortcut.1",
        "shortcut.1 → add",
        "norm → add",
        "add → conv_2",
        "add → add_2",
        "conv_2 → add_2",
        "add_2 → output:output",
    ]
    (frame,) = (part for part in drawing.parts if isinstance(part, Frame))
    assert (frame.name, frame.what) == ("shortcut", "shortcut (stride 2, 8 → 16 channels)")


def test_equal_blocks_in_a_row_are_drawn_once() -> None:
    text = "stages:\n- {block: basic, depth: 4, channels: 16}\nhead: [global_pool]\n"
    (stage,) = (part for part in drawn(text, 2).parts if isinstance(part, Frame))
    assert [(part.name, part.what, part.times) for part in stage.parts] == [
        ("0", "basic (projection: 8 → 16 channels)", 1),
        ("1 … 3", "basic", 3),
    ]
    assert arrows(drawn(text, 2)) == [
        "input:input → stage1.0",
        "stage1.0 → stage1.1",
        "stage1.1 → global_pool",
        "global_pool → output:output",
    ]
    inner = drawn(text)
    assert "stage1.1.act_2 → global_pool" in arrows(inner)
    assert not [arrow for arrow in arrows(inner) if "stage1.2" in arrow or "stage1.3" in arrow]


def test_what_more_is_taken_from_is_drawn_itself() -> None:
    text = "stages:\n- {{name: a, block: basic, depth: 3, channels: 8}}\nhead: [add: [., {}]]\n"
    inner = drawn(text.format("a.1"), 2)
    assert [box.name for box in boxes(*inner.parts)] == ["input", "0 … 1", "2", "add", "output"]
    assert "a.0 → add" in arrows(inner)
    last = drawn(text.format("a"), 2)
    assert [box.name for box in boxes(*last.parts)] == ["input", "0 … 2", "add", "output"]


def test_what_takes_more_is_drawn_itself() -> None:
    blocks = "blocks:\n  both: {params: {other: ref}, layers: [conv, add: [., $other]]}\n"
    found = drawn(f"{blocks}layers: [conv: {{name: c}}, both: c, both: c]\n", 1)
    assert [box.name for box in boxes(*found.parts)] == ["input", "c", "both", "both_2", "output"]


def test_blocks_in_blocks_are_drawn_once() -> None:
    blocks = "blocks:\n  inner: {layers: [conv, act]}\n  outer: {layers: [inner, inner, norm]}\n"
    drawing = drawn(f"{blocks}layers: [outer, outer, outer]\n")
    (outer,) = (part for part in drawing.parts if isinstance(part, Frame))
    assert (outer.name, outer.times, [part.times for part in outer.parts]) == ("outer … outer_3", 3, [2, 1])
    assert arrows(drawing) == [
        "input:input → outer.inner.conv",
        "outer.inner.conv → outer.inner.act",
        "outer.inner.act → outer.norm",
        "outer.norm → output:output",
    ]


def test_scopes_that_compute_nothing_are_left_out() -> None:
    text = "layers: [conv, seq: {name: none, layers: []}, act]\n"
    for depth in (1, None):
        assert arrows(drawn(text, depth)) == ["input:input → conv", "conv → act", "act → output:output"]


def test_several_inputs_and_outputs() -> None:
    text = (
        "archspec: 1\nname: two\ninputs: {a: [4], b: [4]}\nlayers: [concat: [a, b], linear: {name: l, features: 2}]\n"
    )
    found = archspec.draw(archspec.compile(text + "outputs: {one: concat, two: l}\n"))
    ends = [(box.path, box.name, box.shape) for box in boxes(*found.parts) if box.kind == "end"]
    assert ends == [
        ("input:a", "a", "4"),
        ("input:b", "b", "4"),
        ("output:one", "one", "8"),
        ("output:two", "two", "2"),
    ]
    assert arrows(found)[-2:] == ["concat → output:one", "l → output:two"]


def test_an_output_may_be_an_input() -> None:
    found = archspec.draw(archspec.compile(f"{HEADER}layers: [conv]\noutputs: {{as_is: input, made: conv}}\n"))
    assert "input:input → output:as_is" in arrows(found)


def test_arguments_that_are_not_defaults() -> None:
    graph: Graph = archspec.compile(f"{HEADER}layers: [conv: {{channels: 4, kernel: [1, 3], groups: 2}}, act: gelu]\n")
    assert [_call(node) for _, node in graph.nodes()] == ["conv 4, kernel [1, 3], groups 2", "act gelu"]


def test_ten_thousand_blocks() -> None:
    text = "stages:\n- {block: mlp_residual, depth: 10000}\n"
    drawing = archspec.draw(archspec.compile(f"archspec: 1\nname: deep\ninput: [4]\nnorm: layer\nact: gelu\n{text}"))
    assert len(list(boxes(*drawing.parts))) < 20
    assert re.search(r"mlp_residual × 10000", drawing.mermaid())
