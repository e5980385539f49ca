"""Files from outside: what may be opened, and what a reader would wait for, or never end with."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from archspec.files import open_file, read_file

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="open files are counted in /proc")


@pytest.fixture(
    params=["pipe", "socket", "device", "terminal", "folder", "link to a pipe", "link to itself", "nothing"]
)
def odd(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A path to what is no file."""
    path = tmp_path / "odd"
    match request.param:
        case "pipe":
            os.mkfifo(path)
        case "socket":
            with socket.socket(socket.AF_UNIX) as server:
                monkeypatch.chdir(tmp_path)  # the address of a socket may not be long
                server.bind(path.name)
        case "device":
            path = Path("/dev/zero")
        case "terminal":
            ours, theirs = os.openpty()
            yield Path(os.ttyname(theirs))
            os.close(ours)
            os.close(theirs)
            return
        case "folder":
            path.mkdir()
        case "link to a pipe":
            os.mkfifo(tmp_path / "pipe")
            path.symlink_to("pipe")
        case "link to itself":
            path.symlink_to(path)
    yield path


@pytest.mark.parametrize("piped", [False, True])
def test_what_is_no_file_is_not_opened(odd: Path, piped: bool) -> None:
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(OSError, match=r"\w") as raised:
        open_file(odd, piped=piped)
    assert raised.value.strerror
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_file_takes_the_place_of_another_while_it_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"text")
    regular = os.stat(path)
    path.unlink()
    os.mkfifo(path)
    monkeypatch.setattr(os, "stat", lambda _: regular)
    with pytest.raises(OSError, match="found a named pipe"):
        open_file(path)


@pytest.mark.parametrize("size", [0, 1, 9, 10])
def test_a_file_is_read_whole(tmp_path: Path, size: int) -> None:
    (tmp_path / "file").write_bytes(b"x" * size)
    (tmp_path / "link").symlink_to("file")
    assert read_file(tmp_path / "link", 10) == b"x" * size


def test_a_file_has_no_more_than_it_may(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 11)
    with pytest.raises(OSError, match="more than 10 bytes"):
        read_file(tmp_path / "file", 10)


@pytest.mark.parametrize("path", ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"])
@pytest.mark.parametrize("piped", [False, True])
def test_a_pipe_of_the_shell_is_read_where_that_is_allowed(path: str, piped: bool) -> None:
    program = f"from archspec.files import open_file; print(open_file({path!r}, piped={piped}).read(4))"
    run = subprocess.run([sys.executable, "-c", program], input=b"abcdef", capture_output=True)
    assert (run.returncode == 0) is piped
    assert run.stdout == (b"b'abcd'\n" if piped else b"")
