"""Attention with projections is `torch.nn.MultiheadAttention`."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import archspec
from archspec.ops.attention import Attention
from archspec.torch_backend.build import imported
from archspec.types import TensorType
from tests.tensors import sequence


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize(("key", "value"), [(8, None), (8, 8), (6, None), (6, 8), (8, 5)])
@pytest.mark.parametrize("masked", [True, False])
def test_other_keys_and_values(dtype: torch.dtype, bias: bool, key: int, value: int | None, masked: bool) -> None:
    """as `nn.MultiheadAttention` has it: with other channels than the queries `q_proj_weight`, … What keys and values
    are made of (`value` is `key` unless given), as `nn.MultiheadAttention` has it: with other channels than the
    queries `q_proj_weight`, …;

    1 takes part, 0 is hidden, in `sdpa`, `attention` and `global_pool` alike (torch's `key_padding_mask` is the
    opposite).
    """
    op = Attention(heads=2, bias=bias, key="k", value="v" if value else None, mask="m" if masked else None)
    ids = TensorType(0, (4,), dtype="int64", vocab=2)
    types = [sequence(8, 3), sequence(key, 4), *([sequence(value, 4)] if value else []), *([ids] if masked else [])]
    call = op.lower(*types)
    module = imported(call.target)(**call.arguments).to(dtype).eval()
    other = nn.MultiheadAttention(8, 2, bias=bias, kdim=key, vdim=value or key, batch_first=True).to(dtype).eval()
    for weight in other.parameters():
        nn.init.normal_(weight)
    module.load_state_dict(other.state_dict())
    x, k, v = (torch.randn(2, n, c, dtype=dtype) for n, c in ((3, 8), (4, key), (4, value or key)))
    hidden = torch.tensor([[1, 0, 1, 0], [0, 0, 0, 1]])
    padding = hidden == 0 if masked else None
    wanted = other(x, k, v if value else k, key_padding_mask=padding, need_weights=False)[0]
    found = module(x, k, *([v] if value else []), *([hidden] if masked else []))
    torch.testing.assert_close(found, wanted)


def test_a_query_with_no_key_left() -> None:
    """a query with no key left gives zeros before the output projection.

    `q_proj_weight`, … a query with no key left gives zeros before the output projection.
    """
    call = Attention(heads=2, mask="m").lower(sequence(8, 3), TensorType(0, (3,), dtype="int64", vocab=2))
    module = imported(call.target)(**call.arguments)
    nn.init.normal_(module.out_proj.bias)
    y = module(torch.randn(2, 3, 8), torch.tensor([[0, 0, 0], [1, 0, 0]]))
    assert torch.equal(y[0], module.out_proj.bias.expand(3, 8))
    assert not torch.equal(y[1], module.out_proj.bias.expand(3, 8))
    y.square().sum().backward()
    assert module.in_proj_weight.grad.isfinite().all()


def test_shifted_windows() -> None:
    """`sdpa` and `attention` inside then hide keys from beyond the seam (Swin)"""
    within = "within: {pattern: n (a p) (b q) c -> (n a b) (p q) c, p: 4, q: 4, shift: 1, layers: [attention: 2]}"
    head = "archspec: 1\nname: windows\ninput: {channels: 8, size: [8, 12], layout: channels_last}\nlayers:\n- "
    module = archspec.build(head + within, seed=0).eval()
    x = torch.randn(2, 8, 12, 8)
    # Swin's mask: regions that the shift brings together in one window
    regions = torch.zeros(8, 12, dtype=torch.int64)
    for i, rows in enumerate((slice(0, -4), slice(-4, -1), slice(-1, None))):
        for j, columns in enumerate((slice(0, -4), slice(-4, -1), slice(-1, None))):
            regions[rows, columns] = 3 * i + j

    def windows(value: torch.Tensor) -> torch.Tensor:
        return value.unflatten(1, (2, 4)).unflatten(3, (3, 4)).transpose(2, 3).flatten(0, 2).flatten(1, 2)

    sides = windows(regions[None, :, :, None])[..., 0]
    hidden = (sides[:, :, None] != sides[:, None, :]).repeat(2, 1, 1).repeat_interleave(2, 0)
    other = nn.MultiheadAttention(8, 2, batch_first=True).eval()
    other.load_state_dict({key.removeprefix("attention."): value for key, value in module.state_dict().items()})
    shifted = windows(x.roll((-1, -1), (1, 2)))
    y = other(shifted, shifted, shifted, attn_mask=hidden, need_weights=False)[0]
    y = y.unflatten(0, (2, 2, 3)).unflatten(3, (4, 4)).transpose(2, 3).flatten(3, 4).flatten(1, 2)
    torch.testing.assert_close(module(x), y.roll((1, 1), (1, 2)))
