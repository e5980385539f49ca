"""Files that are written whole or not at all."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from archspec.errors import UsageError


def write(path: Path, data: bytes) -> None:
    """Write a file; one that was there keeps its permissions, and a link to it stays. Raises `UsageError`."""
    target = path.resolve()
    beside = target.with_name(f".{target.name}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(data)
        if target.exists():
            shutil.copymode(target, beside)
        beside.replace(target)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise UsageError(f"cannot write `{path}`: {error.strerror}") from None
