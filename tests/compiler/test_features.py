"""Feature levels: what a network with all its outputs computes, and nothing more."""

from __future__ import annotations

import copy
import pickle
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import archspec
from archspec.errors import UsageError
from archspec.graph import Feature
from archspec.language import bundled_specs
from tests.sentences.case import full

STAGED = """
params: {classes: 3}
stem: [conv: {channels: 8, kernel: 3}]
stages:
  - {name: one, block: basic, depth: 2, channels: 8}
  - {name: two, block: basic, channels: 12, stride: 2}
  - {name: three, block: bottleneck, depth: 2, channels: 16, stride: 2}
head: [global_pool, linear: {name: fc, features: $classes}]
"""
NESTED = """
blocks:
  trunk:
    layers:
      - stage: {name: low, block: basic, channels: 6}
      - residual: {name: inner, body: [stage: {name: high, block: basic, channels: 6}]}
layers:
  - trunk: {name: body}
  - parallel: {branches: {a: [global_pool], b: [global_pool: max]}}
  - linear: 2
"""

WIRED = """
stem: [conv: {name: side, channels: 8, kernel: 3}, conv: {name: trunk, from: input, channels: 8, kernel: 3}]
stages:
  - {name: one, layers: [conv: {channels: 8, kernel: 3}]}
  - {name: two, layers: [conv: {channels: 8, stride: 2}, residual: {body: [conv: 8, mul: [., ., .]]}]}
  - {name: three, layers: [upsample: {like: side}, add: [., side, one]]}
"""


def levels(graph: archspec.Graph, x: Tensor, seed: int = 0) -> dict[str, Tensor]:
    """What hooks on the modules of the stages of the whole network see."""
    model = archspec.build(graph, seed=seed).eval()
    found: dict[str, Tensor] = {}
    for level in graph.levels:

        def keep(_: Any, __: Any, output: Any, name: str = level.name) -> None:
            found[name] = (output if isinstance(output, Tensor) else output[0]).clone()

        model.get_submodule(level.name).register_forward_hook(keep)
    with torch.no_grad():
        model(x)
    return found


@pytest.mark.parametrize("text", [STAGED, NESTED, WIRED], ids=["stages", "stages inside blocks", "references"])
def test_gives_the_outputs_of_the_stages(text: str) -> None:
    graph = archspec.compile(full(text))
    x = torch.randn(2, 4, 8, 8)
    wanted = levels(graph, x)
    for names in (True, [level.name for level in graph.levels], [graph.levels[0].name]):
        model = archspec.build(full(text), seed=0, features=names).eval()
        with torch.no_grad():
            found = model(x)
        assert list(found) == (list(wanted) if names is True else names)
        assert all(torch.equal(found[name], wanted[name]) for name in found)
        whole, state = archspec.build(graph, seed=0).state_dict(), model.state_dict()
        assert all(torch.equal(whole[key], tensor) for key, tensor in state.items())
        assert not any(key.startswith("fc.") or key.startswith("linear.") for key in state)


@pytest.mark.parametrize(
    "name", ["resnet18", "densenet121", "efficientnet_b0", "convnext_tiny", "vit_b_16", "bert_tiny"]
)
def test_of_bundled_networks(name: str) -> None:
    graph = archspec.compile(name, features=True)
    known = dict(archspec.compile(name).weights())
    kept = dict(graph.weights())
    assert kept.items() <= known.items()
    assert {*kept, *graph.left_out} == known.keys()
    assert [*kept, *graph.left_out] != list(kept), "a head is left out"
    assert all(value.type is not None for value in graph.outputs.values())


def test_every_bundled_network_with_stages_has_features() -> None:
    for name in bundled_specs():
        graph = archspec.compile(name)
        if graph.levels:
            assert list(archspec.compile(name, features=True).outputs) == [level.name for level in graph.levels]


def test_what_a_stage_takes_by_reference_is_kept_for_that_stage_alone() -> None:
    kept = {
        name: {key.partition(".")[0] for key, _ in archspec.compile(full(WIRED), features=[name]).weights()}
        for name in ("one", "two", "three")
    }
    assert kept == {"one": {"trunk", "one"}, "two": {"trunk", "one", "two"}, "three": {"side", "trunk", "one", "two"}}


