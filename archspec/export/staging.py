"""The hidden folders that exports are written in: each process has its own, and what a killed one leaves is removed."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

if sys.platform != "win32":  # there, what a killed process leaves behind stays
    import fcntl

PATIENCE, PAUSE = 60, 0.05
"""The seconds to wait for another export to put its files in place, and between two looks at whether it has."""


@contextmanager
def staged(folder: Path, name: str, inside: bool) -> Iterator[Path]:
    """A new hidden folder, beside `folder` or inside it, that is gone afterwards unless it was renamed meanwhile.

    It is inside, too, where nothing can be written beside `folder`. As long as it is in use it is locked, which tells
    it from those of dead processes. Raises `OSError` where it cannot be made.
    """
    try:
        stage, handle = _make(folder if inside else folder.parent, name)
    except OSError:
        if inside or not folder.is_dir():
            raise
        stage, handle = _make(folder, name)
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)
        if handle is not None:
            os.close(handle)


def remove_stale(folder: Path, name: str) -> None:
    """Remove the hidden folders that killed exports of this network left behind, beside `folder` and inside it."""
    pattern = re.compile(re.escape(_prefix(name)) + "[0-9]+-[0-9a-f]{8}")
    for home in (folder.parent, folder):
        for entry in os.listdir(home) if home.is_dir() else []:
            handle = _lock(home / entry) if pattern.fullmatch(entry) else None
            if handle is not None:
                shutil.rmtree(home / entry, ignore_errors=True)
                os.close(handle)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """While it lasts, no other export changes `folder`, or any beside it. Raises `OSError` where that takes too long.

    What is locked is the folder around it, since exports give `folder` itself a new place. Where that cannot be locked,
    as on some network drives, exports at once are up to their users.
    """
    handle = _lock(folder.parent, PATIENCE)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _prefix(name: str) -> str:
    return f".{name}.tmp-"


def _make(home: Path, name: str) -> tuple[Path, int | None]:
    while True:
        stage = home / f"{_prefix(name)}{os.getpid()}-{secrets.token_hex(4)}"
        stage.mkdir()
        handle = _lock(stage)
        # before it was locked, another process may have taken it for a dead one's
        if stage.exists():
            return stage, handle
        if handle is not None:
            os.close(handle)


def _lock(path: Path, patience: float = 0) -> int | None:
    """A lock on a folder, which ends with the process; None where there is no such thing, or somebody has it.

    With `patience`, it is waited for so many seconds. Raises `OSError` if somebody has it even then.
    """
    if sys.platform == "win32":
        return None
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        _take(handle, patience)
    except OSError as error:
        os.close(handle)
        if patience and isinstance(error, BlockingIOError):
            raise OSError(errno.EBUSY, f"another process has had {path} locked for {patience} seconds") from None
        return None
    return handle


def _take(handle: int, patience: float) -> None:
    """Lock an open folder, as soon as nobody else has it locked. Raises `OSError`."""
    for left in range(int(patience / PAUSE), -1, -1):
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not left:
                raise
            sleep(PAUSE)
