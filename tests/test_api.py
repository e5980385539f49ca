"""The public functions, and a network as deep as any."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import torch

import archspec

SMALL = """\
archspec: 1
name: small
input: [3, 8, 8]
norm: batch
act: relu
layers: [conv_norm_act: 4, flatten, linear: 5]
"""


def test_a_budget_holds_when_building() -> None:
    with pytest.raises(archspec.SpecError) as raised:
        archspec.build(SMALL + "budget: {params: 100}\n", device="meta")
    assert [found.code for found in raised.value.diagnostics] == ["A601"]
    spec = archspec.load(SMALL + "budget: {params: 2000}\n")
    archspec.build(spec, device="meta")


class TestLoad:
    def test_from_anything(self, tmp_path: Path) -> None:
        path = tmp_path / "small.yaml"
        path.write_text(SMALL, encoding="utf-8")
        mapping = {"archspec": 1, "name": "small", "input": [3, 8, 8], "layers": ["flatten", {"linear": 5}]}
        notation = tmp_path / "small.json"
        notation.write_text(json.dumps(mapping), encoding="utf-8")
        line = json.dumps({**mapping, "$schema": "https://example.org/archspec.json"})
        for spec in (SMALL, path, str(path), notation, str(notation), mapping, MappingProxyType(mapping), line):
            assert archspec.load(spec).name == "small"
        assert archspec.load("resnet18").name == "resnet18"
        assert archspec.load("{archspec: 1, input: [4], layers: [linear: 2]}").name == "text"

    @pytest.mark.parametrize("spec", [None, 3, b"archspec: 1\n", ["conv"], {1: 2}, {"params": {True: 2}}, {"a": {3}}])
    def test_what_is_no_spec(self, spec: Any) -> None:
        with pytest.raises(archspec.UsageError):
            archspec.load(spec)

    def test_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(archspec.SpecError, match=r"A112.*No such file") as error:
            archspec.load(tmp_path / "small.yaml")
        assert [d.code for d in error.value.diagnostics] == ["A112"]

    def test_all_findings_at_once(self) -> None:
        text = SMALL.replace("act: relu", "act: relux").replace("linear: 5", "linear: {feature: 5}")
        with pytest.raises(archspec.SpecError) as error:
            archspec.load(text)
        assert sorted(d.code for d in error.value.diagnostics) == ["A201", "A203"]
        assert "<text>:5:6" in str(error.value)

    def test_a_name_that_is_not_there(self) -> None:
        with pytest.raises(archspec.UsageError, match="did you mean `resnet50`"):
            archspec.load("resnet5O")

    def test_a_parameter_that_is_not_there(self) -> None:
        with pytest.raises(archspec.UsageError, match="did you mean `classes`"):
            archspec.compile("resnet18", params={"clases": 3})

    @pytest.mark.parametrize("params", [{3: 4}, [("classes", 3)], "classes=3"])
    def test_parameters_that_are_no_mapping_from_names(self, params: Any) -> None:
        with pytest.raises(archspec.UsageError, match=r"parameter `3`|`params` must be a mapping"):
            archspec.compile("resnet18", params=params)

    def test_the_values_of_parameters(self) -> None:
        text = 'archspec: 1\ninput: [4]\nparams: {w: [1, 2], x: 1}\nlayers: [linear: "$(w[0])", dropout: $(x * 0)]\n'
        graph = archspec.compile(text, {"w": [np.int64(7), (2, "a")], "x": np.float32(0.5)})
        assert graph.params == {"w": (7, (2, "a")), "x": 0.5}
        assert [type(value) for value in (graph.params["w"][0], graph.params["x"])] == [int, float]
        for odd in (float("nan"), float("inf"), {"a": 1}, object(), [float("nan")]):
            with pytest.raises(archspec.UsageError, match="`x`"):
                archspec.compile(text, {"x": odd})

    @pytest.mark.parametrize("size", [0, -1, 1.5, "16", True, [16], [16, 0], [16, 16.0], {"H": 0}, {"H": "16"}])
    def test_sizes_that_are_none(self, size: Any) -> None:
        with pytest.raises(archspec.UsageError, match="input_size"):
            archspec.compile(SMALL, input_size=size)

    def test_the_names_of_sizes(self) -> None:
        layers = "layers: [linear: {features: 1, from: c}]\n"
        text = "archspec: 1\ninputs: {a: [3, Height], b: [3, Height, 4], c: [2]}\n" + layers
        assert archspec.compile(text, input_size={"Height": 8}).inputs["b"].type.shape == (3, 8, 4)
        for size, hint in (({"Hieght": 8}, "did you mean `Height`"), ({"Height": 8, "W": 8}, "it has `Height`")):
            with pytest.raises(archspec.UsageError, match=hint):
                archspec.compile(text, input_size=size)
        with pytest.raises(archspec.UsageError, match="give plain numbers"):
            archspec.compile(SMALL, input_size={"H": 16})


@pytest.mark.parametrize("given", [{"params": {"classes": 3}}, {"input_size": 16}, {"features": True}])
def test_a_graph_cannot_be_asked_for_something_else(given: dict[str, Any], tmp_path: Path) -> None:
    """It is compiled already: what were left aside in silence would be missed in the network."""
    graph = archspec.compile(SMALL)
    calls: list[Callable[..., Any]] = [
        archspec.build,
        partial(archspec.save_pretrained, archspec.build(graph), tmp_path),
    ]
    calls += [] if "features" in given else [archspec.resolve, partial(archspec.check_weights, path=tmp_path)]
    for call in calls:
        with pytest.raises(archspec.UsageError, match=f"`{next(iter(given))}` to `compile`"):
            call(spec=graph, **given)


@pytest.mark.parametrize("seed", ["0", 1.0, [1]])
def test_a_seed_is_an_integer(seed: Any) -> None:
    with pytest.raises(archspec.UsageError, match="`seed` must be an integer"):
        archspec.build(SMALL, seed=seed)
    weights = [archspec.build(SMALL, seed=s).linear.weight for s in (1, np.int64(1), torch.tensor(1))]
    assert all(torch.equal(weight, weights[0]) for weight in weights)


def test_what_a_notebook_shows_is_short() -> None:
    spec = archspec.load("resnet18")
    graph = archspec.compile(spec)
    conv1, *_, layer4, _, fc = graph.root.body
    assert (repr(spec), repr(graph)) == ("Spec('resnet18')", "Graph('resnet18')")
    assert [repr(item) for item in (conv1, layer4, fc)] == [
        "Node('conv1', 'conv')", "Scope('layer4', 'stage')", "Node('fc', 'linear')",
    ]  # fmt: skip


def test_ten_thousand_blocks() -> None:
    text = (
        "archspec: 1\nname: deep\ninput: [4]\nnorm: layer\nact: relu\n"
        "stages:\n  - {block: mlp_residual, depth: 10000, hidden_channels: 4}\n"
    )
    assert archspec.validate(text) == []
    graph = archspec.compile(text)
    model = archspec.build(graph, seed=0)
    assert [key for key, _ in graph.weights()] == list(model.state_dict())
    with torch.no_grad():
        assert model(torch.zeros(1, 4)).shape == (1, 4)
    assert archspec.summarize(graph).rows[1].times == 10_000
