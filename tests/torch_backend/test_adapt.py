"""Weights for another input compute what they should."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

import archspec
from archspec.torch_backend.adapt import for_channels, interpolated

VIT = """
    archspec: 1
    name: tiny_vit
    input: [3, 32, 32]
    layers:
      - conv: {name: patches, channels: 8, kernel: 8, stride: 8, padding: 0}
      - rearrange: n c h w -> n (h w) c
      - class_token: {name: cls}
      - position: {name: pos, init: {normal: {std: 1.0}}}
      - select: 0
      - linear: {name: fc, features: 5}
"""


def resample_abs_pos_embed(posemb: Tensor, new_size: list[int], old_size: list[int], num_prefix_tokens: int) -> Tensor:
    """timm 1.0, `timm/layers/pos_embed.py`, without its shortcuts."""
    posemb_prefix, posemb = posemb[:, :num_prefix_tokens], posemb[:, num_prefix_tokens:]
    embed_dim = posemb.shape[-1]
    orig_dtype = posemb.dtype
    posemb = posemb.float()
    posemb = posemb.reshape(1, old_size[0], old_size[1], -1).permute(0, 3, 1, 2)
    posemb = F.interpolate(posemb, size=new_size, mode="bicubic", antialias=True)
    posemb = posemb.permute(0, 2, 3, 1).reshape(1, -1, embed_dim)
    return torch.cat([posemb_prefix, posemb.to(orig_dtype)], dim=1)


SIDE = st.integers(1, 12)


@settings(deadline=None)
@given(SIDE, SIDE, SIDE, SIDE, st.integers(0, 2), st.sampled_from([torch.float32, torch.float16]))
def test_positions_are_interpolated_as_by_timm(
    height: int, width: int, rows: int, columns: int, tokens: int, dtype: torch.dtype
) -> None:
    weight = torch.randn(1, tokens + height * width, 6, dtype=dtype)
    found = interpolated(weight, tokens, (height, width), (rows, columns))
    assert torch.equal(found, resample_abs_pos_embed(weight, [rows, columns], [height, width], tokens))
    assert torch.equal(found[:, :tokens], weight[:, :tokens])
    assert torch.equal(interpolated(weight[0], tokens, (height, width), (rows, columns)), found)


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2))
def test_a_sequence_is_a_picture_of_one_row(old: int, new: int, tokens: int) -> None:
    weight = torch.randn(1, tokens + old, 4)
    found = interpolated(weight, tokens, (old,), (new,))
    assert found.shape == (1, tokens + new, 4)
    assert torch.equal(found, interpolated(weight, tokens, (1, old), (1, new)))


def test_what_is_the_same_everywhere_stays_so() -> None:
    weight = torch.randn(4).expand(1, 16, 4)
    torch.testing.assert_close(interpolated(weight, 0, (4, 4), (7, 9)), torch.as_tensor(weight[:, :1]).expand(1, 63, 4))


@given(st.integers(1, 5), st.integers(1, 5))
def test_new_channels_get_the_mean(old: int, more: int) -> None:
    weight = torch.randn(2, old, 3, 3)
    found = for_channels(weight, old + more, keep=True)
    assert torch.equal(found[:, :old], weight)
    torch.testing.assert_close(found[:, old:], weight.mean(1, keepdim=True).expand(-1, more, -1, -1))


def test_a_channel_of_zeros_changes_nothing() -> None:
    """What a network with its old channels kept gives for them is what the old one gave."""
    source = archspec.build("resnet18", seed=0).eval()
    model = archspec.build("resnet18", in_channels=5, weights=source.state_dict(), adapt_in_channels="keep").eval()
    x = torch.rand(1, 3, 64, 64)
    padded = torch.cat([x, torch.zeros(1, 2, 64, 64)], 1)
    torch.testing.assert_close(model(padded), source(x))


@pytest.mark.parametrize("size", [16, 64, [32, 64], [64, 32]])
def test_a_network_takes_them(size: Any) -> None:
    source = archspec.build(VIT, seed=0)
    state = source.state_dict()
    with pytest.raises(archspec.WeightsError, match=r"help: `--adapt-positions` would adapt `pos`"):
        archspec.build(VIT, input_size=size, weights=state)
    model = archspec.build(VIT, input_size=size, weights=state, adapt_positions=True)
    rows, columns = [n // 8 for n in ([size, size] if isinstance(size, int) else size)]
    assert torch.equal(model.pos, resample_abs_pos_embed(state["pos"], [rows, columns], [4, 4], 1))
    assert torch.equal(model.fc.weight, state["fc.weight"])
    report = archspec.check_weights(model, state, adapt_positions=True)
    assert report == archspec.load_weights(archspec.build(model.graph), state, adapt_positions=True)


def test_a_table_without_the_axis_of_one_is_taken() -> None:
    """As those of `nn.Embedding`."""
    state = archspec.build(VIT, seed=0).state_dict()
    flat = {**state, "pos": state["pos"][0]}
    assert not archspec.check_weights(VIT, flat).fits
    assert torch.equal(archspec.build(VIT, weights=flat, adapt_positions=True).pos, state["pos"])
