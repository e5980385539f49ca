"""What the ops lower to: their values, shapes and costs."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, fx, nn
from torch.export import Dim
from torch.utils.flop_counter import FlopCounterMode

import archspec
from tests.plugins.modules import GlobalResponseNorm, NeighborhoodAttention, PerAxis
from tests.sentences.case import full

NETWORK = """
input: [4, 10, 9]
layers:
  - global_response_norm
  - rearrange: n c h w -> n h w c
  - neighborhood_attention: {heads: 2, kernel: [4, 3], name: attn}
  - global_response_norm
  - global_pool
"""


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


@pytest.mark.parametrize("kernel", [(3, 3), (5, 3), (4, 1)])
@pytest.mark.parametrize("size", [(8, 6), (5, 7), (5, 3)])
@torch.no_grad()
def test_attention_is_that_of_the_paper(size: PerAxis, kernel: PerAxis) -> None:
    module = NeighborhoodAttention(8, 2, kernel, 0.0, 0.0)
    x = torch.randn(2, *size, 8)
    q, k, v = module.qkv(x).unflatten(-1, (3, 2, 4)).unbind(-3)
    y = torch.empty(2, *size, 2, 4)
    for i in range(size[0]):
        for j in range(size[1]):
            top = min(max(i - kernel[0] // 2, 0), size[0] - kernel[0])
            left = min(max(j - kernel[1] // 2, 0), size[1] - kernel[1])
            near = [(a, b) for a in range(top, top + kernel[0]) for b in range(left, left + kernel[1])]
            bias = torch.stack([module.rpb[:, a - i + kernel[0] - 1, b - j + kernel[1] - 1] for a, b in near], -1)
            keys, values = (torch.stack([of[:, a, b] for a, b in near], 2) for of in (k, v))
            shares = ((q[:, i, j, :, None] * keys).sum(-1) / 2 + bias).softmax(-1)
            y[:, i, j] = (shares[..., None] * values).sum(2)
    torch.testing.assert_close(module(x), module.proj(y.flatten(-2)))


@pytest.mark.parametrize("size", [(7,), (5, 6), (3, 4, 2)])
def test_response_norm_is_that_of_the_paper(size: tuple[int, ...]) -> None:
    first = GlobalResponseNorm(8, len(size), channels_first=True, eps=1e-3)
    last = GlobalResponseNorm(8, len(size), channels_first=False, eps=1e-3)
    x = torch.randn(2, 8, *size)
    assert torch.equal(first(x), x), "it starts as the identity"
    nn.init.normal_(first.weight)
    nn.init.normal_(first.bias)
    last.load_state_dict(first.state_dict())
    norms = x.flatten(2).square().sum(2).sqrt()
    share = (norms / (norms.mean(1, keepdim=True) + 1e-3)).view(2, 8, *(1,) * len(size))
    weight, bias = (p.view(8, *(1,) * len(size)) for p in (first.weight, first.bias))
    expected = weight * (x * share) + bias + x
    torch.testing.assert_close(first(x), expected)
    torch.testing.assert_close(last(x.movedim(1, -1)).movedim(-1, 1), expected)


@pytest.mark.parametrize("node", ["global_response_norm", "neighborhood_attention: {heads: 2, kernel: [4, 3]}"])
@pytest.mark.parametrize("size", [(8, 6), (5, 7), (4, 3)])
def test_shape_and_cost_are_those_of_torch(node: str, size: PerAxis) -> None:
    graph = archspec.compile(
        full(f"input: {{channels: 4, size: {list(size)}, layout: channels_last}}\nlayers: [{node}]")
    )
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        y = archspec.build(graph, seed=0)(torch.randn(1, *size, 4))
    assert tuple(y.shape) == (1, *size, 4)
    assert counter.get_total_flops() == 2 * graph.macs


def test_cost_is_a_formula_where_sizes_are_symbolic() -> None:
    text = full("input: [4, H, W]\nlayers: [rearrange: n c h w -> n h w c, neighborhood_attention: 2]")
    assert str(archspec.compile(text).macs) == "456*H*W"
    assert archspec.compile(text, input_size=(10, 20)).macs == 456 * 10 * 20


TRACES: dict[str, Callable[[nn.Module, Tensor], Any]] = {
    "deepcopy": lambda network, _: copy.deepcopy(network),
    "pickle": lambda network, _: pickle.loads(pickle.dumps(network)),
    "fx": lambda network, _: fx.symbolic_trace(network),
    "compile": lambda network, _: torch.compile(network, fullgraph=True, backend="eager"),
    "export": lambda network, x: torch.export.export(network, (x,), dynamic_shapes=({0: Dim("batch")},)).module(),
}


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES)
@torch.no_grad()
def test_a_network_with_both_can_be_traced(trace: Callable[[nn.Module, Tensor], Any]) -> None:
    network = archspec.build(full(NETWORK), seed=0).eval()
    x = torch.randn(2, 4, 10, 9)
    traced = trace(network, x)
    for batch in (x, x[:1], torch.randn(5, 4, 10, 9)):
        assert torch.equal(traced(batch), network(batch))


def test_weights_are_seeded_by_their_keys() -> None:
    once, again, other = (archspec.build(full(NETWORK), seed=seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(once[key], again[key]) for key in once)
    for name in ("rpb", "qkv.weight", "proj.bias"):
        assert not torch.equal(once[f"attn.{name}"], other[f"attn.{name}"])


def test_init_reaches_the_weights_of_a_plugin() -> None:
    text = full(NETWORK + "init: {neighborhood_attention: {qkv.weight: zeros, proj.bias: {constant: 3}}}")
    module = archspec.build(text, seed=0).attn
    assert not module.qkv.weight.any()
    assert (module.proj.bias == 3).all()
    assert 0.015 < module.rpb.std() < 0.025
