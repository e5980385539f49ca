"""A fingerprint is the same however a network is written, and another for every other network."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import archspec
from archspec.diagnostics import Collector
from archspec.graph import Graph
from archspec.language.bundled_files import bundled
from archspec.source import plain, read_text

OPS = sorted((Path(__file__).parent.parent / "ops" / "cases").glob("*.yaml"))
IN_ORDER = {"params", "inputs", "outputs", "branches"}
"""Mappings whose order says something."""

SPEC = """\
archspec: 1
name: demo
reference: nobody
params: {classes: 10, width: 8}
input: [3, 32, 32]
norm: batch
act: relu
init: {linear: {bias: zeros}}
layers:
  - conv: {name: stem, channels: $width, kernel: 3}
  - basic: {name: block, channels: 16, stride: 2, drop_path: 0.1}
  - mlp_head: {name: head, classes: $classes}
blocks:
  mlp_head:
    params: {classes: int}
    layers:
      - global_pool
      - norm: {type: layer, name: norm}
      - act
      - dropout: 0
      - linear: {name: fc, features: $classes}
"""


def fingerprint(spec: Any) -> str:
    return archspec.compile(spec).fingerprint


def tree_of(text: str) -> Any:
    _, tree = read_text(text, "text", Collector())
    assert tree is not None
    return plain(tree)


def shuffled(value: Any, key: str = "") -> Any:
    if isinstance(value, list):
        return [shuffled(item, key) for item in value]
    if not isinstance(value, dict):
        return value
    keys = list(value)
    if key not in IN_ORDER:
        random.Random(0).shuffle(keys)
    return {name: shuffled(value[name], name) for name in keys}


@pytest.mark.parametrize("name", ["resnet18", "convnext_tiny", "unet", "bert_base", "shufflenet_v2_x1_0", "vit_b_16"])
def test_formatting_and_the_order_of_keys_are_nothing(name: str) -> None:
    mine = fingerprint(name)
    tree = tree_of(bundled(name).read_text(encoding="utf-8"))
    assert fingerprint(shuffled(tree)) == mine
    assert fingerprint("# a comment\n" + json.dumps(tree, indent=7).replace("\n", "  # another\n")) == mine


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("name: demo\nreference: nobody", "name: other\ndescription: words"),
        ("classes: 10, width: 8", "width: 8, classes: $(5 + 5)"),
        ("channels: $width", "channels: 8, stride: [1, 1], padding: 1, dilation: 1, groups: 1"),
        ("norm: batch\n", "norm: {type: batch, eps: 1e-5, momentum: 0.1, affine: true}\n"),
        ("type: layer, name: norm", "type: layer, name: norm, eps: 0.00001"),
        ("dropout: 0", "dropout: {p: 0.0, name: anything}"),
        ("      - act\n", "      - act: {name: anything, type: relu}\n"),
        ("      - global_pool", "      - act: {name: x, when: $(1 > 2)}\n      - global_pool: avg"),
    ],
)  # fmt: skip
def test_it_is_the_same_for_the_same_network(old: str, new: str) -> None:
    assert old in SPEC
    assert fingerprint(SPEC.replace(old, new)) == fingerprint(SPEC)


def test_blocks_written_out_and_put_together() -> None:
    inlined = SPEC.replace(
        "  - mlp_head: {name: head, classes: $classes}",
        "  - seq: {name: head, layers: [global_pool, norm: {type: layer, name: norm}, act, dropout: 0, "
        "linear: {name: fc, features: $classes}]}",
    )
    assert inlined != SPEC
    assert fingerprint(inlined) == fingerprint(SPEC)
    whole = archspec.resolve(SPEC)
    assert "mlp_head" not in whole
    assert fingerprint(whole) == fingerprint(SPEC)
    stage = SPEC.replace(
        "- basic: {name: block, channels: 16, stride: 2, drop_path: 0.1}",
        "- stage: {name: s, names: block, block: basic, channels: 16, stride: 2, drop_path: 0.1}",
    )
    block = SPEC.replace(
        "- basic: {name: block, channels: 16, stride: 2, drop_path: 0.1}",
        "- seq: {name: s, layers: [basic: {name: block, channels: 16, stride: 2, drop_path: 0.1}]}",
    )
    assert fingerprint(stage) == fingerprint(block) != fingerprint(SPEC)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("classes: 10", "classes: 11"),
        ("input: [3, 32, 32]", "input: [3, 32, 34]"),
        ("input: [3, 32, 32]", "input: [3, 32, W]"),
        ("input: [3, 32, 32]", "input: {channels: 3, size: [32, 32], dtype: float64}"),
        ("input: [3, 32, 32]", "inputs: {image: [3, 32, 32]}"),
        ("drop_path: 0.1", "drop_path: 0.2"),
        (", drop_path: 0.1", ""),
        ("dropout: 0", "dropout: 0.1"),
        ("      - dropout: 0\n", ""),
        ("bias: zeros", "bias: {normal: {std: 0.02}}"),
        ("name: stem", "name: root"),
        ("layers:\n  - conv", "outputs: {x: head}\nlayers:\n  - conv"),
        ("layers:\n  - conv", "outputs: {x: block}\nlayers:\n  - conv"),
    ],
)
def test_it_is_another_for_another_network(old: str, new: str) -> None:
    assert old in SPEC
    assert fingerprint(SPEC.replace(old, new)) != fingerprint(SPEC)


def test_an_initializer_with_its_defaults() -> None:
    short = SPEC.replace("bias: zeros", "bias: zeros, weight: {trunc_normal: {std: 0.02}}")
    full = SPEC.replace("bias: zeros", "weight: {trunc_normal: {b: 2, a: -2.0, std: 0.02, mean: 0}}, bias: zeros")
    other = SPEC.replace("bias: zeros", "bias: zeros, weight: {trunc_normal: {std: 0.02, b: 1}}")
    assert fingerprint(short) == fingerprint(full) != fingerprint(other)


def changed(value: Any) -> list[Any]:
    """Other values of the same kind."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value + 8]
    return [value / 2] if isinstance(value, float) else []


def mutants(value: Any) -> Iterator[Any]:
    """The tree with one number or boolean changed, for each of them."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        if key == "archspec":
            continue
        for other in [*mutants(item), *changed(item)]:
            copy = value.copy()
            copy[key] = other
            yield copy


def told_apart(graph: Graph, tree: Any) -> bool | None:
    """Whether a mutant has another fingerprint; None where it is no network."""
    try:
        return archspec.compile(tree).fingerprint != graph.fingerprint
    except archspec.SpecError:
        return None


def same(tree: Any) -> Any:
    """The tree without the arguments that have no effect where they stand."""
    if isinstance(tree, list):
        return [same(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    without = set()
    if tree.get("layers") == 1:
        without.add("dropout")  # it is between layers
    if tree.get("padding") == "same":
        without.add("ceil_mode")  # no window is incomplete
    if tree.get("frozen"):
        without.add("momentum")  # nothing is counted
    return {key: same(value) for key, value in tree.items() if key not in without}


@pytest.mark.parametrize("path", OPS, ids=lambda path: path.stem)
def test_every_argument_of_every_op_counts(path: Path) -> None:
    graph = archspec.compile(path)
    tree = tree_of(archspec.resolve(graph))
    found = [(mutant, told_apart(graph, mutant)) for mutant in mutants(tree) if same(mutant) != same(tree)]
    assert any(told for _, told in found)
    assert not [mutant for mutant, told in found if told is False]
