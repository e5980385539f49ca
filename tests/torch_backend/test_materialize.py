"""Ties, and the values of buffers, outlive whatever replaces the tensors of a network."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import archspec
from tests.sentences.case import full

SPEC = """
input: {vocab: 9, length: 3}
layers:
  - embedding: {name: wte, features: 4}
  - buffer: {name: one, value: [1, 2, 3, 4]}
  - buffer: {name: two, value: 0.5, shape: [3, 1], persistent: false}
  - buffer: {name: ids, value: [1, 0, 2], vocab: 4, persistent: false}
  - add: [., one, two]
  - linear: {name: body.fc, features: 4}
  - linear: {name: twin, features: 4, tie: body.fc}
  - linear: {name: head, features: 9, bias: false, tie: wte}
outputs: {logits: head, ids: ids}
"""
GRAPH = archspec.compile(full(SPEC))
TIES = GRAPH.ties()
VALUES = {"one": [1.0, 2, 3, 4], "two": [[0.5]] * 3, "ids": [1, 0, 2]}


def check(model: Any) -> None:
    parameters = dict(model.named_parameters(remove_duplicate=False))
    assert all(parameters[key] is parameters[owner] for key, owner in TIES.items())
    assert {name: buffer.tolist() for name, buffer in model.named_buffers()} == VALUES
    assert model(torch.tensor([[1, 2, 3]]))["logits"].isfinite().all()


def loaded(state: dict[str, Tensor]) -> nn.Module:
    model = archspec.build(GRAPH, device="meta")
    model.load_state_dict(state, strict=False, assign=True)
    return model


def emptied(_: dict[str, Tensor]) -> nn.Module:
    model = archspec.build(GRAPH, device="meta").to_empty(device="cpu")
    for parameter in model.parameters():
        nn.init.ones_(parameter)
    return model


def weights() -> dict[str, Tensor]:
    return {key: tensor.clone() for key, tensor in archspec.build(GRAPH, seed=1).state_dict().items()}


WAYS: dict[str, Callable[[dict[str, Tensor]], nn.Module]] = {
    "built": lambda state: archspec.build(GRAPH),
    "memory without values": emptied,
    "all keys assigned": loaded,
    "owners alone assigned": lambda state: loaded({key: state[key] for key in state if key not in TIES}),
    "others alone assigned": lambda state: loaded({key: state[key] for key in state if key not in TIES.values()}),
    "converted": lambda state: archspec.build(GRAPH).double().half().float(),
    "copied": lambda state: copy.deepcopy(archspec.build(GRAPH)),
    "pickled": lambda state: pickle.loads(pickle.dumps(archspec.build(GRAPH))),
    "copied from meta": lambda state: emptied({}) and copy.deepcopy(loaded(state)),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_ties_and_values_outlive(way: Callable[[dict[str, Tensor]], nn.Module]) -> None:
    """Ties outlive materializing from meta."""
    check(way(weights()))


def test_a_file_loads_into_memory_without_values(tmp_path: Path) -> None:
    torch.save(weights(), tmp_path / "w.pth")
    model = emptied({})
    assert archspec.load_weights(model, tmp_path / "w.pth").complete
    check(model)
    assert all(torch.equal(tensor, weights()[key]) for key, tensor in model.state_dict().items())


def test_parts_that_were_replaced_stay_so() -> None:
    model: Any = archspec.build(GRAPH)
    model.head = nn.Linear(4, 9)
    model.double()
    assert model.head.weight is not model.wte.weight
    assert model.twin.weight is model.body.fc.weight


def test_on_meta_nothing_has_values() -> None:
    model = archspec.build(GRAPH, device="meta")
    model.half()
    assert all(tensor.is_meta for tensor in (*model.parameters(), *model.buffers()))
    moved: Any = archspec.build(GRAPH).to("meta")
    assert moved.head.weight is moved.wte.weight
    assert all(tensor.is_meta for tensor in (*moved.parameters(), *moved.buffers()))
