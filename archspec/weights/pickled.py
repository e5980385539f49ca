"""Files that torch.save wrote: what they hold, and where the values of each tensor stand."""

from __future__ import annotations

import sys
from io import SEEK_END
from struct import Struct
from typing import Any, BinaryIO

from archspec.limits import PICKLE_BYTES
from archspec.weights.archive import Archive, is_archive
from archspec.weights.instructions import Pickles
from archspec.weights.messages import Unsound, printable
from archspec.weights.stored import WIDTHS, Location
from archspec.weights.values import Storage, Tensor

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_COUNT = Struct("<Q")


class Pickled:
    """What a file holds, in `content`: dicts, lists, `Tensor`s without their values, and others.

    torch writes a zip file since version 1.6, with an entry for each storage; before, it wrote pickles and all storages
    behind them. Raises `Unsound` for a file that is neither or is broken, without words where no more can be said.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._swapped = sys.byteorder != "little"
        self._archive: Archive | None = None
        self._folder = ""
        self._starts: dict[str, int] = {}
        self.content = self._of_archive(Archive(file)) if is_archive(file) else self._of_pickles(file)

    def location(self, tensor: Tensor) -> Location | None:
        """Where the values of a tensor stand, if it has any. Raises `Unsound` where the file is too short for them."""
        if tensor.storage is None or not tensor.stored.dense:
            return None
        start = self._start(tensor.storage) + (tensor.storage.first + tensor.offset) * WIDTHS[tensor.storage.dtype]
        return Location(start, tensor.strides, self._swapped)

    def _of_archive(self, archive: Archive) -> Any:
        folder = archive.folder("data.pkl")
        if f"{folder}constants.pkl" in archive:
            raise Unsound("it is a program of TorchScript; save the `state_dict()` alone, best as safetensors")
        if f"{folder}byteorder" in archive:
            self._swapped = archive.entry(f"{folder}byteorder", len("little")) != sys.byteorder.encode()
        self._archive, self._folder = archive, folder
        return Pickles(archive.entry(f"{folder}data.pkl", PICKLE_BYTES)).load()

    def _of_pickles(self, file: BinaryIO) -> Any:
        file.seek(0)
        pickles = Pickles(file.read(PICKLE_BYTES))
        if pickles.load() != _MAGIC or pickles.load() != _PROTOCOL:
            raise Unsound
        pickles.load()  # of the machine; whatever it says, the bytes of values stand in the order of most machines
        content, keys = pickles.load(), pickles.load()
        at, end = pickles.position, file.seek(0, SEEK_END)
        for key in keys if isinstance(keys, list) else ():
            storage = pickles.storages.get(key) if isinstance(key, str) else None
            file.seek(at)
            at += _COUNT.size
            if storage is None or file.read(_COUNT.size) != _COUNT.pack(storage.whole):
                raise Unsound
            self._starts[key] = at
            at += storage.whole * WIDTHS[storage.dtype]
            if at > end:
                raise Unsound("it ends before all of its values: it is truncated")
        return content

    def _start(self, storage: Storage) -> int:
        if self._archive is None:
            if storage.key not in self._starts:
                raise Unsound
            return self._starts[storage.key]
        name = f"{self._folder}data/{storage.key}"
        start, size = self._archive.find(name)
        wanted = storage.whole * WIDTHS[storage.dtype]
        if size < wanted:
            raise Unsound(f"its entry `{printable(name)}` has {size:,} bytes, expected {wanted:,}: it is damaged")
        return start
