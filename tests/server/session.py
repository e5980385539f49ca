"""A session with the server in this process, over pipes: messages as they are, in whatever order."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from itertools import count
from threading import Condition, Thread
from typing import Any

from archspec.server.server import new_server
from archspec.server.streams import run

PATIENCE = 60
"""Seconds after which what has not come does not come."""


def framed(*messages: dict[str, Any]) -> bytes:
    """Messages as they are sent."""
    bodies = (json.dumps({"jsonrpc": "2.0", **message}).encode() for message in messages)
    return b"".join(b"Content-Length: %d\r\n\r\n%s" % (len(body), body) for body in bodies)


def opens(uri: str, text: str, version: int = 1) -> dict[str, Any]:
    """A document that is opened."""
    document = {"uri": uri, "languageId": "yaml", "version": version, "text": text}
    return {"method": "textDocument/didOpen", "params": {"textDocument": document}}


def edits(uri: str, *changes: dict[str, Any] | str, version: int = 2) -> dict[str, Any]:
    """A document that is edited: whole texts, or changes as the protocol has them."""
    told = [{"text": change} if isinstance(change, str) else change for change in changes]
    document = {"uri": uri, "version": version}
    return {"method": "textDocument/didChange", "params": {"textDocument": document, "contentChanges": told}}


def closes(uri: str) -> dict[str, Any]:
    """A document that is closed."""
    return {"method": "textDocument/didClose", "params": {"textDocument": {"uri": uri}}}


class Session:
    """One client and its server. `received` has all that the server has sent."""

    def __init__(self) -> None:
        self.server = new_server()
        self.received: list[dict[str, Any]] = []
        self.code: int | None = None
        self._ids = count(1)
        self._news = Condition()
        theirs, self._ours = os.pipe()
        back, answers = os.pipe()
        self._running = Thread(target=self._run, args=(theirs, answers), daemon=True)
        self._listening = Thread(target=self._listen, args=(back,), daemon=True)
        self._running.start()
        self._listening.start()

    def start(self, capabilities: dict[str, Any] | None = None) -> Session:
        """Say what a client says first."""
        self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": capabilities or {}})
        self.send({"method": "initialized", "params": {}})
        return self

    def send(self, *messages: dict[str, Any] | bytes) -> None:
        """Send messages, or bytes that are none, at once."""
        data = b"".join(one if isinstance(one, bytes) else framed(one) for one in messages)
        while data:
            data = data[os.write(self._ours, data) :]

    def request(self, method: str, params: Any = None) -> dict[str, Any]:
        """A question that is to be sent."""
        return {"id": next(self._ids), "method": method, "params": params}

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to a question that was sent, with its result or its error."""
        return self.until(lambda one: "method" not in one and one.get("id") == request["id"])

    def ask(self, method: str, params: Any = None) -> Any:
        """Ask, and wait for the result."""
        question = self.request(method, params)
        self.send(question)
        found = self.answer(question)
        assert "error" not in found, found
        return found["result"]

    def at(self, method: str, uri: str, line: int = 0, character: int = 0, **more: Any) -> dict[str, Any]:
        """A question about a place that is to be sent."""
        place = {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}
        return self.request(f"textDocument/{method}", {**place, **more})

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first message that is wanted, among those that have come and those to come."""
        with self._news:
            found: list[dict[str, Any]] = []

            def has_come() -> bool:
                found[:] = [one for one in self.received if wanted(one)]
                return bool(found) or not self._listening.is_alive()

            self._news.wait_for(has_come, PATIENCE)
            assert found, self.received
            return found[0]

    def published(self, uri: str) -> list[dict[str, Any]]:
        """What was published of a document, all that was asked before being answered."""
        return [one["params"] for one in self.told("textDocument/publishDiagnostics") if one["params"]["uri"] == uri]

    def codes(self, uri: str, version: int | None = None) -> list[str]:
        """The codes of the errors that are published of a document, of a version or of the first."""
        found = self.until(
            lambda one: (
                one.get("method") == "textDocument/publishDiagnostics"
                and one["params"]["uri"] == uri
                and version in (None, one["params"].get("version"))
            )
        )
        return [one["code"] for one in found["params"]["diagnostics"] if one["severity"] == 1]

    def told(self, method: str) -> list[dict[str, Any]]:
        """The messages of a kind that have come."""
        with self._news:
            return [one for one in self.received if one.get("method") == method]

    def faults(self) -> list[str]:
        """What the server reports of itself."""
        told = [*self.told("window/logMessage"), *self.told("window/showMessage")]
        return [one["params"]["message"] for one in told]

    def end(self, *last: dict[str, Any] | bytes) -> int:
        """Send the last messages, and nothing more. What the process would end with."""
        self.send(*last)
        os.close(self._ours)
        self._running.join(PATIENCE)
        self._listening.join(PATIENCE)
        assert self.code is not None, "the server goes on"
        return self.code

    def stop(self) -> int:
        """Say what a client says last, and end."""
        return self.end(self.request("shutdown"), {"method": "exit"})

    def _run(self, theirs: int, answers: int) -> None:
        with os.fdopen(theirs, "rb") as incoming:
            self.code = run(self.server, incoming.fileno(), answers)

    def _listen(self, back: int) -> None:
        with os.fdopen(back, "rb") as stream:
            while head := stream.readline():
                length = int(head.partition(b":")[2])
                while stream.readline().strip():
                    pass
                message = json.loads(stream.read(length))
                if "id" in message and "method" in message:
                    self.send({"id": message["id"], "result": None})
                with self._news:
                    self.received.append(message)
                    self._news.notify_all()
        with self._news:
            self._news.notify_all()
