from __future__ import annotations

from typing import Any

import pytest

import archspec
from archspec.graph import Graph, Node, Scope, Value
from archspec.types import Stride, TensorType
from tests.tensors import image

SPEC = """
archspec: 1
name: demo
params: {classes: 10}
input: [3, 32, 32]
norm: batch
act: relu
stem:
  - conv: {name: trunk.conv, channels: 8, kernel: 3}
  - scale: {name: gamma}
stages:
  - {block: basic, depth: 2, channels: 8}
  - {name: trunk.deep, block: basic, depth: 1, channels: 16, stride: 2}
head:
  - seq:
      name: neck
      layers:
        - conv: {name: lateral, from: stage1, channels: 4}
        - upsample: {like: input}
  - concat: [., trunk.conv]
  - global_pool
  - linear: {name: fc, features: $classes, init: {bias: zeros}}
outputs: {logits: fc, middle: neck.lateral}
"""


@pytest.fixture(scope="module")
def graph() -> Graph:
    return archspec.compile(SPEC)


def tree(scope: Scope, prefix: str = "") -> dict[str, Scope]:
    """All scopes by path."""
    found = {}
    for item in scope.body:
        if isinstance(item, Scope):
            found[prefix + item.name] = item
            found |= tree(item, f"{prefix}{item.name}.")
    return found


def test_nodes_come_in_the_order_in_which_they_run(graph: Graph) -> None:
    paths = [path for path, _ in graph.nodes()]
    assert paths[:3] == ["trunk.conv", "gamma", "stage1.0.conv1"]
    assert paths[-5:] == ["neck.lateral", "neck.1", "concat", "global_pool", "fc"]
    assert len(paths) == len(set(paths))
    done = set(graph.inputs.values())
    for path, node in graph.nodes():
        assert done >= set(node.inputs), path
        done.add(node.output)
    assert done >= set(graph.outputs.values())


def test_weights_come_in_the_order_of_state_dict(graph: Graph) -> None:
    """A scope's own parameters first, and a container where it is first named, with all that it holds."""
    keys = [key for key, _ in graph.weights()]
    assert keys[:4] == ["gamma", "trunk.conv.weight", "trunk.conv.bias", "trunk.deep.0.conv1.weight"]
    assert keys[-4:] == ["neck.lateral.weight", "neck.lateral.bias", "fc.weight", "fc.bias"]
    assert keys.index("trunk.deep.0.downsample.1.num_batches_tracked") < keys.index("stage1.0.conv1.weight")


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "bfloat16"])
def test_weights_have_the_type_of_the_input_but_for_those_that_count(dtype: str) -> None:
    layers = "[conv: 4, norm: batch, scale]"
    spec = f"archspec: 1\ninput: {{channels: 3, size: [8, 8], dtype: {dtype}}}\nlayers: {layers}\n"
    found = archspec.compile(spec).weights()
    assert {weight.dtype for key, weight in found if "tracked" not in key} == {dtype}
    assert [weight.dtype for key, weight in found if "tracked" in key] == ["int64"]


def test_counts(graph: Graph) -> None:
    weights = dict(graph.weights())
    assert graph.parameter_count == sum(w.numel for w in weights.values() if w.trainable)
    assert weights["fc.weight"].numel == 120
    # nothing takes what the last stage gives
    running = [node for path, node in graph.nodes() if not path.startswith("trunk.deep.")]
    assert graph.macs == sum(node.macs for node in running)
    values = [node.output.type for node in running]
    assert (
        graph.activations
        == sum(4 * kind.channels * kind.size[0] ** 2 for kind in values if kind and kind.size) + 4 * 22
    )
    # the stem, two convolutions of each block of the first stage, the lateral one, the linear layer
    assert graph.depth == 1 + 4 + 1 + 1


def test_depth_is_that_of_the_longest_path(graph: Graph) -> None:
    assert archspec.compile("resnet50").depth == 50
    assert archspec.compile("resnet18").depth == 18
    assert archspec.compile("vgg16").depth == 16


def test_inputs_outputs_and_levels(graph: Graph) -> None:
    assert {name: value.type for name, value in graph.inputs.items()} == {"input": image(3, 32, 32)}
    assert {name: str(value.type) for name, value in graph.outputs.items()} == {"logits": "10", "middle": "4 × 32 × 32"}
    assert not graph.single
    assert graph.params == {"classes": 10}
    levels = {level.name: level.value.type for level in graph.levels}
    assert {name: str(kind) for name, kind in levels.items()} == {"stage1": "8 × 32 × 32", "trunk.deep": "16 × 16 × 16"}
    assert [kind.stride.factors for kind in levels.values() if kind] == [(1, 1), (2, 2)]


def test_values_are_passed_along_the_modules_between(graph: Graph) -> None:
    scopes = tree(graph.root)
    neck, stage = scopes["neck"], scopes["stage1"]
    (first,) = neck.inputs
    assert first is scopes["trunk.deep"].output
    assert list(neck.captures) == [stage.output, graph.inputs["input"]]
    assert list(neck.exports) == [graph.outputs["middle"]]
    assert not stage.captures
    assert not stage.exports
    assert not graph.root.captures


