from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import archspec
from archspec.cli.app import COMMANDS, HELP
from archspec.version import __version__


def test_the_version_names_the_distribution_and_its_folder(run):
    result = run("--version")
    assert result.exit_code == 0
    assert result.stdout == f"archspec-nn {__version__} ({Path(archspec.__file__).parent})\n"


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_lists_the_commands_and_the_exit_codes(option, run):
    result = run(option)
    assert result.exit_code == 0
    for command in COMMANDS:
        assert f"  {command} " in result.stdout
    assert "  3  internal error: a bug in archspec" in result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, run):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"Usage: archspec {command} " in result.stdout
    assert f"  archspec {command}" in result.stdout.replace(f"Usage: archspec {command}", ""), "an example"


def test_no_command_is_a_mistake(run):
    result = run()
    assert result.exit_code == 2
    assert "Usage: archspec" in result.stderr


@pytest.mark.parametrize(
    ("typed", "hint"), [("sumary", "did you mean `summary`?"), ("xyz", "the commands are build, validate, summary")]
)
def test_an_unknown_command_has_a_hint(typed, hint, run):
    result = run(typed, "resnet18")
    assert result.exit_code == 2
    assert f"No such command `{typed}`; {hint}" in result.stderr


def test_an_unknown_option_is_a_mistake(run):
    result = run("summary", "--dept", "1", "resnet18")
    assert result.exit_code == 2
    assert "--depth" in result.stderr


def test_it_is_a_module_too(process, folder):
    done = process("validate", "broken.yaml", "--format", "concise")
    assert done.returncode == 1
    assert done.stdout.startswith("broken.yaml:5:25: error[A201]: `conv` has no argument `kernal`\n")
    assert done.stderr == ""


def test_a_stream_that_lacks_a_character_is_no_reason_to_fail(process, folder):
    done = process("summary", "tiny.yaml", "--depth", "1", PYTHONIOENCODING="cp437")
    assert done.returncode == 0
    assert "3 ? 8 ? 8 ? 3" in done.stdout


def test_underlines_stand_below_what_is_shown_in_place_of_a_character(process, folder):
    (folder / "wide.yaml").write_text(
        "archspec: 1\nname: x\ninput: [3, 8, 8]\nlayers: [{conv: {name: a漢字, x: 1}}]\n", encoding="utf-8"
    )
    shown = process("validate", "wide.yaml", PYTHONIOENCODING="cp437").stdout
    assert "4 | layers: [{conv: {name: a??, x: 1}}]\n  |                        ^^^\n" in shown


def test_streams_that_are_closed_are_no_reason_to_fail(folder):
    def ended(shell):
        return subprocess.run(
            ["sh", "-c", f'"$0" -m archspec {shell}', sys.executable], capture_output=True, text=True, timeout=60
        )

    assert ended("validate broken.yaml >&-").returncode == 1
    assert ended("validate tiny.yaml >&- 2>&-").returncode == 0
    assert ended("validate nowhere.yaml 2>&-").returncode == 2
    closed = ended("validate - <&-")
    assert (closed.returncode, closed.stderr) == (2, "Error: standard input is closed\n")


def test_the_process_ends_with_the_code_of_the_command(folder):
    program = [sys.executable, "-m", "archspec"]

    def ended(*arguments):
        return subprocess.run([*program, *arguments], capture_output=True, text=True, timeout=60)

    clean = ended("validate", "tiny.yaml")
    assert (clean.returncode, clean.stdout) == (0, "1 file: valid\n")
    assert ended("validate", "broken.yaml").returncode == 1
    assert ended("validate", "nowhere.yaml").returncode == 2


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["list"], 0),
        (["--help"], 0),
        (["explain"], 0),
        (["schema"], 0),
        (["summary", "resnet50"], 0),
        (["validate", "tiny.yaml"], 0),
        (["validate", "broken.yaml"], 1),
        (["validate", "broken.yaml", "--format", "json"], 1),
        (["validate", "nowhere.yaml"], 2),
        (["diff", "--exit-code", "resnet18", "resnet34"], 1),
    ],
)
@pytest.mark.parametrize("seen", [0, 1], ids=["nothing", "a line"])
def test_a_reader_that_has_seen_enough_changes_no_exit_code(arguments, code, seen, folder):
    command = [sys.executable, "-m", "archspec", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        for _ in range(seen):
            process.stdout.readline()
        process.stdout.close()
        told = process.stderr.read()
        assert process.wait(60) == code
    assert b"Broken pipe" not in told
    assert b"bug" not in told
    assert code == 2 or not told


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
@pytest.mark.parametrize(
    "arguments", [["list"], ["--help"], ["--version"], ["validate", "broken.yaml"], ["explain"], ["config"]]
)
def test_a_full_disk_is_told_once(arguments, folder):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "archspec", *arguments], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert (done.returncode, done.stderr) == (2, "Error: cannot write the output: No space left on device\n")


def test_every_command_says_what_it_does():
    assert list(HELP) == list(COMMANDS)
