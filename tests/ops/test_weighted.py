"""Weights and biases that are values, standardized weights and weight norm, against the formulas of torch."""

from __future__ import annotations

import copy
import io
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrizations

import archspec

CONV = {"channels": 6, "kernel": 3, "groups": 2}


def _spec(*layers: Any, size: tuple[int, ...] = (5, 5), **more: Any) -> dict[str, Any]:
    return {"archspec": 1, "input": [4, *size], "layers": list(layers), **more}


def _filled(model: nn.Module) -> nn.Module:
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_()
    return model


def _each(x: Tensor, weight: Tensor, **arguments: Any) -> Tensor:
    function = F.conv1d if weight.dim() == 4 else F.conv2d
    return torch.cat([function(x[i : i + 1], weight[i], **arguments) for i in range(len(x))])


@pytest.mark.parametrize("size", [(7,), (5, 5), (3, 4, 3)])
@pytest.mark.parametrize("bias", [None, True, "b"])
def test_a_convolution_by_a_value_is_that_of_torch(size: tuple[int, ...], bias: bool | str | None) -> None:
    """`conv`, `conv_transpose`, `linear`: `weight: ref`, `bias: ref`: values instead of weights of their own, in
    torch's shape; `channels` and `kernel` are the weight's, `bias` is none unless given (a reference, or true
    for one of its own),"""
    shape = [6, 2, *(3 for _ in size)]
    given = {} if bias is None else {"bias": bias}
    model = _filled(archspec.build(_spec(
        {"parameter": {"name": "w", "shape": shape}}, {"parameter": {"name": "b", "shape": [6]}},
        {"conv": {"name": "c", "weight": "w", "groups": 2, "stride": 2, **given}}, size=size,
    ), seed=0))  # fmt: skip
    state = model.state_dict()
    assert list(state) == ["w", "b", *(["c.bias"] if bias is True else [])]
    x = torch.randn(3, 4, *size)
    own = {None: None, True: state.get("c.bias"), "b": state["b"]}[bias]
    function = (F.conv1d, F.conv2d, F.conv3d)[len(size) - 1]
    torch.testing.assert_close(model(x), function(x, state["w"], own, stride=2, padding=1, groups=2))


