"""The project that a file belongs to: the nearest folder above it with settings of archspec is its root.

Settings stand in `archspec.toml`, or in `pyproject.toml` under `[tool.archspec]`; of the two, the first comes first.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from archspec.files import open_file
from archspec.limits import SETTINGS_BYTES

OWN, SHARED = "archspec.toml", "pyproject.toml"
SECTION = ("tool", "archspec")
"""Where the settings stand in `pyproject.toml`."""

_MAY_MENTION = re.compile(rb"\btool[\"']?[ \t]*(?:\.[ \t]*[\"']?archspec\b|\]|=)")
_MENTIONS = re.compile(rb"^[ \t]*\[?[ \t]*[\"']?tool[\"']?[ \t]*\.[ \t]*[\"']?archspec[\"']?[ \t]*[].=]", re.MULTILINE)


def root(folder: Path) -> Path | None:
    """The root of the project that a folder belongs to, symbolic links followed; None where it belongs to none."""
    found = settings_file(folder)
    return None if found is None else found.parent


def settings_file(folder: Path) -> Path | None:
    """The file of settings that holds in a folder: that of the nearest folder above it, symbolic links followed."""
    real = Path(os.path.realpath(folder))
    for parent in (real, *real.parents):
        own, shared = parent / OWN, parent / SHARED
        if _stands(own):
            return own
        if _stands(shared) and _has_section(shared):
            return shared
    return None


def _stands(path: Path) -> bool:
    """Whether a file is there, even a link that leads nowhere: what cannot be read is to be told, not passed over."""
    return os.path.lexists(path) and not os.path.isdir(path)


def _has_section(path: Path) -> bool:
    """Whether a `pyproject.toml` has a table `tool.archspec`; one that cannot be read may have it."""
    try:
        with open_file(path) as file:
            data = file.read(SETTINGS_BYTES + 1)
    except OSError:
        return True
    if b"archspec" not in data or not _MAY_MENTION.search(data):
        return False
    from archspec.source.toml import parsed

    try:
        found = parsed(data.decode())
    except (ValueError, RecursionError):
        return _MENTIONS.search(data) is not None  # broken: the line that names the table decides
    tool = found.get("tool")
    return isinstance(tool, dict) and "archspec" in tool
