"""What the ops lower to: their values, shapes and costs."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import pytest
import torch
from torch import Tensor, fx, nn
from torch.export import Dim
from torch.utils.flop_counter import FlopCounterMode

import archspec
from tests.plugins.modules import GlobalResponseNorm, PerAxis, ShiftedWindowAttention
from tests.sentences.case import full

NETWORK = """
input: [4, 10, 9]
layers:
  - global_response_norm
  - rearrange: n c h w -> n h w c
  - shifted_window_attention: {heads: 2, window: [4, 3], shift: [2, 1], name: attn}
  - global_response_norm
  - global_pool
"""


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


def attention(window: PerAxis, shift: PerAxis, dropout: float = 0.0) -> ShiftedWindowAttention:
    return ShiftedWindowAttention(8, 2, window, shift, dropout, dropout)


def position_by_position(module: ShiftedWindowAttention, x: Tensor) -> Tensor:
    """The attention of (H, W, C) as the paper tells it, every pair of positions considered."""
    (height, width), (rows, columns) = module.window, module.shift
    h, w, c = x.shape
    padded = torch.zeros(-(-h // height) * height, -(-w // width) * width, c)
    padded[:h, :w] = x
    bottom, right = len(padded), len(padded[0])
    rows, columns = (rows if bottom > height else 0), (columns if right > width else 0)
    q, k, v = module.qkv(padded).unflatten(-1, (3, 2, c // 2)).unbind(-3)
    out = torch.zeros_like(padded)
    for i in range(bottom):
        for j in range(right):
            # where it stands once all is rolled, and in which window that is
            at = ((i - rows) % bottom, (j - columns) % right)
            window = (at[0] // height, at[1] // width)
            scores, values = [], []
            for y in range(window[0] * height, (window[0] + 1) * height):
                for z in range(window[1] * width, (window[1] + 1) * width):
                    there = ((y + rows) % bottom, (z + columns) % right)
                    row = (at[0] - y + height - 1) * (2 * width - 1) + at[1] - z + width - 1
                    bias = module.relative_position_bias_table[row]
                    came_around = [y >= bottom - rows, z >= right - columns]
                    strangers = came_around != [at[0] >= bottom - rows, at[1] >= right - columns]
                    scores.append((q[i, j] * k[there]).sum(-1) / (c // 2) ** 0.5 + bias - 100 * strangers)
                    values.append(v[there])
            share = torch.stack(scores).softmax(0)
            out[i, j] = module.proj((share[:, :, None] * torch.stack(values)).sum(0).flatten())
    return out[:h, :w]


WINDOWS = [((4, 3), (0, 0)), ((4, 3), (2, 1)), ((4, 3), (0, 1)), ((3, 3), (1, 2)), ((8, 8), (4, 4))]


@pytest.mark.parametrize(("window", "shift"), WINDOWS)
@pytest.mark.parametrize("size", [(8, 6), (5, 7), (3, 4), (1, 9)])
@torch.no_grad()
def test_attention_is_that_of_the_paper(window: PerAxis, shift: PerAxis, size: PerAxis) -> None:
    module = attention(window, shift)
    x = torch.randn(2, *size, 8)
    torch.testing.assert_close(module(x), torch.stack([position_by_position(module, sample) for sample in x]))


@pytest.fixture(scope="module")
def torchvision_swin() -> Any:
    """Torchvision's module, also where its compiled operators do not fit the installed torch."""
    if find_spec("torchvision") is None:
        pytest.skip("needs torchvision, which `make test` installs")
    from benchmarks._torchvision import torchvision

    return torchvision.models.swin_transformer


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize(("window", "shift"), WINDOWS)
@pytest.mark.parametrize("size", [(8, 6), (5, 7), (3, 4), (1, 9), (14, 14)])
def test_attention_equals_torchvision_bit_for_bit(
    size: PerAxis, window: PerAxis, shift: PerAxis, training: bool, torchvision_swin: Any
) -> None:
    module = attention(window, shift, dropout=0.2)
    original = torchvision_swin.ShiftedWindowAttention
    other = original(8, list(window), list(shift), 2, attention_dropout=0.2, dropout=0.2)
    assert torch.equal(module.relative_position_index, other.relative_position_index)
    assert list(module.state_dict()) == list(other.state_dict())
    other.load_state_dict(module.state_dict())
    x = torch.randn(2, *size, 8)

    def outcome(of: nn.Module) -> list[Tensor]:
        torch.manual_seed(1)
        y = of.train(training)(x)
        return [y, *torch.autograd.grad(y.square().sum(), list(of.parameters()))]

    for ours, theirs in zip(outcome(module), outcome(other), strict=True):
        assert torch.equal(ours, theirs)


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


@pytest.mark.parametrize("node", ["global_response_norm", "shifted_window_attention: {heads: 2, window: [4, 3]}"])
@pytest.mark.parametrize("size", [(8, 6), (5, 7), (1, 1)])
def test_shape_and_cost_are_those_of_torch(node: str, size: PerAxis) -> None:
    graph = archspec.compile(
        full(f"input: {{channels: 4, size: {list(size)}, layout: channels_last}}\nlayers: [{node}]")
    )
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        y = archspec.build(graph, seed=0)(torch.randn(1, *size, 4))
    assert tuple(y.shape) == (1, *size, 4)
    assert counter.get_total_flops() == 2 * graph.macs


def test_cost_is_a_formula_where_sizes_are_symbolic() -> None:
    text = full("input: [4, H, W]\nlayers: [rearrange: n c h w -> n h w c, shifted_window_attention: 2]")
    assert str(archspec.compile(text).macs) == "22344*⌈H/7⌉*⌈W/7⌉"
    assert archspec.compile(text, input_size=(10, 20)).macs == 22344 * 2 * 3


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
    for name in ("relative_position_bias_table", "qkv.weight", "proj.bias"):
        assert not torch.equal(once[f"attn.{name}"], other[f"attn.{name}"])


def test_the_index_comes_back_where_a_network_left_the_meta_device() -> None:
    kept = archspec.build(full(NETWORK), seed=0).attn
    module = archspec.build(full(NETWORK), device="meta").attn.to_empty(device="cpu")
    module.relative_position_index.zero_()
    module.reset_parameters()
    assert torch.equal(module.relative_position_index, kept.relative_position_index)


def test_init_reaches_the_weights_of_a_plugin() -> None:
    text = full(NETWORK + "init: {shifted_window_attention: {qkv.weight: zeros, proj.bias: {constant: 3}}}")
    module = archspec.build(text, seed=0).attn
    assert not module.qkv.weight.any()
    assert (module.proj.bias == 3).all()
    assert 0.015 < module.relative_position_bias_table.std() < 0.025
