"""Networks saved to a folder come back as they were, with and without the mixin of the hub."""

from __future__ import annotations

import copy
import json
import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time

import pytest
import torch
from torch import nn

import archspec
from archspec import hub
from archspec.errors import ExportError, MissingExtra, UsageError, WeightsError
from archspec.export import export
from tests.export.networks import SPECS

FILES = ["manifest.json", "tiny.resolved.yaml", "tiny.safetensors"]


def network() -> tuple[archspec.Graph, nn.Module]:
    graph = archspec.compile(SPECS["image"], {"classes": 7})
    return graph, archspec.build(graph, seed=3)


def same(a: nn.Module, b: nn.Module) -> bool:
    x = torch.randn(2, 3, 16, 16)
    with torch.no_grad():
        return torch.equal(a.eval()(x), b.eval()(x)) and list(a.state_dict()) == list(b.state_dict())


def test_a_saved_network_comes_back(tmp_path: Path) -> None:
    _, model = network()
    archspec.save_pretrained(model, tmp_path / "net", SPECS["image"], params={"classes": 7})
    assert sorted(path.name for path in (tmp_path / "net").iterdir()) == FILES
    found = archspec.from_pretrained(tmp_path / "net")
    assert not found.training
    assert same(found, model)


SHARED = """
archspec: 1
name: shared
input: {vocab: 9, length: 3}
layers:
  - embedding: {name: wte, features: 4}
  - buffer: {name: fixed, value: [1, 2, 3, 4]}
  - buffer: {name: hidden, value: 0.5, shape: [4], persistent: false}
  - buffer: {name: drawn, init: normal, shape: [4]}
  - add: [., fixed, hidden, drawn]
  - linear: {name: head, features: 9, bias: false, tie: wte}
weights: {transpose: ['^wte'], add: {head: 1}}
"""


def test_ties_buffers_and_rules_come_back(tmp_path: Path) -> None:
    """What archspec wrote is the network's own: the rules are for others, and stay in the spec."""
    model = archspec.build(SHARED, seed=1).eval()
    archspec.save_pretrained(model, tmp_path)
    again = archspec.from_pretrained(tmp_path)
    assert again.head.weight is again.wte.weight
    assert list(again.state_dict()) == list(model.state_dict())
    ids = torch.tensor([[1, 2, 3]])
    assert torch.equal(again(ids), model(ids))
    assert again.graph.rules == model.graph.rules


def test_feature_levels_come_back(tmp_path: Path) -> None:
    text = (
        "archspec: 1\nname: staged\ninput: [3, 8, 8]\nstages: [{layers: [conv: 4]}]\nhead: [global_pool, linear: 2]\n"
    )
    model = archspec.build(text, seed=0, features=True).eval()
    archspec.save_pretrained(model, tmp_path, text, features=True)
    x = torch.randn(1, 3, 8, 8)
    found = archspec.from_pretrained(tmp_path)
    assert found.feature_info == model.feature_info
    assert torch.equal(found(x)["stage1"], model(x)["stage1"])


def test_another_networks_module_is_refused(tmp_path: Path) -> None:
    _, model = network()
    with pytest.raises(ExportError, match="does not match `tiny`"):
        archspec.save_pretrained(model, tmp_path / "net", SPECS["image"])
    assert not (tmp_path / "net").exists()


def test_what_was_changed_is_refused(tmp_path: Path) -> None:
    graph, model = network()
    archspec.save_pretrained(model, tmp_path, graph)
    spec = tmp_path / "tiny.resolved.yaml"
    spec.write_text(spec.read_text().replace("features: 7", "features: 8"))
    with pytest.raises(WeightsError, match="not the file that was saved"):
        archspec.from_pretrained(tmp_path)


def test_values_that_were_changed_are_refused(tmp_path: Path) -> None:
    graph, model = network()
    archspec.save_pretrained(model, tmp_path, graph)
    path = tmp_path / "tiny.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x00")
    with pytest.raises(WeightsError, match="not the file that was saved"):
        archspec.from_pretrained(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="it has pipes, devices and files with holes")
