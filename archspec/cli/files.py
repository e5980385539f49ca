"""What is printed or written into a file, whole or not at all."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from errno import EACCES
from pathlib import Path

import click

from archspec.errors import UsageError


def put(text: str, path: Path | None) -> None:
    """Write a text into a file, or print it where there is none. Raises `UsageError`."""
    if path is None:
        click.echo(text, nl=False)
    else:
        write(path, text.encode())


def write(path: Path, data: bytes) -> None:
    """Write a file; one that was there keeps its permissions, and a link to it stays. Raises `UsageError`."""
    if os.path.exists(path) and not os.path.isfile(path):  # a device or a pipe, which must not give way to a file
        target = draft = path
    else:
        target = Path(os.path.realpath(path))
        draft = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists() and not os.access(target, os.W_OK):
            # a file in its place would do what its permissions forbid
            raise PermissionError(EACCES, os.strerror(EACCES))
        draft.write_bytes(data)
        if draft is not target:
            if target.exists():
                shutil.copymode(target, draft)
            draft.replace(target)
    except OSError as error:
        if draft is not target:
            with suppress(OSError):
                draft.unlink()
        raise UsageError(f"cannot write `{path}`: {error.strerror}") from None


def create(path: Path, data: bytes) -> None:
    """Write a new file, whole or not at all. Raises `UsageError` where something of that name is there already."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            draft.write_bytes(data)
            _take_place(draft, path)
        finally:
            with suppress(OSError):
                draft.unlink()
    except FileExistsError:
        raise UsageError(f"`{path}` exists already; choose another name, or remove it first") from None
    except OSError as error:
        raise UsageError(f"cannot write `{path}`: {error.strerror}") from None


def _take_place(draft: Path, path: Path) -> None:
    """Give a file a name that nothing has yet: a link, unlike a renaming, takes no other file's place."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        with open(path, "xb"):
            draft.replace(path)
