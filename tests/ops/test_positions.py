"""What is said of positions is what the published code says."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from archspec.ops import OPS
from archspec.ops.positions import PositionBias
from archspec.torch_backend.build import imported
from archspec.types import TensorType
from tests.tensors import image, sequence

DTYPES = pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)


def computed(name: str, values: list[Tensor], *types: TensorType, **arguments: Any) -> Tensor:
    """What an op without weights makes of the values."""
    op = OPS[name].model_validate(arguments)
    output = op.infer(*types)
    call = op.lower(*types)
    found: Tensor = imported(call.target)(**call.arguments)(*values)
    assert tuple(found.shape[1:]) == output.shape
    return found


def swin_index(h: int, w: int) -> Tensor:
    """timm's `get_relative_position_index`, as Swin and BEiT have it."""
    coordinates = torch.stack(torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")).flatten(1)
    relative = (coordinates[:, :, None] - coordinates[:, None, :]).permute(1, 2, 0).contiguous()
    relative[:, :, 0] += h - 1
    relative[:, :, 1] += w - 1
    relative[:, :, 0] *= 2 * w - 1
    return relative.sum(-1)


def beit_index(h: int, w: int) -> Tensor:
    """timm's `gen_relative_position_index` with a class token."""
    number = (2 * h - 1) * (2 * w - 1) + 3
    index = torch.zeros((h * w + 1,) * 2, dtype=torch.int64)
    index[1:, 1:] = swin_index(h, w)
    index[0, 0:] = number - 3
    index[0:, 0] = number - 2
    index[0, 0] = number - 1
    return index


@pytest.mark.parametrize(("h", "w"), [(7, 7), (2, 5), (1, 3), (1, 1)])
def test_the_offsets_of_a_window(h: int, w: int) -> None:
    """query (i, k) and key (j, l) get the one at row h − 1 + i − j, column w − 1 + k − l Turns a table of offsets into
    queries × keys: for `window: [h, w]` the table has (2h − 1)(2w − 1) positions, as one axis or two, and query
    (i, k) and key (j, l) get the one at row h − 1 + i − j, column w − 1 + k − l; `window: n` is of one
    dimension, with 2n − 1.

    `reverse`: j − i;
    """
    number = (2 * h - 1) * (2 * w - 1)
    table, index = torch.randn(1, number, 3), swin_index(h, w)
    wanted = table[:, index].movedim(-1, 1)
    assert torch.equal(computed("relative_position", [table], sequence(3, number), window=(h, w)), wanted)
    places = (2 * h - 1, 2 * w - 1)
    square = table.reshape(1, *places, 3)
    assert torch.equal(computed("relative_position", [square], sequence(3, *places), window=(h, w)), wanted)
    first = square.movedim(-1, 1)
    assert torch.equal(computed("relative_position", [first], image(3, *places), window=(h, w)), wanted)
    assert torch.equal(
        computed("relative_position", [first.flatten(2)], image(3, number), window=(h, w), reverse=True), wanted.mT
    )


@pytest.mark.parametrize(("h", "w"), [(14, 14), (2, 3)])
def test_the_class_token(h: int, w: int) -> None:
    """one in front, and three more entries: it asks all, all ask it, itself (BEiT)

    are asked (MViTv2); `class_token`: one in front, and three more entries: it asks all, all ask it, itself (BEiT).
    """
    index = beit_index(h, w)
    table = torch.randn(2, int(index.max()) + 1, 4)
    wanted = table[:, index].movedim(-1, 1)
    found = computed("relative_position", [table], sequence(4, table.shape[1]), window=(h, w), class_token=True)
    assert torch.equal(found, wanted)


def test_one_dimension() -> None:
    """`window: n` is of one dimension, with 2n − 1."""
    table = torch.randn(1, 9, 2)
    found = computed("relative_position", [table], sequence(2, 9), window=5)
    for i in range(5):
        for j in range(5):
            assert torch.equal(found[0, :, i, j], table[0, 4 + i - j])


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_distances(stride: int) -> None:
    """`symmetric`: h·w entries, of |i−j| (LeViT); `stride: s`: positions 0, s, 2s, … ask

    `reverse`: j − i; `symmetric`: h·w entries, of |i − j| (LeViT); `stride: s`: positions 0, s, 2s, … ask;
    """
    h, w = 4, 5
    table = torch.randn(1, 3, h * w)
    found = computed("relative_position", [table], image(3, h * w), window=(h, w), symmetric=True, stride=stride)
    keys = torch.stack(torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij"), -1).flatten(0, 1)
    queries = torch.stack(
        torch.meshgrid(torch.arange(0, h, stride), torch.arange(0, w, stride), indexing="ij"), -1
    ).flatten(0, 1)
    # LeViT: the bias of a distance, which its `attention_bias_idxs` numbers by row and column
    apart = (queries[:, None] - keys[None]).abs()
    assert torch.equal(found, table[:, :, apart[..., 0] * w + apart[..., 1]])


def test_strides_of_queries_and_keys() -> None:
    """`key_stride: s`: s − 1, 2s − 1, … are asked (MViTv2)

    `key_stride: s`: s − 1, 2s − 1, … are asked (MViTv2); `class_token`: one in front,
    """
    q, k = 8, 4
    table = torch.randn(1, 15, 3)
    found = computed("relative_position", [table], sequence(3, 15), window=8, key_stride=2)
    # timm's `cal_rel_pos_type`: distances of a query grid of 8 and a key grid of 4
    ratio = q // k
    distance = torch.arange(q)[:, None] - torch.arange(k)[None, :] * ratio + (k - 1) * ratio
    assert torch.equal(found, table[:, distance].movedim(-1, 1))


def t5_bucket(relative: Tensor, bidirectional: bool, count: int, max_distance: int) -> Tensor:
    """transformers' `T5Attention._relative_position_bucket`."""
    buckets = 0
    if bidirectional:
        count //= 2
        buckets += (relative > 0).to(torch.long) * count
        relative = torch.abs(relative)
    else:
        relative = -torch.min(relative, torch.zeros_like(relative))
    exact = count // 2
    large = exact + (torch.log(relative.float() / exact) / math.log(max_distance / exact) * (count - exact)).to(
        torch.long
    )
    large = torch.min(large, torch.full_like(large, count - 1))
    return buckets + torch.where(relative < exact, relative, large)


@DTYPES
@pytest.mark.parametrize("bidirectional", [True, False])
@pytest.mark.parametrize(("count", "longest"), [(32, 128), (8, 10), (7, 20), (64, 1000)])
def test_t5(dtype: torch.dtype, bidirectional: bool, count: int, longest: int) -> None:
    """`t5` (key `NAME.weight`, buckets × heads, drawn as an embedding)

    `t5` (key `NAME.weight`, buckets × heads, drawn as an embedding) or
    """
    op = PositionBias(type="t5", heads=3, buckets=count, max_distance=longest, bidirectional=bidirectional, keys="k")
    call = op.lower(sequence(4, 300), sequence(4, 200))
    module = imported(call.target)(**call.arguments).to(dtype)
    relative = torch.arange(200)[None, :] - torch.arange(300)[:, None]
    buckets = t5_bucket(relative, bidirectional, count, longest)
    found = module(torch.zeros(1, 300, 4), torch.zeros(1, 200, 4))
    assert torch.equal(found, module.weight[buckets].permute(2, 0, 1)[None])


def alibi_slopes(n: int) -> list[float]:
    """The authors' `get_slopes` (Press et al. 2022)."""

    def power_of_2(n: int) -> list[float]:
        start = 2 ** (-(2 ** -(math.log2(n) - 3)))
        return [start * start**i for i in range(n)]

    if math.log2(n).is_integer():
        return power_of_2(n)
    closest = 2 ** math.floor(math.log2(n))
    return power_of_2(closest) + alibi_slopes(2 * closest)[0::2][: n - closest]


@DTYPES
@pytest.mark.parametrize("heads", range(1, 18))
def test_alibi(dtype: torch.dtype, heads: int) -> None:
    r"""`alibi` (−slope·|i − j|, Press et al., any number of heads)

    or `alibi` (−slope·\|i − j\|, Press et al., any number of heads)
    """
    call = PositionBias(type="alibi", heads=heads).lower(sequence(4, 6))
    found = imported(call.target)(**call.arguments).to(dtype)(torch.zeros(1, 6, 4, dtype=dtype))
    assert found.dtype == dtype
    distance = (torch.arange(6)[None, :] - torch.arange(6)[:, None]).abs().to(dtype)
    wanted = -torch.tensor(alibi_slopes(heads), dtype=dtype)[:, None, None] * distance
    torch.testing.assert_close(found[0], wanted, rtol=1e-6, atol=0)


@DTYPES
def test_coordinates(dtype: torch.dtype) -> None:
    """the numbers of each position along every size dimension of the current value"""
    value = torch.zeros(1, 5, 3, 4, dtype=dtype)
    y, x = torch.meshgrid(torch.arange(3, dtype=dtype), torch.arange(4, dtype=dtype), indexing="ij")

    def found(**arguments: Any) -> Tensor:
        op = OPS["coordinates"].model_validate(arguments)
        call = op.lower(*([image(5, 3, 4)] if op.takes_value else []))
        module = imported(call.target)(**call.arguments).to(dtype)
        result: Tensor = module(*([value] if op.takes_value else []))
        assert result.dtype == dtype
        return result[0]

    assert torch.equal(found(), torch.stack([y, x], -1))
    assert torch.equal(found(order="xy", start=(1.0, 0.5)), torch.stack([x + 0.5, y + 1], -1))
    assert torch.equal(found(size=(3, 4)), torch.stack([y, x], -1))
    assert torch.equal(found(size=4, normalize="count", start=0.5)[:, 0], (torch.arange(4, dtype=dtype) + 0.5) / 4)
    # transformers' `DetrSinePositionEmbedding`
    ones = torch.ones(3, 4, dtype=dtype)
    y_embed, x_embed = ones.cumsum(0), ones.cumsum(1)
    wanted = torch.stack([y_embed / (y_embed[-1:] + 1e-6), x_embed / (x_embed[:, -1:] + 1e-6)], -1)
    assert torch.equal(found(start=1, normalize="last", eps=1e-6), wanted)
    # by 1 where the sum is 0
    assert torch.equal(found(size=1, normalize="last"), torch.zeros(1, 1, dtype=dtype))


def coded(x: Tensor, kind: TensorType, **arguments: Any) -> Tensor:
    op = OPS["sinusoidal"].model_validate(arguments)
    call = op.lower(kind)
    dtype = x.dtype if x.is_floating_point() else torch.float64
    found: Tensor = imported(call.target)(**call.arguments).to(dtype)(x)
    assert tuple(found.shape[1:]) == op.infer(kind).shape
    assert found.dtype == dtype
    return found


@DTYPES
@pytest.mark.parametrize("flip", [True, False])
@pytest.mark.parametrize("shift", [0, 1])
def test_the_code_of_a_time_step(dtype: torch.dtype, flip: bool, shift: int) -> None:
    """diffusers' `get_timestep_embedding`: w_i = exp(−ln(base)·i/m), or i/(m − 1) with `endpoint`

    Replaces each channel x by sin(x·w_i) and cos(x·w_i), i < m = features/2, w_i = exp(−ln(base)·i/m), or i/(m − 1)
    with `endpoint`:
    """
    steps = torch.tensor([0, 1, 17, 999])
    exponent = -math.log(10000) * torch.arange(4, dtype=torch.float64) / (4 - shift)
    angles = steps[:, None] * exponent.exp()
    wanted = torch.cat([angles.sin(), angles.cos()], -1)
    if flip:
        wanted = torch.cat([wanted[:, 4:], wanted[:, :4]], -1)
    given: dict[str, Any] = {"features": 8, "first": "cos" if flip else "sin", "endpoint": bool(shift)}
    found = coded(steps.to(dtype)[:, None], sequence(1), **given)
    torch.testing.assert_close(found, wanted.to(dtype), rtol=1e-3 if dtype == torch.float32 else 1e-9, atol=1e-4)
    ids = TensorType(0, (1,), dtype="int64", vocab=1000)
    torch.testing.assert_close(coded(steps[:, None], ids, **given)[:, 0], wanted)


@DTYPES
def test_the_code_of_a_place(dtype: torch.dtype) -> None:
    """channel by channel, or side by side: transformers' `DetrSinePositionEmbedding`

    channel by channel, all sines first (or cosines), or side by side.
    """
    places = torch.rand(2, 3, 4, 2, dtype=dtype) * 6.28
    width = torch.arange(8, dtype=dtype)
    width = 10000 ** (2 * torch.div(width, 2, rounding_mode="floor") / 8)
    parts = []
    for channel in (0, 1):
        angles = places[..., channel, None] / width
        parts.append(torch.stack((angles[..., 0::2].sin(), angles[..., 1::2].cos()), dim=-1).flatten(-2))
    wanted = torch.cat(parts, -1)
    found = coded(places, sequence(2, 3, 4), features=8, interleaved=True)
    torch.testing.assert_close(found, wanted, rtol=1e-5, atol=1e-5)
    first = coded(places.movedim(-1, 1), image(2, 3, 4), features=8, interleaved=True)
    torch.testing.assert_close(first, found.movedim(-1, 1))


@DTYPES
@pytest.mark.parametrize("keep", [True, False])
def test_octaves(dtype: torch.dtype, keep: bool) -> None:
    """w_i = 2^i, octave by octave, the sines of all channels, then the cosines; `keep` puts x in front (NeRF)

    `octaves: k` instead of all these: w_i = 2^i, octave by octave, the sines of all channels, then the cosines;
    `keep` puts x in front.
    """
    x = torch.randn(2, 5, 3, dtype=dtype)
    parts = [x] if keep else []
    for frequency in 2.0 ** torch.linspace(0.0, 9, 10, dtype=dtype):
        parts += [torch.sin(x * frequency), torch.cos(x * frequency)]
    assert torch.equal(coded(x, sequence(3, 5), octaves=10, keep=keep), torch.cat(parts, -1))
