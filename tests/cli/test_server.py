"""The command that editors start, and people by mistake."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytest.importorskip("pygls")
tty = pytest.importorskip("tty")

COMMAND = [sys.executable, "-m", "archspec", "server"]


def test_on_a_terminal_it_says_what_it_is_and_speaks() -> None:
    ours, theirs = os.openpty()
    tty.setraw(theirs)  # as a client has it: what is sent comes as it is
    with subprocess.Popen(COMMAND, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        os.close(theirs)
        os.write(ours, b'Content-Length: 33\r\n\r\n{"jsonrpc":"2.0","method":"exit"}')
        out, err = server.communicate(timeout=60)
    os.close(ours)
    assert server.returncode == 1  # without `shutdown`
    assert out == b""
    assert err.decode().splitlines() == [
        "archspec server speaks with an editor, which starts it: docs/editors.md sets up yours."
    ]


def test_with_a_stream_that_ends_it_says_nothing_and_ends() -> None:
    run = subprocess.run(COMMAND, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert (run.returncode, run.stdout, run.stderr) == (1, b"", b"")


def test_who_does_not_listen_any_more_ends_it() -> None:
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        assert server.stderr is not None
        server.stdout.close()
        body = b'{"jsonrpc":"2.0","id":1,"method":"shutdown"}'  # which is refused before `initialize`
        server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        server.stdin.flush()
        assert server.wait(timeout=60) == 1
        assert server.stderr.read() == b""