@pytest.mark.parametrize("size", [(7,), (5, 6)])
@pytest.mark.parametrize("arguments", [{}, {"groups": 2}, {"stride": 2, "padding": 2, "dilation": 2}])
def test_every_sample_may_have_a_kernel_of_its_own(size: tuple[int, ...], arguments: dict[str, Any]) -> None:
    """Without a batch, or one a sample for `linear` and `conv` over one or two dimensions (blur pools, masked kernels,
    CondConv, StyleGAN2)."""
    groups = arguments.get("groups", 1)
    kernel = [3] * len(size)
    axes = " ".join("yx"[-len(size) :])
    count = 6 * (4 // groups) * 3 ** len(size)
    spec = _spec(
        {"linear": {"from": "s", "features": count}},
        {"rearrange": {"name": "w", "pattern": f"n (o i {axes}) -> n o i {axes}", "o": 6, "i": 4 // groups,
                       "y" if len(size) == 2 else "x": 3, "channels": "x"}},
        {"conv": {"from": "x", "weight": "w", "padding": 1, **arguments}},
        outputs={"y": "conv", "w": "w"},
    )  # fmt: skip
    spec |= {"inputs": {"x": [4, *size], "s": [5]}}
    del spec["input"]
    model = archspec.build(spec, seed=0)
    x, s = torch.randn(3, 4, *size), torch.randn(3, 5)
    found = model(x, s)
    assert found["w"].shape == (3, 6, 4 // groups, *kernel)
    torch.testing.assert_close(found["y"], _each(x, found["w"], **{"padding": 1, **arguments}))
    program = torch.export.export(model, (x, s), dynamic_shapes=({0: torch.export.Dim("n")},) * 2).module()
    x, s = torch.randn(5, 4, *size), torch.randn(5, 5)
    torch.testing.assert_close(program(x, s)["y"], model(x, s)["y"])


@pytest.mark.parametrize("size", [[], [3], [3, 2]])
def test_every_sample_may_have_a_linear_map_of_its_own(size: list[int]) -> None:
    spec = {
        "archspec": 1,
        "inputs": {"x": {"channels": 4, "size": size, "layout": "channels_last"}, "s": [6], "b": [6]},
        "layers": [
            {"linear": {"from": "s", "features": 24}},
            {"rearrange": {"name": "w", "pattern": "n (o c) -> n o c", "o": 6}},
            {"linear": {"name": "y", "from": "x", "weight": "w", "bias": "b"}},
        ],
        "outputs": {"w": "w", "y": "y"},
    }
    x, s, b = torch.randn(3, *size, 4), torch.randn(3, 6), torch.randn(3, 6)
    found = archspec.build(spec, seed=0)(x, s, b)
    wanted = torch.stack([F.linear(x[i], found["w"][i], b[i]) for i in range(3)])
    torch.testing.assert_close(found["y"], wanted)


@pytest.mark.parametrize("gain", [False, True])
def test_a_standardized_weight_is_that_of_the_papers(gain: bool) -> None:
    """`conv`: `standardize: true`, in full `{eps: 1e-6, gain: false, scale: 1.0}` (biased variance, Qiao et al. 2019;
    with `gain` the learned `gain` of NFNets, times scale/√fan_in)."""
    options = {"eps": 1e-4, "gain": True, "scale": 1.7} if gain else {"eps": 1e-4}
    model = _filled(archspec.build(_spec({"conv": {"name": "c", **CONV, "standardize": options}}), seed=0))
    state = model.state_dict()
    assert list(state) == ["c.weight", "c.bias", *(["c.gain"] if gain else [])]
    weight = state["c.weight"]
    factor = state["c.gain"].view(-1) * (1.7 * weight[0].numel() ** -0.5) if gain else None
    weight = F.batch_norm(weight.reshape(1, 6, -1), None, None, factor, None, True, 0.0, 1e-4).reshape(weight.shape)
    x = torch.randn(2, 4, 5, 5)
    torch.testing.assert_close(model(x), F.conv2d(x, weight, state["c.bias"], padding=1, groups=2))


WEIGHT_NORMS = [
    ("conv", {**CONV}, lambda: nn.Conv2d(4, 6, 3, groups=2, padding=1)),
    ("conv_transpose", {"channels": 6, "kernel": 2, "stride": 2}, lambda: nn.ConvTranspose2d(4, 6, 2, 2)),
    ("linear", {"features": 6}, lambda: nn.Linear(4, 6)),
]


@pytest.mark.parametrize("dim", [0, 1])
@pytest.mark.parametrize(("op", "arguments", "original"), WEIGHT_NORMS)
def test_weight_norm_has_the_keys_and_values_of_torch(
    op: str, arguments: dict[str, Any], original: Any, dim: int
) -> None:
    """`weight_norm: true`, in full `{dim: 0}`, of `conv`, `conv_transpose`, `linear`: the keys of torch's
    parametrization;

    files with `weight_g` and `weight_v` load; the module pickles.
    """
    size = () if op == "linear" else (5, 5)
    theirs = _filled(parametrizations.weight_norm(original(), dim=dim))
    model = archspec.build(_spec({op: {"name": "m", **arguments, "weight_norm": {"dim": dim}}}, size=size), seed=0)
    state = {f"m.{key}": value for key, value in theirs.state_dict().items()}
    assert list(model.state_dict()) == list(state)
    model.load_state_dict(state)
    x = torch.randn(2, 4, *size)
    torch.testing.assert_close(model(x), theirs(x))
    with io.BytesIO() as file:
        torch.save(model, file)
        file.seek(0)
        again = torch.load(file, weights_only=False)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model)), again):
        torch.testing.assert_close(other(x), model(x))
    program = torch.export.export(model, (x,)).module()
    torch.testing.assert_close(program(x), model(x))


