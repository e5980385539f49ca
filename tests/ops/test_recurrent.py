"""Recurrent networks and cells against those of torch."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import archspec

SHAPES = [(1, False), (1, True), (2, False), (3, True)]


def _spec(*layers: Any, outputs: dict[str, str], **inputs: Any) -> dict[str, Any]:
    return {"archspec": 1, "inputs": inputs, "layers": list(layers), "outputs": outputs}


def _sequence(channels: int, *size: int | str) -> dict[str, Any]:
    return {"channels": channels, "size": list(size), "layout": "channels_last"}


def _placed(state: Tensor, count: int) -> Tensor:
    """A state of torch, (count, N, features), as archspec has it."""
    return state[0] if count == 1 else state.transpose(0, 1)


@pytest.mark.parametrize(("layers", "bidirectional"), SHAPES)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("op", ["lstm", "gru"])
def test_a_recurrent_network_is_that_of_torch(op: str, layers: int, bidirectional: bool, bias: bool) -> None:
    count = layers * (2 if bidirectional else 1)
    names = ["state", "cell"] if op == "lstm" else ["state"]
    size = [count] if count > 1 else []
    arguments = {"features": 5, "layers": layers, "bidirectional": bidirectional, "bias": bias}
    spec = _spec(
        {op: {"name": "r", "from": "x", **arguments, **{name: f"{name}0" for name in names}}},
        outputs={"y": "r", **{name: f"r.{name}" for name in names}},
        x=_sequence(4, "T"), **{f"{name}0": _sequence(5, *size) for name in names},
    )  # fmt: skip
    model = archspec.build(spec, seed=0)
    theirs = (nn.LSTM if op == "lstm" else nn.GRU)(4, 5, layers, bias, batch_first=True, bidirectional=bidirectional)
    model.load_state_dict({f"r.{key}": value for key, value in theirs.state_dict().items()})
    assert list(model.state_dict()) == [f"r.{key}" for key in theirs.state_dict()]
    for length in (1, 6):
        x, states = torch.randn(3, length, 4), [torch.randn(count, 3, 5) for _ in names]
        y, last = theirs(x, tuple(states) if op == "lstm" else states[0])
        for found in (model, copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
            values = found(x, *[_placed(state, count) for state in states])
            torch.testing.assert_close(values["y"], y)
            for name, state in zip(names, last if op == "lstm" else (last,), strict=True):
                torch.testing.assert_close(values[name], _placed(state, count))


@pytest.mark.parametrize("op", ["lstm", "gru"])
def test_states_are_zeros_unless_given_and_may_be_the_same_for_every_sample(op: str) -> None:
    nodes = [
        {"parameter": {"name": "p", "shape": [5], "init": "normal"}},
        {op: {"name": "r", "features": 5, "state": "p"}},
    ]
    model = archspec.build(_spec(*nodes, {op: {"name": "z", "from": "x", "features": 5}}, outputs={"r": "r", "z": "z"},
                                 x=_sequence(4, 3)), seed=0)  # fmt: skip
    theirs = {name: (nn.LSTM if op == "lstm" else nn.GRU)(4, 5, batch_first=True) for name in "rz"}
    for name, module in theirs.items():
        module.load_state_dict(getattr(model, name).state_dict())
    x = torch.randn(2, 3, 4)
    start = model.p.detach().expand(1, 2, 5).contiguous()
    found = model(x)
    torch.testing.assert_close(found["z"], theirs["z"](x)[0])
    given = (start, torch.zeros(1, 2, 5)) if op == "lstm" else start
    torch.testing.assert_close(found["r"], theirs["r"](x, given)[0])


@pytest.mark.parametrize("size", [(), (3,), (2, 3)])
@pytest.mark.parametrize("op", ["lstm_cell", "gru_cell"])
def test_a_cell_is_that_of_torch_at_each_position(op: str, size: tuple[int, ...]) -> None:
    names = ["state", "cell"] if op == "lstm_cell" else ["state"]
    spec = _spec(
        {op: {"name": "c", "from": "x", "features": 5, **{name: f"{name}0" for name in names}}},
        outputs={"y": "c", **({"cell": "c.cell"} if op == "lstm_cell" else {})},
        x=_sequence(4, *size), **{f"{name}0": _sequence(5, *size) for name in names},
    )  # fmt: skip
    model = archspec.build(spec, seed=0)
    theirs = (nn.LSTMCell if op == "lstm_cell" else nn.GRUCell)(4, 5)
    assert list(model.state_dict()) == [f"c.{key}" for key in theirs.state_dict()]
    model.load_state_dict({f"c.{key}": value for key, value in theirs.state_dict().items()})
    x, states = torch.randn(2, *size, 4), [torch.randn(2, *size, 5) for _ in names]
    flat = [state.reshape(-1, 5) for state in states]
    wanted = theirs(x.reshape(-1, 4), tuple(flat) if op == "lstm_cell" else flat[0])
    found = model(x, *states)
    values = found.values() if isinstance(found, dict) else (found,)
    for value, other in zip(values, wanted if op == "lstm_cell" else (wanted,), strict=True):
        torch.testing.assert_close(value, other.reshape(2, *size, 5))


def test_a_cell_may_run_again_as_a_recurrent_network() -> None:
    """`reuse` steps along; the result is that of `nn.LSTM`."""
    steps: list[Any] = []
    for i in range(3):
        steps.append({"select": {"name": f"x{i}", "from": "x", "index": i}})
        given = {} if i == 0 else {"state": f"h{i - 1}", "cell": f"h{i - 1}.cell"}
        if i == 0:
            steps += [
                {"select": {"name": "h", "from": "start", "index": 0}},
                {"lstm_cell": {"name": "h0", "from": "x0", "features": 5, "state": "h", "cell": "h"}},
            ]
        else:
            steps.append({"reuse": {"of": "h0", "name": f"h{i}", "from": f"x{i}", **given}})
    spec = _spec(*steps, outputs={"y": "h2"}, x=_sequence(4, 3), start=_sequence(5, 1))
    model = archspec.build(spec, seed=0)
    theirs = nn.LSTM(4, 5, batch_first=True)
    theirs.load_state_dict({f"{key}_l0": value for key, value in model.h0.state_dict().items()})
    x = torch.randn(2, 3, 4)
    torch.testing.assert_close(model(x, torch.zeros(2, 1, 5))["y"], theirs(x)[0][:, -1])


WRONG = [
    ("A404", [{"lstm": {"name": "r", "features": 5, "layers": 2}}, {"lstm": {"features": 5, "state": "r.state"}}]),
    ("A404", [{"lstm": {"features": 5, "state": "x"}}]),
    ("A402", ["flatten", {"lstm": 5}]),
    ("A302", [{"gru": {"name": "r", "features": 5}}, {"lstm": {"features": 5, "cell": "r.cell"}}]),
    ("A404", [{"gru_cell": {"features": 5, "state": "x"}}]),
    ("A201", [{"gru": {"features": 5, "cell": "x"}}]),
]  # fmt: skip


@pytest.mark.parametrize(("code", "nodes"), WRONG, ids=str)
def test_what_does_not_fit_is_told(code: str, nodes: list[Any]) -> None:
    spec = {"archspec": 1, "inputs": {"x": _sequence(4, 3)}, "layers": nodes}
    assert [found.code for found in archspec.validate(spec) if found.severity == "error"] == [code]
