"""The tab key, in real shells."""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archspec.cli.app import COMMANDS, program
from archspec.cli.completing import answer
from archspec.cli.completion import SCRIPTS
from tests.cli.conftest import ROOT, TINY

CASES = {
    "archspec va": ["validate"],
    "archspec build tiny.": ["tiny.yaml"],
    "archspec build resnet50_": ["resnet50_fpn", "resnet50_gn"],
    "archspec summary more": ["more/"],
    "archspec summary more/o": ["more/own.yaml"],
    "archspec summary ./more/o": ["./more/own.yaml"],
    "archspec build tiny.yaml -p ": ["classes=", "widths="],
    "archspec build tiny.yaml -p c": ["classes="],
    "archspec validate tiny.yaml -p classes=3 -p wi": ["widths="],
    "archspec diff tiny.yaml resnet50 --param-b ": ["classes="],
    "archspec build tiny.yaml --features ": ["layer1", "layer2"],
    "archspec build tiny.yaml --features layer1,": ["layer1,layer2"],
    "archspec build tiny.yaml --export onnx,p": ["onnx,pt2", "onnx,python"],
    "archspec explain A70": [f"A70{number}" for number in range(1, 10)],
    "archspec validate --ignore A701,A71": [f"A701,A71{number}" for number in range(10)],
    "archspec validate --format gi": ["github", "gitlab"],
    "archspec validate --stri": ["--strict"],
    "archspec weights tiny.yaml more/n": ["more/notes.txt"],
    "archspec build tiny.yaml --weights more/n": ["more/notes.txt"],
    "archspec completion ": ["bash", "zsh", "fish"],
    "archspec build broken.yaml --features ": [],
    "archspec build nowhere.yaml -p ": [],
    "archspec nothing ": [],
    "archspec list lene": ["lenet", "lenet5"],
    "archspec list more/": ["more/own.yaml"],
    "archspec list conv_": ["conv_norm_act", "conv_transpose"],
    "archspec show bottlen": ["bottleneck"],
    "archspec show tiny.": ["tiny.yaml"],
    "archspec show --block bottlen": ["bottleneck"],
    "archspec show blocks.yaml --block ow": ["own_block"],
    "archspec new mo": ["more/"],
    "archspec new my --from tiny.": ["tiny.yaml"],
    "archspec new my --from tiny.yaml -p cl": ["classes="],
    "archspec explain resid": ["residual"],
    "archspec explain A201 conv_tr": ["conv_transpose"],
    "archspec summary tiny.yaml --columns layer,ker": ["layer,kernel"],
    "archspec diff tiny.yaml more/o": ["more/own.yaml"],
}


@pytest.fixture(autouse=True)
def more(folder: Path) -> Path:
    """A folder inside of the working directory, with a spec, and a hidden one."""
    (folder / "more").mkdir()
    (folder / "more" / "own.yaml").write_text(TINY)
    (folder / "blocks.yaml").write_text("archspec: 1\nblocks:\n  own_block:\n    layers:\n      - act\n")
    (folder / "more" / "notes.txt").write_text("")
    (folder / ".hidden").mkdir()
    return folder


@pytest.mark.parametrize(("line", "expected"), CASES.items())
def test_a_word_becomes_what_it_may_become(line, expected):
    assert answer(program, "zsh", line).split() == expected


def test_every_command_is_completed():
    assert answer(program, "zsh", "archspec ").split() == list(COMMANDS)


def test_a_name_is_one_word_in_bash_and_commands_nothing(folder):
    names = ["a b.yaml", "$(touch x).yaml", "c;d.yaml", "e'f\".yaml", "*.yaml", "g\nh.yaml"]
    for name in names:
        (folder / "more" / name).write_text(TINY)
    told = answer(program, "bash", "archspec summary more/").split("\n")[:-1]
    script = "".join(f"printf '%s\\0' {text}\n" for text in told)
    shown = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout
    assert sorted(shown.split("\0")[:-1]) == sorted(f"more/{name}" for name in [*names[:-1], "own.yaml"])
    assert not (folder / "x").exists()


STARTS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], 'eval "$(archspec completion bash)"'),
    "zsh": (["zsh", "-f", "-i"], 'autoload -Uz compinit; compinit -u -D; eval "$(archspec completion zsh)"'),
    "fish": (["fish", "--no-config", "-i"], "archspec completion fish | source"),
}


class Shell:
    """A shell on a terminal of its own, and what it has shown."""

    def __init__(self, name: str, folder: Path) -> None:
        import fcntl
        import pty
        import termios

        command, start = STARTS[name]
        (folder / "bin").mkdir()
        (folder / "bin" / "archspec").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m archspec "$@"\n')
        (folder / "bin" / "archspec").chmod(0o755)
        path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        known = {"PATH": path, "HOME": str(folder), "PYTHONPATH": str(ROOT), "TERM": "dumb", "PS1": "$ "}
        self.reader, writer = pty.openpty()
        self.process = subprocess.Popen(
            command,
            stdin=writer,
            stdout=writer,
            stderr=writer,
            env=known,
            cwd=folder,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # a terminal that the shell controls
        )
        os.close(writer)
        self.shown = ""
        self.type(start + "; echo rea''dy\n")
        self.wait_for("ready")

    def type(self, keys: str) -> None:
        os.write(self.reader, keys.encode())

    def wait_for(self, pattern: str) -> None:
        """Read until it is shown; a minute is more than any machine needs."""
        end = time.monotonic() + 60
        while not re.search(pattern, self.shown):
            assert time.monotonic() < end, f"{pattern} is not in {self.shown!r}"
            if select.select([self.reader], [], [], 1)[0]:
                self.shown += os.read(self.reader, 65536).decode(errors="replace")

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.reader)


@pytest.mark.parametrize("name", STARTS)
@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ("archspec validate tiny.\t\n", "1 file: valid"),
        ("archspec validate more/o\t\n", "1 file: valid"),
        ("archspec validate mor\town\t\n", "1 file: valid"),
        ("archspec summary tiny.yaml -p cla\t7 --depth 1\n", "→ 7"),
        ("archspec expl\tA71\t5\n", "Why it matters"),
    ],
    ids=["file", "path", "folder", "parameter", "code"],
)
def test_the_tab_key_completes_in_a_real_shell(name, keys, shown, folder):
    pytest.importorskip("pty", reason="only where there are pseudo-terminals")
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    shell = Shell(name, folder)
    try:
        shell.type(keys)
        shell.wait_for(shown)
    finally:
        shell.end()


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_script_is_printed(name, run):
    told = run("completion", name)
    assert (told.exit_code, told.output) == (0, SCRIPTS[name])