def test_tells_channels_and_strides() -> None:
    model = archspec.build("resnet50", device="meta", features=["layer4", "layer2"])
    assert model.feature_info == (Feature("layer2", 512, 8), Feature("layer4", 2048, 32))
    uneven = "input: [4, 8, 8]\nstages: [{layers: [conv: {kernel: 3, stride: [2, 1]}]}]"
    assert archspec.compile(full(uneven)).levels[0].feature == Feature("stage1", 4, (2, 1))
    hidden = "layers: [rearrange: n c h w -> n (h w) c, stage: {layers: [linear: 8]}]"
    assert archspec.compile(full(hidden)).levels[0].feature == Feature("stage1", 8, None)


def test_the_module_is_one_like_any_other() -> None:
    model = archspec.build(full(STAGED), seed=0, features=True).eval()
    x = torch.randn(2, 4, 8, 8)
    with torch.no_grad():
        wanted = model(x)
        for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model)), torch.fx.symbolic_trace(model)):
            assert all(torch.equal(wanted[name], found) for name, found in other(x).items())
    assert pickle.loads(pickle.dumps(model)).feature_info == model.feature_info


def test_takes_the_weights_of_the_whole_network(tmp_path: Path) -> None:
    whole = archspec.build(full(STAGED), seed=1)
    torch.save(whole.state_dict(), tmp_path / "whole.pth")
    model = archspec.build(full(STAGED), seed=0, features=["one"], weights=tmp_path / "whole.pth")
    assert all(torch.equal(whole.state_dict()[key], tensor) for key, tensor in model.state_dict().items())
    other = archspec.build(full(STAGED.replace("name: one", "name: own")), seed=1)
    torch.save(other.state_dict(), tmp_path / "other.pth")
    with pytest.raises(archspec.WeightsError, match=r"own\.0\.conv1"):
        archspec.build(full(STAGED), features=["one"], weights=tmp_path / "other.pth")


def test_wrong_names_are_errors() -> None:
    def refused(message: str, **options: Any) -> None:
        with pytest.raises(UsageError, match=re.escape(message)):
            archspec.build(full(STAGED), device="meta", **options)

    refused("has no feature level `tow`; did you mean `two`?", features=["one", "tow"])
    refused("no feature level is selected", features=[])
    with pytest.raises(UsageError, match="has no stages"):
        archspec.compile(full("- act"), features=True)
    with pytest.raises(UsageError, match="a graph is already compiled"):
        archspec.build(archspec.compile(full(STAGED)), features=True)


SHARED = {
    "an owner": ("[conv: {name: a}, conv: {name: c, from: input, tie: a}, conv: {name: d, from: a}]", "a c"),
    "an owner in a block": (
        "[basic: {name: a, channels: 4}, basic: {name: c, channels: 4, from: input, tie: a}, act]",
        "a c",
    ),
    "an owner of an owner": (
        "[conv: {name: a}, seq: {name: b, layers: [conv: {name: x, tie: a}, conv: {name: z}]}, "
        "conv: {name: c, from: input, tie: b.x}, conv: {name: d, from: b}]",
        "a c",
    ),
    "a module": ("[conv: {name: a}, conv: {name: b}, reuse: {of: a, from: input, name: c}, add: [., b]]", "a"),
    "what is needed by what is needed": (
        "[conv: {name: a}, seq: {name: b, layers: [reuse: a, conv: {name: x}]}, "
        "conv: {name: c, from: input, tie: b.x}, conv: {name: d, from: b}]",
        "a b.x c",
    ),
}


@pytest.mark.parametrize(("layers", "modules"), SHARED.values(), ids=SHARED)
def test_keeps_what_others_share(layers: str, modules: str) -> None:
    """the fingerprint, all exports (the source calls `self.head(p4)`) and features know all three."""
    text = full(f"layers: {layers}")
    whole, model = archspec.build(text, seed=1).eval(), archspec.build(text, seed=1, features=["c"]).eval()
    keys = model.state_dict().keys()
    assert {key.partition(".")[0] for key in keys} == {name.partition(".")[0] for name in modules.split()}
    assert all(torch.equal(whole.state_dict()[key], tensor) for key, tensor in model.state_dict().items())
    assert model(torch.ones(1, 4, 8, 8))["c"].shape == (1, 4, 8, 8)
    assert archspec.compile(archspec.resolve(model.graph)).fingerprint == model.graph.fingerprint
