"""docs/language.md, section 9: what ops compute, beside torch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.sentences.case import module_of

FIRST = {1: "[6, 9]", 2: "[6, 7, 8]", 3: "[6, 5, 4, 6]"}
LAST = "{channels: 6, size: [5], layout: channels_last}"
GRID = "{channels: 6, size: [4, 5], layout: channels_last}"


def both(shape: str, node: str, seed: int = 0) -> tuple[nn.Module, Tensor, Tensor]:
    """The module of one node with random weights, its input, and its output for inference."""
    module = module_of(f"input: {shape}\nlayers:\n- {node}")
    torch.manual_seed(seed)
    with torch.no_grad():
        for value in module.parameters():
            value.normal_()
    for name, buffer in module.named_buffers():
        if buffer.is_floating_point():
            buffer.uniform_(0.5, 2)
        assert "num_batches" in name or buffer.is_floating_point()
    sizes = [int(n) for n in shape.strip("[]").split(",")] if shape.startswith("[") else []
    if shape == LAST:
        sizes = [5, 6]
    if shape == GRID:
        sizes = [4, 5, 6]
    x = torch.randn(3, *sizes)
    with torch.no_grad():
        return module, x, module.eval()(x)


def weight(module: nn.Module, key: str) -> Tensor:
    return module.state_dict()[key]


CONVS: list[Callable[..., Tensor]] = [F.conv1d, F.conv2d, F.conv3d]
TRANSPOSED: list[Callable[..., Tensor]] = [F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d]


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_conv(dimensions: int) -> None:
    """Arguments have torch's meaning and torch's defaults except where said."""
    module, x, y = both(FIRST[dimensions], "conv: {channels: 4, kernel: 3, stride: 2, dilation: 2, groups: 2}")
    conv = CONVS[dimensions - 1]
    wanted = conv(x, weight(module, "conv.weight"), weight(module, "conv.bias"), 2, 2, 2, 2)
    torch.testing.assert_close(y, wanted)


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_conv_transpose(dimensions: int) -> None:
    """`conv_transpose` | channels, kernel, stride=1, padding=0, output_padding=0, groups=1, bias=true"""
    node = "conv_transpose: {channels: 4, kernel: 3, stride: 2, padding: 1, output_padding: 1, groups: 2}"
    module, x, y = both(FIRST[dimensions], node)
    kernel, bias = weight(module, "conv_transpose.weight"), weight(module, "conv_transpose.bias")
    torch.testing.assert_close(y, TRANSPOSED[dimensions - 1](x, kernel, bias, 2, 1, 1, 2))


@pytest.mark.parametrize("shape", ["[6]", LAST, GRID])
def test_linear(shape: str) -> None:
    """on the last axis"""
    module, x, y = both(shape, "linear: 3")
    torch.testing.assert_close(y, F.linear(x, weight(module, "linear.weight"), weight(module, "linear.bias")))


@pytest.mark.parametrize("shape", ["[6]", *FIRST.values(), LAST, GRID])
def test_batch_norm(shape: str) -> None:
    """the number of dimensions chooses BatchNorm1d/2d/3d; `batch` on a channels-last one flattens the positions"""
    module, x, y = both(shape, "norm: {type: batch, eps: 0.01, momentum: 0.5}")
    state = module.state_dict()
    mean, var = state["norm.running_mean"].clone(), state["norm.running_var"].clone()
    first = x if shape.startswith("[") else x.movedim(-1, 1)
    wanted = F.batch_norm(first, mean, var, state["norm.weight"], state["norm.bias"], False, 0.5, 0.01)
    torch.testing.assert_close(y, wanted if shape.startswith("[") else wanted.movedim(1, -1))
    module.train()(x)
    F.batch_norm(first, mean, var, None, None, True, 0.5, 0.01)
    torch.testing.assert_close(module.state_dict()["norm.running_mean"], mean)
    torch.testing.assert_close(module.state_dict()["norm.running_var"], var)


@pytest.mark.parametrize("shape", ["[6]", *FIRST.values(), LAST, GRID])
@pytest.mark.parametrize("kind", ["layer", "rms"])
def test_layer_and_rms_norm(shape: str, kind: str) -> None:
    """`layer` and `rms` … normalize its channels at each position"""
    module, x, y = both(shape, f"norm: {{type: {kind}, eps: 0.01}}")
    first = shape.startswith("[")
    last = x.movedim(1, -1) if first else x
    state = module.state_dict()
    if kind == "layer":
        wanted = F.layer_norm(last, (6,), state["norm.weight"], state["norm.bias"], 0.01)
    else:
        wanted = last / (last.pow(2).mean(-1, keepdim=True) + 0.01).sqrt() * state["norm.weight"]
    torch.testing.assert_close(y, wanted.movedim(-1, 1) if first else wanted)


def test_torch_s_defaults_of_norms() -> None:
    """Arguments have torch's meaning and torch's defaults"""
    for kind, cls in [("batch", nn.BatchNorm2d), ("instance", nn.InstanceNorm2d)]:
        found: Any = module_of(f"- norm: {kind}").get_submodule("norm")
        wanted = cls(4)
        assert (found.eps, found.momentum, found.affine) == (wanted.eps, wanted.momentum, wanted.affine)
        assert found.track_running_stats == wanted.track_running_stats
    layer: Any = module_of("- flatten\n- norm: layer").get_submodule("norm")
    assert layer.eps == nn.LayerNorm(4).eps
    rms: Any = module_of("- flatten\n- norm: rms").get_submodule("norm")
    assert rms.eps == nn.RMSNorm(4).eps
    group: Any = module_of("- norm: {type: group, groups: 2}").get_submodule("norm")
    assert group.eps == nn.GroupNorm(2, 4).eps


@pytest.mark.parametrize("shape", ["[6]", *FIRST.values()])
def test_group_norm(shape: str) -> None:
    """groups=32"""
    module, x, y = both(shape, "norm: {type: group, groups: 3}")
    wanted = F.group_norm(x, 3, weight(module, "norm.weight"), weight(module, "norm.bias"))
    torch.testing.assert_close(y, wanted)


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_instance_norm(dimensions: int) -> None:
    """`instance`"""
    _, x, y = both(FIRST[dimensions], "norm: instance")
    torch.testing.assert_close(y, F.instance_norm(x))


def test_affine() -> None:
    """`affine` is a learned `alpha`·x + `beta`"""
    module, x, y = both(LAST, "norm: affine")
    torch.testing.assert_close(y, weight(module, "norm.alpha") * x + weight(module, "norm.beta"))
    fresh = module_of(f"input: {LAST}\nlayers: [norm: affine]")
    torch.testing.assert_close(fresh(x), x)


@pytest.mark.parametrize(
    ("node", "function"),
    [
        ("relu", F.relu),
        ("relu6", F.relu6),
        ("leaky_relu", F.leaky_relu),
        ("{type: leaky_relu, negative_slope: 0.3}", lambda x: F.leaky_relu(x, 0.3)),
        ("elu", F.elu),
        ("{type: elu, alpha: 0.5}", lambda x: F.elu(x, 0.5)),
        ("gelu", F.gelu),
        ("{type: gelu, approximate: tanh}", lambda x: F.gelu(x, approximate="tanh")),
        ("silu", F.silu),
        ("mish", F.mish),
        ("sigmoid", torch.sigmoid),
        ("hardsigmoid", F.hardsigmoid),
        ("hardswish", F.hardswish),
        ("tanh", torch.tanh),
        ("softplus", F.softplus),
        ("{type: softplus, beta: 2, threshold: 1}", lambda x: F.softplus(x, 2, 1)),
        ("softmax", lambda x: x.softmax(1)),
        ("identity", lambda x: x),
    ],
)
def test_activations(node: str, function: Callable[[Tensor], Tensor]) -> None:
    """type, and that activation's own arguments"""
    _, x, y = both("[6, 5]", f"act: {node}")
    torch.testing.assert_close(y, function(x))