def test_weight_norm_starts_as_the_weight_that_torch_draws() -> None:
    model = archspec.build(_spec({"conv": {"name": "c", **CONV, "weight_norm": True}}), seed=0).c
    pair = model.parametrizations["weight"]
    torch.testing.assert_close(model.made(), pair.original1)
    assert pair.original1.abs().max() <= (2 * 9) ** -0.5
    init = {"weight": {"constant": {"val": 0.5}}}
    model = archspec.build(_spec({"conv": {"name": "c", **CONV, "weight_norm": True, "init": init}}), seed=0).c
    torch.testing.assert_close(model.made(), torch.full((6, 2, 3, 3), 0.5))
    init |= {"gain": "ones"}
    model = archspec.build(_spec({"conv": {"name": "c", **CONV, "weight_norm": True, "init": init}}), seed=0).c
    assert (model.parametrizations["weight"].original0 == 1).all()


def test_files_of_the_older_weight_norm_load(tmp_path: Path) -> None:
    """parametrization; files with `weight_g` and `weight_v` load;"""
    model = archspec.build(_spec({"conv": {"name": "c", **CONV, "weight_norm": True}}), seed=0)
    state = {"c.bias": torch.randn(6), "c.weight_g": torch.randn(6, 1, 1, 1), "c.weight_v": torch.randn(6, 2, 3, 3)}
    torch.save(state, tmp_path / "state.pth")
    assert archspec.load_weights(model, tmp_path / "state.pth").fits
    other = archspec.build(_spec({"conv": {"name": "c", **CONV, "weight_norm": True}}), seed=1)
    other.load_state_dict(state)
    x = torch.randn(2, 4, 5, 5)
    v, g = state["c.weight_v"], state["c.weight_g"]
    weight = torch._weight_norm(v, g, 0)
    for found in (model, other):
        torch.testing.assert_close(found(x), F.conv2d(x, weight, state["c.bias"], padding=1, groups=2))


def test_a_transposed_convolution_keeps_the_channels_and_may_be_depthwise() -> None:
    """`conv_transpose`: `channels` unchanged by default, `groups: depthwise`."""
    model = archspec.build(
        _spec({"conv_transpose": {"name": "t", "kernel": 2, "stride": 2, "groups": "depthwise"}}), seed=0
    )
    assert model.t.weight.shape == (4, 1, 2, 2)
    assert model(torch.randn(2, 4, 5, 5)).shape == (2, 4, 10, 10)


WEIGHT = {"parameter": {"name": "w", "shape": [6, 4, 3, 3]}}
WRONG = [
    ("A204", {"conv": {"weight": "w", "standardize": True}}),
    ("A204", {"conv": {"weight": "w", "weight_norm": True}}),
    ("A204", {"conv": {"channels": 6, "weight_norm": True, "standardize": True}}),
    ("A204", {"conv": {"weight": "w", "init": {"weight": "zeros"}}}),
    ("A421", {"conv": {"weight": "w", "tie": "first"}}),
    ("A404", {"conv": {"weight": "w", "channels": 5}}),
    ("A404", {"conv": {"weight": "w", "kernel": 5}}),
    ("A404", {"conv": {"weight": "w", "groups": 2}}),
    ("A405", {"conv": {"weight": "v"}}),
    ("A404", {"conv": {"channels": 5, "bias": "v"}}),
    ("A405", {"conv": {"kernel": 3, "weight_norm": {"dim": 4}}}),
    ("A402", {"conv_transpose": {"weight": "each"}}),
    ("A202", {"conv_transpose": {"channels": 4}}),
    ("A405", {"linear": {"weight": "w", "from": "v"}}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "node"), WRONG, ids=str)
def test_what_does_not_fit_is_told(code: str, node: dict[str, Any]) -> None:
    """and `init`, `tie`, `standardize`, `weight_norm` beside `weight` are errors."""
    spec = _spec(
        {"conv": {"name": "first", "channels": 4}},
        WEIGHT, {"parameter": {"name": "v", "shape": [6]}},
        {"rearrange": {"name": "each", "pattern": "n c (h p) w -> n c h p w", "p": 1}},
        {"identity": {"from": "first"}}, node,
    )  # fmt: skip
    assert [found.code for found in archspec.validate(spec) if found.severity == "error"] == [code]


def test_defaults_of_convolutions_can_be_left_out_where_the_weight_is_a_value() -> None:
    spec = _spec(WEIGHT, {"conv": {"weight": "w", "standardize": False}}, defaults={"conv": {"standardize": True}})
    assert archspec.validate(spec) == []
