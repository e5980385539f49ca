"""What is shown where: colour, width, and progress."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from archspec.escape import line


def colored(stream: TextIO) -> bool:
    """Whether ANSI codes are welcome: on a terminal, unless `NO_COLOR` or `FORCE_COLOR` is set and says otherwise."""
    if os.environ.get("NO_COLOR"):
        return False
    return drawn(stream) and (_forced() or os.environ.get("TERM") != "dumb")


def drawn(stream: TextIO) -> bool:
    """Whether a person is looking at it, or pretends to by `FORCE_COLOR`."""
    return _forced() or stream.isatty()


def width(stream: TextIO) -> int | None:
    """The columns of a terminal; None for what is none."""
    return columns() if stream.isatty() else None


def columns() -> int:
    """The columns of the terminal, or what `COLUMNS` says they are; 80 where there is none."""
    from shutil import get_terminal_size

    return get_terminal_size().columns


def _forced() -> bool:
    return os.environ.get("FORCE_COLOR", "") not in ("", "0")


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A function that says what is being done, on stderr and in passing; it says nothing unless that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status("") as status:
        yield lambda step: status.update(Text(line(f"{step} …")))
