"""The zip files that torch.save writes: where in them each entry stands, without reading any.

Their entries are stored as they are, so that one is a part of the file.
"""

from __future__ import annotations

import io
from struct import Struct
from typing import BinaryIO
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from archspec.limits import DIRECTORY_BYTES
from archspec.weights.messages import Unsound, printable

_BEGINNING = b"PK\x03\x04"
_LAST = Struct("<4sHH14x")
_LAST_MARK = b"PK\x05\x06"
_ELSEWHERE = 0xFFFF
_LOCAL = Struct("<4s22xHH")
_ENCRYPTED = 1


class _Frugal(io.BufferedIOBase):
    """A file of which nothing longer than the list of entries is read at once, as `ZipFile` reads that."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.tell = file.tell  # type: ignore[method-assign]
        self.seek = file.seek  # type: ignore[method-assign]

    def read(self, size: int | None = -1) -> bytes:
        if size is not None and size > DIRECTORY_BYTES:
            raise Unsound(f"its list of entries has {size:,} bytes; archspec reads up to {DIRECTORY_BYTES:,}")
        return self._file.read(DIRECTORY_BYTES if size is None or size < 0 else size)


def is_archive(file: BinaryIO) -> bool:
    """Whether a file begins as zip files do."""
    file.seek(0)
    return file.read(len(_BEGINNING)) == _BEGINNING


class Archive:
    """The entries of a zip file by name: their first byte and their length. Raises `Unsound` for a broken one."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._end = file.seek(0, io.SEEK_END)
        self._check_disks()
        try:
            entries = ZipFile(_Frugal(file)).infolist()
        except Unsound:
            raise
        except (BadZipFile, NotImplementedError, OSError, UnicodeDecodeError, ValueError, OverflowError):
            raise Unsound from None
        self._entries = {entry.filename: entry for entry in entries}
        if len(self._entries) < len(entries):
            raise Unsound("two of its entries have the same name")

    def _check_disks(self) -> None:
        """`ZipFile` does not: files that are parts of an archive have numbers in the record that ends them."""
        self._file.seek(max(0, self._end - _LAST.size))
        last = self._file.read(_LAST.size)
        if last.startswith(_LAST_MARK) and any(disk not in (0, _ELSEWHERE) for disk in _LAST.unpack(last)[1:]):
            raise Unsound("it is one part of a multi-part archive")

    def folder(self, name: str) -> str:
        """The folder at the top that holds a file of a name, with the `/` behind it. There is only one."""
        found = [entry for entry in self._entries if entry.partition("/")[2] == name]
        if len(found) != 1:
            raise Unsound
        return found[0].removesuffix(name)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def find(self, name: str) -> tuple[int, int]:
        """Where an entry starts, and how many bytes it has."""
        entry = self._entries.get(name)
        if entry is None:
            raise Unsound(f"its entry `{printable(name)}` is missing: it is damaged")
        start = self._start(entry)
        if start + entry.file_size > self._end:
            raise Unsound(f"its entry `{printable(name)}` goes on beyond its end: it is damaged")
        return start, entry.file_size

    def entry(self, name: str, most: int) -> bytes:
        """An entry that is no longer than a number of bytes."""
        start, size = self.find(name)
        if size > most:
            raise Unsound(f"its entry `{printable(name)}` has {size:,} bytes; archspec reads up to {most:,}")
        self._file.seek(start)
        return self._file.read(size)

    def _start(self, entry: ZipInfo) -> int:
        if entry.volume:
            raise Unsound("it is one part of a multi-part archive")
        if entry.compress_type != ZIP_STORED or entry.flag_bits & _ENCRYPTED or entry.compress_size != entry.file_size:
            raise Unsound("its entries are compressed or encrypted, and those of torch.save are neither")
        self._file.seek(entry.header_offset)
        header = self._file.read(_LOCAL.size)
        if len(header) < _LOCAL.size or not header.startswith(_BEGINNING):
            raise Unsound(f"its entry `{printable(entry.filename)}` is not where it should be: it is damaged")
        _, name, extra = _LOCAL.unpack(header)
        return int(entry.header_offset) + _LOCAL.size + int(name) + int(extra)
