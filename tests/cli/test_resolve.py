from __future__ import annotations

import os
from pathlib import Path

import pytest

import archspec

pytestmark = pytest.mark.usefixtures("folder")


def test_it_is_printed(run):
    result = run("resolve", "tiny.yaml")
    assert result.exit_code == 0
    assert result.stdout == archspec.resolve("tiny.yaml")
    assert archspec.compile(result.stdout).fingerprint == archspec.compile("tiny.yaml").fingerprint


def test_parameters_and_sizes(run):
    result = run("resolve", "tiny.yaml", "-p", "classes=7", "--input-size", "16")
    assert result.stdout == archspec.resolve("tiny.yaml", {"classes": 7}, 16)
    assert "size: [16, 16]" in result.stdout


def test_the_hash_alone(run):
    result = run("resolve", "tiny.yaml", "--hash")
    assert result.stdout == f"{archspec.compile('tiny.yaml').fingerprint}\n"
    assert run("resolve", "tiny.yaml", "--hash", "-p", "classes=4").stdout != result.stdout
    Path("written.yaml").write_text(run("resolve", "tiny.yaml").stdout, encoding="utf-8")
    assert run("resolve", "written.yaml", "--hash").stdout == result.stdout


def test_a_file(run):
    assert run("resolve", "tiny.yaml", "-o", "out.yaml").stdout == ""
    assert Path("out.yaml").read_text(encoding="utf-8") == archspec.resolve("tiny.yaml")
    assert run("resolve", "out.yaml", "-o", "out.yaml").exit_code == 0
    assert Path("out.yaml").read_text(encoding="utf-8") == archspec.resolve("tiny.yaml")
    assert not [name for name in os.listdir() if name.startswith(".")]


def test_a_file_that_cannot_be_written(run, monkeypatch):
    result = run("resolve", "tiny.yaml", "-o", "tiny.yaml/out.yaml")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: cannot write `tiny.yaml/out.yaml`: ")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    Path("out.yaml").write_text("before", encoding="utf-8")
    monkeypatch.setattr(Path, "replace", full)
    result = run("resolve", "tiny.yaml", "-o", "out.yaml")
    assert (result.exit_code, result.stderr) == (2, "Error: cannot write `out.yaml`: No space left on device\n")
    assert Path("out.yaml").read_text(encoding="utf-8") == "before"
    assert not [name for name in os.listdir() if name.startswith(".")]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["broken.yaml"], 1, "error["),
        (["tiny.yaml", "-p", "clases=1"], 2, "did you mean `classes`"),
        (["tiny.yaml", "--hash", "-o", "x.yaml"], 2, "cannot be combined with `-o`"),
        (["tiny.yml"], 2, "there is no file"),
    ],
)
def test_what_cannot_be(arguments, code, message, run):
    result = run("resolve", *arguments)
    assert result.exit_code == code
    assert message in result.stderr
    assert result.stdout == ""
