"""`--watch`: a command runs again whenever a file that it read changes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from time import perf_counter, sleep
from typing import TYPE_CHECKING, NoReturn

import click

from archspec.cli import failures, targets
from archspec.errors import UsageError
from archspec.files import STDIN, stamp

if TYPE_CHECKING:
    from archspec.files import Stamp

INTERVAL = 0.3
"""Seconds between two looks at the files; longer where a look takes long."""
_SHARE = 10
"""How much longer to rest than a look takes."""

Files = dict[Path, "Stamp | None"]
"""What a run read, as it was then."""


def watch(run: Callable[[Files], object], paths: Iterable[str], clear: bool = True) -> NoReturn:
    """Run, and again after each change of what it read, or of what `paths` stand for, until Ctrl-C.

    `run` puts the files that it reads into the mapping that it is given; what it raises is told, and is no end. A
    terminal may be cleared before each run. Raises `UsageError` for what cannot be read again.
    """
    given = list(paths)
    if STDIN in given:
        raise UsageError("`--watch` cannot be combined with standard input, which cannot be read again")
    files: Files = {}
    while True:
        if clear and sys.stdout.isatty():
            click.clear()
        read: Files = {}
        try:
            run(read)
        except Exception as error:
            failures.report(error, sys.argv[1:])
        # after a mistake, what was read before may be what mends it
        files = read or {path: stamp(path) for path in files}
        before = {**_listed(given), **files}
        click.echo(f"watching {len(before):,} file{'s' * (len(before) != 1)}; Ctrl-C ends", err=True)
        _wait(before, given)


def _wait(before: Files, paths: list[str]) -> None:
    """Wait until a file is another than before, and then until all are the same in two looks: a file is not read while
    it is written."""
    last = before
    while True:
        start = perf_counter()
        now = _now(before, paths)
        if now == last != before:
            return
        last = now
        sleep(max(INTERVAL, _SHARE * (perf_counter() - start)))


def _now(before: Iterable[Path], paths: list[str]) -> Files:
    return {**{path: stamp(path) for path in before}, **_listed(paths)}


def _listed(paths: Iterable[str]) -> Files:
    """The files that paths stand for: those in a folder, new ones too, and whatever is, or may come to be, a file."""
    found: Files = {}
    for text in paths:
        try:
            files = targets.files_in(text) if os.path.isdir(text) else [Path(text)] * os.path.lexists(text)
            found.update((path, stamp(path)) for path in files)
        except UsageError:
            continue
    return found