def test_prelu() -> None:
    """`prelu`"""
    assert (module_of("- act: prelu").get_parameter("act.weight") == 0.25).all()
    fresh = module_of("- act: {type: prelu, num_parameters: 4, init: 0.5}")
    assert fresh.get_parameter("act.weight").tolist() == [0.5] * 4
    module, x, y = both("[6, 5]", "act: {type: prelu, num_parameters: 6}")
    torch.testing.assert_close(y, F.prelu(x, weight(module, "act.weight")))


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_pools(dimensions: int) -> None:
    """`max_pool`, `avg_pool` | kernel, stride=kernel, padding=0, dilation (max), ceil_mode, count_include_pad (avg)"""
    largest = [F.max_pool1d, F.max_pool2d, F.max_pool3d][dimensions - 1]
    mean: Callable[..., Tensor] = [F.avg_pool1d, F.avg_pool2d, F.avg_pool3d][dimensions - 1]
    shape = FIRST[dimensions]
    _, x, y = both(shape, "max_pool: 2")
    torch.testing.assert_close(y, largest(x, 2))
    _, x, y = both(shape, "max_pool: {kernel: 3, stride: 2, padding: 1, dilation: 1, ceil_mode: true}")
    torch.testing.assert_close(y, largest(x, 3, 2, 1, 1, True))
    _, x, y = both(shape, "max_pool: {kernel: 2, stride: 1, dilation: 2}")
    torch.testing.assert_close(y, largest(x, 2, 1, 0, 2))
    _, x, y = both(shape, "avg_pool: {kernel: 3, stride: 2, padding: 1, ceil_mode: true}")
    torch.testing.assert_close(y, mean(x, 3, 2, 1, True))
    _, x, y = both(shape, "avg_pool: {kernel: 3, stride: 2, padding: 1, count_include_pad: false}")
    torch.testing.assert_close(y, mean(x, 3, 2, 1, False, False))


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_adaptive_and_global_pools(dimensions: int) -> None:
    """`adaptive_pool` | size, type=avg; `global_pool` … over every size dimension"""
    mean = [F.adaptive_avg_pool1d, F.adaptive_avg_pool2d, F.adaptive_avg_pool3d][dimensions - 1]
    largest = [F.adaptive_max_pool1d, F.adaptive_max_pool2d, F.adaptive_max_pool3d][dimensions - 1]
    shape = FIRST[dimensions]
    dims = tuple(range(2, dimensions + 2))
    _, x, y = both(shape, "adaptive_pool: 3")
    torch.testing.assert_close(y, mean(x, (3,) * dimensions))  # type: ignore[arg-type]
    _, x, y = both(shape, "adaptive_pool: {size: 2, type: max}")
    torch.testing.assert_close(y, largest(x, (2,) * dimensions))  # type: ignore[arg-type]
    _, x, y = both(shape, "global_pool")
    torch.testing.assert_close(y, x.mean(dims))
    _, x, y = both(shape, "global_pool: {type: max, keepdim: true}")
    torch.testing.assert_close(y, x.amax(dims, True))


