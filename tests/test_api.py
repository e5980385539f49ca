"""The public functions, and what the modules they build must bear: copies, tracers, compilers, exporters, depth."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

import archspec

SMALL = """\
archspec: 1
name: small
input: [3, 8, 8]
norm: batch
act: relu
layers: [conv_norm_act: 4, flatten, linear: 5]
"""
# networks with captures, several outputs, parameters of scopes, and several inputs
NETWORKS = {"resnet18": 32, "resnet50_fpn": 64, "deit_tiny_patch16_224": None, "mlp_residual": None, "nerf": None}


def values(graph: archspec.Graph, batch: int = 2) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    kinds = [value.type for value in graph.inputs.values()]
    return [torch.randn(batch, *kind.shape, generator=generator) for kind in kinds if kind]


def flat(output: Any) -> torch.Tensor:
    found = output.values() if isinstance(output, dict) else [output]
    return torch.cat([value.flatten() for value in found])


class TestLoad:
    def test_from_anything(self, tmp_path: Path) -> None:
        path = tmp_path / "small.yaml"
        path.write_text(SMALL, encoding="utf-8")
        mapping = {"archspec": 1, "name": "small", "input": [3, 8, 8], "layers": ["flatten", {"linear": 5}]}
        for spec in (SMALL, path, str(path), mapping, "resnet18"):
            assert archspec.load(spec).name in ("small", "resnet18")

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


class TestBuild:
    def test_the_same_seed_gives_the_same_weights(self) -> None:
        one, two = (archspec.build(SMALL, seed=3).state_dict() for _ in range(2))
        other = archspec.build(SMALL, seed=4).state_dict()
        assert all(torch.equal(one[key], two[key]) for key in one)
        assert not torch.equal(one["linear.weight"], other["linear.weight"])

    def test_weights_do_not_depend_on_what_else_is_there(self) -> None:
        more = SMALL.replace("[conv_norm_act: 4,", "[identity, conv_norm_act: {channels: 4, kernel: 1}, act,")
        one, two = archspec.build(SMALL, seed=3).state_dict(), archspec.build(more, seed=3).state_dict()
        assert all(torch.equal(one[key], two[key]) for key in one)

    def test_without_a_seed_torchs_own_counts(self) -> None:
        torch.manual_seed(5)
        one = archspec.build(SMALL).state_dict()
        torch.manual_seed(5)
        two = archspec.build(SMALL).state_dict()
        assert torch.equal(one["linear.weight"], two["linear.weight"])
        assert not torch.equal(one["linear.weight"], archspec.build(SMALL).state_dict()["linear.weight"])

    def test_weights_start_as_torch_starts_them(self) -> None:
        model = archspec.build("resnet18", seed=0)
        assert isinstance(model.fc, nn.Linear)
        bound = model.fc.in_features**-0.5
        assert 0.95 * bound < model.fc.weight.abs().max() <= bound
        assert 0.95 < model.fc.weight.std() / (bound / 3**0.5) < 1.05
        assert torch.equal(model.bn1.running_var, torch.ones(64))
        assert torch.equal(model.bn1.weight, torch.ones(64))

    def test_initializers_of_the_spec(self) -> None:
        init = "init: {linear: {weight: {normal: {std: 0.5}}, bias: ones}}\n"
        model = archspec.build(SMALL + init, seed=0)
        assert 0.45 < model.linear.weight.std() < 0.55
        assert torch.equal(model.linear.bias, torch.ones(5))

    def test_on_meta_there_is_no_memory(self) -> None:
        model = archspec.build("resnet50", device="meta")
        assert all(value.is_meta for value in model.state_dict().values())

    def test_in_the_dtype_of_the_input(self) -> None:
        model = archspec.build("archspec: 1\ninput: {channels: 3, dtype: float64}\nlayers: [linear: 2]\n")
        assert model(torch.zeros(1, 3, dtype=torch.float64)).dtype == torch.float64

    def test_children_are_reached_by_number_and_name(self) -> None:
        model = archspec.build("resnet18", device="meta")
        assert model.layer1[0].conv1 is model.get_submodule("layer1.0.conv1")

    def test_inputs_by_position_and_name(self) -> None:
        graph = archspec.compile("nerf")
        model = archspec.build(graph, seed=0)
        given = values(graph)
        assert torch.equal(flat(model(*given)), flat(model(**dict(zip(graph.inputs, given, strict=True)))))


@pytest.mark.parametrize("name", NETWORKS)
class TestModule:
    @pytest.fixture
    def network(self, name: str) -> tuple[nn.Module, list[torch.Tensor]]:
        graph = archspec.compile(name, input_size=NETWORKS[name])
        return archspec.build(graph, seed=0).eval(), values(graph)

    def test_copies(self, network: tuple[nn.Module, list[torch.Tensor]]) -> None:
        model, given = network
        for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
            assert torch.equal(flat(other(*given)), flat(model(*given)))

    def test_fx(self, network: tuple[nn.Module, list[torch.Tensor]]) -> None:
        model, given = network
        assert torch.equal(flat(torch.fx.symbolic_trace(model)(*given)), flat(model(*given)))

    def test_compile(self, network: tuple[nn.Module, list[torch.Tensor]]) -> None:
        model, given = network
        torch._dynamo.reset()
        compiled = torch.compile(model, fullgraph=True, backend="eager")
        torch.testing.assert_close(flat(compiled(*given)), flat(model(*given)))

    def test_export(self, network: tuple[nn.Module, list[torch.Tensor]]) -> None:
        model, given = network
        exported = torch.export.export(model, tuple(given)).module()
        torch.testing.assert_close(flat(exported(*given)), flat(model(*given)))


def test_blocks_and_stages_are_modules_of_their_own() -> None:
    graph = archspec.compile("resnet18", input_size=32)
    model = archspec.build(graph, seed=0)
    (given,) = values(graph)
    seen: list[tuple[int, ...]] = []
    model.layer2[0].register_forward_hook(lambda module, args, output: seen.append(tuple(output.shape)))
    model(given)
    assert seen == [(2, 128, 4, 4)]
    maps = torch.randn(2, 64, 8, 8, requires_grad=True)
    plain, saved = model.layer1(maps), checkpoint(model.layer1, maps, use_reentrant=False)
    torch.testing.assert_close(plain, saved)
    assert torch.fx.symbolic_trace(model.layer1)(maps).shape == plain.shape


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
