"""Recurrent layers are those of torch, bit for bit, with the batch first and states as values."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import archspec
from archspec.errors import ExportError
from archspec.export.export import export
from archspec.graph.graph import Graph

HEAD = "archspec: 1\nname: t\ninput: {channels: 5, size: [7], layout: channels_last}\nlayers:\n"
TORCH = {"lstm": nn.LSTM, "gru": nn.GRU}
CELLS = {"lstm_cell": nn.LSTMCell, "gru_cell": nn.GRUCell}


def compiled(tmp_path: Path, text: str) -> Graph:
    file = tmp_path / "t.yaml"
    file.write_text(text if text.startswith("archspec") else HEAD + text)
    return archspec.compile(file)


def run(tmp_path: Path, text: str, *inputs: Tensor, seed: int = 3) -> tuple[nn.Module, Any]:
    module = archspec.build(compiled(tmp_path, text), seed=seed).eval()
    with torch.no_grad():
        return module, module(*inputs)


def states(found: Any) -> tuple[Tensor, ...]:
    """What torch gives besides, with the batch first, without an axis of one."""
    given = found if isinstance(found, tuple) else (found,)
    return tuple(state[0] if len(state) == 1 else state.transpose(0, 1) for state in given)


@pytest.mark.parametrize("op", TORCH)
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("given", [False, True])
def test_layers(tmp_path: Path, op: str, layers: int, both: bool, bias: bool, given: bool) -> None:
    """a sequence to a sequence, torch's keys; `state` and `cell` take the same, and are zeros unless given

    `lstm`, `gru`: features (of the hidden state), layers=1, bidirectional=false, dropout=0, bias=true, `state: ref`
    and, of `lstm`, `cell: ref`: a sequence to a sequence, torch's keys. `NAME.state` and `NAME.cell` are the
    last ones: (layers · directions) × features, layer by layer, forward first, a vector where that is one;
    `state` and `cell` take the same, and are zeros unless given.
    """
    rows, names = layers * (1 + both), ["state", "cell"] if op == "lstm" else ["state"]
    shape = f"[{rows}, 6]" if rows > 1 else "[6]"
    own = "".join(f"  - parameter: {{name: {name}0, shape: {shape}, init: normal}}\n" for name in names if given)
    more = "".join(f", {name}: {name}0" for name in names if given)
    kinds = f"layers: {layers}, bidirectional: {str(both).lower()}, bias: {str(bias).lower()}"
    outputs = ", ".join(f"{name}: rnn.{name}" for name in names)
    text = f"{own}  - {op}: {{name: rnn, features: 6, {kinds}{more}}}\noutputs: {{y: rnn, {outputs}}}\n"
    x = torch.randn(4, 7, 5)
    module, found = run(tmp_path, text, x)
    wanted = TORCH[op](5, 6, layers, bias=bias, batch_first=True, bidirectional=both)
    assert [*wanted.state_dict()] == [key.removeprefix("rnn.") for key in module.state_dict() if "rnn." in key]
    wanted.load_state_dict({key: module.state_dict()[f"rnn.{key}"] for key in wanted.state_dict()})
    starts = [
        module.get_parameter(f"{name}0").reshape(rows, 1, 6).expand(-1, 4, -1).contiguous() for name in names if given
    ]
    start = (tuple(starts) if op == "lstm" else starts[0]) if given else None
    with torch.no_grad():
        y, last = wanted(x, start)
    assert torch.equal(found["y"], y)
    for name, state in zip(names, states(last), strict=True):
        assert torch.equal(found[name], state)


@pytest.mark.parametrize("op", CELLS)
@pytest.mark.parametrize("size", [(), (7,), (2, 3)], ids=str)
@pytest.mark.parametrize("given", [False, True])
def test_cells(tmp_path: Path, op: str, size: tuple[int, ...], given: bool) -> None:
    """of vectors or at each position, also gives `NAME.cell`

    `gru_cell: {features, state}`; `lstm_cell: {features, state, cell}`, of vectors or at each position, also gives
    `NAME.cell`.
    """
    names = ["state", "cell"] if op == "lstm_cell" else ["state"]
    declared = "".join(
        f"  {name}: {{channels: {channels}, size: {list(size)}, layout: channels_last}}\n"
        if size
        else f"  {name}: [{channels}]\n"
        for name, channels in [("x", 5), *((name, 6) for name in names if given)]
    )
    more = "".join(f", {name}: {name}" for name in names if given)
    outputs = ", cell: rnn.cell" if op == "lstm_cell" else ""
    text = f"archspec: 1\nname: t\ninputs:\n{declared}layers:\n  - {op}: {{name: rnn, from: x, features: 6{more}}}\n"
    values = [torch.randn(4, *size, 5), *[torch.randn(4, *size, 6) for _ in names if given]]
    module, found = run(tmp_path, f"{text}outputs: {{y: rnn{outputs}}}\n", *values)
    wanted = CELLS[op](5, 6)
    wanted.load_state_dict({key.removeprefix("rnn."): value for key, value in module.state_dict().items()})
    rows, *starts = [value.flatten(0, -2) for value in values]
    with torch.no_grad():
        last = wanted(rows, (tuple(starts) if op == "lstm_cell" else starts[0]) if given else None)
    for have, want in zip(found.values(), last if op == "lstm_cell" else (last,), strict=True):
        assert torch.equal(have, want.reshape(4, *size, 6))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_a_state_of_each_sample_with_a_value_that_is_the_same_for_all(tmp_path: Path, dtype: torch.dtype) -> None:
    text = (
        "  - lstm: {name: a, features: 6}\n  - parameter: {name: p, shape: [9, 5], init: normal}\n"
        "  - lstm: {name: b, from: p, features: 6, state: a.state}\n"
        "  - lstm_cell: {name: c, from: p, features: 6}\noutputs: {y: b, s: b.state, c: c.cell}\n"
    )
    graph = compiled(tmp_path, text)
    module = archspec.build(graph, seed=0).eval().to(dtype)
    with torch.no_grad():
        x = torch.randn(3, 7, 5, dtype=dtype)
        found = module(x)
        assert {name: tuple(value.shape) for name, value in found.items()} == {
            "y": (3, 9, 6),
            "s": (3, 6),
            "c": (3, 9, 6),
        }
        for row in range(3):
            alone = module(x[row : row + 1])
            torch.testing.assert_close(alone, {name: value[row : row + 1] for name, value in found.items()})


def test_weights_start_as_torch_starts_them(tmp_path: Path) -> None:
    """Uniform within 1/√features, and what `init` says otherwise."""
    text = "  - gru: {name: a, features: 64, init: {bias_hh_l0: zeros}}\n  - lstm_cell: {name: b, features: 16}\n"
    state = archspec.build(compiled(tmp_path, text), seed=0).state_dict()
    assert not state["a.bias_hh_l0"].any()
    for key, value in state.items():
        if key != "a.bias_hh_l0":
            bound = 64**-0.5 if key.startswith("a.") else 16**-0.5
            assert bound * 0.8 < float(value.abs().max()) <= bound, key


def test_a_tied_weight_and_one_from_meta_are_what_runs(tmp_path: Path) -> None:
    text = "  - gru: {name: a, features: 5}\n  - gru: {name: b, features: 5, tie: a}\n"
    graph, x = compiled(tmp_path, text), torch.randn(2, 7, 5)
    module = archspec.build(graph, seed=0).eval()
    assert module.b.weight_hh_l0 is module.a.weight_hh_l0
    empty = archspec.build(compiled(tmp_path, text), device="meta").eval()
    empty.load_state_dict(module.state_dict(), assign=True)
    with torch.no_grad():
        assert torch.equal(empty(x), module(x))
        before = module(x)
        module.a.weight_hh_l0.zero_()
        assert not torch.equal(module(x), before)


def test_torch_fx(tmp_path: Path) -> None:
    text = (
        "  - lstm: {name: a, features: 6, layers: 2, bidirectional: true}\n"
        "  - lstm: {name: b, features: 6, layers: 4, state: a.cell}\n"
        "  - gru_cell: {name: c, features: 6, state: b}\noutputs: {y: c, s: b.state}\n"
    )
    module, found = run(tmp_path, text, x := torch.randn(2, 7, 5))
    with torch.no_grad():
        traced: Mapping[str, Tensor] = torch.fx.symbolic_trace(module)(x)
    assert all(torch.equal(traced[name], value) for name, value in found.items())


@pytest.mark.parametrize("form", ["pt2", "onnx"])
def test_an_open_length_is_an_error_that_names_the_node(tmp_path: Path, form: str) -> None:
    """An open length is an error of pt2 and ONNX

    An open length is an error of pt2 and ONNX
    """
    head = "archspec: 1\nname: t\ninput: {vocab: 9, length: L}\nlayers:\n"
    text = f"{head}  - embedding: 4\n  - gru: {{name: r, features: 4}}\n"
    graph = compiled(tmp_path, text)
    with pytest.raises(ExportError, match=r"`r` \(.*t.yaml:6:5\) goes over the open length L"):
        export(graph, archspec.build(graph, seed=0), tmp_path / "out", [form])
