"""The command line. One file a subcommand; only here is anything printed, and only here does the program end."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Sequence
from io import BufferedWriter, FileIO, TextIOWrapper
from typing import NoReturn, TextIO

_GARBAGE = 1_000_000
"""New objects after which garbage is looked for: a spec leaves two thousand, a hundred bytes each."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit; without `arguments`, those of the process."""
    # What a program imports stays until it ends: looking through it for garbage would take a fifth of a validation.
    gc.set_threshold(_GARBAGE, 10, 10)
    atexit.register(gc.freeze)
    from archspec.cli.app import program

    program.main(arguments)


class _Pipe(TextIOWrapper):
    """A text stream whose reader may leave when it has seen enough: what it does not want to see is no error.

    What writes to the pipe itself is left alone: Ctrl-C in between would have the same written twice.
    """

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except BrokenPipeError:
            self._deafen()
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except BrokenPipeError:
            self._deafen()

    def _deafen(self) -> None:
        """Let what is still to be written go nowhere."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


def _piped(stream: TextIO) -> TextIO:
    """The stream, to whose reader nothing is owed; a terminal, and what was closed before the start, as it is."""
    if not isinstance(stream, TextIOWrapper) or stream.isatty():
        return stream
    return _Pipe(
        BufferedWriter(FileIO(stream.fileno(), "wb", closefd=False)),
        stream.encoding,
        stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def run() -> NoReturn:
    """The program as a process of its own, which ends at once, without taking apart all that it imported.

    Its exit code is the command's, whether or not somebody reads to the end what it prints.
    """
    sys.stdout, sys.stderr = _piped(sys.stdout), _piped(sys.stderr)
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError as error:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
        if not code:
            from archspec.cli import failures

            code = failures.report(error, sys.argv[1:])
    if "torch" in sys.modules:  # it has threads and files to close
        sys.exit(code)
    os._exit(code)


__all__ = ["main", "run"]
