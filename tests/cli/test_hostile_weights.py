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
from collections.abc import Iterator
from itertools import islice
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


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The files of all attacks, and a spec."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "x.yaml").write_text(SPEC)
    for name, make in {**FILES, **GOOD_FILES}.items():
        (folder / name).write_bytes(make())
    for name, make in PICKLES.items():
        (folder / name).write_bytes(archive(make()))
    keys = {"a" * 100 + f"{index}!": entry([0], 0, 0) for index in range(10)}
    (folder / "long.safetensors").write_bytes(header({"scale.weight": entry(), **keys}, bytes(12)))
    os.mkfifo(folder / "pipe.pth")
    (folder / "folder.pth").mkdir()
    (folder / "zero.safetensors").symlink_to("/dev/zero")
    with (folder / "sparse.pth").open("wb") as file:
        file.truncate(2**40)
    with socket.socket(socket.AF_UNIX) as server:
        before = os.getcwd()
        os.chdir(folder)
        server.bind("socket.pth")
        os.chdir(before)
        yield folder


ODD = ("pipe.pth", "folder.pth", "zero.safetensors", "sparse.pth", "socket.pth", "/dev/stdin", "/dev/zero")
COMMANDS = {
    **{name: both(name) for name in (*PICKLES, *FILES, *GOOD_FILES, *ODD)},
    **{pattern: both("long.safetensors", *options(pattern)) for pattern in SLOW_PATTERNS},
}


@pytest.fixture(scope="module")
def told(folder: Path) -> dict[str, list[Run | None]]:
    """What both commands say of each file."""
    found = iter(run([command for commands in COMMANDS.values() for command in commands], folder))
    return {name: list(islice(found, len(commands))) for name, commands in COMMANDS.items()}


@pytest.mark.parametrize("name", COMMANDS)
def test_an_attack_is_an_error(name: str, told: dict[str, list[Run | None]]) -> None:
    for found in told[name]:
        assert found is not None, "it did not end"
        assert not found.exception
        assert found.seconds < SECONDS
        assert found.megabytes < MEGABYTES
        assert found.output.strip()
        assert len(found.output) < 3000
    said, built = told[name]
    assert said is not None
    assert built is not None
    assert bool(said.code) == bool(built.code) == (name not in HARMLESS)


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
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MUTATE, *GOOD_FILES],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        check=True,
    )
