"""Bytes, text or a file to a tree with positions; all mistakes become diagnostics, whose codes begin with A1."""

from __future__ import annotations

import codecs
import os
from pathlib import Path
from typing import TYPE_CHECKING

from archspec import files, limits
from archspec.diagnostics import Collector, Source, Span
from archspec.source.document import Parser, default_parser, read_document
from archspec.source.taken import Taken
from archspec.source.tree import Tree

if TYPE_CHECKING:
    from archspec.source.pieces import Pieces

_WIDE_MARKS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)


def read_file(
    path: str | os.PathLike[str],
    collector: Collector,
    name: str | None = None,
    *,
    parser: Parser | None = None,
    editable: bool = True,
    piped: bool = False,
    taken: Taken | None = None,
    pieces: Pieces | None = None,
) -> tuple[Source, Tree | None]:
    """Read a file; `name` is how diagnostics call it, by default the path as given. See `read_text`.

    What is not `editable`, such as a bundled file, is one that no fix may change. A pipe that the shell connected is
    read where `piped` allows it, and nothing else that is no regular file: it might never end.
    """
    name = os.fspath(path) if name is None else name
    try:
        with files.open_file(path, piped=piped) as file:
            data = file.read(limits.TEXT_BYTES + 1)
    except OSError as error:
        return unreadable(error, name, collector), None
    origin = Path(path) if editable else None
    return read_text(data, name, collector, parser=parser, path=origin, taken=taken, pieces=pieces)


def unreadable(error: OSError, name: str, collector: Collector) -> Source:
    """Report a file that cannot be read; a source without a text."""
    source = Source(name, "")
    collector.error("A112", f"cannot read `{name}`: {error.strerror}", source.start, _file_help(error))
    return source


def _file_help(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "check the path; relative paths start at the working directory"
    if isinstance(error, IsADirectoryError):
        return "name a file in it"
    return "check the path and its permissions"


def read_text(
    text: str | bytes,
    name: str,
    collector: Collector,
    *,
    parser: Parser | None = None,
    path: Path | None = None,
    taken: Taken | None = None,
    pieces: Pieces | None = None,
) -> tuple[Source, Tree | None]:
    """Read a text as one YAML document.

    The tree is None if reading ended early: the bytes are not UTF-8, the syntax is broken, a limit is passed, the file
    is empty or holds two documents. After all other mistakes it goes on, so that they come at once, and the tree holds
    what could be understood; whether it may be used, the collector's errors tell. `path` is the file of the text;
    `taken` is what other files of the same spec have taken of the limits, `pieces` what was parsed when the same files
    were read before; `parser` is there for the tests.
    """
    taken = taken or Taken()
    before, taken.bytes = taken.bytes, taken.bytes + len(text)
    if taken.bytes > limits.TEXT_BYTES:
        source = Source(name, "")
        unit = "bytes" if isinstance(text, bytes) else "characters"
        message = f"the text is longer than {limits.TEXT_BYTES:,} {unit}"
        if before:
            message += f", with the {before:,} of other files of the spec"
        help = "use `repeat`, `depth` or a block for repetition"
        collector.error("A108", message, source.start, help)
        return source, None
    if isinstance(text, bytes):
        read = decoded(text, name, collector)
        if isinstance(read, Source):
            return read, None
        text = read
    source = Source(name, text.removeprefix("\ufeff"), path)
    parser = parser or default_parser()
    tree = pieces.tree(source, parser, taken) if pieces is not None else None
    return source, read_document(source, collector, parser, taken) if tree is None else tree


def decoded(data: bytes, name: str, collector: Collector) -> str | Source:
    """The text of UTF-8 bytes, or a source to show where they are something else."""
    for mark, encoding in _WIDE_MARKS:
        if data.startswith(mark):
            source = Source(name, data.decode(encoding, "replace"))
            message = f"the file is encoded in {encoding}, not in UTF-8"
            collector.error("A101", message, source.start, "save it as UTF-8")
            return source
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        if b"\0" in data:
            source = Source(name, "")
            help = "a spec is a text in YAML; of several files, it stands first"
            collector.error("A101", "the file is not a text", source.start, help)
            return source
        # Bytes of a broken character are shown as one replacement character, so that columns stay right.
        source = Source(name, data.decode("utf-8", "replace").removeprefix("\ufeff"))
        before = Source("", data[: error.start].decode("utf-8").removeprefix("\ufeff")).lines
        line, column = len(before), len(before[-1]) + 1
        message = f"the byte 0x{data[error.start]:02x} is not UTF-8"
        collector.error("A101", message, Span(source, line, column, line, column + 1), "save the file as UTF-8")
        return source
