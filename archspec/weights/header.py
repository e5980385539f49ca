"""The header of a safetensors file: what tensors it holds, without reading them.

The format: eight bytes, little-endian, the length of the header; the header, a JSON object from keys to dtype, shape
and place; then the values, without gaps (https://github.com/huggingface/safetensors).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from math import prod
from typing import Any, BinaryIO

from archspec.errors import WeightsError
from archspec.limits import DIMENSIONS, HEADER_BYTES, TENSOR_NUMBER
from archspec.weights.messages import Unsound, printable
from archspec.weights.stored import WIDTHS, Stored

DTYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16",
    "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2", "C64": "complex64",
    "I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8",
    "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip
"""The types of the format, as torch calls them."""

_PREFIX = 8
_POINTER = b"version https://git-lfs."
_METADATA = "__metadata__"


def is_safetensors(file: BinaryIO, path: str) -> bool:
    """Whether a file is to be read as safetensors: it says so by its name, or begins as such a file does.

    Neither a zip file nor a pickle begins like that. Raises `WeightsError` where it only says where the weights are, as
    files do that Git LFS has not fetched.
    """
    file.seek(0)
    start = file.read(len(_POINTER))
    if start == _POINTER:
        raise WeightsError(f"{path} is a pointer of Git LFS, not the weights; `git lfs pull` fetches them")
    begins = start[_PREFIX:].startswith(b"{") and _length(start) <= os.fstat(file.fileno()).st_size
    return begins or path.endswith(".safetensors")


def read_header(file: BinaryIO, path: str) -> tuple[dict[str, Stored], Mapping[str, Any]]:
    """The tensors of a safetensors file by key, in the order of their names, as the format keeps no other; and its
    metadata.

    Raises `WeightsError` where it is damaged, of another kind, or beyond a limit.
    """
    try:
        header, left = _header(file)
        metadata = header.pop(_METADATA, None)
        return _tensors(header, left), metadata if isinstance(metadata, dict) else {}
    except (ValueError, RecursionError) as error:
        reason = str(error) if isinstance(error, Unsound) else "its header is not JSON"
        raise WeightsError(f"{path} is not a valid safetensors file: {reason}") from None


def _length(start: bytes) -> int:
    return int.from_bytes(start[:_PREFIX], "little")


def _header(file: BinaryIO) -> tuple[dict[str, Any], int]:
    """The header, and how many bytes of values follow it."""
    whole = os.fstat(file.fileno()).st_size
    if whole < _PREFIX:
        raise Unsound("it is too short for a header")
    file.seek(0)
    length = _length(file.read(_PREFIX))
    left = whole - _PREFIX - length
    if left < 0:
        raise Unsound(f"its header would have {length:,} bytes, but the file has {whole:,}")
    if length > HEADER_BYTES:
        raise Unsound(f"its header has {length:,} bytes; archspec reads up to {HEADER_BYTES:,}")
    try:
        header = json.loads(file.read(length).decode("utf-8"), object_pairs_hook=_distinct)
    except UnicodeDecodeError:
        raise Unsound("its header is not UTF-8") from None
    if not isinstance(header, dict):
        raise Unsound("its header is not a JSON object")
    return header, left


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Unsound("its header has a duplicate key")
    return found


def _tensors(header: Mapping[str, Any], left: int) -> dict[str, Stored]:
    found: dict[str, tuple[int, int, Stored]] = {}
    for key, entry in header.items():
        try:
            found[key] = _tensor(entry["dtype"], entry["shape"], *entry["data_offsets"])
        except (KeyError, TypeError):
            raise Unsound(f"its header has invalid data for `{printable(key)}`") from None
    at = 0
    for key, (start, end, _) in sorted(found.items(), key=lambda item: item[1][:2]):
        if start != at:
            raise Unsound(f"the values of `{printable(key)}` do not start where others end")
        at = end
    if at != left:
        raise Unsound(
            f"it contains {left:,} bytes of values, but its header declares {at:,}: it is truncated or damaged"
        )
    return {key: found[key][2] for key in sorted(found)}


def _tensor(dtype: str, shape: list[int], start: int, end: int) -> tuple[int, int, Stored]:
    """Where a tensor starts and ends, and what it is. Raises `TypeError` for what makes no sense."""
    if type(shape) is list and len(shape) > DIMENSIONS:
        raise Unsound(f"it contains a tensor of {len(shape):,} dimensions; torch computes with up to {DIMENSIONS}")
    if any(type(number) is not int or not 0 <= number < TENSOR_NUMBER for number in (*shape, start, end)):
        raise TypeError
    if dtype not in DTYPES:
        raise Unsound(f"it contains numbers of the type {printable(str(dtype))}, which torch does not read")
    name = DTYPES[dtype]
    if prod(shape) * WIDTHS[name] != end - start:
        raise TypeError
    return start, end, Stored(tuple(shape), name)