@pytest.mark.parametrize("kind", ["pipe", "device", "holes"])
@pytest.mark.parametrize("name", FILES)
def test_a_file_without_end_is_refused(name: str, kind: str, tmp_path: Path) -> None:
    graph, model = network()
    archspec.save_pretrained(model, tmp_path, graph)
    path = tmp_path / name
    if kind == "holes":
        os.truncate(path, 2**40)
    else:
        path.unlink()
        os.mkfifo(path) if kind == "pipe" else path.symlink_to("/dev/zero")
    started = process_time()
    with pytest.raises(
        (UsageError, WeightsError), match=r"does not contain a saved network|not the file that was saved|not a valid"
    ):
        archspec.from_pretrained(tmp_path)
    assert process_time() - started < 2


def test_weights_of_another_architecture_are_refused(tmp_path: Path) -> None:
    text = "archspec: 1\nname: net\ninput: [4]\nlayers: [linear: 4, act: relu]\n"
    archspec.save_pretrained(archspec.build(text, seed=0), tmp_path, text)
    other = archspec.compile(text.replace("relu", "gelu"))
    export(other, archspec.build(other, seed=1), tmp_path, ["safetensors"])
    with pytest.raises(WeightsError, match="has weights of another architecture"):
        archspec.from_pretrained(tmp_path)
    export(other, archspec.build(other, seed=1), tmp_path, ["onnx"])
    with pytest.warns(UserWarning, match=r"`net\.onnx` is left from an earlier export and has other weights"):
        archspec.save_pretrained(archspec.build(other, seed=2), tmp_path, other)


