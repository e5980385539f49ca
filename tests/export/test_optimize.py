"""Folded networks compute what the whole ones do, with fewer operations."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

import archspec
from archspec.errors import ExportError
from archspec.export import fold_norms
from archspec.export.samples import random_inputs
from archspec.graph import Graph
from tests.export.networks import SPECS
from tests.sentences.case import full

NETWORKS = {
    "convolutions": "layers: [conv: {channels: 8, kernel: 3, groups: 2}, norm, act, conv: {bias: false}, norm]",
    "without weights": "layers: [conv: 8, norm: {affine: false, eps: 0.1}]",
    "one dimension": "input: [4, 9]\nlayers: [conv: 8, norm, basic: {channels: 6, stride: 2}]",
    "three dimensions": "input: [2, 5, 6, 7]\nlayers: [conv: 8, norm, conv: {kernel: 3, groups: depthwise}, norm]",
    "transposed": "layers: [conv_transpose: {channels: 6, kernel: 2, stride: 2, bias: false}, norm]",
    "vectors": "input: [7]\nlayers: [linear: 5, norm, act, linear: {features: 3, bias: false}, norm]",
    "channels last": "layers: [rearrange: n c h w -> n h w c, linear: 6, norm]",
    "blocks": "stages: [{block: bottleneck, depth: 2, channels: 8, stride: 2}, {block: basic, channels: 8}]",
    "several outputs": "layers: [conv: {name: a}, norm: {name: b}, conv: {name: c}]\noutputs: {x: b, y: c}",
    "an input's size": "input: [4, H, W]\nlayers: [conv: {channels: 8, kernel: 3, stride: 2}, norm, global_pool]",
}
KEPT = {
    "a convolution that something else needs": "layers: [conv: {name: a}, norm, add: [., a]]",
    "a convolution that is returned": "layers: [conv: {name: a}, norm: {name: b}]\noutputs: {x: a, y: b}",
    "a norm before its convolution": "layers: [norm, act, conv: 8]",
    "another norm": "layers: [conv: 8, norm: group, conv: 8, norm: layer]\nnorm: {type: group, groups: 2}",
    "a convolution that is tied": "layers: [conv: {name: a}, norm, conv: {tie: a}, act]",
    "a convolution that ties": "layers: [conv: {name: a}, act, conv: {tie: a}, norm]",
    "an owner of what does not run": "layers: [conv: {name: a}, norm: {name: b}, conv: {tie: a}]\noutputs: {x: b}",
    "a norm that is tied": "layers: [norm: {name: a}, conv: {channels: 4}, norm: {tie: a}]",
    "a convolution that runs twice": "layers: [conv: {name: a}, norm, reuse: a, act]",
    "a block that runs twice": "layers: [basic: {name: a, channels: 4}, reuse: a]",
    "a norm that runs twice": "layers: [conv: 4, norm: {name: a}, reuse: a]",
    "turns that share": "layers: [repeat: {times: 2, share: true, layers: [conv: 4, norm, act]}]",
    "groups that are transposed": "layers: [conv_transpose: {channels: 6, kernel: 2, groups: 2}, norm]",
}


def trained(text: str) -> tuple[Graph, nn.Module]:
    """A network whose statistics and weights are not those it began with."""
    graph = archspec.compile(full(text))
    model = archspec.build(graph, seed=0)
    source = torch.Generator().manual_seed(0)
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point():
            low = 0.5 if name.endswith("running_var") else -1.0
            tensor.uniform_(low, 1.5, generator=source)
    return graph, model


def outputs(graph: Graph, model: nn.Module) -> Iterator[Tensor]:
    sizes = {"H": 12, "W": 17}
    with torch.no_grad():
        found = model.eval()(*random_inputs(graph, 3, sizes))
    yield from [found] if graph.single else found.values()


@pytest.mark.parametrize("text", NETWORKS.values(), ids=NETWORKS)
def test_computes_the_same_with_fewer_operations(text: str) -> None:
    graph, model = trained(text)
    state = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    fingerprint = graph.fingerprint
    found = fold_norms(graph, model)
    for wanted, given in zip(outputs(graph, model), outputs(found.graph, found.model), strict=True):
        assert torch.allclose(wanted, given, rtol=1e-4, atol=1e-5)
    batch_norms = [module for module in model.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    assert found.folded == found.norms == len(batch_norms) > 0
    assert not any(isinstance(module, nn.modules.batchnorm._BatchNorm) for module in found.model.modules())
    assert all(torch.equal(tensor, model.state_dict()[key]) for key, tensor in state.items()), "the model changed"
    assert graph.fingerprint == fingerprint, "the graph changed"


def test_says_what_is_gained() -> None:
    graph, model = trained("layers: [conv: 8, norm, conv: {channels: 2, stride: 2}, norm, norm]")
    found = fold_norms(graph, model)
    assert (found.folded, found.norms, found.saved) == (2, 3, 8 * 8 * 8 + 2 * 4 * 4)
    assert str(found) == "folded 2 of 3 batch normalizations: 544 fewer multiply-adds per sample"


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_leaves_alone_what_cannot_be_folded(text: str) -> None:
    """`--optimize` folds nothing into a weight that is tied or runs twice."""
    graph, model = trained(text)
    found = fold_norms(graph, model)
    assert found.folded == found.saved == 0
    assert list(found.model.state_dict()) == list(model.state_dict())


def test_refuses_a_module_of_another_network() -> None:
    graph = archspec.compile(SPECS["vector"])
    with pytest.raises(ExportError, match="does not match `vector`"):
        fold_norms(graph, archspec.build(SPECS["image"]))
