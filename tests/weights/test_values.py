from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from archspec.errors import WeightsError
from archspec.limits import DIMENSIONS, PICKLE_ARGUMENTS
from archspec.torch_backend.weights import read_weights
from archspec.weights import values
from archspec.weights.contents import read_contents
from tests.cli.hostile_weights import archive, mapping, number, numbers, storage, tensor, text

SIZES = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), max_size=3)


def part(count: int, offset: int, shape: list[int], strides: list[int]) -> Tensor | None:
    """What torch makes of these of the numbers 0 to `count` - 1; None where it refuses."""
    try:
        return torch.arange(count, dtype=torch.float32).as_strided(shape, strides, offset)
    except RuntimeError:
        return None


def read(content: bytes, count: int, folder: Path) -> dict[str, Tensor]:
    path = folder / "law.pth"
    path.write_bytes(archive(content, torch.arange(count, dtype=torch.float32).numpy().tobytes()))
    return read_weights(path)


@given(st.integers(0, 12), st.integers(0, 6), SIZES)
def test_a_tensor_lies_within_its_storage_or_the_file_is_damaged(
    tmp_path_factory: pytest.TempPathFactory, count: int, offset: int, axes: list[tuple[int, int]]
) -> None:
    shape, strides = [size for size, _ in axes], [step for _, step in axes]
    content = mapping(a=tensor(storage(count=count), offset, shape, strides))
    wanted = part(count, offset, shape, strides)
    if wanted is None:
        with pytest.raises(WeightsError, match=f"values in a storage of {count}: it is damaged"):
            read(content, count, tmp_path_factory.getbasetemp())
    else:
        assert torch.equal(read(content, count, tmp_path_factory.getbasetemp())["a"], wanted)


def view(count: int, first: int, size: int) -> bytes:
    """A part of a storage, as files of before torch 0.4 have them."""
    seen = b"(" + text("0_view") + number(first) + number(size) + b"t"
    return storage(count=count)[: -len(b"tQ")] + seen + b"tQ"


@given(st.integers(1, 6), st.integers(0, 6), st.integers(0, 6), st.integers(0, 3), st.integers(0, 6))
def test_a_view_lies_within_its_storage_and_a_tensor_within_its_view(
    tmp_path_factory: pytest.TempPathFactory, count: int, first: int, size: int, offset: int, length: int
) -> None:
    content = mapping(a=tensor(view(count, first, size), offset, [length]))
    inside = first + size <= count
    seen = torch.arange(count, dtype=torch.float32)[first : first + size]
    fits = inside and (length == 0 or offset + length <= size)
    if fits:
        found = read(content, count, tmp_path_factory.getbasetemp())["a"]
        assert torch.equal(found, seen[offset : offset + length] if length else torch.empty(0))
    else:
        with pytest.raises(WeightsError, match=f"of {size}: it is damaged" if inside else "it is damaged"):
            read(content, count, tmp_path_factory.getbasetemp())


BYTES = storage(count=12, kind="ctorch.storage\nUntypedStorage\n")


@pytest.mark.parametrize(
    ("place", "offset", "length", "fits"),
    [
        (BYTES, 0, 3, True),
        (BYTES, 1, 2, True),
        (BYTES, 1, 3, False),
        (BYTES, 0, 4, False),
        (storage(), 0, 3, False),  # numbers, no bytes
    ],
)
def test_a_storage_of_bytes_holds_numbers_of_any_type(
    place: bytes, offset: int, length: int, fits: bool, tmp_path: Path
) -> None:
    call = b"ctorch._utils\n_rebuild_tensor_v3\n(" + place + number(offset) + numbers([length]) + numbers([1])
    content = mapping(a=call + b"\x89Nctorch\nfloat32\ntR")
    if fits:
        assert read(content, 3, tmp_path)["a"].tolist() == [0.0, 1.0, 2.0][offset : offset + length]
    else:
        with pytest.raises(WeightsError, match="damaged"):
            read(content, 3, tmp_path)


@pytest.mark.parametrize("dimensions", [DIMENSIONS, DIMENSIONS + 1])
def test_as_many_dimensions_as_torch_computes_with(dimensions: int, tmp_path: Path) -> None:
    content = mapping(a=tensor(storage(count=1), 0, [1] * dimensions, [1] * dimensions))
    (tmp_path / "a.pth").write_bytes(archive(content, bytes(4)))
    if dimensions == DIMENSIONS:
        assert read_contents(tmp_path / "a.pth").tensors["a"].shape == (1,) * dimensions
    else:
        with pytest.raises(WeightsError, match=f"a tensor of {dimensions} dimensions; torch computes with up to"):
            read_contents(tmp_path / "a.pth")


@pytest.mark.parametrize("number", [-1, 2**63, True, 1.0, None])
def test_what_is_no_size_is_refused(number: Any) -> None:
    good = values.Storage("0", "float32", 3, 3)
    for offset, shape, strides in ((number, (3,), (1,)), (0, (number,), (1,)), (0, (3,), (number,))):
        with pytest.raises(TypeError):
            values.called(values.Global("torch._utils._rebuild_tensor"), (good, offset, shape, strides))


@pytest.mark.parametrize(
    ("storage", "shape", "strides"),
    [(None, (1,), (1,)), ("0", (1,), (1,)), (..., [1], (1,)), (..., (1,), ()), (..., (1, 1), (1,))],
)
def test_a_tensor_of_other_things_is_refused(storage: Any, shape: Any, strides: Any) -> None:
    place = values.Storage("0", "float32", 3, 3) if storage is ... else storage
    with pytest.raises((TypeError, ValueError)):
        values.called(values.Global("torch._utils._rebuild_tensor"), (place, 0, shape, strides))


def test_a_call_has_up_to_so_many_arguments() -> None:
    dtype = values.Global("torch.per_tensor_affine")
    assert str(values.called(dtype, (1,) * PICKLE_ARGUMENTS)) == "per_tensor_affine"
    for function, arguments in ((dtype, (1,) * (PICKLE_ARGUMENTS + 1)), (dtype, [1]), ("os.system", (1,))):
        with pytest.raises(TypeError):
            values.called(function, arguments)
    with pytest.raises(TypeError):
        values.called(values.Global("torch.float32"), ())


@pytest.mark.parametrize(
    "identifier",
    [
        ("module", values.Global("torch.FloatStorage"), "0", "cpu", 3),
        ("storage", values.Global("torch.float32"), "0", "cpu", 3),
        ("storage", values.Global("torch.FloatStorage"), 0, "cpu", 3),
        ("storage", values.Global("torch.FloatStorage"), "0", "cpu", -3),
        ("storage", values.Global("torch.FloatStorage"), "0", "cpu", 3, ("0", -1, 2)),
        ("storage", values.Global("torch.FloatStorage"), "0", "cpu", 3, ("0", 1, -2)),
        ("storage", values.Global("torch.FloatStorage"), "0", "cpu", 3, ("0", 2, 2)),
    ],
)
def test_an_identifier_that_makes_no_sense_is_refused(identifier: Any) -> None:
    assert values.storage(("storage", values.Global("torch.cuda.HalfStorage"), "7", "cuda:0", 3)).dtype == "float16"
    with pytest.raises((TypeError, ValueError)):
        values.storage(identifier)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (values.Global("torch.float32"), "float32"),
        (values.Other("set"), "set"),
        (3, "int"),
        ("a", "str"),
    ],
)
def test_what_a_value_is_called(value: Any, kind: str) -> None:
    assert values.kind_of(value) == kind
