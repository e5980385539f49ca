"""Rotary positions are those of the published code, whose angles are in float32 whatever the dtype is."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from archspec.ops.rope import Rope
from archspec.torch_backend.build import imported
from archspec.types import TensorType
from tests.tensors import image, sequence

DTYPES = pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)


def computed(values: list[Tensor], *types: TensorType, **arguments: Any) -> Tensor:
    """What the op makes of the values."""
    op = Rope.model_validate(arguments)
    op.infer(*types)
    call = op.lower(*types)
    found: Tensor = imported(call.target)(**call.arguments)(*values)
    assert found.shape == values[0].shape
    assert found.dtype == values[0].dtype
    return found


def close(found: Tensor, wanted: Tensor) -> None:
    # angles are computed in float32
    tolerance = 1e-5 if found.dtype == torch.float32 else 2e-6
    torch.testing.assert_close(found, wanted, rtol=tolerance, atol=tolerance)


def rotate_half(x: Tensor) -> Tensor:
    """transformers' `rotate_half`."""
    x1, x2 = x[..., : x.shape[-1] // 2], x[..., x.shape[-1] // 2 :]
    return torch.cat((-x2, x1), dim=-1)


def transformers(x: Tensor, heads: int, inverse: Tensor, positions: Tensor, factor: float = 1.0) -> Tensor:
    """`apply_rotary_pos_emb` of the Llama family; with fewer frequencies than channels, that of GPT-NeoX and Phi."""
    angles = positions[..., None].to(x.dtype) * inverse.to(x.dtype)
    embedding = torch.cat((angles, angles), dim=-1)
    cos, sin = embedding.cos() * factor, embedding.sin() * factor
    q = x.unflatten(-1, (heads, -1)).transpose(-3, -2)
    turning, passing = q[..., : cos.shape[-1]], q[..., cos.shape[-1] :]
    turned = turning * cos.unsqueeze(-3) + rotate_half(turning) * sin.unsqueeze(-3)
    return torch.cat((turned, passing), dim=-1).transpose(-3, -2).flatten(-2)


def default(dim: int, base: float = 10000.0) -> Tensor:
    return 1.0 / (base ** (torch.arange(0, dim, 2, dtype=torch.float64) / dim))


def llama3(dim: int, base: float, s: dict[str, Any]) -> Tensor:
    """transformers' `_compute_llama3_parameters`."""
    inverse = default(dim, base)
    length = s["original_max_position_embeddings"]
    low, high = length / s["low_freq_factor"], length / s["high_freq_factor"]
    wavelength = 2 * math.pi / inverse
    scaled = torch.where(wavelength > low, inverse / s["factor"], inverse)
    smooth = (length / wavelength - s["low_freq_factor"]) / (s["high_freq_factor"] - s["low_freq_factor"])
    smoothed = (1 - smooth) * scaled / s["factor"] + smooth * scaled
    is_medium = ~(wavelength < high) * ~(wavelength > low)
    return torch.where(is_medium, smoothed, scaled)


def yarn(dim: int, base: float, s: dict[str, Any]) -> tuple[Tensor, float]:
    """transformers' `_compute_yarn_parameters`."""

    def get_mscale(scale: float, mscale: float = 1) -> float:
        return 1.0 if scale <= 1 else 0.1 * mscale * math.log(scale) + 1.0

    def find_correction_dim(rotations: float) -> float:
        length = s["original_max_position_embeddings"]
        return (dim * math.log(length / (rotations * 2 * math.pi))) / (2 * math.log(base))

    factor, mscale, mscale_all_dim = s["factor"], s.get("mscale"), s.get("mscale_all_dim")
    attention = s.get("attention_factor")
    if attention is None:
        if mscale and mscale_all_dim:
            attention = get_mscale(factor, mscale) / get_mscale(factor, mscale_all_dim)
        else:
            attention = get_mscale(factor)
    low = max(math.floor(find_correction_dim(s.get("beta_fast") or 32)), 0)
    high: float = min(math.ceil(find_correction_dim(s.get("beta_slow") or 1)), dim - 1)
    if low == high:
        high += 0.001
    frequencies = base ** (torch.arange(0, dim, 2, dtype=torch.float64) / dim)
    ramp = torch.clamp((torch.arange(dim // 2, dtype=torch.float64) - low) / (high - low), 0, 1)
    keep = 1 - ramp
    return (1.0 / (factor * frequencies)) * (1 - keep) + (1.0 / frequencies) * keep, attention


@DTYPES
@pytest.mark.parametrize("partial", [1.0, 0.5, 0.4, 6])
@pytest.mark.parametrize("theta", [10000, 500.0])
def test_halves(dtype: torch.dtype, partial: float, theta: float) -> None:
    """Of each head the first m channels turn, m the largest even number up to partial·d, as two halves.

    Of each head the first (last) m channels turn, m the largest even number up to partial·d (of a grid, a multiple
    of 4; `partial` is a share up to 1, or an integer above 1: channels), as two halves, or as neighbours if
    interleaved. Angle i of position p is p·theta^(−2i/m).
    """
    x = torch.randn(2, 7, 3 * 10, dtype=dtype)
    m = (int(partial) if partial > 1 else int(10 * partial)) // 2 * 2
    wanted = transformers(x, 3, default(m, theta), torch.arange(7))
    close(computed([x], sequence(30, 7), heads=3, theta=theta, partial=partial), wanted)


def test_a_share_is_a_decimal_number() -> None:
    """m the largest even number up to partial·d"""
    x = torch.randn(1, 4, 100, dtype=torch.float64)
    assert 0.58 * 100 < 58
    close(computed([x], sequence(100, 4), partial=0.58), transformers(x, 1, default(58), torch.arange(4)))


@DTYPES
def test_the_last_channels(dtype: torch.dtype) -> None:
    """side=first | last"""
    x = torch.randn(2, 5, 2 * 8, dtype=dtype)
    y = computed([x], sequence(16, 5), heads=2, partial=0.5, side="last").unflatten(-1, (2, 8))
    parts = x.unflatten(-1, (2, 8))
    assert torch.equal(y[..., :4], parts[..., :4])
    close(y[..., 4:].flatten(-2), transformers(parts[..., 4:].flatten(-2), 2, default(4), torch.arange(5)))


@DTYPES
@pytest.mark.parametrize("lead", [(), (3,), (2, 3)])
def test_neighbours(dtype: torch.dtype, lead: tuple[int, ...]) -> None:
    """or as neighbours if interleaved: complex numbers, as in the code of Llama and DeepSeek"""
    x = torch.randn(2, *lead, 6, 2 * 8, dtype=dtype)
    pairs = torch.view_as_complex(x.unflatten(-1, (2, 4, 2)))
    angles = torch.arange(6)[:, None].to(dtype) * default(8).to(dtype)
    turned = pairs * torch.polar(torch.ones_like(angles), angles)[:, None]
    wanted = torch.view_as_real(turned).flatten(-3)
    close(computed([x], sequence(16, *lead, 6), heads=2, interleaved=True), wanted)


@DTYPES
@pytest.mark.parametrize("skip", [0, 2])
def test_positions(dtype: torch.dtype, skip: int) -> None:
    """`positions: ref` to ids instead of 0, 1, … (of all tokens); `skip` leading tokens stay as they are.

    `positions: ref` to ids instead of 0, 1, … of all tokens); `skip` leading tokens stay as they are.
    """
    x, positions = torch.randn(2, 5, 8, dtype=dtype), torch.tensor([[4, 0, 9, 2, 2], [0, 0, 1, 1, 3]])
    ids = TensorType(0, (5,), dtype="int64", vocab=16)
    wanted = transformers(x, 2, default(4), positions)
    wanted[:, :skip] = x[:, :skip]
    close(computed([x, positions], sequence(8, 5), ids, heads=2, positions="p", skip=skip), wanted)
    # those of one sample, and of tokens in front of which there are other sizes
    wide = x[:, None].expand(2, 3, 5, 8)
    close(
        computed([wide, positions[:1]], sequence(8, 3, 5), ids, heads=2, positions="p"),
        transformers(wide, 2, default(4), positions[0]),
    )
    plain = transformers(x, 2, default(4), torch.arange(5))
    plain[:, :skip] = x[:, :skip]
    close(computed([x], sequence(8, 5), heads=2, skip=skip), plain)


@DTYPES
def test_packed(dtype: torch.dtype) -> None:
    """With `head_dim` the first heads·head_dim channels are heads and the rest pass, for packed values."""
    x = torch.randn(2, 5, 20, dtype=dtype)
    y = computed([x], sequence(20, 5), heads=3, head_dim=4)
    close(y[..., :12], transformers(x[..., :12], 3, default(4), torch.arange(5)))
    assert torch.equal(y[..., 12:], x[..., 12:])


SCALINGS: list[dict[str, Any]] = [
    {"type": "linear", "factor": 4.0},
    {"type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
     "original_max_position_embeddings": 64},
    {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64},
    {"type": "yarn", "factor": 40, "original_max_position_embeddings": 4096, "mscale": 1.0, "mscale_all_dim": 0.5},
    {"type": "yarn", "factor": 2.0, "original_max_position_embeddings": 128, "beta_fast": 16.0, "beta_slow": 2.0,
     "attention_factor": 0.75},
    {"type": "yarn", "factor": 0.5, "original_max_position_embeddings": 8},
]  # fmt: skip


@DTYPES
@pytest.mark.parametrize("scaling", SCALINGS, ids=str)
@pytest.mark.parametrize("theta", [10000.0, 300.0])
def test_scaling(dtype: torch.dtype, scaling: dict[str, Any], theta: float) -> None:
    """as transformers has them"""
    x, factor = torch.randn(2, 9, 2 * 16, dtype=dtype), 1.0
    if scaling["type"] == "linear":
        inverse = default(16, theta) / scaling["factor"]
    elif scaling["type"] == "llama3":
        inverse = llama3(16, theta, scaling)
    else:
        inverse, factor = yarn(16, theta, scaling)
    wanted = transformers(x, 2, inverse, torch.arange(9), factor)
    close(computed([x], sequence(32, 9), heads=2, theta=theta, scaling=scaling), wanted)


def timm_cat(x: Tensor, heads: int, grid: tuple[int, int], half: bool) -> Tensor:
    """timm's `RotaryEmbeddingCat` and `apply_rot_embed_cat`, as EVA-02 has them, for all tokens."""
    d = x.shape[-1] // heads
    bands = 1.0 / (10000.0 ** (torch.arange(0, d // 4, dtype=x.dtype) / (d // 4)))
    places = torch.stack(torch.meshgrid(*(torch.arange(n, dtype=x.dtype) for n in grid), indexing="ij"), -1)
    angles = (places.unsqueeze(-1) * bands).reshape(grid[0] * grid[1], -1)
    sin, cos = (
        angles.repeat(1, 2) if half else angles.repeat_interleave(2, -1) for angles in (angles.sin(), angles.cos())
    )
    q = x.unflatten(-1, (heads, d)).transpose(1, 2)
    other = rotate_half(q) if half else torch.stack([-q[..., 1::2], q[..., ::2]], -1).reshape(q.shape)
    return (q * cos + other * sin).transpose(1, 2).flatten(2)


@DTYPES
@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("skip", [0, 1])
def test_a_grid(dtype: torch.dtype, half: bool, skip: int) -> None:
    """angles 0 … m/4−1 are row·theta^(−4i/m), the others the column's (EVA-02)

    `grid: [h, w]`, or a reference whose sizes it takes: angles 0 … m/4−1 are row·theta^(−4i/m), the others the
    column's (EVA-02);
    """
    x = torch.randn(2, skip + 12, 2 * 8, dtype=dtype)
    wanted = torch.cat([x[:, :skip], timm_cat(x[:, skip:], 2, (3, 4), half)], 1)
    given: dict[str, Any] = {"heads": 2, "interleaved": not half, "skip": skip}
    close(computed([x], sequence(16, skip + 12), grid=(3, 4), **given), wanted)
    for like in (image(5, 3, 4), sequence(5, 3, 4)):
        value = torch.zeros(1, *like.shape)
        close(computed([x, value], sequence(16, skip + 12), like, grid="map", **given), wanted)


@DTYPES
def test_a_centered_grid(dtype: torch.dtype) -> None:
    """`centered`: the coordinate is 2π·(2(k + ½)/n − 1) (DINOv3, transformers' `DINOv3ViTRopePositionEmbedding`)

    (EVA-02); `centered`: the coordinate is 2π·(2(k + ½)/n − 1) (DINOv3).
    """
    x, d, (h, w) = torch.randn(2, 1 + 12, 2 * 16, dtype=dtype), 16, (3, 4)
    inverse = 1 / 100.0 ** torch.arange(0, 1, 4 / d, dtype=dtype)
    rows, columns = (torch.arange(0.5, n, dtype=dtype) / n for n in (h, w))
    coordinates = 2.0 * torch.stack(torch.meshgrid(rows, columns, indexing="ij"), -1).flatten(0, 1) - 1.0
    angles = (2 * math.pi * coordinates[:, :, None] * inverse[None, None, :]).flatten(1, 2).tile(2)
    q = x[:, 1:].unflatten(-1, (2, d)).transpose(1, 2)
    turned = (q * angles.cos() + rotate_half(q) * angles.sin()).transpose(1, 2).flatten(2)
    found = computed([x], sequence(32, 13), heads=2, theta=100.0, grid=(h, w), origin="centered", skip=1)
    close(found, torch.cat([x[:, :1], turned], 1))


def test_numbers_are_computed_in_float32() -> None:
    """are so in float32, and end in the value's dtype"""
    x = torch.randn(1, 600, 64)
    y = computed([x.bfloat16()], sequence(64, 600))
    wanted = transformers(x.bfloat16().float(), 1, default(64), torch.arange(600))
    assert (y.float() - wanted).abs().max() < 0.1
