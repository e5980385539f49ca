from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import _TYPES, load, save

import archspec
from archspec import limits
from archspec.errors import WeightsError
from archspec.weights.contents import read_contents
from archspec.weights.header import DTYPES, is_safetensors
from archspec.weights.stored import WIDTHS, Stored


def file(folder: Path, header: Any, values: bytes = b"", name: str = "w.safetensors") -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path = folder / name
    path.write_bytes(struct.pack("<Q", len(text)) + text + values)
    return path


def entry(dtype: Any = "F32", shape: Any = (2,), start: Any = 0, end: Any = 8) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


DTYPE = st.sampled_from([torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.uint8, torch.bool])


@given(st.dictionaries(st.text(min_size=1, max_size=5), st.tuples(DTYPE, st.lists(st.integers(0, 3), max_size=4))))
def test_shapes_are_those_of_the_tensors(tmp_path_factory: pytest.TempPathFactory, kinds: dict[str, Any]) -> None:
    kinds.pop("__metadata__", None)
    data = save({key: torch.zeros(shape, dtype=dtype) for key, (dtype, shape) in kinds.items()}, {"a": "b"})
    path = tmp_path_factory.getbasetemp() / "law.safetensors"
    path.write_bytes(data)
    loaded = load(data)
    assert read_contents(path).tensors == {
        key: Stored(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch.")) for key, tensor in loaded.items()
    }


def test_keys_stand_in_the_order_of_their_names(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(save({"a": torch.zeros(1, dtype=torch.uint8), "b": torch.zeros(1), "c": torch.zeros(1)}))
    assert list(read_contents(path).tensors) == ["a", "b", "c"]
    assert path.read_bytes().find(b'"b"') < path.read_bytes().find(b'"a"'), "the library puts wide types first"


def test_types_are_those_of_the_library() -> None:
    for name, dtype in DTYPES.items():
        assert _TYPES[name] == getattr(torch, dtype)
    for dtype, width in WIDTHS.items():
        assert width == getattr(torch, dtype).itemsize


@pytest.mark.parametrize(
    ("header", "values", "reason"),
    [
        (b"", b"", "its header is not JSON"),
        (b"[" * 100_000, b"", "its header is not JSON"),
        (b"\xff", b"", "its header is not UTF-8"),
        (b"[]", b"", "its header is not a JSON object"),
        (b'{"a": ' + b"9" * 5000 + b"}", b"", ""),
        (b'{"a": {}, "a": {}}', b"", "its header has a duplicate key"),
        (
            {"a": entry()},
            b"1234567",
            "it contains 7 bytes of values, but its header declares 8: it is truncated or damaged",
        ),
        ({"a": entry()}, b"123456789", "it contains 9 bytes of values, but its header declares 8"),
        ({"a": entry(), "b": entry()}, b"12345678", "the values of `b` do not start where others end"),
        ({"a": entry(start=4, end=12)}, b"123456789012", "the values of `a` do not start where others end"),
        ({"a": entry(shape=[3])}, b"12345678", "its header has invalid data for `a`"),
        ({"a": entry(shape=[-2])}, b"12345678", "invalid data for `a`"),
        ({"a": entry(shape=[True])}, b"1234", "invalid data for `a`"),
        (
            {"a": entry(shape=[1] * 100_000, end=4)},
            b"1234",
            f"of 100,000 dimensions; torch computes with up to {limits.DIMENSIONS}",
        ),
        ({"a": entry(shape=[2**63, 0], end=0)}, b"", "invalid data for `a`"),
        ({"a": entry(shape="22")}, b"12345678", "invalid data for `a`"),
        ({"a": entry(shape=None)}, b"12345678", "invalid data for `a`"),
        ({"a": entry(dtype=["F32"])}, b"12345678", "invalid data for `a`"),
        ({"a": entry(dtype="F4")}, b"12345678", "it contains numbers of the type F4, which torch does not read"),
        ({"a": {"dtype": "F32"}}, b"", "invalid data for `a`"),
        ({"a": [1, 2]}, b"", "invalid data for `a`"),
    ],
)
def test_a_crafted_file_is_refused(header: Any, values: bytes, reason: str, tmp_path: Path) -> None:
    path = file(tmp_path, header, values)
    with pytest.raises(WeightsError) as caught:
        read_contents(path)
    message = str(caught.value)
    assert message.startswith(f"{path} is not a valid safetensors file: ")
    assert reason in message
    assert len(message) < 250 + len(str(path))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is too short for a header"),
        (b"\x00" * 7, "it is too short for a header"),
        (struct.pack("<Q", 2**63), "its header would have 9,223,372,036,854,775,808 bytes, but the file has 8"),
        (b"hello, world", "its header would have"),
    ],
)
def test_a_file_without_a_header_is_refused(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=reason):
        read_contents(path)


def test_a_header_of_any_length_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    with path.open("wb") as sparse:
        sparse.write(struct.pack("<Q", 2**37))
        sparse.truncate(2**37 + 8)
    with pytest.raises(WeightsError, match="its header has 137,438,953,472 bytes; archspec reads up to 6,291,456"):
        read_contents(path)


def test_what_a_file_is_shows_in_its_name_or_its_beginning(tmp_path: Path) -> None:
    state = {"a": torch.zeros(2)}
    (tmp_path / "named.bin").write_bytes(save(state))
    torch.save(state, tmp_path / "zip.pth")
    torch.save(state, tmp_path / "pickle.pth", _use_new_zipfile_serialization=False)
    (tmp_path / "empty.bin").write_bytes(b"")
    (tmp_path / "odd.safetensors").write_bytes(b"")
    found = set()
    for path in tmp_path.iterdir():
        with path.open("rb") as opened:
            if is_safetensors(opened, str(path)):
                found.add(path.name)
    assert found == {"named.bin", "odd.safetensors"}
    with pytest.raises(WeightsError, match="cannot be read: Is a directory"):
        read_contents(tmp_path)
    with pytest.raises(WeightsError, match="there is no file"):
        read_contents(tmp_path / "none.safetensors")


@pytest.mark.parametrize("name", ["w.safetensors", "w.pth"])
def test_a_pointer_of_git_lfs_is_told(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 123\n")
    with pytest.raises(WeightsError, match="is a pointer of Git LFS, not the weights; `git lfs pull` fetches them"):
        archspec.check_weights("resnet18", path)
    with pytest.raises(WeightsError, match="is a pointer of Git LFS"):
        archspec.build("squeezenet1_1", weights=path)
