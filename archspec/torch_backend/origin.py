"""Where the weights of a module come from: drawn with a seed, or read from a file, for as long as that is true."""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from archspec.files import open_file
from archspec.records import record


@record
class Origin:
    """How weights were made: `random` ones with the `seed` that drew them; those of a `file` with its SHA-256 and the
    `key` of the entry in it; or those of a `module` of which no more is known, such as one that was trained.

    `drawn` are the keys that the file had nothing for, which `seed` drew. `optimized` says that normalizations were
    folded into them since. `state` is the digest of all weights after they were made, empty for random ones, which can
    be drawn again.
    """

    kind: str = "module"
    seed: int | None = None
    file: str = ""
    sha256: str = ""
    key: str = ""
    drawn: tuple[str, ...] = ()
    optimized: bool = False
    state: str = ""

    def __str__(self) -> str:
        if self.kind == "file":
            where = f"{self.file}, entry {self.key}" if self.key else self.file
            others = "not of the file" if self.seed is None else f"random, drawn with seed {self.seed}"
            return f"those of {where}" + (f"; {len(self.drawn):,} tensors {others}" if self.drawn else "")
        if self.kind == "random":
            return f"random, drawn with seed {self.seed}"
        return "those of the module, of unknown origin"


def origin(module: nn.Module) -> Origin:
    """What a module remembers of its weights, which may not be true any more."""
    found = getattr(module, "_origin", None)
    return found if isinstance(found, Origin) else Origin()


def remember(module: nn.Module, found: Origin) -> None:
    """Let a module know where its weights come from."""
    module._origin = found  # type: ignore[assignment]


def state_digest(state: Mapping[str, Tensor]) -> str:
    """The SHA-256 of weights: their keys, dtypes, shapes and values, however they lie in memory."""
    found = hashlib.sha256()
    for key, tensor in state.items():
        found.update(f"{key} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        found.update(bytes_of(tensor))
    return found.hexdigest()


def file_digest(*paths: Path) -> str:
    """The SHA-256 of a file, or of several, one after the other."""
    found = hashlib.sha256()
    for path in paths:
        with open_file(path) as file:
            while part := file.read(1 << 20):
                found.update(part)
    return found.hexdigest()


def bytes_of(tensor: Tensor) -> memoryview:
    """The bytes of a tensor's values, in order."""
    plain = tensor.detach().to("cpu").contiguous()
    if not plain.numel():
        return memoryview(b"")
    flat = plain.reshape(-1).view(torch.uint8)
    buffer = (ctypes.c_ubyte * flat.numel()).from_address(flat.data_ptr())
    buffer.tensor = flat  # type: ignore[attr-defined] # which keeps the memory
    return memoryview(buffer).cast("B")
