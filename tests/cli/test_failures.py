from __future__ import annotations

import errno

import click
import pytest

import archspec
from archspec.cli import failures
from archspec.errors import ArchspecError, ExportError, MissingExtra, SpecError, UsageError, WeightsError


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (SpecError("x"), 1),
        (WeightsError("x"), 1),
        (ExportError("x"), 1),
        (UsageError("x"), 2),
        (MissingExtra("torch", "x"), 2),
        (ArchspecError("x"), 2),
        (click.UsageError("x"), 2),
        (click.FileError("x"), 2),
        (OSError(errno.ENOSPC, "No space left on device"), 2),
        (OSError(errno.ENOENT, "No such file"), 3),
        (ValueError("x"), 3),
        (RecursionError("x"), 3),
        (click.Abort(), 130),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_every_error_has_its_exit_code(error, code):
    assert failures.report(error, []) == code


def test_findings_are_shown_with_their_lines(folder, run):
    result = run("summary", "broken.yaml")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "broken.yaml:5:25: error[A201]: `conv` has no argument `kernal`\n" in result.stderr
    assert "broken.yaml:6:12: error[A252]: unknown name `widht`\n" in result.stderr
    assert result.stderr.endswith("\n\nError: `broken` is not a valid spec\n")


@pytest.fixture
def fault(monkeypatch):
    def fail(*_, **__):
        raise ValueError("the moon")

    monkeypatch.setattr(archspec, "validate", fail)


@pytest.mark.usefixtures("fault")
def test_a_fault_of_our_own_asks_for_a_report(folder, run):
    result = run("validate", "tiny.yaml")
    assert result.exit_code == 3
    assert "archspec failed on tiny.yaml: ValueError: the moon\n" in result.stderr
    assert "Please report it" in result.stderr
    assert failures.version() in result.stderr
    assert "  archspec validate tiny.yaml\n" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.usefixtures("fault")
def test_a_traceback_is_shown_to_whoever_asks(folder, run, monkeypatch):
    monkeypatch.setenv("ARCHSPEC_TRACEBACK", "1")
    result = run("validate", "tiny.yaml")
    assert result.exit_code == 3
    assert result.stderr.startswith("Traceback (most recent call last):\n")


def test_an_interruption_ends_quietly(folder, run, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(archspec, "validate", interrupt)
    result = run("validate", "tiny.yaml")
    assert result.exit_code == 130
    assert result.output.strip() == ""
