"""Real processes, which are told of no time: a test waits for what is printed, and ends the process with a signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue

import pytest

from tests.cli.conftest import BLOCKS, BROKEN, ROOT, TINY

PATIENCE = 120
"""Seconds after which nothing more is to be expected: only a test that fails takes them."""

WITH_BLOCKS = "archspec: 1\nname: own\ninput: [3, 8, 8]\ninclude: [parts/blocks.yaml]\nlayers: [twice: 4]\n"


class Watched:
    """`archspec … --watch` in a process of its own."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-u", "-m", "archspec", *arguments, "--watch"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
        )
        self.lines: Queue[str] = Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stream:
            for line in stream:
                self.lines.put(line)

    def run(self) -> str:
        """What one run prints."""
        found: list[str] = []
        while not (found and found[-1].startswith("watching ")):
            try:
                found.append(self.lines.get(timeout=PATIENCE))
            except Empty:
                pytest.fail(f"nothing more than {''.join(found)!r}")
        return "".join(found)

    def rest(self) -> str:
        """What is printed after the last run, but for the line break that follows `^C`."""
        self.reader.join(PATIENCE)
        return "".join(iter(lambda: self.lines.get() if not self.lines.empty() else "", "")).strip()

    def end(self) -> int:
        """The exit code after Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE)


@pytest.fixture
def watched() -> Iterator[list[Watched]]:
    started: list[Watched] = []
    yield started
    for one in started:
        one.process.kill()
        one.process.wait()
        one.reader.join()


@pytest.fixture
def watch(folder, watched):
    def start(*arguments: str) -> Watched:
        watched.append(Watched(*arguments))
        return watched[-1]

    return start


def replace(path: Path, text: str) -> None:
    """As editors do: another file takes the place."""
    draft = path.with_suffix(".tmp")
    draft.write_text(text)
    draft.replace(path)


def test_validate_runs_again_after_each_change_and_survives_all(folder, watch):
    path = folder / "tiny.yaml"
    program = watch("validate", "tiny.yaml")
    assert program.run() == "1 file: valid\nwatching 1 file; Ctrl-C ends\n"
    replace(path, BROKEN)
    assert "error[A201]: `conv` has no argument `kernal`" in program.run()
    path.write_bytes(bytes(range(256)))
    assert "error[A1" in program.run()
    path.unlink()
    assert "Error: there is no file `tiny.yaml`" in program.run()
    path.mkdir()
    assert "`tiny.yaml`" in program.run()
    path.rmdir()
    assert "Error: there is no file `tiny.yaml`" in program.run()
    path.write_text(TINY)
    assert program.run().startswith("1 file: valid\n")
    assert program.end() == 130
    assert program.rest() == "", "no traceback, and nothing else"


def test_what_is_included_is_watched_even_before_it_is_there(folder, watch):
    (folder / "own.yaml").write_text(WITH_BLOCKS)
    program = watch("summary", "own.yaml", "--depth", "1")
    assert "there is no file `parts/blocks.yaml`" in program.run()
    (folder / "parts").mkdir()
    replace(folder / "parts" / "blocks.yaml", BLOCKS)
    assert "36 parameters" in program.run()
    replace(folder / "parts" / "blocks.yaml", BLOCKS.replace("      - conv: $channels\n", "", 1))
    assert "16 parameters" in program.run()
    assert program.end() == 130


def test_a_folder_is_watched_for_new_files(folder, watch):
    (folder / "specs").mkdir()
    (folder / "specs" / "a.yaml").write_text(TINY)
    program = watch("validate", "specs", "--format", "concise")
    assert program.run().startswith("1 file: valid\n")
    replace(folder / "specs" / "b.yaml", BROKEN)
    assert "2 errors in 2 files" in program.run()
    (folder / "specs" / "a.yaml").unlink()
    (folder / "specs" / "b.yaml").unlink()
    assert "no spec in `specs`" in program.run()
    replace(folder / "specs" / "c.yaml", TINY)
    assert program.run().startswith("1 file: valid\n")
    assert program.end() == 130


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("validate", "-"), "`--watch` cannot be combined with standard input"),
        (("summary", "-"), "`--watch` cannot be combined with standard input"),
        (("validate", "tiny.yaml", "--fix"), "`--watch` cannot be combined with `--fix` and `--diff`"),
        (("validate", "tiny.yaml", "--diff"), "`--watch` cannot be combined with `--fix` and `--diff`"),
    ],
)
def test_what_cannot_be_watched_is_a_mistake(arguments, message, folder, run):
    result = run(*arguments, "--watch", input=TINY)
    assert result.exit_code == 2
    assert message in result.stderr


def test_settings_that_change_are_read_again(watch, folder):
    (folder / "archspec.toml").write_text('exclude = ["broken.yaml"]')
    process = watch("validate", ".")
    assert "broken.yaml" not in process.run()
    (folder / "archspec.toml").write_text('format = "concise"')
    assert "broken.yaml:" in process.run()
    (folder / "archspec.toml").write_text("format = 1")
    assert "archspec.toml:1:" in process.run()
    (folder / "archspec.toml").write_text('paths = ["tiny.yaml"]\nexclude = ["broken.yaml"]')
    assert "broken.yaml" not in process.run()


@pytest.mark.parametrize("attempt", range(4))
def test_ctrl_c_right_after_a_line_prints_nothing_twice(folder, watch, attempt):
    program = watch("validate", "tiny.yaml")
    assert program.run()
    assert program.end() == 130
    assert program.rest() == ""
