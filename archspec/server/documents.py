"""The documents that a client has opened, by its names for them, which are URIs: several may be names of one file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote, unquote_to_bytes, urlsplit

from lsprotocol import types

from archspec.editor import Text, Workspace
from archspec.files import mentions
from archspec.server.positions import Positions
from archspec.server.protocol import NUMBER

Change: TypeAlias = types.TextDocumentContentChangePartial | types.TextDocumentContentChangeWholeDocument

_DRIVE = re.compile(r"/[A-Za-z]:")


@dataclass
class Document:
    """An open document. `edited` is the number of the message that edited it last."""

    uri: str
    path: Path
    text: str
    version: int
    edited: int


class Documents:
    """Open documents. One that lies in no file, or not yet, is taken for one in the working directory.

    Where a file is open under several names, what holds in the workspace is the text of the one that was edited, or
    asked about, last.
    """

    def __init__(self) -> None:
        self.workspace = Workspace()
        self._open: dict[str, Document] = {}

    def path(self, uri: str) -> Path:
        """The real path of a document."""
        try:
            return Path(os.path.realpath(_file(uri)))
        except ValueError:  # no URI of a file, or none that a file can have
            name = quote(uri.encode("utf-8", "surrogatepass"), safe="")
            return Path(os.path.realpath(f"{name}.yaml"))

    def uri(self, path: Path) -> str:
        """The URI of a file, as its client calls it."""
        return next((one.uri for one in reversed(self.of(path))), None) or path.as_uri()

    def of(self, path: Path) -> list[Document]:
        """The open documents of a file, that whose text holds last."""
        return [one for one in self._open.values() if one.path == path]

    def open(self, uri: str, text: str, version: int) -> Path:
        """Open a document, which may be open already. Its path."""
        document = Document(uri, self.path(uri), text, version, NUMBER.get())
        self._open[uri] = document
        self.turn_to(document)
        return document.path

    def edit(self, uri: str, changes: Iterable[Change], version: int, positions: Positions) -> Path | None:
        """Change the text of a document, the whole or parts of it. Its path, None where it is not open."""
        document = self._open.get(uri)
        if document is None:
            return None
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                start, end = positions.range(Text(document.text), change.range)
                document.text = document.text[:start] + change.text + document.text[end:]
            else:
                document.text = change.text
        document.version, document.edited = version, NUMBER.get()
        self.turn_to(document)
        return document.path

    def close(self, uri: str) -> Path | None:
        """Forget a document. Its path, None where it is not open."""
        document = self._open.pop(uri, None)
        if document is None:
            return None
        others = self.of(document.path)
        if others:
            self.turn_to(others[-1])
        else:
            self.workspace.close(document.path)
        return document.path

    def turn_to(self, document: Document) -> None:
        """Let the text of a document hold for its file."""
        self._open[document.uri] = self._open.pop(document.uri)
        path, workspace = document.path, self.workspace
        if path not in workspace.paths or workspace.text(path).text != document.text:
            workspace.put(path, document.text)

    def known(self, uri: str) -> Document | None:
        """An open document that is one of ours, whose text holds from now on."""
        document = self._open.get(uri)
        if document is None or not self.is_ours(document):
            return None
        self.turn_to(document)
        return document

    def is_ours(self, document: Document) -> bool:
        """Whether a document is a spec, or becomes one: it has a line that starts with `archspec:`."""
        return mentions(document.text.encode("utf-8", "replace"))


def _file(uri: str) -> str:
    """The name of the file that a URI is one of. Raises `ValueError` for another URI, and for what is none."""
    parts = urlsplit(uri)
    name = os.fsdecode(unquote_to_bytes(parts.path))
    if parts.scheme != "file" or not name:
        raise ValueError(uri)
    if parts.netloc not in ("", "localhost"):
        return f"//{parts.netloc}{name}"  # a share of Windows
    return name[1:] if os.name == "nt" and _DRIVE.match(name) else name
