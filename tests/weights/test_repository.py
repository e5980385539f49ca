"""Weights of the Hugging Face Hub, without a network: a stand-in for the package downloads from a folder."""

from __future__ import annotations

import json
import sys
from fnmatch import fnmatch
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

import archspec
from archspec.errors import MissingExtra, WeightsError
from archspec.weights.repository import Address, fetch, parse
from tests.tensors import same_state

STATE = {"fc.weight": torch.ones(2, 3), "fc.bias": torch.zeros(2)}
SPEC = "archspec: 1\nname: tiny\ninput: [3]\nlayers: [linear: {name: fc, features: 2}]\n"


class Hub:
    """What `huggingface_hub` is asked for, and the files it has."""

    def __init__(self, cache: Path) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[dict[str, Any]] = []
        self.error: Exception | None = None
        self.cache = cache

    def snapshot_download(
        self, name: str, *, allow_patterns: list[str], ignore_patterns: list[str] | None = None, **options: Any
    ) -> str:
        self.asked.append({"name": name, **options})
        if self.error is not None:
            raise self.error
        for file, content in self.files.items():
            wanted = any(fnmatch(file, pattern) for pattern in allow_patterns)
            if wanted and not any(fnmatch(file, pattern) for pattern in ignore_patterns or ()):
                path = self.cache / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        return str(self.cache)

    def add(self, name: str, state: dict[str, torch.Tensor], folder: Path) -> None:
        path = folder / "added"
        save_file(state, path) if name.endswith(".safetensors") else torch.save(state, path)
        self.files[name] = path.read_bytes()


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    (tmp_path / "cache").mkdir()
    found = Hub(tmp_path / "cache")
    module = ModuleType("huggingface_hub")
    module.snapshot_download = found.snapshot_download  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "huggingface_hub", module)
    return found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("hf://timm/vit", Address("timm/vit")),
        ("hf://timm/vit.a-b_1", Address("timm/vit.a-b_1")),
        ("hf://timm/vit@v1.0", Address("timm/vit", "v1.0")),
        ("hf://timm/vit/model.safetensors", Address("timm/vit", "", "model.safetensors")),
        ("hf://timm/vit@refs%2Fpr%2F1/a/b.bin", Address("timm/vit", "refs%2Fpr%2F1", "a/b.bin")),
    ],
)
def test_addresses(text: str, found: Address) -> None:
    assert parse(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "hf://", "hf://a", "hf://a/", "hf:///b", "hf://a/b/", "hf://a/b//c", "hf://a/b/../c", "hf://../b", "hf://a/..",
        "hf://a b/c", "hf://a/b@", "hf://a/b@/c", "hf://-a/b", "hf://a/b\n", "hf://é/b", "HF://a/b", "hf:/a/b",
        "hf://a/" + "b" * 200,
    ],
)  # fmt: skip
def test_what_is_no_address(text: str, hub: Hub) -> None:
    with pytest.raises(WeightsError, match="is not of the form hf://OWNER/NAME"):
        fetch(text)
    assert not hub.asked


@pytest.mark.parametrize(
    ("files", "taken"),
    [
        (["model.safetensors"], "model.safetensors"),
        (["model.safetensors", "pytorch_model.bin"], "model.safetensors"),
        (["pytorch_model.bin", "notes.txt"], "pytorch_model.bin"),
        (["model.safetensors", "model.fp16.safetensors"], "model.safetensors"),
        (["tiny.safetensors", "manifest.json"], "tiny.safetensors"),
        (["weights.pth"], "weights.pth"),
        (["pytorch_model.bin", "onnx/other.safetensors"], "pytorch_model.bin"),
    ],
)
def test_the_file_that_is_taken(files: list[str], taken: str, hub: Hub, tmp_path: Path) -> None:
    for file in files:
        if not file.endswith((".txt", ".json")):
            hub.add(file, STATE, tmp_path)
    assert fetch("hf://o/n") == hub.cache / taken
    model = archspec.build(SPEC, seed=0, weights="hf://o/n")
    assert same_state(model.state_dict(), STATE)
    assert str(model._origin) == "those of hf://o/n"


