"""Files from outside: what stands for one, and which are ours; regular files alone, wherever a path leads to, and no
more of one than it may hold.

A pipe that nobody writes to would hang a reader for ever, and a device such as `/dev/zero` never ends.
"""

from __future__ import annotations

import os
import re
import stat
from errno import EFBIG, EINVAL, EISDIR
from io import BufferedReader, FileIO
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

if TYPE_CHECKING:
    from typing_extensions import Buffer

STDIN = "-"
"""What stands for standard input where a file is asked for."""
REVISION = "git:"
"""What a file in a git revision begins with: `git:REV:PATH`."""
SUFFIXES = (".yaml", ".yml")
"""How files end that are looked at where a folder is searched."""

Stamp: TypeAlias = tuple[int, int, int]
"""What `stamp` tells of a file."""

_HEAD_BYTES = 2**20
_OURS = re.compile(rb"^(?:\{\s*)?[\"']?archspec[\"']?[ \t]*:", re.MULTILINE)
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_DESCRIPTOR = re.compile(r"/dev/stdin|/(?:dev|proc/self)/fd/([0-9]{1,6})", re.ASCII)
_KINDS = {
    stat.S_IFREG: "a file",
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}
_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)


def open_file(path: str | os.PathLike[str], *, piped: bool = False) -> BinaryIO:
    """Open a regular file for reading; links are followed.

    With `piped`, a pipe that a shell has connected to this process may be read, too: `/dev/stdin`, and the
    `/dev/fd/63` of `<(…)`. It ends with its writer, and cannot be read twice.

    Raises `OSError`, with a reason in words, for what cannot be opened or is something else: a folder, a named pipe, a
    device, a socket.
    """
    mode = _mode(path)
    if piped and (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)):
        given = _DESCRIPTOR.fullmatch(os.fspath(path))
        if given is not None:
            descriptor = os.dup(int(given[1] or 0))
            os.set_blocking(descriptor, True)  # or a reader would get what is there by now, and take it for all
            return os.fdopen(descriptor, "rb")
    _require_regular(mode, path)
    # between the look and the opening another file may take its place: hence no waiting, and a second look
    descriptor = os.open(path, _FLAGS)
    try:
        _require_regular(os.fstat(descriptor).st_mode, path)
        return BufferedReader(_Prompt(descriptor))
    except BaseException:
        os.close(descriptor)
        raise


def read_file(path: str | os.PathLike[str], most: int) -> bytes:
    """The bytes of a regular file. Raises what `open_file` raises, and `OSError` where there are more than `most`."""
    with open_file(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(EFBIG, f"it has more than {most:,} bytes", os.fspath(path))
    return data


def kind(path: str | os.PathLike[str]) -> str:
    """What a path leads to, in words: `a file`, `a folder`, `a named pipe`, …; empty for nothing.

    Raises `OSError` where that cannot be told.
    """
    try:
        return _kind(_mode(path))
    except (FileNotFoundError, NotADirectoryError):
        return "a broken link" if os.path.islink(path) else ""


def _mode(path: str | os.PathLike[str]) -> int:
    try:
        return os.stat(path).st_mode
    except ValueError as error:  # a null character in the path
        raise OSError(EINVAL, str(error), os.fspath(path)) from None


def _kind(mode: int) -> str:
    return _KINDS.get(stat.S_IFMT(mode), "something else")


def _require_regular(mode: int, path: str | os.PathLike[str]) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(EISDIR, os.strerror(EISDIR), os.fspath(path))
    if not stat.S_ISREG(mode):
        raise OSError(EINVAL, f"expected a file, found {_kind(mode)}", os.fspath(path))


class _Prompt(FileIO):
    """What has all its bytes at once. The system calls `/proc/kmsg` and the like regular, and lets a reader wait."""

    def readinto(self, buffer: Buffer, /) -> int:
        count: int | None = super().readinto(buffer)
        if count is None:
            raise OSError(EINVAL, "expected a file, found a device")
        return count


def stamp(path: str | os.PathLike[str]) -> Stamp | None:
    """What tells whether a file is the same as before: its number, its size and when it was written, in nanoseconds.
    None where there is no such file."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def is_path(text: str) -> bool:
    """Whether a text is the path of a file rather than the name of what is bundled."""
    return "/" in text or "\\" in text or text.endswith((*SUFFIXES, ".json"))


def is_ours(path: str | os.PathLike[str]) -> bool:
    """Whether a file looks like a spec, without parsing it; one that cannot be read may be one.

    A pipe or a device is none: nobody means it who names the folder.
    """
    if os.path.exists(path) and not os.path.isfile(path):
        return False
    try:
        with open_file(path) as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return True
    return mentions(head)


def mentions(head: bytes) -> bool:
    """Whether the beginning of a file looks like a spec: a line of it starts with `archspec:`."""
    for mark in _MARKS:
        head = head.removeprefix(mark)
    return bool(_OURS.search(head.replace(b"\0", b"")))
