"""The documents that a client has opened: their texts by path, and what their URIs are."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from pygls import uris

from archspec.editor import Workspace
from archspec.files import mentions


class Documents:
    """Open documents. One that lies in no file, yet, is taken for one in the working directory."""

    def __init__(self) -> None:
        self.workspace = Workspace()
        self._uris: dict[Path, str] = {}
        self._versions: dict[Path, int] = {}

    def path(self, uri: str) -> Path:
        """The real path of a document."""
        found = uris.to_fs_path(uri) if urlsplit(uri).scheme == "file" else None
        return Path(os.path.realpath(found or quote(unquote(uri), safe="") + ".yaml"))

    def uri(self, path: Path) -> str:
        """The URI of a file, as its client calls it."""
        return self._uris.get(path) or path.as_uri()

    def version(self, path: Path) -> int | None:
        """The version of an open document, as its client counts."""
        return self._versions.get(path)

    def put(self, uri: str, text: str, version: int) -> Path:
        """Open a document, or have another text in its place. Its path."""
        path = self.path(uri)
        self._versions[path] = version
        self._uris[path] = uri
        self.workspace.put(path, text)
        return path

    def close(self, uri: str) -> Path:
        """Forget a document. Its path."""
        path = self.path(uri)
        self.workspace.close(path)
        self._uris.pop(path, None)
        self._versions.pop(path, None)
        return path

    def known(self, uri: str) -> Path | None:
        """The path of an open document that is one of ours: it has a line that starts with `archspec:`."""
        path = self.path(uri)
        return path if path in self.workspace.paths and self.is_ours(path) else None

    def is_ours(self, path: Path) -> bool:
        """Whether an open text is a spec, or becomes one."""
        return mentions(self.workspace.text(path).text.encode("utf-8", "replace"))