def test_a_value_deep_inside_leaves_every_scope_around_it() -> None:
    layers = (
        "[seq: {name: a, layers: [seq: {name: b, layers: [conv: {name: c}, act: relu]}, act: relu]}, {add: [., a.b.c]}]"
    )
    scopes = tree((found := archspec.compile(f"archspec: 1\nname: x\ninput: [3, 8]\nlayers: {layers}\n")).root)
    nodes = dict(found.nodes())
    assert list(scopes["a.b"].exports) == list(scopes["a"].exports) == [nodes["a.b.c"].output]
    assert not scopes["a"].captures


def test_receive_passes_a_value_once() -> None:
    x = Value(image(3, 8), None)
    root = Scope("", "network", (x,))
    x.scope = root
    left, right = Scope("left", "seq", (x,), root), Scope("right", "seq", (x,), root)
    inner = Scope("inner", "seq", (x,), left)
    made, other = Value(image(4, 8), inner), Value(image(4, 8), inner)
    inner.output = made
    for _ in range(2):
        assert right.receive(made) is made
        assert right.receive(other) is other
        assert right.receive(x) is x
    assert list(inner.exports) == [other]
    assert list(left.exports) == [made, other]
    assert list(right.captures) == [made, other]
    assert not root.exports
    assert not root.captures


def variant(old: str, new: str) -> str:
    assert old in SPEC
    return archspec.compile(SPEC.replace(old, new)).fingerprint


def test_the_fingerprint_is_that_of_the_architecture(graph: Graph) -> None:
    mine = graph.fingerprint
    assert mine == archspec.compile(SPEC).fingerprint
    written_out = """  - stage:
      name: stage1
      layers:
        - basic: 8
        - basic: {channels: 8, stride: 1}
"""
    stages = "stages:\n  - {block: basic, depth: 2, channels: 8}\n"
    for old, new in [
        ("name: demo", "name: other\ndescription: something else"),
        ("{classes: 10}", "{number: 10}\n# a comment"),
        ("kernel: 3}", "kernel: 3, stride: 1}"),
        (stages, written_out + "stages:\n"),
        ("classes: 10}\n", "classes: 5}\nbudget: {params: 1000000}\n"),
    ]:
        text = SPEC.replace(old, new).replace("$classes", "10")
        assert archspec.compile(text).fingerprint == mine, new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[3, 32, 32]", "[3, 34, 32]"),
        ("{classes: 10}", "{classes: 11}"),
        ("name: gamma", "name: delta"),
        ("act: relu", "act: gelu"),
        ("norm: batch", "norm: {type: batch, momentum: 0.2}"),
        ("init: {bias: zeros}", "init: {bias: ones}"),
        ("name: gamma", "name: gamma, init: 0.5"),
        ("concat: [., trunk.conv]", "concat: [trunk.conv, .]"),
        ("middle: neck", "center: neck"),
        ("outputs: {logits: fc, middle: neck.lateral}", ""),
        ("depth: 2", "depth: 3"),
    ],
)
def test_another_architecture_has_another_fingerprint(graph: Graph, old: str, new: str) -> None:
    assert variant(old, new) != graph.fingerprint


def test_printed(graph: Graph) -> None:
    lines = str(graph).splitlines()
    assert lines[:4] == [
        "demo(classes=10)",
        "input: 3 × 32 × 32",
        "trunk.conv: conv(channels=8, kernel=3) → 8 × 32 × 32",
        "gamma: scale → 8 × 32 × 32",
    ]
    assert "    downsample: shortcut ← stage1.1.act_2  # stride 2, 8 → 16 channels" in lines
    assert "  1: upsample(like=input) ← neck.lateral, input → 4 × 32 × 32" in lines
    assert lines[-3:] == ["fc: linear(features=10) → 10 bias~zeros", "logits = fc", "middle = neck.lateral"]
    assert str(graph) == str(archspec.compile(SPEC))


@pytest.mark.parametrize(
    ("kind", "shape", "text"),
    [
        (TensorType(3, (4, 5), "channels_first"), (3, 4, 5), "3 × 4 × 5"),
        (TensorType(3, (4, 5)), (4, 5, 3), "4 × 5 × 3"),
        (TensorType(3), (3,), "3"),
        (TensorType(0, (7,), dtype="int64", vocab=10), (7,), "7"),
    ],
)
def test_types_have_their_axes_in_order(kind: TensorType, shape: tuple[int, ...], text: str) -> None:
    assert kind.shape == shape
    assert str(kind) == text
    assert kind.is_vector == (not kind.size)


def test_strides_compare_where_they_have_an_origin_in_common() -> None:
    start = Stride((1, 1))
    down = start.times((2, 4))
    assert down.over(start) == (2, 4)
    assert down.times((2, 1)).over(down) == (2, 1)
    assert start.times((1, 1)) is start
    assert Stride.hidden(2).over(start) is None
    assert Stride((1,)).over(start) is None


def test_values_nodes_and_scopes_are_themselves(graph: Graph) -> None:
    """They compare by identity: two convolutions with equal arguments are two."""
    convolutions: list[Any] = [item for item in graph.root.body if isinstance(item, Node)]
    assert len({*convolutions, *convolutions}) == len(convolutions)
    assert Value(image(3), None) != Value(image(3), None)
