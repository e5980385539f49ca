from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

import archspec
from archspec.errors import ExportError
from archspec.export import export
from archspec.export.safetensors import Safetensors
from archspec.torch_backend.weights import load_weights
from tests.export.networks import network
from tests.sentences.case import full


def test_holds_the_weights_and_says_whose_they_are(folder: Path) -> None:
    graph, model = network("image")
    export(graph, model, folder, ["safetensors"])
    path = folder / "tiny.safetensors"
    state = load_file(path)
    assert state.keys() == model.state_dict().keys()
    assert all(torch.equal(tensor, state[key]) for key, tensor in model.state_dict().items())
    with safe_open(path, "pt") as file:
        assert file.metadata() == {
            "archspec": archspec.__version__,
            "fingerprint": graph.fingerprint,
            "format": "pt",
            "spec": "tiny",
        }
    other = archspec.build(graph, seed=9)
    load_weights(other, path)
    assert all(torch.equal(tensor, state[key]) for key, tensor in other.state_dict().items())


def test_takes_weights_as_they_lie_in_memory(folder: Path) -> None:
    graph, model = network("image")
    model.to(memory_format=torch.channels_last)
    model.linear.weight.data = torch.randn(8, 5).t()
    model.norm.weight.data = model.norm.bias.data  # one memory under two keys
    export(graph, model, folder, ["safetensors"])
    state = load_file(folder / "tiny.safetensors")
    assert all(torch.equal(tensor, state[key]) for key, tensor in model.state_dict().items())


@pytest.mark.parametrize("key", ["linear.bias", "norm.running_var"])
def test_notices_other_values(key: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def tampered(state: dict[str, torch.Tensor], path: Path, metadata: Any) -> None:
        state[key] = state[key] + 1e-3
        save_file(state, path, metadata)

    monkeypatch.setattr("safetensors.torch.save_file", tampered)
    with pytest.raises(
        ExportError, match=f"cannot export `tiny` as safetensors: the file has other values for `{key}`"
    ):
        export(*network("image"), folder, [Safetensors()])
    assert not folder.exists()


TIED = """
layers:
  - parameter: {name: row, shape: [8]}
  - linear: {name: first, features: 8}
  - add: [., row]
  - linear: {name: second, features: 8, tie: first}
  - parameter: {name: spec, shape: [8], tie: row}
  - add: [., spec]
input: [8]
"""


def test_a_tied_weight_stands_there_once_and_the_metadata_name_its_other_key(folder: Path) -> None:
    """Both keys stand in `state_dict`, as with torch. A safetensors file holds a tied weight once and names the alias
    in its metadata;"""
    graph = archspec.compile(full(TIED))
    model = archspec.build(graph, seed=1)
    export(graph, model, folder, ["safetensors"])
    path = folder / f"{graph.name}.safetensors"
    with safe_open(path, "pt") as file:
        # what archspec itself says of a file has that name already
        assert set(file.keys()) == {"row", "spec", "first.weight", "first.bias"}
        aliases = {key: owner for key, owner in file.metadata().items() if key.startswith("second.")}
        assert aliases == {"second.weight": "first.weight", "second.bias": "first.bias"}
        assert file.metadata()["spec"] == graph.name
    other = archspec.build(graph, seed=2)
    assert load_weights(other, path).complete
    assert all(torch.equal(tensor, other.state_dict()[key]) for key, tensor in model.state_dict().items())
    assert other.second.weight is other.first.weight


@pytest.mark.parametrize("format", ["safetensors", "python", "resolved", "pt2"])
def test_tied_weights_that_a_user_laid_apart(format: str, folder: Path) -> None:
    graph = archspec.compile(full(TIED))
    model = archspec.build(graph, seed=1)
    model.second.weight = torch.nn.Parameter(model.second.weight.detach().clone())
    export(graph, model, folder, [format])
    with torch.no_grad():
        model.second.weight += 1
    with pytest.raises(ExportError, match="are tied in the spec, but have different values"):
        export(graph, model, folder, [format])
