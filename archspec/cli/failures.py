"""What is said of an error, and the exit code it ends with."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archspec.cli import terminal
from archspec.errors import ArchspecError, CannotImport, ExportError, InternalError, SpecError, WeightsError
from archspec.escape import inline, lines
from archspec.version import __version__

if TYPE_CHECKING:
    from archspec.diagnostics import Diagnostic

FINDINGS, USAGE, INTERNAL, INTERRUPTED = 1, 2, 3, 130

TRACEBACK = "ARCHSPEC_TRACEBACK"
"""The environment variable that, set to 1, shows the traceback of a fault of our own."""


class Fault(Exception):
    """A fault of our own, caused by another exception; the text says what was being done."""


def version() -> str:
    """The distribution, its version and its folder: another library has the same import name."""
    return f"archspec-nn {__version__} ({Path(__file__).parents[1]})"


def report(error: Exception, arguments: Sequence[str]) -> int:
    """Say on stderr what went wrong; the exit code."""
    if isinstance(error, click.exceptions.Abort):
        return INTERRUPTED
    if isinstance(error, click.ClickException):
        _printable(error).show()
        return USAGE
    if isinstance(error, ArchspecError) and not isinstance(error, InternalError):
        _say(_explained(error))
        return FINDINGS if isinstance(error, (SpecError, WeightsError, ExportError, CannotImport)) else USAGE
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EIO) and error.filename is None:
        _say(f"Error: cannot write the output: {error.strerror}")
        return USAGE
    if os.environ.get(TRACEBACK) == "1":
        import traceback

        _say(lines("".join(traceback.format_exception(error)).split("\n")))
    _say(_fault(error, arguments))
    return INTERNAL


def _printable(error: click.ClickException) -> click.ClickException:
    """The same, with nothing in its message that would steer a terminal."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error
    return click.UsageError(inline(error.format_message()), getattr(error, "ctx", None))


def tell(findings: Sequence[Diagnostic]) -> None:
    """Show findings on stderr."""
    _say(_shown(findings))


def _say(text: str) -> None:
    click.echo(text, err=True, color=terminal.colored(sys.stderr))


def _shown(findings: Sequence[Diagnostic]) -> str:
    from archspec.diagnostics.text import render

    return render(findings, terminal.colored(sys.stderr), terminal.width(sys.stderr), sys.stderr.encoding)


def _explained(error: ArchspecError) -> str:
    message = f"Error: {error.args[0]}"
    return f"{_shown(error.diagnostics)}\n\n{message}" if error.diagnostics else message


def _fault(error: Exception, arguments: Sequence[str]) -> str:
    from shlex import join

    cause = error.__cause__ if isinstance(error, Fault) and error.__cause__ else error
    told = [
        f"Error: archspec failed{f' {error}' if isinstance(error, Fault) else ''}: {type(cause).__name__}: {cause}",
        "This is a bug in archspec, not in your spec. Please report it with the spec, if you can share it, and this:",
        f"  {version()}, Python {sys.version.split()[0]}, {sys.platform}",
        f"  {join(['archspec', *arguments])}",
    ]
    if os.environ.get(TRACEBACK) != "1":
        told.append(f"Set {TRACEBACK}=1 to see the traceback.")
    return lines(told)
