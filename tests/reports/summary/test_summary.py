from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import archspec
from archspec.graph.nodes import Scope, Value
from archspec.language import bundled_specs
from archspec.reports.summary.columns import COLUMNS
from archspec.reports.summary.summary import Row
from archspec.reports.summary.text import table
from archspec.reports.table import plain

HERE = Path(__file__).parent


def network(layers: str, **more: str) -> str:
    rest = "".join(f"{key}: {value}\n" for key, value in more.items())
    return f"archspec: 1\nname: demo\ninput: [3, 32, 32]\nnorm: batch\nact: relu\n{rest}{layers}"


def rows(text: str, depth: int | None = None) -> list[Row]:
    return list(archspec.summarize(archspec.compile(text), depth).rows)


@pytest.mark.parametrize("name", ["resnet50", "mlp_residual", "bert_tiny"])
def test_printed(name: str, golden: Callable[[Path, str], None]) -> None:
    golden(HERE / f"{name}.txt", str(archspec.summarize(archspec.compile(name))) + "\n")


@pytest.mark.parametrize("name", sorted(bundled_specs()))
def test_rows_add_up(name: str) -> None:
    """The rows of one level make up the row above; folded or not, nothing is lost."""
    graph = archspec.compile(name)
    for depth in (1, 2, None):
        summary = archspec.summarize(graph, depth)
        assert _total(summary.rows, 0) == (summary.params, summary.macs) == (graph.parameter_count, graph.macs)
        assert all(row.depth < (depth or 99) for row in summary.rows)
        for at, row in enumerate(summary.rows):
            if not row.leaf and (depth is None or row.depth + 1 < depth):
                inside = _below(summary.rows[at + 1 :], row.depth)
                assert _total(inside, row.depth + 1) == (row.params, row.macs), row.path


@pytest.mark.parametrize("name", ["resnet50", "bert_tiny", "nerf", "unet", "densenet121", "vit_b_16"])
def test_bytes_add_up(name: str) -> None:
    graph = archspec.compile(name)
    summary = archspec.summarize(graph, details=True)
    sizes = {"float32": 4, "int64": 8}
    weights = sum(weight.numel * sizes[weight.dtype] for _, weight in graph.weights())
    assert (summary.activations, summary.depth, summary.size) == (graph.activations, graph.depth, weights)
    for count in ("activations", "size"):
        tops = (getattr(row.details, count) * row.times for row in summary.rows if row.depth == 0)
        assert sum(tops) == getattr(summary, count)
    assert max(row.details.layers for row in summary.rows) == graph.depth


def _below(following: Any, depth: int) -> list[Row]:
    found: list[Row] = []
    for row in following:
        if row.depth <= depth:
            break
        found.append(row)
    return found


def _total(of: Any, depth: int) -> tuple[int, int]:
    level = [row for row in of if row.depth == depth]
    return sum(row.params * row.times for row in level), sum(row.macs * row.times for row in level)


def test_equal_blocks_in_a_row_are_one() -> None:
    found = rows(network("stages:\n  - {block: basic, depth: 4, channels: 8}\n"), 2)
    assert [(row.path, row.op, row.times) for row in found] == [
        ("stage1", "stage", 1),
        ("stage1.0", "basic", 1),
        ("stage1.1 … 3", "basic", 3),
    ]
    assert found[1].note == "projection: 3 → 8 channels"
    assert found[2].note == ""
    assert found[0].params == found[1].params + 3 * found[2].params


def test_rows_show_the_whole_name_that_a_node_has_in_its_scope() -> None:
    """A dotted name is one name: its end alone would name other nodes as well."""
    blocks = (
        "{b: {layers: [conv: {name: convs.0}, act: {name: acts.0, type: relu}, conv: {name: convs.1}]}, "
        "c: {layers: [b: {name: inner.0}, b: {name: inner.1}, act: relu, b: {name: inner.2}, b: {name: inner.3}]}}"
    )
    found = archspec.summarize(
        archspec.compile(network("layers: [b: {name: down.0}, c: {name: mid.block}]\n", blocks=blocks))
    )
    lines = [text.split("  ")[0] for text in (line.strip() for line in str(found).splitlines()[2:-1])]
    inside = ["convs.0", "acts.0", "convs.1"]
    assert lines == [
        "down.0",
        *inside,
        "mid.block",
        *["inner.0 … inner.1", *inside, "act", "inner.2 … inner.3", *inside],
    ]
    assert [row.path for row in found.rows][5] == "mid.block.inner.0 … inner.1"


def test_single_nodes_are_not_folded() -> None:
    found = rows(network("layers: [conv, conv, conv]\n"))
    assert [row.path for row in found] == ["conv", "conv_2", "conv_3"]


