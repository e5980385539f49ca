"""The files that `extends` and `include` can name, as a path is typed: what is in a folder, and the folders there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from archspec.editor.workspace import Workspace
from archspec.files import SUFFIXES, mentions, open_file

_MOST = 300
"""Files and folders that are looked at."""
_HEAD = 2**16
_SECTION = re.compile(rb"^(layers|stem|stages|head|extends|blocks):", re.MULTILINE)


def nearby(workspace: Workspace, path: Path, typed: str, key: str) -> Iterator[str]:
    """The relative paths that go on from what is `typed` of one, from the folder of an open file: folders, which end
    with `/`, and for `extends` specs, for `include` files of blocks. None leads out of the project."""
    folder, found = typed[: typed.rfind("/") + 1], path.parent
    bound = workspace.settings(path).root
    bound = bound if bound is not None and path.is_relative_to(bound) else path.parent
    start = "./" if not folder and key == "extends" else folder
    if _is_up(folder) and _real(found, folder + "../", bound):
        yield f"{folder}../"
    real = _real(found, folder, bound)
    for one in () if real is None else _inside(real):
        is_folder = one.is_dir()
        if is_folder or (one != path and one.suffix in SUFFIXES and _fits(workspace, one, key)):
            yield f"{start}{one.name}{'/' if is_folder else ''}"


def _is_up(folder: str) -> bool:
    """Whether a path, so far, only leads upward."""
    return all(part in ("..", "") for part in folder.split("/"))


def _real(start: Path, typed: str, bound: Path) -> Path | None:
    """The folder that is typed, unless it is outside."""
    try:
        real = (start / typed).resolve()
        return real if real.is_relative_to(bound) and real.is_dir() else None
    except (OSError, ValueError, RuntimeError):
        return None


def _inside(folder: Path) -> list[Path]:
    """What is in a folder that a plain path can name."""
    try:
        found = list(islice(folder.iterdir(), _MOST))
    except OSError:
        return []
    return sorted(one for one in found if re.fullmatch(r"[\w-][\w.-]*", one.name))


def _fits(workspace: Workspace, path: Path, key: str) -> bool:
    """Whether a file is a spec that can be extended, or has blocks to include."""
    if path in workspace.paths:
        data = workspace.text(path).text[:_HEAD].encode("utf-8", "replace")
    else:
        try:
            with open_file(path) as file:
                data = file.read(_HEAD)
        except OSError:
            return False
    sections = set(_SECTION.findall(data))
    return mentions(data) and (b"blocks" in sections if key == "include" else sections != {b"blocks"})
