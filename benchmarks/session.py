"""What a long session keeps: the memory of `archspec server` as ResNet-50, and a file that extends it, are edited.

    python benchmarks/session.py [EDITS]

Each edit is another one (names and numbers that never were, broken text, comments), and is followed by a question. The
session ends with the memory that it had after 100 edits, up to a tenth.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from archspec.language import bundled_specs

OVER = "archspec: 1\nextends: ./base.yaml\nparams: {classes: 10}\n"

QUESTIONS = (
    "hover",
    "inlayHint",
    "completion",
    "documentSymbol",
    "semanticTokens/full",
    "codeLens",
    "codeAction",
    "definition",
    "references",
    "prepareRename",
    "rename",
    "foldingRange",
)


class Client:
    """One who edits, and asks."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "archspec", "server"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._ids = count(1)
        self.faults: list[str] = []
        self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        self.tell("initialized", {})

    def tell(self, method: str, params: Any, **more: Any) -> None:
        """Send a message."""
        body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, **more}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def ask(self, method: str, params: Any) -> Any:
        """Send a question, and wait for its answer."""
        number = next(self._ids)
        self.tell(method, params, id=number)
        while (message := self._receive()).get("id") != number:
            if message.get("method") in ("window/logMessage", "window/showMessage"):
                self.faults.append(message["params"]["message"])
        return message

    def rss(self) -> float:
        """The memory of the server, in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) / 1000

    def _receive(self) -> dict[str, Any]:
        stream = self.process.stdout
        assert stream is not None
        length = int(stream.readline().partition(b":")[2])
        while stream.readline().strip():
            pass
        message: dict[str, Any] = json.loads(stream.read(length))
        return message


def edited(text: str, seed: int = 0) -> Iterator[str]:
    """The text after one edit and another: each of the text as it was, so that it grows no longer."""
    pick = random.Random(seed)
    for number in count():
        lines = text.splitlines()
        at = pick.randrange(1, len(lines))
        kind = number % 5
        if kind == 0:
            lines[at] += f"  # {number}"
        elif kind == 1:
            lines.insert(at, f"word_{number}: [3, {number}")
        elif kind == 2:
            lines = text.replace("classes", f"classes_{number}").splitlines()
        elif kind == 3:
            lines = text.replace("channels: 64", f"channels: {64 + number}, name: name_{number}", 1).splitlines()
        else:
            lines[at] = lines[at][: pick.randrange(len(lines[at]) + 1)]
        yield "\n".join(lines) + "\n"


def params(method: str, uri: str, text: str, pick: random.Random) -> dict[str, Any]:
    """What a question about a place of a text asks."""
    lines = text.splitlines() or [""]
    line = pick.randrange(len(lines))
    place = {"line": line, "character": pick.randrange(len(lines[line]) + 1)}
    return {
        "textDocument": {"uri": uri},
        "position": place,
        "range": {"start": place, "end": {"line": line + 40, "character": 0}},
        "context": {"diagnostics": [], "includeDeclaration": True, "triggerKind": 1},
        "newName": f"other_{pick.randrange(10**6)}",
    }


def main() -> None:
    edits, pick = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000, random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        base, over = Path(folder, "base.yaml"), Path(folder, "over.yaml")
        texts = {base: bundled_specs()["resnet50"].read_text(encoding="utf-8"), over: OVER}
        client = Client()
        for path, text in texts.items():
            document = {"uri": path.as_uri(), "languageId": "yaml", "version": 0, "text": text}
            client.tell("textDocument/didOpen", {"textDocument": document})
        streams = {path: edited(text) for path, text in texts.items()}
        first = 0.0
        for number in range(1, edits + 1):
            path = over if number % 7 == 0 else base
            text = next(streams[path])
            document = {"uri": path.as_uri(), "version": number}
            client.tell("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})
            method = QUESTIONS[number % len(QUESTIONS)]
            client.ask(f"textDocument/{method}", params(method, path.as_uri(), text, pick))
            if number in (100, 300, 1000, 3000) or number % 5000 == 0:
                first = first or client.rss()
                print(f"{number:6} edits {client.rss():8.1f} MB", flush=True)
        last = client.rss()
        client.ask("shutdown", None)
        client.tell("exit", None)
        code = client.process.wait()
    print(f"faults reported: {len(client.faults)}, exit code {code}")
    print(*dict.fromkeys(client.faults), sep="\n")
    sys.exit(last > 1.1 * first or bool(client.faults) or code != 0)


if __name__ == "__main__":
    main()
