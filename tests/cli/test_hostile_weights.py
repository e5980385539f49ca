"""Hostile weights are an error or a report within seconds of processor time and 250 MB: no traceback, no hang.

One process imports torch; a copy of it, with limits of its own, runs each attack. What a copy takes is what the command
takes beyond the import.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cli.hostile_weights import FILES, GOOD_FILES, PICKLES, archive, entry, header

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the system tells what a process took otherwise")

ROOT = Path(__file__).resolve().parents[2]
SPEC = "archspec: 1\nname: x\ninput: [3]\nlayers: [{norm: {name: scale, type: rms}}]\n"

# seconds of processor time, and megabytes, that a command may add to the import of torch
SECONDS, MEGABYTES = 2, 250

HARMLESS = {*GOOD_FILES, "two folders"}
"""What of the attacks harms nobody, and so loads."""

SLOW_PATTERNS = ["(a+)+$", "(a|a)*b", "(.*a){20}x", "a*a*a*a*a*a*b", "(x{1000}){1000}", "(?=(.*a)+)+b", "(?i)(ä|Ä)*b"]

RUN = """if True:
    import json, os, resource, sys, time
    import torch, archspec.torch_backend.weights, archspec.export.samples, archspec.reports, safetensors.torch
    from click.testing import CliRunner
    from archspec.cli.app import program

    def status(word):
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(word)) / 1024

    def attempt(command):
        # what hangs is ended, and what needs gigabytes fails, rather than taking the machine with it
        resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
        size = int(status("VmSize") + 2048) * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
        before = status("VmRSS")
        result = CliRunner().invoke(program, command)
        odd = result.exception if not isinstance(result.exception, SystemExit) else None
        took = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        seconds = sum(one.ru_utime + one.ru_stime for one in took)
        return result.exit_code, result.output, repr(odd) if odd else "", seconds, status("VmHWM") - before

    torch.set_num_threads(1)
    told = []
    for command in json.load(sys.stdin):
        read, write = os.pipe()
        child = os.fork()
        if not child:
            os.close(read)
            with os.fdopen(write, "w") as file:
                json.dump(attempt(command), file)
            os._exit(0)
        os.close(write)
        with os.fdopen(read) as file:
            text = file.read()
        os.waitpid(child, 0)
        told.append(json.loads(text) if text else None)
    json.dump(told, sys.stdout)
"""


class Run(NamedTuple):
    code: int
    output: str
    exception: str
    seconds: float
    megabytes: float


def run(commands: list[list[str]], folder: Path) -> list[Run | None]:
    """What each of the commands says and takes; None for one that had to be ended."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUN],
        input=json.dumps(commands),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return [found and Run(*found) for found in json.loads(done.stdout)]


def options(pattern: str) -> list[str]:
    """As many renames as there may be, none of them the same."""
    return [option for index in range(200) for option in ("--rename", f"{pattern}(?#{index})=x")]


def both(path: str, *options: str) -> list[list[str]]:
    return [["weights", "x.yaml", path, *options], ["build", "x.yaml", "--weights", path, *options]]


def write_odd(folder: Path) -> None:
    """What is no file, or a file without end."""
    os.mkfifo(folder / "pipe.pth")
    (folder / "folder.pth").mkdir()
    (folder / "zero.safetensors").symlink_to("/dev/zero")
    with (folder / "holes.pth").open("wb") as file:
        file.truncate(2**40)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.pth")


ODD = ("pipe.pth", "folder.pth", "zero.safetensors", "holes.pth", "socket.pth", "/dev/stdin", "/dev/zero")
KEYS = {"a" * 100 + f"{index}!": entry([0], 0, 0) for index in range(10)}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a spec, which is where a test runs."""
    (tmp_path / "x.yaml").write_text(SPEC)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def require_errors(commands: dict[str, list[list[str]]], folder: Path) -> None:
    """Each of these is an error, the same of both commands, that takes little; what is harmless loads."""
    named = [(name, command) for name, both in commands.items() for command in both]
    found = run([command for _, command in named], folder)
    faults = [(command, _fault(name, one)) for (name, command), one in zip(named, found, strict=True)]
    assert not [(command, fault) for command, fault in faults if fault]


def _fault(name: str, found: Run | None) -> str:
    if found is None:
        return "it did not end"
    code, output, exception, seconds, megabytes = found
    conditions = {
        f"an exception: {exception}": not exception,
        f"{seconds} s": seconds < SECONDS,
        f"{megabytes} MB": megabytes < MEGABYTES,
        "no words": bool(output.strip()),
        "too many words": len(output) < 3000,
        f"it ends with {code}: {output}": (code == 0) is (name in HARMLESS),
    }
    return ", ".join(fault for fault, holds in conditions.items() if not holds)


def test_hostile_pickles_are_errors(folder: Path) -> None:
    for name, make in PICKLES.items():
        (folder / name).write_bytes(archive(make()))
    require_errors({name: both(name) for name in PICKLES}, folder)


def test_hostile_files_are_errors(folder: Path) -> None:
    for name, make in {**FILES, **GOOD_FILES}.items():
        (folder / name).write_bytes(make())
    write_odd(folder)
    require_errors({name: both(name) for name in (*FILES, *GOOD_FILES, *ODD)}, folder)


def test_slow_patterns_are_errors(folder: Path) -> None:
    (folder / "long.safetensors").write_bytes(header({"scale.weight": entry(), **KEYS}, bytes(12)))
    require_errors({pattern: both("long.safetensors", *options(pattern)) for pattern in SLOW_PATTERNS}, folder)


MUTATE = """if True:
    import random, resource, sys
    from pathlib import Path
    import archspec
    from archspec.errors import WeightsError
    resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
    resource.setrlimit(resource.RLIMIT_AS, (6 * 2**30, 6 * 2**30))
    draw, spec = random.Random(0), Path("x.yaml").read_text()
    model = archspec.build(spec)
    for name in sys.argv[1:]:
        whole, path, ends = Path(name).read_bytes(), Path("mutated" + Path(name).suffix), set()
        for _ in range(200):
            data = bytearray(whole)
            for _ in range(draw.randrange(1, 4)):
                data[draw.randrange(len(data))] = draw.choice([0, 1, 0x7F, 0xFF, draw.randrange(256)])
            if draw.random() < 0.2:
                del data[draw.randrange(len(data)):]
            path.write_bytes(data)
            try:
                fits = archspec.check_weights(spec, path).fits
            except WeightsError:
                fits = False
            try:
                archspec.load_weights(model, path)
            except WeightsError:
                assert not fits, data
            else:
                assert fits, data
            ends.add(fits)
        assert ends == {False, True}, name
"""


def test_a_damaged_file_is_an_error_or_loads(folder: Path) -> None:
    """Whatever bytes are others: what `archspec weights` says is what `build` does."""
    for name, make in GOOD_FILES.items():
        (folder / name).write_bytes(make())
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MUTATE, *GOOD_FILES],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        check=True,
    )
