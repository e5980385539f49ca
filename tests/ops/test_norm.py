"""Where a norm without an epsilon divides by zero."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F

import archspec

SIZES = [(), (1,), (3,), (1, 1), (2, 1), (1, 1, 2)]
ALONE = [("group", {"groups": groups}) for groups in (1, 2, 4)] + [("layer", {})]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("type", "more"), ALONE)
def test_an_epsilon_of_zero_is_refused_where_a_value_is_normalized_by_itself(
    type: str, more: dict[str, Any], size: tuple[int, ...]
) -> None:
    """torch then gives what is no number, whatever it is given; where there is anything to average over it does not."""
    spec = {"archspec": 1, "input": [4, *size], "layers": [{"norm": {"type": type, "eps": 0, **more}}]}
    channels = 4 // more.get("groups", 1)
    if channels == 1 and all(n == 1 for n in size):
        assert [found.code for found in archspec.validate(spec) if found.severity == "error"] == [
            "A402" if type == "group" else "A406"
        ]
        return
    x = torch.randn(2, 4, *size, generator=torch.Generator().manual_seed(0))
    assert archspec.build(spec, seed=0)(x).isfinite().all()


def test_a_layer_norm_of_one_channel_has_nothing_to_average_over() -> None:
    spec = {"archspec": 1, "input": [1, 3], "layers": [{"norm": {"type": "layer", "eps": 0}}]}
    assert [found.code for found in archspec.validate(spec) if found.severity == "error"] == ["A406"]


def _built(size: list[int], layout: str, **norm: Any) -> torch.nn.Module:
    spec = {
        "archspec": 1,
        "input": {"channels": 8, "size": size, "layout": layout},
        "layers": [{"norm": {"name": "n"} | norm}],
    }
    return archspec.build(spec, seed=0)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(
    ("kind", "bias"), [("layer", True), ("layer", False), ("rms", None), ("group", True), ("group", False)]
)
def test_the_weight_acts_as_the_offset_plus_itself(kind: str, bias: bool | None, first: bool) -> None:
    """`offset: 1.0` (layer, group, rms: the weight acts as offset + weight and starts at 1 − offset);"""
    if kind == "group" and not first:
        return
    own = {"groups": 4} if kind == "group" else {}
    own |= {} if bias is None else {"bias": bias}
    model = _built([3, 2], "channels_first" if first else "channels_last", type=kind, offset=1.5, eps=1e-3, **own)
    state = model.state_dict()
    assert list(state) == (["n.weight", "n.bias"] if bias else ["n.weight"])
    assert (state["n.weight"] == -0.5).all()
    weight, shift = torch.randn(8), torch.randn(8)
    model.load_state_dict({"n.weight": weight, "n.bias": shift} if bias else {"n.weight": weight})
    x = torch.randn(2, 8, 3, 2)
    if kind == "group":
        wanted = F.group_norm(x, 4, weight + 1.5, shift if bias else None, 1e-3)
    else:
        last = x.movedim(1, -1)
        if kind == "layer":
            wanted = F.layer_norm(last, (8,), weight + 1.5, shift if bias else None, 1e-3)
        else:
            wanted = F.rms_norm(last, (8,), weight + 1.5, 1e-3)
        wanted = wanted.movedim(-1, 1)
    found = model(x) if first else model(x.movedim(1, -1)).movedim(-1, 1)
    torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("kind", ["layer", "group"])
def test_a_norm_without_a_bias_is_that_of_torch(kind: str) -> None:
    """`norm`: `bias: false` (layer, group);"""
    model = _built([3], "channels_first", type=kind, bias=False, **({"groups": 2} if kind == "group" else {}))
    assert list(model.state_dict()) == ["n.weight"]


@pytest.mark.parametrize("first", [True, False])
def test_a_frozen_norm_normalizes_by_buffers_in_training_too(first: bool) -> None:
    """As torchvision's FrozenBatchNorm2d; a file of a batch norm loads, with its counter.

    `frozen: true` (batch: weight, bias and statistics are buffers, no `num_batches_tracked`, as torchvision's);
    """
    model = _built([3, 2], "channels_first" if first else "channels_last", type="batch", frozen=True, eps=1e-3)
    names = ["weight", "bias", "running_mean", "running_var"]
    assert list(model.state_dict()) == [f"n.{name}" for name in names]
    assert not list(model.parameters())
    values = {name: torch.rand(8) + 0.5 for name in names}
    state = {f"n.{name}": value for name, value in values.items()}
    model.load_state_dict({**state, "n.num_batches_tracked": torch.tensor(3)})
    x = torch.randn(2, 8, 3, 2)
    wanted = F.batch_norm(
        x, values["running_mean"], values["running_var"], values["weight"], values["bias"], False, 0.1, 1e-3
    )
    found = model.train()(x if first else x.movedim(1, -1))
    torch.testing.assert_close(found if first else found.movedim(-1, 1), wanted)
    assert all((model.state_dict()[key] == value).all() for key, value in state.items())


def test_a_file_of_a_batch_norm_fits_a_frozen_one(tmp_path: Path) -> None:
    state = {f"n.{name}": value for name, value in torch.nn.BatchNorm2d(8).state_dict().items()}
    torch.save(state, tmp_path / "state.pth")
    assert archspec.load_weights(
        _built([2, 2], "channels_first", type="batch", frozen=True), tmp_path / "state.pth"
    ).fits


@pytest.mark.parametrize("size", [[], [3], [2, 3]])
def test_l2_gives_vectors_of_length_one(size: list[int]) -> None:
    """`type: l2` (no weights, over the channels, eps=1e-12, as `F.normalize`)."""
    model = _built(size, "channels_last", type="l2")
    x = torch.randn(2, *size, 8)
    assert not model.state_dict()
    torch.testing.assert_close(model(x), F.normalize(x, dim=-1))
    assert (model(torch.zeros(2, *size, 8)) == 0).all()


@pytest.mark.parametrize("norm", [
    {"type": "batch", "bias": False}, {"type": "instance", "offset": 1.0}, {"type": "layer", "frozen": True},
    {"type": "l2", "affine": False}, {"type": "rms", "bias": False}, {"type": "layer", "affine": False, "offset": 1.0},
], ids=str)  # fmt: skip
def test_arguments_that_do_not_belong_to_the_type_are_errors(norm: dict[str, Any]) -> None:
    spec = {"archspec": 1, "input": [8, 4, 4], "layers": [{"norm": norm}]}
    assert {found.code for found in archspec.validate(spec)} == {"A204"}


def test_batch_norm_of_a_value_without_a_batch_is_an_error_but_for_a_frozen_one() -> None:
    def codes(**norm: Any) -> list[str]:
        nodes = [{"parameter": {"name": "p", "shape": [4]}}, {"norm": {"type": "batch", "from": "p"} | norm}]
        spec = {"archspec": 1, "input": [4], "layers": [*nodes, {"add": [".", "input"]}]}
        return [found.code for found in archspec.validate(spec) if found.severity == "error"]

    assert codes() == ["A402"]
    assert codes(frozen=True) == []