def test_a_global_pool_of_channels_last() -> None:
    """over every size dimension"""
    _, x, y = both(GRID, "global_pool")
    torch.testing.assert_close(y, x.mean((1, 2)))
    _, x, y = both(LAST, "global_pool: {type: max}")
    torch.testing.assert_close(y, x.amax(1))


def test_rearrange() -> None:
    """an einops pattern whose first axis is `n`"""
    _, x, y = both("[6, 4, 8]", "rearrange: {pattern: n c (h p) (w q) -> n (p q c) h w, p: 2, q: 4}")
    torch.testing.assert_close(y, x.reshape(3, 6, 2, 2, 2, 4).permute(0, 3, 5, 1, 2, 4).reshape(3, 48, 2, 2))
    _, x, y = both("[6, 4, 8]", "rearrange: n c h w -> n (w h) c")
    torch.testing.assert_close(y, x.permute(0, 3, 2, 1).reshape(3, 32, 6))
    _, x, y = both(GRID, "rearrange: {pattern: n h w (g c) -> n (h g) w c, g: 2}")
    torch.testing.assert_close(y, x.reshape(3, 4, 5, 2, 3).permute(0, 1, 3, 2, 4).reshape(3, 8, 5, 3))


@pytest.mark.parametrize(
    ("shape", "mode"),
    [("[6, 5]", "nearest"), ("[6, 5]", "linear"), ("[6, 4, 5]", "bilinear"), ("[6, 4, 5]", "bicubic"),
     ("[6, 4, 5]", "nearest-exact"), ("[6, 2, 3, 4]", "trilinear"), ("[6, 4, 5]", "nearest")],
)  # fmt: skip
@pytest.mark.parametrize("scale", [2, 1.5, 3])
def test_upsample(shape: str, mode: str, scale: float) -> None:
    """`upsample` | scale, or `like: reference`; mode=nearest"""
    _, x, y = both(shape, f"upsample: {{scale: {scale}, mode: {mode}}}")
    torch.testing.assert_close(y, F.interpolate(x, scale_factor=scale, mode=mode))


