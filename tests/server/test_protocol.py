"""What the protocol asks of a server at its edges: beginning, end, order, what overtakes what, what is no message."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("pygls")

from tests.server.session import Session, closes, edits, framed, opens

URI = "file:///nowhere/net.yaml"
NETWORK = "archspec: 1\ninput: [3, 32, 32]\nlayers:\n  - conv: {channels: 8, kernel: 3}\n  - global_pool\n"
WRONG = NETWORK.replace("kernel", "kernal")


@pytest.fixture
def session() -> Iterator[Session]:
    found = Session().start()
    yield found
    if found.code is None:
        assert found.stop() == 0
    assert found.faults() == []


SHUTDOWN, EXIT = {"id": 9, "method": "shutdown"}, {"method": "exit"}
ENDS = {
    "shutdown and exit": (framed(SHUTDOWN, EXIT), 0),
    "exit alone": (framed(EXIT), 1),
    "the stream ends": (b"", 1),
    "the stream ends after shutdown": (framed(SHUTDOWN), 1),
    "the stream ends in a message": (framed(SHUTDOWN)[:-3], 1),
    "the stream ends in a header": (b"Content-Len", 1),
    "no protocol at all": (b"GET / HTTP/1.1" * 10_000, 1),
    "a header of something else": (b"X: y\r\n\r\n" + framed(SHUTDOWN, EXIT), 0),
    "headers in lower case": (
        framed(SHUTDOWN, EXIT).replace(b"Content-Length", b"content-type: x\r\ncontent-length"),
        0,
    ),
}


@pytest.mark.parametrize("name", ENDS)
def test_how_the_server_ends(name: str, session: Session) -> None:
    last, code = ENDS[name]
    assert session.end(last) == code


def test_exit_before_anything_else_ends_it() -> None:
    assert Session().end(framed(EXIT)) == 1


def test_what_was_asked_before_the_end_is_answered(session: Session) -> None:
    question = session.request("textDocument/documentSymbol", {"textDocument": {"uri": URI}})
    assert session.end(opens(URI, NETWORK), question, SHUTDOWN, EXIT) == 0
    assert session.answer(question)["result"]
    last = Session().start()
    assert last.end(opens(URI, NETWORK), question) == 1
    assert last.answer(question)["result"]


def test_requests_that_come_too_early_or_too_late_are_refused() -> None:
    session = Session()
    early = session.at("hover", URI)
    session.send(opens(URI, NETWORK), early)
    assert session.answer(early)["error"]["code"] == -32002
    session.start()
    assert session.ask("textDocument/documentSymbol", {"textDocument": {"uri": URI}}) is None
    session.ask("shutdown")
    late = session.at("hover", URI)
    session.send(late, opens(URI, NETWORK))
    assert session.answer(late)["error"]["code"] == -32600
    assert session.end(framed(EXIT)) == 0
    assert session.faults() == []


def test_a_burst_of_edits_is_checked_once(session: Session) -> None:
    session.send(opens(URI, WRONG))
    assert session.codes(URI) == ["A201"]
    burst = framed(*(edits(URI, f"{WRONG}#{number}", version=number) for number in range(2, 202)))
    last = framed(edits(URI, NETWORK, version=202))
    assert len(burst + last) < 2**16  # what a pipe holds: all of it arrives at once
    session.send(burst + last)
    assert session.codes(URI, 202) == []
    assert [one["version"] for one in session.published(URI)] == [1, 202]


def test_a_request_that_is_taken_back_is_not_answered(session: Session) -> None:
    session.send(opens(URI, NETWORK))
    questions = [session.at("hover", URI, 3, 5) for _ in range(20)]
    session.send(framed(*questions, *({"method": "$/cancelRequest", "params": {"id": one["id"]}} for one in questions)))
    codes = [session.answer(one)["error"]["code"] for one in questions]
    assert codes == [-32800] * 20


def test_a_place_in_a_text_that_was_edited_meanwhile_has_no_answer(session: Session) -> None:
    session.send(opens(URI, NETWORK), opens(f"{URI}.yaml", NETWORK))
    stale, outline, other = (
        session.at("hover", URI, 3, 5),
        session.request("textDocument/documentSymbol", {"textDocument": {"uri": URI}}),
        session.at("hover", f"{URI}.yaml", 3, 5),
    )
    fresh = session.at("hover", URI, 4, 5)
    session.send(framed(stale, outline, other, edits(URI, "# more\n" + NETWORK), fresh))
    assert session.answer(stale)["error"]["code"] == -32801
    assert session.answer(outline)["result"][-1]["range"]["start"]["line"] == 3
    assert "`conv`" in session.answer(other)["result"]["contents"]["value"]
    assert "`conv`" in session.answer(fresh)["result"]["contents"]["value"]


PARTS = {
    "a part": [{"range": {"start": {"line": 3, "character": 27}, "end": {"line": 3, "character": 28}}, "text": "a"}],
    "two parts, one after the other": [
        {"range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}, "text": "# 😀\n"},
        {"range": {"start": {"line": 4, "character": 24}, "end": {"line": 4, "character": 30}}, "text": "kernal"},
    ],
    "behind the end": [
        {"range": {"start": {"line": 99, "character": 9}, "end": {"line": 999, "character": 0}}, "text": "kernal: 3\n"}
    ],
    "the end before the start": [
        {"range": {"start": {"line": 4, "character": 0}, "end": {"line": 1, "character": 0}}, "text": "kernal: 3\n"}
    ],
    "a part of another whole": ["kernal: 3", {"range": {"start": {"line": 0, "character": 0},
        "end": {"line": 0, "character": 0}}, "text": "archspec: 1\n"}],
}  # fmt: skip


@pytest.mark.parametrize("name", PARTS)
def test_parts_of_a_text_are_edited(name: str, session: Session) -> None:
    """Whole texts are asked for, and parts understood."""
    session.send(opens(URI, NETWORK), edits(URI, *PARTS[name]))
    assert session.codes(URI, 2) != []


def test_edits_out_of_order_are_survived(session: Session) -> None:
    unknown = "file:///nowhere/unknown.yaml"
    session.send(edits(unknown, WRONG), closes(unknown))
    assert session.ask("textDocument/documentSymbol", {"textDocument": {"uri": unknown}}) is None
    session.send(opens(URI, WRONG, 7), opens(URI, NETWORK, 3), edits(URI, version=8))
    assert session.codes(URI, 8) == []
    session.send(edits(URI, WRONG, version=2))
    assert session.codes(URI, 2) == ["A201"]
    session.send(closes(URI), closes(URI), edits(URI, WRONG, version=9))
    assert session.ask("textDocument/documentSymbol", {"textDocument": {"uri": URI}}) is None
    assert session.published(URI)[-1]["diagnostics"] == []
    assert session.published(unknown) == []


def test_folders_and_notebooks_of_any_name_are_left_alone() -> None:
    session = Session()
    odd = {"uri": "file://[x", "name": "x"}
    given = {
        "processId": None,
        "rootUri": odd["uri"],
        "rootPath": "\x00",
        "workspaceFolders": [odd],
        "capabilities": {},
    }
    session.ask("initialize", given)
    folders = {"event": {"added": [odd], "removed": [odd]}}
    session.send({"method": "workspace/didChangeWorkspaceFolders", "params": folders})
    book, change = {"uri": odd["uri"], "version": 2}, {"cells": {"data": []}}
    session.send({"method": "notebookDocument/didChange", "params": {"notebookDocument": book, "change": change}})
    session.send({"method": "$/setTrace", "params": {"value": "verbose"}}, {"method": "$/unknown", "params": {}})
    assert session.stop() == 0
    assert session.faults() == []


BROKEN = {
    "no JSON": b"Content-Length: 3\r\n\r\n{[}",
    "no UTF-8": b"Content-Length: 2\r\n\r\n\xff\xfe",
    "no object": b"Content-Length: 2\r\n\r\n[]",
    "deep": b"Content-Length: 100000\r\n\r\n" + b"[" * 100_000,
    "no protocol": b'Content-Length: 8\r\n\r\n{"id":1}',
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_message_is_told_and_survived(name: str) -> None:
    session = Session().start()
    session.send(BROKEN[name])
    assert session.ask("textDocument/documentSymbol", {"textDocument": {"uri": URI}}) is None
    (told,) = session.faults()
    assert "cannot be read" in told
    assert session.stop() == 0


def test_a_request_that_cannot_be_read_has_an_answer() -> None:
    session = Session().start()
    for params in ({}, None, {"textDocument": {"uri": URI}, "position": {"line": -1, "character": 0}}):
        wrong = session.request("textDocument/hover", params)
        session.send(wrong)
        assert session.answer(wrong)["error"]["code"] in (-32602, -32603)
    unknown = session.request("textDocument/prepareCallHierarchy", {"textDocument": {"uri": URI}})
    session.send(unknown)
    assert session.answer(unknown)["error"]["code"] in (-32601, -32602)
    assert session.stop() == 0
    assert not [told for told in session.faults() if "internal error" in told]


def test_a_fault_of_our_own_is_reported_and_survived(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("in a handler")

    session = Session().start()
    session.send(opens(URI, NETWORK))
    assert session.codes(URI) == []
    with monkeypatch.context() as broken:
        broken.setattr("archspec.server.server.hover", fails)
        broken.setattr("archspec.server.checks.problems", fails)
        for version in (2, 3):
            session.send(edits(URI, WRONG, version=version))
            question = session.at("hover", URI, 3, 5)
            session.send(question)
            assert session.answer(question)["result"] is None
        session.until(lambda _: len(session.told("window/logMessage")) >= 3)
    session.send(edits(URI, WRONG, version=4))
    assert session.codes(URI, 4) == ["A201"]
    assert session.stop() == 0
    assert all("RuntimeError: in a handler" in one["params"]["message"] for one in session.told("window/logMessage"))
    (shown,) = session.told("window/showMessage")
    assert "internal error" in shown["params"]["message"]