def test_blocks_that_differ_inside_are_not_folded() -> None:
    blocks = "{b: {params: {kernel: int}, layers: [conv: {kernel: $kernel, bias: false}]}}"
    same = rows(network("layers: [b: 3, b: 3]\n", blocks=blocks), 1)
    other = rows(network("layers: [b: 3, b: 1]\n", blocks=blocks), 1)
    assert [row.times for row in same] == [2]
    assert [row.times for row in other] == [1, 1]


def test_projections_say_why_they_are_there() -> None:
    found = {row.path: row for row in rows(network("layers:\n  - basic: {channels: 8, stride: 2}\n"))}
    assert found["basic"].note == "projection: stride 2, 3 → 8 channels"
    assert found["basic.downsample"].note == "stride 2, 3 → 8 channels"
    assert (found["basic.downsample"].op, found["basic.downsample"].leaf) == ("shortcut", False)
    assert found["basic.downsample"].params == 3 * 8 + 16
    assert found["basic.conv1"].leaf


def test_names_are_whole_below_the_row_around_them() -> None:
    for name in ("gpt2", "yolov8n", "t5_small"):
        around: list[str] = []
        for row in archspec.summarize(archspec.compile(name)).rows:
            del around[row.depth :]
            assert ".".join([*around, row.name]) == row.path
            around.append(row.name.split(" … ")[0])


def test_references_are_told_by_the_names_of_what_they_refer_to() -> None:
    for name in ("t5_small", "stable_diffusion_unet", "dit_xl_2"):
        graph = archspec.compile(name)
        known = {*graph.inputs, *dict(graph.items())}
        scopes = {path: item for path, item in graph.items() if isinstance(item, Scope)}
        for row in archspec.summarize(graph, details=True).rows:
            item = scopes.get(row.path.split(" … ")[0])
            told = dict(row.details.arguments)
            references = [key for key, value in (item.arguments if item else {}).items() if isinstance(value, Value)]
            assert {told[key] for key in references} <= known


@pytest.mark.parametrize("name", ["siamese_digits", "gpt2_tied", "fcos_resnet50_fpn", "albert_base_v2"])
def test_weights_that_are_not_its_own_are_told(name: str) -> None:
    graph = archspec.compile(name)
    items = dict(graph.items())
    told = archspec.summarize(graph).rows
    shared = {path for path, item in items.items() if item.of is not None or getattr(item, "tied", None)}
    assert shared
    for row in told:
        path = row.path.split(" … ")[0]
        outermost = path in shared and not any(path.startswith(f"{other}.") for other in shared)
        assert bool(row.shares) == outermost
    picture = archspec.draw(graph, 1).mermaid()
    at_top = {row.shares for row in told if row.shares and row.depth == 0}
    assert all(f"({text})" in picture.replace("#95;", "_") for text in at_top)


def test_long_values_are_cut_for_people_alone() -> None:
    numbers = list(range(3000))
    buffer = {"buffer": {"name": "codes", "shape": [3000], "value": numbers}}
    graph = archspec.compile(
        {"archspec": 1, "name": "long", "input": [3000], "layers": [buffer, {"add": [".", "codes"]}]}
    )
    summary = archspec.summarize(graph, details=True)
    assert dict(summary.rows[0].details.arguments)["value"] == tuple(numbers)
    assert max(map(len, plain(table(summary.rows, COLUMNS)).splitlines())) < 1000
    assert max(map(len, archspec.draw(graph).mermaid().splitlines())) < 300


def test_buffers_are_counted_apart() -> None:
    summary = archspec.summarize(archspec.compile(network("layers: [norm]\n")))
    assert (summary.params, summary.buffers) == (6, 7)


def test_symbolic_sizes_stay_symbols() -> None:
    text = network("layers: [conv: {kernel: 3, stride: 2, channels: 4, bias: false}]\n").replace("32, 32", "H, W")
    summary = archspec.summarize(archspec.compile(text))
    assert str(summary.rows[0].shape[1]) == "⌈H/2⌉"
    assert summary.params == 108
    assert "⌈H/2⌉" in str(summary)


def test_several_inputs_and_outputs() -> None:
    summary = archspec.summarize(archspec.compile("nerf"))
    assert summary.inputs == {"position": (63,), "direction": (27,)}
    assert summary.outputs == {"rgb": (3,), "density": (1,)}
    assert str(summary).splitlines()[-1] == "595,844 parameters, 593,408 MACs, 63 and 27 → 3 and 1"


def test_scopes_in_scopes_take_no_longer_than_their_number_asks_for() -> None:
    inner: list[Any] = ["conv"]
    for _ in range(20):
        inner = [{"seq": {"name": "a", "layers": ["norm"]}}, {"seq": {"name": "b", "layers": inner}}]
    found = archspec.summarize(
        archspec.compile({"archspec": 1, "name": "deep", "input": [3, 8, 8], "norm": "batch", "layers": inner})
    )
    assert len(found.rows) == 20 * 3 + 1