def test_upsample_like_another() -> None:
    """`like: reference`"""
    text = "input: [6, 7, 9]\nlayers: [max_pool: 2, max_pool: 2, upsample: {like: input, mode: bilinear}]"
    x = torch.randn(2, 6, 7, 9)
    wanted = F.interpolate(F.max_pool2d(F.max_pool2d(x, 2), 2), (7, 9), mode="bilinear")
    torch.testing.assert_close(module_of(text).eval()(x), wanted)


def test_pixel_shuffle_pad_softmax_multiply_and_select() -> None:
    """factor; per side, last dimension first, as in torch; `channels` or a size dimension's number; by a constant"""
    _, x, y = both("[8, 3, 4]", "pixel_shuffle: 2")
    torch.testing.assert_close(y, F.pixel_shuffle(x, 2))
    _, x, y = both("[6, 3, 4]", "pad: {padding: [1, 2, 0, 3], value: 7}")
    torch.testing.assert_close(y, F.pad(x, (1, 2, 0, 3), value=7))
    _, x, y = both("[6, 3, 4]", "pad: [-1, 1]")
    torch.testing.assert_close(y, F.pad(x, (-1, 1)))
    for dim, axis in [("channels", 1), ("0", 2), ("1", 3)]:
        _, x, y = both("[6, 3, 4]", f"softmax: {dim}")
        torch.testing.assert_close(y, x.softmax(axis))
    for dim, axis in [("channels", 3), ("0", 1), ("1", 2)]:
        _, x, y = both(GRID, f"softmax: {dim}")
        torch.testing.assert_close(y, x.softmax(axis))
    _, x, y = both("[6, 3, 4]", "multiply: -0.5")
    torch.testing.assert_close(y, -0.5 * x)
    _, x, y = both(LAST, "select: -2")
    torch.testing.assert_close(y, x[:, 3])
    _, x, y = both("[6, 5]", "select: 1")
    torch.testing.assert_close(y, x[:, :, 1])


def test_dropout() -> None:
    """`dropout` | p"""
    module, x, y = both("[6, 50]", "dropout: 0.25")
    torch.testing.assert_close(y, x)
    found = module.train()(torch.ones(20, 6, 50))
    assert found.unique().tolist() == [0, pytest.approx(4 / 3)]


@pytest.mark.parametrize("shape", ["[6]", *FIRST.values(), LAST, GRID])
@pytest.mark.parametrize("flat", ["", "shape: flat"])
def test_scale(shape: str, flat: str) -> None:
    """learned factor per channel"""
    module, x, y = both(shape, f"scale: {{{flat}}}")
    factors = weight(module, "scale").flatten()
    first = shape.startswith("[") and x.dim() > 2
    torch.testing.assert_close(y, (x.movedim(1, -1) * factors).movedim(-1, 1) if first else x * factors)