def test_a_file_of_a_revision(hub: Hub, tmp_path: Path) -> None:
    hub.add("a/[x].safetensors", STATE, tmp_path)
    assert fetch("hf://o/n@v2/a/[x].safetensors") == hub.cache / "a" / "[x].safetensors"
    assert hub.asked == [{"name": "o/n", "revision": "v2"}]
    with pytest.raises(WeightsError, match=r"the repository `o/n` has no file `b\.bin`"):
        fetch("hf://o/n/b.bin")


@pytest.mark.parametrize("address", ["hf://o/n", "hf://o/n/sub/model.safetensors.index.json"])
def test_shards(address: str, hub: Hub, tmp_path: Path) -> None:
    folder = "sub/" if "sub" in address else ""
    for key in STATE:
        hub.add(f"{folder}{key}.safetensors", {key: STATE[key]}, tmp_path)
    index = {"weight_map": {key: f"{key}.safetensors" for key in STATE}}
    hub.files[f"{folder}model.safetensors.index.json"] = json.dumps(index).encode()
    assert archspec.check_weights(SPEC, address).fits
    assert same_state(archspec.build(SPEC, weights=address).state_dict(), STATE)


def test_several_files_of_weights(hub: Hub, tmp_path: Path) -> None:
    for name in ("a", "b"):
        hub.add(f"{name}.safetensors", STATE, tmp_path)
    with pytest.raises(WeightsError, match=r"several files of weights: `a\.safetensors`, `b\.safe.*name one"):
        fetch("hf://o/n")


def test_a_repository_without_weights(hub: Hub) -> None:
    hub.files["README.md"] = b""
    with pytest.raises(WeightsError, match="has no file of weights"):
        fetch("hf://o/n")


def kind(name: str, *bases: type[Exception]) -> type[Exception]:
    return type(name, bases or (Exception,), {})


NOT_FOUND = kind("RepositoryNotFoundError", OSError)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (NOT_FOUND("404"), "there is no repository `o/n` on the Hugging Face Hub, or it is private"),
        (kind("GatedRepoError", NOT_FOUND)("401"), "is gated: accept its terms"),
        (kind("RevisionNotFoundError")("404"), "the repository `o/n` has no revision `v1`"),
        (kind("LocalEntryNotFoundError", FileNotFoundError)("no"), "cannot be reached, and `o/n` is not in its cache"),
        (kind("OfflineModeIsEnabled", ConnectionError)("offline"), "cannot be reached"),
        (ConnectionError("refused"), "cannot be reached"),
        (TimeoutError("late"), "cannot be reached"),
        (kind("HFValidationError", ValueError)("\n bad\nname"), "cannot be downloaded: bad"),
        (OSError(28, "No space left on device"), "cannot be downloaded: .*No space left"),
        (RuntimeError(""), "cannot be downloaded: RuntimeError"),
    ],
)
def test_what_the_hub_refuses(error: Exception, message: str, hub: Hub) -> None:
    hub.error = error
    with pytest.raises(WeightsError, match=message) as caught:
        archspec.check_weights(SPEC, "hf://o/n@v1")
    assert len(str(caught.value).splitlines()) == 1
    with pytest.raises(WeightsError, match=message):
        archspec.from_pretrained("o/n", revision="v1")


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingExtra, match=r"archspec-nn\[hub\]"):
        fetch("hf://o/n")


def test_the_errors_are_those_of_the_package() -> None:
    """Known by name here, so that they may move there."""
    errors = pytest.importorskip("huggingface_hub.errors")
    for name in ("RepositoryNotFoundError", "GatedRepoError", "RevisionNotFoundError", "LocalEntryNotFoundError"):
        assert issubclass(getattr(errors, name), Exception)
