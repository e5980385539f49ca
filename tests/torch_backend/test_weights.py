from __future__ import annotations

import io
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

import archspec
from archspec.errors import WeightsError
from archspec.torch_backend.weights import SHOWN, compare, load_weights, read_weights

SPEC = """
    archspec: 1
    name: tiny
    input: [3, 8, 8]
    layers:
      - conv: {name: conv1, channels: 4, kernel: 3}
      - norm: {name: bn1, type: batch}
      - global_pool
      - linear: {name: fc, features: 5}
"""

State = dict[str, Tensor]


def build(seed: int = 0) -> nn.Module:
    return archspec.build(SPEC, seed=seed)


def saved(path: Path, content: Any) -> Path:
    if path.suffix == ".safetensors":
        save_file(content, path)
    else:
        torch.save(content, path)
    return path


def message(path: Path) -> str:
    model = build()
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    with pytest.raises(WeightsError) as caught:
        load_weights(model, path)
    assert all(torch.equal(tensor, before[key]) for key, tensor in model.state_dict().items()), "half loaded"
    return str(caught.value)


@pytest.mark.parametrize(
    ("file", "wrap"),
    [
        ("w.safetensors", lambda state: state),
        ("w.pth", lambda state: state),
        ("w.pt", lambda state: {"state_dict": state, "epoch": 90, "optimizer": {"lr": 0.1}}),
        ("w.bin", lambda state: {"model": state}),
    ],
)
def test_loads_what_fits(file: str, wrap: Callable[[State], Any], tmp_path: Path) -> None:
    source, model = build(seed=1), build(seed=2)
    report = load_weights(model, saved(tmp_path / file, wrap(source.state_dict())))
    assert report.fits
    assert str(report) == "all 9 tensors fit"
    assert all(torch.equal(tensor, source.state_dict()[key]) for key, tensor in model.state_dict().items())


def test_a_mismatch_is_a_table(tmp_path: Path) -> None:
    state = build().state_dict()
    state["conv.weight"] = state.pop("conv1.weight")
    state["fc.weight"] = torch.ones(7, 4)
    state["bn1.num_batches_tracked"] = torch.ones(2)
    path = saved(tmp_path / "w.pth", state)
    assert message(path) == "\n".join(
        [
            f"{path} does not fit the network:",
            "  missing      conv1.weight             nearest: conv.weight",
            "  unexpected   conv.weight              nearest: conv1.weight",
            "  other shape  bn1.num_batches_tracked  a single number in the network, 2 in the file",
            "  other shape  fc.weight                5 × 4 in the network, 7 × 4 in the file",
        ]
    )


def test_a_long_table_is_cut(tmp_path: Path) -> None:
    state = {**build().state_dict(), **{f"extra.{i}": torch.ones(1) for i in range(SHOWN + 5)}}
    text = message(saved(tmp_path / "w.safetensors", state))
    assert text.endswith("unexpected  … and 5 more")
    assert len(text.splitlines()) == SHOWN + 2


def test_a_prefix_on_every_key_is_noticed(tmp_path: Path) -> None:
    state = {f"module.{key}": tensor for key, tensor in build().state_dict().items()}
    text = message(saved(tmp_path / "w.pth", state))
    assert text.endswith("help: without `module.` in front, every key of the file would be one of the network")


@pytest.mark.parametrize(
    ("tensor", "reason"),
    [
        (torch.ones(5, dtype=torch.int8), "floating-point numbers in the network, int8 in the file"),
        (torch.ones(5, dtype=torch.complex64), "not dense real numbers"),
        (torch.ones(5).to_sparse(), "not dense real numbers"),
        (torch.ones(5, device="meta"), "not dense real numbers"),
    ],
)
def test_values_of_another_kind_do_not_fit(tensor: Tensor, reason: str) -> None:
    report = compare(build(), {**build().state_dict(), "fc.bias": tensor})
    assert [(found.key, found.reason.startswith(reason)) for found in report.mismatched] == [("fc.bias", True)]


def test_other_floats_are_converted(tmp_path: Path) -> None:
    state = {key: t.double() if t.is_floating_point() else t for key, t in build(1).state_dict().items()}
    model = build(2)
    load_weights(model, saved(tmp_path / "w.pth", state))
    assert torch.equal(model.fc.weight, build(1).fc.weight)


def test_compares_graphs_and_shapes_too() -> None:
    state = build().state_dict()
    assert compare(archspec.compile(SPEC), state).fits
    assert compare({key: tuple(tensor.shape) for key, tensor in state.items()}, state).fits
    report = compare({"b": (1,), "a": (2, 3)}, {"c": torch.ones(1), "a": torch.ones(2, 3)})
    assert (report.loaded, report.missing, report.unexpected, report.mismatched) == (("a",), ("b",), ("c",), ())


class Hostile:
    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self.target}",)


def test_nothing_in_a_file_is_executed(tmp_path: Path) -> None:
    hostile = Hostile(tmp_path / "executed")
    name = os.system.__module__
    (tmp_path / "raw.pth").write_bytes(pickle.dumps(hostile, 2))
    for path in (
        saved(tmp_path / "alone.pth", hostile),
        saved(tmp_path / "within.pth", {**build().state_dict(), "fc.bias": hostile}),
        tmp_path / "raw.pth",
    ):
        assert f"it holds `{name}.system`, and reading anything but tensors could execute code" in message(path)
    assert not (tmp_path / "executed").exists()


def test_a_whole_module_is_refused(tmp_path: Path) -> None:
    assert "save the `state_dict()` alone" in message(saved(tmp_path / "w.pth", build()))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ([1, 2], "holds no mapping from keys to tensors, but a list"),
        (torch.ones(3), "holds no mapping from keys to tensors, but a Tensor"),
        ({"fc.bias": torch.ones(5), "epoch": 3}, "holds more than tensors: `epoch` (int); save the state dict alone"),
        ({3: torch.ones(5)}, "holds more than tensors: `3` (Tensor)"),
    ],
)
def test_other_content_is_an_error(content: Any, reason: str, tmp_path: Path) -> None:
    assert reason in message(saved(tmp_path / "w.pth", content))


def truncated() -> bytes:
    buffer = io.BytesIO()
    torch.save(build().state_dict(), buffer)
    return buffer.getvalue()[:-200]


def empty_archive() -> bytes:
    buffer = io.BytesIO()
    zipfile.ZipFile(buffer, "w").close()
    return buffer.getvalue()


DAMAGED = [b"", b"hello", b"PK\x03\x04", b"\x80\x04.", b"(" * 50_000, b"\xff" * 64, truncated(), empty_archive()]


@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_file_is_an_error(content: bytes, tmp_path: Path) -> None:
    for name in ("w.pth", "w.safetensors"):
        path = tmp_path / name
        path.write_bytes(content)
        assert message(path).startswith(f"{path} ")
        assert "Traceback" not in message(path)
        assert len(message(path)) < 300 + len(str(path))


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    for path in (tmp_path / "none.pth", tmp_path):
        with pytest.raises(WeightsError, match="there is no file"):
            read_weights(path)


def test_a_network_without_values_takes_no_weights(tmp_path: Path) -> None:
    path = saved(tmp_path / "w.pth", build().state_dict())
    with pytest.raises(WeightsError, match="device `meta`"):
        load_weights(archspec.build(SPEC, device="meta"), path)
