"""Weights in several files are those in one, and what does not belong together is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file

import archspec
from archspec.errors import WeightsError
from archspec.torch_backend.weights import read_weights
from archspec.weights.given import contents_of
from tests.tensors import same_state

STATE = {name: torch.full((2, 3), float(i)) for i, name in enumerate(("a.weight", "a.bias", "b.weight", "c"))}
KINDS = ("safetensors", "bin")


def shards(folder: Path, parts: list[dict[str, torch.Tensor]], kind: str, index: Any = None) -> Path:
    """A folder of shards with their index, or with another one."""
    names = [f"model-{i + 1:05}-of-{len(parts):05}.{kind}" for i in range(len(parts))]
    for name, part in zip(names, parts, strict=True):
        save_file(part, folder / name) if kind == "safetensors" else torch.save(part, folder / name)
    found = {"metadata": {}, "weight_map": {key: name for name, part in zip(names, parts, strict=True) for key in part}}
    path = folder / f"model.{kind}.index.json"
    path.write_text(json.dumps(found) if index is None else index if isinstance(index, str) else json.dumps(index))
    return path


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 2), min_size=4, max_size=4), st.sampled_from(KINDS))
def test_shards_are_one_file(tmp_path_factory: pytest.TempPathFactory, homes: list[int], kind: str) -> None:
    parts = [{key: STATE[key] for key, home in zip(STATE, homes, strict=True) if home == i} for i in range(3)]
    path = shards(tmp_path_factory.mktemp("shards"), [part for part in parts if part], kind)
    assert same_state(read_weights(path), STATE)
    assert contents_of(path).tensors.keys() == STATE.keys()


@pytest.mark.parametrize("kind", KINDS)
def test_a_network_takes_them(kind: str, tmp_path: Path) -> None:
    source = archspec.build("resnet18", seed=0)
    state = list(source.state_dict().items())
    path = shards(tmp_path, [dict(state[:50]), dict(state[50:])], kind)
    model = archspec.build("resnet18", seed=1, weights=path)
    assert same_state(model.state_dict(), source.state_dict())
    report = archspec.check_weights("resnet18", path)
    assert report == archspec.load_weights(model, path)
    assert str(model._origin) == f"those of {path.name}"
    other = model._origin.sha256
    shards(tmp_path, [dict(state[:50]), {key: tensor + 1 for key, tensor in state[50:]}], kind)
    archspec.load_weights(model, path)
    assert model._origin.sha256 != other


PARTS = [{"a": torch.ones(1)}, {"b": torch.ones(1)}]
FILES = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")


@pytest.mark.parametrize(
    ("weight_map", "message"),
    [
        ({"a": FILES[0], "b": "none.safetensors"}, "needs `none.safetensors`, which is not beside it"),
        ({"a": FILES[0], "b": "x", "c": "y", "d": "z", "e": "w"}, "needs `x`, `y`, `z` and 1 more, which are not"),
        ({"a": FILES[0], "b": FILES[0]}, f"has `b` in `{FILES[0]}`, which does not contain it"),
        ({"a": FILES[0]}, None),
        ({"a": FILES[1], "b": FILES[1]}, f"has `a` in `{FILES[1]}`, which does not contain it"),
        ({"a": FILES[0], "b": FILES[1], "c": FILES[1]}, f"has `c` in `{FILES[1]}`, which does not contain it"),
        ({"b": FILES[0]}, f"does not list `a`, which `{FILES[0]}` contains"),
        ({"a": FILES[1], "b": FILES[0]}, f"has `a` in `{FILES[1]}`, which does not contain it"),
        ({"a": f"../{FILES[0]}"}, "which is not a file in its folder"),
        ({"a": f"x/../../{FILES[0]}"}, "which is not a file in its folder"),
        ({"a": "/etc/passwd"}, "names `/etc/passwd`, which is not a file in its folder"),
        ({"a": r"..\model.safetensors"}, "which is not a file in its folder"),
        ({"a": r"C:\model.safetensors"}, "which is not a file in its folder"),
        ({"a": "C:model.safetensors"}, "which is not a file in its folder"),
        ({"a": "x\0"}, "which is not a file in its folder"),
        ({"a": ""}, "which is not a file in its folder"),
        ({"a": None}, "which is not a file in its folder"),
        ({"a": [FILES[0]]}, "which is not a file in its folder"),
        ({"a": "."}, "which is not beside it"),
        ({"a": "x" * 5000}, "which is not beside it"),
        ({"a\x1b[31m": "\x1b[31m"}, r"needs `\x1b[31m`"),
        ({}, "its `weight_map` lists nothing"),
        ([], "its `weight_map` lists nothing"),
        ("a", "its `weight_map` lists nothing"),
    ],
)
def test_an_index_that_does_not_agree(weight_map: Any, message: str | None, tmp_path: Path) -> None:
    path = shards(tmp_path, PARTS, "safetensors", {"weight_map": weight_map})
    if message is None:
        assert list(read_weights(path)) == ["a"]
        return
    with pytest.raises(WeightsError) as caught:
        contents_of(path)
    assert message in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_a_key_in_two_shards(tmp_path: Path) -> None:
    path = shards(tmp_path, [{**PARTS[0], **PARTS[1]}, PARTS[1]], "safetensors")
    with pytest.raises(WeightsError, match=f"has `b` twice: in `{FILES[0]}` and `{FILES[1]}`"):
        contents_of(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is not JSON"),
        ("{", "it is not JSON"),
        ("[" * 100_000, "it is not JSON"),
        ("\xff\xfe", "it is not JSON"),
        ("[]", "it has no `weight_map`"),
        ("null", "it has no `weight_map`"),
        ("{}", "it has no `weight_map`"),
        (f'{{"weight_map": {{"a": "{FILES[0]}", "a": "{FILES[1]}"}}}}', "has `a` twice"),
        ('{"weight_map": {}, "weight_map": {}}', "has `weight_map` twice"),
    ],
)
def test_a_text_that_is_no_index(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=message):
        contents_of(shards(tmp_path, PARTS, "safetensors", text))


def test_an_index_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"there is no file .*none\.index\.json"):
        contents_of(tmp_path / "none.index.json")
    (tmp_path / "folder.index.json").mkdir()
    with pytest.raises(WeightsError, match="cannot be read"):
        contents_of(tmp_path / "folder.index.json")


def test_an_index_has_no_entries_and_no_indices(tmp_path: Path) -> None:
    path = shards(tmp_path, PARTS, "safetensors")
    with pytest.raises(WeightsError, match="has no entry `model`"):
        contents_of(path, "model")
    again = tmp_path / "again.index.json"
    again.write_text(json.dumps({"weight_map": {"a": path.name}}))
    with pytest.raises(WeightsError, match="cannot be read as weights"):
        contents_of(again)
