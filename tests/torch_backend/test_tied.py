"""Keys that share memory take one value, or none is loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import archspec
from archspec.errors import WeightsError

SPEC = """
    archspec: 1
    name: tied
    input: [8]
    layers: [linear: {name: linear1, features: 8}, linear: {name: linear2, features: 8}, linear: 8]
"""
KEYS = ("linear1.weight", "linear2.weight")


def _same(model: Any) -> None:
    model.linear2.weight = model.linear1.weight


def _memory(model: Any) -> None:
    model.linear2.weight = nn.Parameter(model.linear1.weight.detach())


def _module(model: Any) -> None:
    model.linear2 = model.linear1


def _turned(model: Any) -> None:
    model.linear2.weight = nn.Parameter(model.linear1.weight.detach().T)


def _rows(model: Any) -> None:
    model.linear1.weight = nn.Parameter(torch.cat([model.linear1.weight.detach(), torch.zeros(4, 8)])[:8])
    whole = model.linear1.weight.untyped_storage()
    model.linear2.weight = nn.Parameter(torch.empty(0).set_(whole, 32, (8, 8)))


def tied(lay: Callable[[Any], None], seed: int) -> tuple[nn.Module, dict[str, Tensor]]:
    model = archspec.build(SPEC, seed=seed)
    lay(model)
    return model, {key: tensor.clone() for key, tensor in model.state_dict().items()}


@pytest.mark.parametrize("lay", [_same, _memory, _module, _turned, _rows])
@pytest.mark.parametrize("spoilt", KEYS)
def test_two_values_are_an_error_that_names_both_keys(lay: Any, spoilt: str, tmp_path: Path) -> None:
    _, state = tied(lay, 1)
    torch.save(state | {spoilt: state[spoilt] + 1}, tmp_path / "w.pth")
    model, before = tied(lay, 2)
    with pytest.raises(WeightsError) as caught:
        archspec.load_weights(model, tmp_path / "w.pth")
    assert "different values for `linear1.weight` and `linear2.weight`" in str(caught.value)
    assert all(torch.equal(tensor, before[key]) for key, tensor in model.state_dict().items()), "half loaded"
    torch.save(state, tmp_path / "w.pth")
    archspec.load_weights(model, tmp_path / "w.pth")
    assert all(torch.equal(tensor, state[key]) for key, tensor in model.state_dict().items())


@pytest.mark.parametrize("lay", [_same, _memory])
@pytest.mark.parametrize("absent", KEYS)
def test_one_of_two_tied_keys_is_enough(lay: Any, absent: str, tmp_path: Path) -> None:
    _, state = tied(lay, 1)
    torch.save({key: tensor for key, tensor in state.items() if key != absent}, tmp_path / "w.pth")
    model, _ = tied(lay, 2)
    assert archspec.load_weights(model, tmp_path / "w.pth").complete
    assert all(torch.equal(tensor, state[key]) for key, tensor in model.state_dict().items())


def test_a_key_that_shares_a_part_is_not_spared(tmp_path: Path) -> None:
    _, state = tied(_rows, 1)
    torch.save({key: tensor for key, tensor in state.items() if key != KEYS[1]}, tmp_path / "w.pth")
    with pytest.raises(WeightsError, match=f"missing +{KEYS[1]}"):
        archspec.load_weights(tied(_rows, 2)[0], tmp_path / "w.pth")
