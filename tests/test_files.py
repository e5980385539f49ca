"""Files from outside: what may be opened, and what a reader would wait for, or never end with."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import archspec
from archspec.errors import WeightsError
from archspec.files import open_file, read_file
from archspec.weights.contents import read_contents

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


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """What the system calls a regular file and has no data yet, as `/proc/kmsg` is, which only root may read."""
    ours, theirs = os.pipe()
    path, regular = Path(f"/proc/self/fd/{ours}"), os.stat(__file__)
    of_path, of_descriptor = os.stat, os.fstat
    monkeypatch.setattr(os, "stat", lambda at, **options: regular if at == path else of_path(at, **options))
    monkeypatch.setattr(os, "fstat", lambda at: regular if stat.S_ISFIFO(of_descriptor(at).st_mode) else of_path(at))
    yield path
    monkeypatch.undo()
    os.close(ours)
    os.close(theirs)


def test_what_waits_for_data_is_no_file(waiting: Path) -> None:
    with pytest.raises(OSError, match="found a device"):
        read_file(waiting, 10)
    [finding] = archspec.validate(waiting)
    assert (finding.code, "found a device" in finding.message) == ("A112", True)
    with pytest.raises(WeightsError, match=r"cannot be read: \w"):
        read_contents(waiting)


def test_what_cannot_be_read_is_no_fault() -> None:
    with pytest.raises(OSError, match=r"\w"):
        read_file("/proc/self/mem", 10)
    with pytest.raises(WeightsError, match="/proc/self/mem cannot be read"):
        read_contents("/proc/self/mem")
    with pytest.raises(WeightsError, match=r"cannot be read: .*null"):
        read_contents("a\0b")


@pytest.mark.parametrize("key", ["extends: ./{}.yaml", "include: [./{}.yaml]"])
def test_a_spec_names_what_is_no_file(key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder.yaml").mkdir()
    Path("link.yaml").symlink_to("nowhere.yaml")
    os.mkfifo("pipe.yaml")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.yaml")
    kinds = {"folder": "a folder", "link": "a broken link", "pipe": "a named pipe", "socket": "a socket"}
    for name, kind in kinds.items():
        Path("spec.yaml").write_text(f"archspec: 1\nname: x\ninput: [4]\n{key.format(name)}\nlayers: [act: relu]\n")
        [finding] = archspec.validate("spec.yaml")
        assert (finding.code, finding.message) == ("A304", f"`./{name}.yaml` is {kind}")
        assert finding.help


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


@pytest.mark.parametrize("path", ["-", "/dev/stdin"])
def test_a_pipe_that_does_not_wait_is_read_whole(path: str) -> None:
    program = "from archspec.cli.app import program; program()"
    ours, theirs = os.pipe()
    os.set_blocking(ours, False)
    with subprocess.Popen([sys.executable, "-c", program, "validate", path], stdin=ours, stdout=subprocess.PIPE) as run:
        os.close(ours)
        with open(theirs, "w", buffering=1) as pipe:
            for part in ("archspec: 1", "name: x", "input: [4]", "layers: [act: relu]", *["# long"] * 20_000):
                print(part, file=pipe)
        assert run.stdout is not None
        assert b": valid" in run.stdout.read()
    assert run.returncode == 0
