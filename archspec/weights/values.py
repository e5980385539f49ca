"""What a pickle of torch.save speaks of: storages, tensors without their values, and whatever else a checkpoint holds.

Nothing is imported, called or built: of what torch would make, only shape, type and place are worked out, and only for
the functions that torch itself holds to be safe.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from math import prod
from typing import Any

from archspec.limits import DIMENSIONS, PICKLE_ARGUMENTS, TENSOR_NUMBER
from archspec.records import record
from archspec.weights.messages import Unsound, printable
from archspec.weights.stored import WIDTHS, Stored

_MODULES = {"__builtin__": "builtins", "copy_reg": "copyreg"}
_STORAGE = re.compile(r"torch\.(?:cuda\.|storage\.)?(\w+)Storage", re.ASCII)
_STORED_AS = {
    "Double": "float64", "Float": "float32", "Half": "float16", "BFloat16": "bfloat16", "Long": "int64",
    "Int": "int32", "Short": "int16", "Char": "int8", "Byte": "uint8", "Bool": "bool", "Untyped": "uint8",
    "ComplexDouble": "complex128", "ComplexFloat": "complex64",
    "QUInt8": "quint8", "QInt8": "qint8", "QInt32": "qint32",
}  # fmt: skip
_OTHERS = {
    "collections.Counter", "torch.device", "torch.serialization._get_layout", "_codecs.encode", "builtins.bytearray",
    "builtins.set", "builtins.complex",
    "torch.per_tensor_affine", "torch.per_tensor_symmetric", "torch.per_channel_affine",
    "torch.per_channel_symmetric", "torch.per_channel_affine_float_qparams",
}  # fmt: skip


@record
class Global:
    """A class, a function or a constant of Python, by its name alone."""

    name: str


@record(eq=False)
class Other:
    """A value that is neither a text nor a tensor nor a collection of them, or a key that is no text."""

    kind: str

    def __str__(self) -> str:
        return self.kind


@record
class Storage:
    """Values in a file: where, of which type, how many; `whole` is how many stand there, `first` where these begin."""

    key: str
    dtype: str
    count: int
    whole: int
    first: int = 0


@record
class Tensor:
    """A tensor without its values; without a storage it has none that can be read."""

    stored: Stored
    storage: Storage | None = None
    offset: int = 0
    strides: tuple[int, ...] = ()


def named(module: str, name: str) -> Global:
    """A global of a pickle. Raises `Unsound` for one that is not known to be safe."""
    full = f"{_MODULES.get(module, module)}.{name}"
    known = full in _CALLS or full in _OTHERS or _dtype(full) in WIDTHS or _storage_type(full)
    if not known:
        raise Unsound(
            f"it contains `{printable(full)}`, and reading anything but tensors could execute code; "
            "save the `state_dict()` alone, best as safetensors"
        )
    return Global(full)


def called(function: Any, arguments: Any) -> Any:
    """What a call makes. Raises `TypeError` or `ValueError` for one that makes no sense."""
    if not (isinstance(function, Global) and type(arguments) is tuple and len(arguments) <= PICKLE_ARGUMENTS):
        raise TypeError
    if function.name in _CALLS:
        return _CALLS[function.name](*arguments)
    if function.name in _OTHERS:
        return Other(function.name.rpartition(".")[2])
    raise TypeError


def storage(identifier: Any) -> Storage:
    """The storage of a persistent id. Raises `TypeError` or `ValueError` for one that makes no sense."""
    word, kind, key, _, count, view = (*identifier[:6], None)[:6]
    dtype = _storage_type(kind.name)
    if word != "storage" or not dtype or type(key) is not str or not _natural(count):
        raise TypeError
    found = Storage(key, dtype, count, count)
    if view is not None:
        _, first, size = view
        if not (_natural(first) and _natural(size) and first + size <= count):
            raise ValueError
        found = Storage(key, dtype, size, count, first)
    return found


def put(target: Any, key: Any, value: Any) -> None:
    """Set an item of a dict. A key that is no text is never compared with another."""
    if type(target) is Other:
        return
    if type(target) is not dict:
        raise TypeError
    target[key if type(key) is str else Other(_key_text(key))] = value


def _key_text(key: Any) -> str:
    return repr(key) if key is None or type(key) in (int, float, bool) else kind_of(key)


def kind_of(value: Any) -> str:
    """What a value is, for messages."""
    if isinstance(value, Global):
        return value.name.rpartition(".")[2]
    return value.kind if isinstance(value, Other) else type(value).__name__


def _natural(number: Any) -> bool:
    return type(number) is int and 0 <= number < TENSOR_NUMBER


def _dtype(name: str) -> str:
    return name.removeprefix("torch.") if name.startswith("torch.") else ""


def _storage_type(name: str) -> str:
    found = _STORAGE.fullmatch(name)
    return _STORED_AS.get(found[1], "") if found else ""


def _numbers(given: Any) -> tuple[int, ...]:
    """Sizes, or steps: as many as a tensor has dimensions."""
    if type(given) is not tuple:
        raise TypeError
    if len(given) > DIMENSIONS:
        raise Unsound(f"it contains a tensor of {len(given):,} dimensions; torch computes with up to {DIMENSIONS}")
    if not all(map(_natural, given)):
        raise TypeError
    return given


def _shape(given: Any) -> tuple[int, ...]:
    if prod(_numbers(given)) >= TENSOR_NUMBER:
        raise ValueError
    return _numbers(given)


def _tensor(storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> Tensor:
    if not isinstance(storage, Storage) or not _natural(offset):
        raise TypeError
    shape, strides = _shape(shape), _numbers(strides)
    if len(shape) != len(strides):
        raise ValueError
    last = sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
    if prod(shape) and offset + last >= storage.count:
        raise Unsound(
            f"it contains a tensor of {prod(shape):,} values in a storage of {storage.count:,}: it is damaged"
        )
    return Tensor(Stored(shape, storage.dtype), storage, offset, strides)


def _tensor_v2(storage: Any, offset: Any, shape: Any, strides: Any, grad: Any, hooks: Any, bits: Any = None) -> Tensor:
    """`bits` tell of values that torch conjugates or negates when they are used."""
    found = _tensor(storage, offset, shape, strides)
    return found if not bits else replace(found, stored=replace(found.stored, dense=False))


def _tensor_v3(storage: Any, offset: Any, shape: Any, strides: Any, grad: Any, hooks: Any, dtype: Any, *_: Any) -> Any:
    """Of a storage that holds bytes."""
    name = _dtype(dtype.name)
    width = WIDTHS[name]
    if not isinstance(storage, Storage) or storage.dtype != "uint8" or storage.first % width:
        raise TypeError
    counts = (storage.count // width, storage.whole // width, storage.first // width)
    return _tensor(Storage(storage.key, name, *counts), offset, shape, strides)


def _same(tensor: Any, *_: Any) -> Tensor:
    if not isinstance(tensor, Tensor):
        raise TypeError
    return tensor


def _quantized(storage: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> Tensor:
    found = _tensor(storage, offset, shape, strides)
    return Tensor(replace(found.stored, dense=False))


def _sparse(_: Any, data: Any) -> Tensor:
    """Of indices, of one kind or two, then values, the shape, and perhaps whether they are in order."""
    at = next(place for place, part in enumerate(data[:4]) if type(part) is tuple)
    return Tensor(Stored(_shape(data[at]), _same(data[at - 1]).stored.dtype, dense=False))


def _without_values(dtype: Any, shape: Any, *_: Any) -> Tensor:
    return Tensor(Stored(_shape(shape), _dtype(dtype.name), dense=False))


def _of_type(function: Any, _: Any, arguments: Any, __: Any) -> Tensor:
    """A tensor of another class, or with attributes; what it is made of may be none itself."""
    if not function.name.startswith("torch._utils."):
        raise TypeError
    return _same(called(function, arguments))


def _ordered(pairs: Any = ()) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key, value in pairs:
        put(found, key, value)
    return found


_CALLS: dict[str, Callable[..., Any]] = {
    "collections.OrderedDict": _ordered,
    "torch.Size": _shape,
    "torch._utils._rebuild_tensor": _tensor,
    "torch._utils._rebuild_tensor_v2": _tensor_v2,
    "torch._utils._rebuild_tensor_v3": _tensor_v3,
    "torch._utils._rebuild_parameter": _same,
    "torch._utils._rebuild_parameter_with_state": _same,
    "torch.nn.parameter.Parameter": _same,
    "torch._utils._rebuild_qtensor": _quantized,
    "torch._utils._rebuild_sparse_tensor": _sparse,
    "torch._utils._rebuild_meta_tensor_no_storage": _without_values,
    "torch._tensor._rebuild_from_type_v2": _of_type,
    "torch.Tensor": _same,
}
