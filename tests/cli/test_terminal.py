from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from io import StringIO

import pytest

from archspec.cli import terminal
from archspec.cli.app import COMMANDS
from tests.cli.conftest import ROOT


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "on_terminal", "elsewhere"),
    [
        ({}, True, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": "0"}, True, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
        ({"TERM": "dumb"}, False, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True, True),
    ],
)
def test_colour_is_where_it_is_welcome(environment, on_terminal, elsewhere, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert terminal.colored(Terminal()) == on_terminal
    assert terminal.colored(StringIO()) == elsewhere


def test_only_a_terminal_has_a_width(monkeypatch):
    monkeypatch.setenv("COLUMNS", "77")
    assert terminal.width(Terminal()) == 77
    assert terminal.width(StringIO()) is None


def test_progress_says_nothing_where_nobody_looks(capfd):
    with terminal.progress() as step:
        step("working")
    assert capfd.readouterr() == ("", "")


def on_terminal(*arguments: str, stream: str = "stdout", **environment: str) -> str:
    """What the program writes to a terminal; the other stream is thrown away."""
    pty = pytest.importorskip("pty", reason="only where there are pseudo-terminals")
    reader, writer = pty.openpty()
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: writer}
    command = [sys.executable, "-m", "archspec", *arguments]
    known = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "80", **environment}
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, env=known, **streams):
        os.close(writer)
        found = b""
        try:
            while part := os.read(reader, 65536):
                found += part
        except OSError:  # how Linux says that the other end is closed
            pass
    os.close(reader)
    return found.decode()


def test_a_person_sees_a_drawn_table(folder):
    shown = on_terminal("summary", "tiny.yaml", "--depth", "1")
    assert "───" in shown
    assert "\x1b[1m" in shown
    assert "8 × 8 × 8" in shown
    assert "3 × 8 × 8 → 3" in shown


def test_without_colour_it_is_drawn_plainly(folder):
    shown = on_terminal("summary", "tiny.yaml", "--depth", "1", NO_COLOR="1")
    assert "───" in shown
    assert "\x1b[3" not in shown


def test_a_person_sees_findings_in_colour(folder):
    assert "\x1b[1;31merror[A201]\x1b[0m" in on_terminal("validate", "broken.yaml")
    assert "\x1b" not in on_terminal("validate", "broken.yaml", NO_COLOR="1")


def test_a_person_sees_progress(folder):
    assert "compiling …" in on_terminal("build", "broken.yaml", stream="stderr")


NARROWED = [
    ["--help"],
    *([name, "--help"] for name in COMMANDS),
    ["list", "resnet1[58]*"],
    ["list", "*basic*"],
    ["summary", "resnet18"],
    ["summary", "vit_b_16", "--depth", "2"],
    ["explain"],
    ["explain", "A201"],
    ["explain", "A305"],
    ["config"],
    ["diff", "resnet18", "resnet34"],
    ["validate", "broken.yaml"],
    ["validate", "nowhere.yaml"],
    ["summary", "resnet18", "--depth", "none"],
    ["summary", "resnet1"],
]


@pytest.mark.parametrize("arguments", NARROWED, ids=" ".join)
def test_a_narrow_terminal_folds_words_and_not_letters(arguments, folder, run, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")

    def words(columns: int) -> Counter[str]:
        monkeypatch.setenv("COLUMNS", str(columns))
        shown = re.sub(r"\x1b\[[0-9;]*m", "", run(*arguments).output)
        return Counter(re.findall(r"[^\s─━╇│┃┡┩└┘┴┏┓┳]+", shown))

    whole = words(300)
    for columns in (20, 27, 34, 40, 55, 72, 80, 100, 130, 200):
        assert words(columns) == whole, columns
