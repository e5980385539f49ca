"""A client of yaml-language-server: the server that VS Code, Neovim, Emacs, Helix, Zed and JetBrains' plugin run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from itertools import count
from pathlib import Path
from typing import Any


def command() -> list[str] | None:
    """How to start the server: `YAML_LANGUAGE_SERVER`, that of `make editors` or the one on the path, if any."""
    places = os.pathsep.join([str(Path(sys.prefix, "node_modules", ".bin")), os.environ["PATH"]])
    found = os.environ.get("YAML_LANGUAGE_SERVER") or shutil.which("yaml-language-server", path=places)
    return [found, "--stdio"] if found and shutil.which("node") else None


class LanguageServer:
    """A server that holds every document against one schema; the protocol is LSP 3.17 over standard input."""

    def __init__(self, schema: Path) -> None:
        start = command()
        assert start is not None
        self._process = subprocess.Popen(start, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._schema = schema.as_uri()
        self._ids = count(1)
        capabilities = {
            "textDocument": {
                "completion": {"completionItem": {"documentationFormat": ["markdown"], "snippetSupport": True}},
                "hover": {"contentFormat": ["markdown"]},
                "publishDiagnostics": {},
            },
            "workspace": {"configuration": True, "didChangeConfiguration": {}},
        }
        self.request("initialize", {"processId": os.getpid(), "rootUri": None, "capabilities": capabilities})
        self.notify("initialized", {})
        self.notify("workspace/didChangeConfiguration", {"settings": {"yaml": self._settings()}})

    def _settings(self) -> dict[str, Any]:
        schemas = {self._schema: ["*.yaml"]}
        return {
            "schemas": schemas, "validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False},
        }  # fmt: skip

    def close(self) -> None:
        """End the server."""
        self.request("shutdown", None)
        self.notify("exit", None)
        with self._process:
            self._process.wait(timeout=10)

    def open(self, text: str) -> tuple[str, list[dict[str, Any]]]:
        """Open a document: its URI, and what the server finds in it."""
        uri = f"file:///specs/{next(self._ids)}.yaml"
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})
        while True:
            message = self._receive()
            if message.get("method") == "textDocument/publishDiagnostics" and message["params"]["uri"] == uri:
                return uri, message["params"]["diagnostics"]

    def at(self, method: str, uri: str, line: int, character: int) -> Any:
        """The answer to a question about a position, counted from 0."""
        place = {"line": line, "character": character}
        return self.request(f"textDocument/{method}", {"textDocument": {"uri": uri}, "position": place})

    def request(self, method: str, params: Any) -> Any:
        """Ask, and wait for the answer."""
        number = next(self._ids)
        self._send({"id": number, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == number and "method" not in message:
                assert "error" not in message, message
                return message["result"]

    def notify(self, method: str, params: Any) -> None:
        """Tell, without an answer."""
        self._send({"method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        """The next message; questions of the server are answered on the way."""
        stream = self._process.stdout
        assert stream is not None
        length = 0
        while line := stream.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the server has ended"
        message: dict[str, Any] = json.loads(stream.read(length))
        if "id" in message and "method" in message:
            self._send({"id": message["id"], "result": self._answer(message)})
        return message

    def _answer(self, message: dict[str, Any]) -> Any:
        if message["method"] == "workspace/configuration":
            return [self._settings() if item.get("section") == "yaml" else {} for item in message["params"]["items"]]
        return [self._schema] if message["method"] == "custom/schema/request" else None