def test_position_and_class_token() -> None:
    """learned position embedding, added; one learned token in front"""
    module, x, y = both(LAST, "position")
    torch.testing.assert_close(y, x + weight(module, "position"))
    module, x, y = both(LAST, "class_token")
    torch.testing.assert_close(y, torch.cat([weight(module, "class_token").expand(3, 1, 6), x], 1))


def test_embedding() -> None:
    """ids to vectors"""
    module = module_of("input: {vocab: 9, length: 4}\nlayers: [embedding: 6]")
    ids = torch.tensor([[0, 8, 3, 3]])
    torch.testing.assert_close(module(ids), module.get_parameter("embedding.weight")[ids])


@pytest.mark.parametrize("bias", ["true", "false"])
def test_attention(bias: str) -> None:
    """`nn.MultiheadAttention`, self-attention, batch first"""
    module, x, y = both(LAST, f"attention: {{heads: 2, bias: {bias}}}")
    wanted = nn.MultiheadAttention(6, 2, bias=bias == "true", batch_first=True)
    wanted.load_state_dict({key.removeprefix("attention."): value for key, value in module.state_dict().items()})
    with torch.no_grad():
        torch.testing.assert_close(y, wanted.eval()(x, x, x)[0], atol=1e-5, rtol=1e-4)


def attend(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> Tensor:
    """Heads at the third last axis: softmax(q·kᵀ/√d)·v, each key head for as many query heads."""
    k, v = (t.repeat_interleave(q.shape[-3] // t.shape[-3], -3) for t in (k, v))
    scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5
    if causal:
        scores = scores.masked_fill(torch.ones(scores.shape[-2:]).triu(1).bool(), -torch.inf)
    return scores.softmax(-1) @ v


def heads(x: Tensor, number: int) -> Tensor:
    return x.unflatten(-1, (number, -1)).transpose(-2, -3)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(("query", "kv"), [(2, 2), (4, 2), (4, 1)])
@pytest.mark.parametrize("size", [[5], [3, 5], [2, 3, 5]])
def test_sdpa(causal: bool, query: int, kv: int, size: list[int]) -> None:
    """scaled dot-product attention over the last size dimension, the others are batch; q, k and v packed"""
    d = 3
    channels = (query + 2 * kv) * d
    text = f"""
    input: {{channels: {channels}, size: {size}, layout: channels_last}}
    layers: [sdpa: {{heads: {query}, kv_heads: {kv}, causal: {str(causal).lower()}}}]
    """
    x = torch.randn(2, *size, channels)
    q, k, v = x.split([query * d, kv * d, kv * d], -1)
    wanted = attend(heads(q, query), heads(k, kv), heads(v, kv), causal).transpose(-2, -3).flatten(-2)
    torch.testing.assert_close(module_of(text).eval()(x), wanted)


@pytest.mark.parametrize(("query", "kv"), [(2, 2), (4, 2)])
def test_sdpa_with_keys_and_values_of_another(query: int, kv: int) -> None:
    """with `kv: reference` the value is q (heads·d) and the reference holds k, v (2·kv_heads·d)"""
    d = 3
    text = f"""
    inputs:
      x: {{channels: {query * d}, size: [2, 5], layout: channels_last}}
      y: {{channels: {2 * kv * d}, size: [2, 7], layout: channels_last}}
    layers: [sdpa: {{heads: {query}, kv_heads: {kv}, kv: y}}]
    """
    x, y = torch.randn(2, 2, 5, query * d), torch.randn(2, 2, 7, 2 * kv * d)
    k, v = y.chunk(2, -1)
    wanted = attend(heads(x, query), heads(k, kv), heads(v, kv), False).transpose(-2, -3).flatten(-2)
    torch.testing.assert_close(module_of(text).eval()(x, y), wanted)
