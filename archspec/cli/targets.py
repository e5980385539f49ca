"""The specs that paths on the command line stand for."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from archspec.errors import UsageError
from archspec.files import open_file
from archspec.limits import TEXT_BYTES

if TYPE_CHECKING:
    from archspec.diagnostics import Collector
    from archspec.language import Spec
    from archspec.source import Tree
    from archspec.source.taken import Taken

STDIN = "-"
SUFFIXES = (".yaml", ".yml")

Target: TypeAlias = "Path | str"
"""A file; or a string: `-` for standard input, otherwise a bundled name."""

_HEAD_BYTES = 2**20
_OURS = re.compile(rb"^(?:\{\s*)?[\"']?archspec[\"']?[ \t]*:", re.MULTILINE)
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def find(
    paths: Iterable[str], excludes: Callable[[Path], bool] = lambda _: False, allow_empty: bool = False
) -> list[Target]:
    """The targets of all paths, each once.

    A folder stands for all specs in it, its hidden folders and what `excludes` left out. A path that exists comes
    before a bundled name. Raises `UsageError` where there is nothing to be found, unless folders may be empty.
    """
    found: dict[Target, Target] = {}
    for text in paths:
        for target in _in_folder(text, excludes, allow_empty) if os.path.isdir(text) else [_target(text)]:
            found.setdefault(Path(os.path.realpath(target)) if isinstance(target, Path) else target, target)
    return list(found.values())


def name(target: Target) -> str:
    """What messages call it."""
    return "<stdin>" if target == STDIN else os.fspath(target)


def read(target: Target, edited: Mapping[Path, bytes] = MappingProxyType({})) -> Spec:
    """The spec of a target, with the findings of its reading; `edited` are texts in place of those in files."""
    from archspec.diagnostics import Collector
    from archspec.language.load import read as read_spec
    from archspec.language.load import read_source

    if target == STDIN:
        path = Path(STDIN)
        return read_source(edited.get(path) or stdin(), name(target), Collector(), Path(), edited, path)
    return read_spec(target, edited)


def parse(target: Target, collector: Collector, taken: Taken) -> Tree | None:
    """The tree of a target's own text, without what it extends and includes; `taken` counts what is in it."""
    from archspec.language import bundled
    from archspec.source import read_file, read_text

    if target == STDIN:
        return read_text(stdin(), name(target), collector, taken=taken)[1]
    path = bundled(target) if isinstance(target, str) else target
    return read_file(path, collector, name(target), piped=True, taken=taken)[1]


def stdin() -> bytes:
    """Standard input, no more of it than a spec may have and one byte, which tells that there is more."""

    if sys.stdin is None:
        raise UsageError("standard input is closed")
    return sys.stdin.buffer.read(TEXT_BYTES + 1)


def _target(text: str) -> Target:
    return text if text == STDIN else one(text)


def one(text: str) -> Target:
    """The target of an argument that stands for one spec: a file, or a bundled name.

    Raises `UsageError` where there is neither.
    """
    is_folder = os.path.isdir(text)
    if os.path.exists(text) and not is_folder:
        return Path(text)
    from archspec.diagnostics import did_you_mean
    from archspec.language import bundled_specs
    from archspec.language.load import is_path

    in_file = is_path(text)
    if not in_file and text in bundled_specs():
        return text
    if is_folder:
        raise UsageError(f"`{text}` is a folder; name a file in it")
    if in_file:
        if os.path.islink(text):
            raise UsageError(f"`{text}` is a broken link")
        hint = did_you_mean(os.path.basename(text), _names_beside(text))
        raise UsageError(f"there is no file `{text}`" + (f"; {hint}" if hint else ""))
    hint = did_you_mean(text, bundled_specs()) or "`archspec list` shows the bundled specs"
    raise UsageError(f"there is no file or bundled spec `{text}`; {hint}")


def _names_beside(path: str) -> list[str]:
    try:
        return sorted(os.listdir(os.path.dirname(path) or "."))
    except OSError:
        return []


def _in_folder(folder: str, excludes: Callable[[Path], bool], allow_empty: bool) -> list[Target]:
    found: list[Target] = [path for path in _files(folder, excludes) if _is_ours(path)]
    if not found and not allow_empty:
        raise UsageError(f"no spec in `{folder}`: none of its *.yaml and *.yml files has a line `archspec: 1`")
    return found


def _files(folder: str, excludes: Callable[[Path], bool]) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder, onerror=_unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and not excludes(Path(parent, name)))
        paths = (Path(parent, name) for name in sorted(files) if name.endswith(SUFFIXES))
        yield from (path for path in paths if not excludes(path))


def _unreadable(error: OSError) -> None:
    raise UsageError(f"cannot read the folder `{error.filename}`: {error.strerror}") from None


def _is_ours(path: Path) -> bool:
    """Whether a text looks like one of ours, without parsing it; a file that cannot be read may be one."""
    if path.exists() and not path.is_file():
        # a pipe or a device: nobody means it who names the folder
        return False
    try:
        with open_file(path) as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return True
    for mark in _MARKS:
        head = head.removeprefix(mark)
    return bool(_OURS.search(head.replace(b"\0", b"")))
