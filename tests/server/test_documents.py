"""Documents under names of every kind, and under several names of one file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("pygls")

from archspec.server.documents import Documents
from tests.server.session import Session, closes, edits, opens

NETWORK = "archspec: 1\ninput: [3, 32, 32]\nlayers:\n  - conv: {channels: 8, kernel: 3}\n  - global_pool\n"
WRONG = NETWORK.replace("kernel", "kernal")

URIS = [
    "untitled:Untitled-1",
    "untitled:/nets/net.yaml",
    "vscode-vfs://github/someone/net/net.yaml",
    "vscode-notebook-cell:/home/net.ipynb#W0sZmlsZQ%3D%3D",
    "git:/home/net.yaml?%7B%22ref%22%3A%22~%22%7D",
    "inmemory://model/1",
    "net.yaml",
    "/home/net.yaml",
    "C:\\nets\\net.yaml",
    "file:",
    "file:///",
    "file://",
    "file:net.yaml",
    "file:/net.yaml",
    "FILE:///nowhere/net.yaml",
    "file://localhost/nowhere/net.yaml",
    "file:///c%3A/nets/net.yaml",
    "file:///C:/nets/net.yaml",
    "file://server/share/net.yaml",
    "file:///a%00b",
    "file:///%00.yaml",
    "file:///%2e%2e/%2F/net.yaml",
    "file:///n%C3%A9t%20%F0%9F%98%80.yaml",
    "file:///n\u00e9t \U0001f600.yaml",
    "file:///n%E9t%FF.yaml",
    "file:///n%zz%.yaml",
    "file:///\ud83d.yaml",
    "file://[x",
    "file://[::1]/net.yaml",
    "file://]/x",
    "file:///net.yaml#fragment",
    "file:///net\n.yaml",
    "file:///" + 300 * "long" + ".yaml",
    "file:///" + 3000 * "deep/" + "net.yaml",
    "file:///dev/zero",
    "file:///dev/stdin",
    "",
    " ",
    "\x00",
    "://",
    "\u2028",
]  # fmt: skip


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    found = Session().start()
    yield found
    assert found.stop() == 0
    assert found.faults() == []


@pytest.mark.parametrize("uri", URIS, ids=lambda uri: ascii(uri)[:40])
def test_a_document_of_any_name_is_one(uri: str, session: Session) -> None:
    session.send(opens(uri, WRONG))
    assert session.codes(uri, 1) == ["A201"]
    session.send(edits(uri, NETWORK, version=2))
    assert session.codes(uri, 2) == []
    document = {"textDocument": {"uri": uri}}
    assert session.ask("textDocument/documentSymbol", document)
    session.send({"method": "workspace/didChangeWatchedFiles", "params": {"changes": [{"uri": uri, "type": 2}]}})
    session.send({"method": "textDocument/didSave", "params": document}, closes(uri))
    assert session.ask("textDocument/documentSymbol", document) is None
    assert session.published(uri)[-1]["diagnostics"] == []


@given(st.text() | st.text("/%.:#?[]@\\0123abcdefABCDEF\x00").map("file://{}".format))
def test_every_text_is_a_name(uri: str) -> None:
    documents = Documents()
    path = documents.path(uri)
    assert path.is_absolute()
    assert documents.open(uri, NETWORK, 1) == path == documents.close(uri)
    assert documents.workspace.paths == ()


@pytest.mark.skipif(os.name == "nt", reason="names are bytes elsewhere")
def test_a_file_keeps_its_name(tmp_path: Path) -> None:
    documents = Documents()
    for name in ("n\u00e9t \U0001f600.yaml", os.fsdecode(b"n\xe9t.yaml"), "a#b?c%20.yaml", "c:.yaml"):
        assert documents.path((tmp_path / name).as_uri()) == Path(os.path.realpath(tmp_path / name))


@pytest.fixture
def names(tmp_path: Path) -> list[str]:
    """Three names of one file: its own, that of a link, and another spelling."""
    real, link = tmp_path / "net.yaml", tmp_path / "link.yaml"
    real.write_text(NETWORK, encoding="utf-8")
    link.symlink_to(real)
    return [real.as_uri(), link.as_uri(), tmp_path.as_uri() + "/./%6eet.yaml"]


def test_every_name_of_a_file_is_told(names: list[str], session: Session) -> None:
    session.send(*(opens(name, WRONG) for name in names))
    assert [session.codes(name, 1) for name in names] == [["A201"]] * 3
    session.send(edits(names[1], NETWORK, version=2))
    assert session.codes(names[1], 2) == []
    # the others have the text that they had
    assert [session.published(name)[-1]["diagnostics"] != [] for name in names] == [True, False, True]
    session.send(edits(names[0], NETWORK, version=2), edits(names[2], NETWORK, version=2))
    assert [session.codes(name, 2) for name in names] == [[], [], []]
    session.send(*(closes(name) for name in names))


def test_closing_one_name_closes_no_other(names: list[str], session: Session, tmp_path: Path) -> None:
    over = (tmp_path / "over.yaml").as_uri()
    session.send(opens(over, "archspec: 1\nextends: ./net.yaml\n"), *(opens(name, NETWORK) for name in names))
    session.send(edits(names[0], WRONG, version=2), edits(names[1], WRONG, version=2))
    assert session.codes(names[0], 2) == ["A201"]
    for closed in (1, 2):
        session.send(closes(names[closed]))
        assert session.ask("textDocument/documentSymbol", {"textDocument": {"uri": names[closed]}}) is None
        assert session.ask("textDocument/documentSymbol", {"textDocument": {"uri": names[0]}})
    session.send(edits(over, "archspec: 1\nextends: ./net.yaml\n# more\n", version=2))
    assert session.codes(over, 2) == ["A201"]
    session.send(closes(names[0]), edits(over, "archspec: 1\nextends: ./net.yaml\n", version=3))
    assert session.codes(over, 3) == []  # what is on disk
    session.send(closes(over))


def test_places_are_those_of_the_name_that_asks(names: list[str], session: Session) -> None:
    session.send(opens(names[0], "# above\n" + NETWORK), opens(names[1], NETWORK))
    for name, line in ((names[0], 4), (names[1], 3), (names[0], 4)):
        (layers,) = [
            one
            for one in session.ask("textDocument/documentSymbol", {"textDocument": {"uri": name}})
            if one["name"] == "layers"
        ]
        assert layers["children"][0]["range"]["start"]["line"] == line
    session.send(*(closes(name) for name in names[:2]))