@pytest.mark.parametrize("manifest", ["{", "[]", '{"files": 3}', '{"files": []}', '{"files": [{"name": "x"}]}'])
def test_a_folder_of_something_else_is_refused(manifest: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not contain a saved network"):
        archspec.from_pretrained(tmp_path)
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(UsageError, match="does not contain a saved network"):
        archspec.from_pretrained(tmp_path)


def test_the_module_knows_its_spec(tmp_path: Path) -> None:
    """However it was built, copied and pickled; another one's is to be given."""
    _, model = network()
    for number, found in enumerate((model, copy.deepcopy(model), pickle.loads(pickle.dumps(model)))):
        archspec.save_pretrained(found, tmp_path / str(number))
        again = archspec.from_pretrained(tmp_path / str(number))
        assert same(again, model)
        archspec.save_pretrained(again, tmp_path / f"again{number}")
    with pytest.raises(UsageError, match="this Linear was not built by archspec: pass the `spec`"):
        archspec.save_pretrained(nn.Linear(2, 2), tmp_path / "linear")
    with pytest.raises(UsageError, match="pass `params` to `compile`"):
        archspec.save_pretrained(model, tmp_path / "other", params={"classes": 3})
    model.fc = nn.Linear(4, 9)
    with pytest.raises(ExportError, match="does not match `tiny`"):
        archspec.save_pretrained(model, tmp_path / "other")
    assert not (tmp_path / "other").exists()


WRAPPERS: dict[str, Callable[[nn.Module], nn.Module]] = {
    "compiled": torch.compile,
    "parallel": nn.DataParallel,
    "both": lambda model: torch.compile(nn.DataParallel(model)),
    "compiled inside": lambda model: nn.DataParallel(torch.compile(model)),
}


@pytest.mark.parametrize("kind", WRAPPERS)
def test_a_network_is_found_inside_of_wrappers(kind: str, tmp_path: Path) -> None:
    graph, model = network()
    wrapped = WRAPPERS[kind](model)
    assert str(archspec.summarize(wrapped)) == str(archspec.summarize(graph))
    assert archspec.load(wrapped).name == graph.name
    archspec.save_pretrained(wrapped, tmp_path / "saved")
    assert same(archspec.from_pretrained(tmp_path / "saved"), model)
    other = archspec.build(graph, seed=4)
    assert archspec.load_weights(wrapped, other.state_dict()).complete
    assert same(model, other)
    with pytest.raises(UsageError, match="was not built by archspec"):
        archspec.save_pretrained(WRAPPERS[kind](nn.Linear(2, 2)), tmp_path / "linear")


@pytest.mark.parametrize(
    "source",
    ["/no/such/folder", "./nets/mine", "a b", "tiny", "a/b/c", "nets/", "~/net", r"nets\mine", "", ".", "-a/b"],
)
def test_what_is_neither_a_folder_nor_a_repository(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told without a look at the network."""
    monkeypatch.setattr(hub, "snapshot", lambda *_, **__: pytest.fail("it was looked for"))
    monkeypatch.chdir(tmp_path)
    for found in (source, Path(source)):
        with pytest.raises(UsageError, match=r"neither a folder nor|does not contain a saved network"):
            archspec.from_pretrained(found)


def test_a_mistyped_folder_is_not_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "snapshot", lambda *_, **__: pytest.fail("it was looked for"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "file").write_text("")
    for source, message in (
        ("runs/bset", "there is no folder runs/bset, but there is runs; for a repository, write hf://runs/bset"),
        ("runs/file", "runs/file is a file"),
        ("hf://runs", "not of the form"),
        ("hf://a/b/c.safetensors", "is a file in a repository"),
        (Path("someone/tiny"), "neither a folder nor"),
        (b"runs", "found bytes"),
        (3, "found int"),
    ):
        with pytest.raises(archspec.ArchspecError, match=message):
            archspec.from_pretrained(source)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("source", "options", "asked"),
    [
        ("someone/tiny", {}, {}),
        ("hf://someone/tiny", {}, {}),
        ("hf://someone/tiny@v2", {"token": "t"}, {"revision": "v2", "token": "t"}),
        ("someone/tiny", {"revision": "v1"}, {"revision": "v1"}),
    ],
)
def test_repositories(
    source: str, options: dict[str, str], asked: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, model = network()
    archspec.save_pretrained(model, tmp_path)

    def snapshot(name: str, patterns: list[str], **given: object) -> Path:
        assert (name, given) == ("someone/tiny", asked)
        return tmp_path

    monkeypatch.setattr(hub, "snapshot", snapshot)
    assert same(archspec.from_pretrained(source, **options), model)


def test_files_of_other_folders_are_not_read(tmp_path: Path) -> None:
    graph, model = network()
    archspec.save_pretrained(model, tmp_path / "one", graph)
    manifest = json.loads((tmp_path / "one" / "manifest.json").read_text())
    for file in manifest["files"]:
        file["name"] = f"../one/{file['name']}"
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(UsageError, match="does not contain a saved network"):
        archspec.from_pretrained(tmp_path / "two")


def test_options_of_repositories_are_none_of_folders(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`revision` is an option for repositories"):
        archspec.from_pretrained(tmp_path, revision="main")


class TestMixin:
    def test_a_saved_network_comes_back(self, tmp_path: Path) -> None:
        pytest.importorskip("huggingface_hub")
        graph, model = network()
        hub.pretrained()(model, graph).save_pretrained(tmp_path / "net")
        assert {"README.md", *FILES} == {path.name for path in (tmp_path / "net").iterdir()}
        assert "archspec" in (tmp_path / "net" / "README.md").read_text()
        found = hub.pretrained().from_pretrained(tmp_path / "net")
        assert same(found.model, model)
        assert found.graph.fingerprint == graph.fingerprint
        assert same(archspec.from_pretrained(tmp_path / "net"), model)

    def test_a_repository_is_downloaded(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        huggingface_hub = pytest.importorskip("huggingface_hub")
        graph, model = network()
        archspec.save_pretrained(model, tmp_path, graph)
        asked = {}

        def download(name: str, **options: object) -> str:
            asked.update(options, name=name)
            return str(tmp_path)

        monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
        monkeypatch.setattr("huggingface_hub.hub_mixin.hf_hub_download", lambda **_: None)
        hub.pretrained.cache_clear()
        try:
            assert same(archspec.from_pretrained("someone/tiny", revision="v1", token="secret"), model)
        finally:
            hub.pretrained.cache_clear()
        assert (asked["name"], asked["revision"], asked["token"]) == ("someone/tiny", "v1", "secret")
        assert asked["allow_patterns"] == ["manifest.json", "*.safetensors", "*.resolved.yaml"]

    def test_without_the_package_it_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(__import__("sys").modules, "huggingface_hub", None)
        hub.pretrained.cache_clear()
        with pytest.raises(MissingExtra, match=r"archspec-nn\[hub\]"):
            archspec.from_pretrained("someone/tiny")
