"""The specs that paths on the command line stand for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from archspec.errors import UsageError
from archspec.files import REVISION, STDIN, SUFFIXES, is_ours, is_path
from archspec.settings import Projects

if TYPE_CHECKING:
    from archspec.diagnostics import Collector
    from archspec.language import Spec
    from archspec.language.revisions import Copy
    from archspec.source import Tree
    from archspec.source.taken import Taken

Target: TypeAlias = "Path | str"
"""A file; or a string: `-` for standard input, `git:REV:PATH` for a file in a revision, otherwise a bundled name."""


Excludes: TypeAlias = "Callable[[Path], bool]"
"""Whether a file or folder is skipped where a folder stands for all in it."""


def find(paths: Iterable[str], projects: Projects | None = None, allow_empty: bool = False) -> list[Target]:
    """The targets of all paths, each once.

    A folder stands for all specs in it, its hidden folders and what the settings exclude left out. A path that exists
    comes before a bundled name. Raises `UsageError` where there is nothing to be found, unless folders may be empty,
    and for broken settings, unless `projects` are given, which have the findings.
    """
    settings = Projects({}) if projects is None else projects
    found: dict[Target, Target] = {}
    for text in paths:
        for target in _targets(text, settings.excludes, allow_empty):
            found.setdefault(Path(os.path.realpath(target)) if isinstance(target, Path) else target, target)
    if projects is None:
        settings.require_sound()
    return list(found.values())


def name(target: Target) -> str:
    """What messages call it."""
    return "<stdin>" if target == STDIN else os.fspath(target)


def spec_of(target: Target, edited: Mapping[Path, bytes] = MappingProxyType({})) -> Spec:
    """Read the spec of a target, with the findings of its reading; `edited` are texts in place of those in files."""
    from archspec.language import read

    return read(target, edited)


def parse(target: Target, collector: Collector, taken: Taken) -> Tree | None:
    """The tree of a target's own text, without what it extends and includes; `taken` counts what is in it."""
    from archspec.language import bundled
    from archspec.language.load import stdin
    from archspec.language.revisions import copied
    from archspec.source import read_file, read_text

    if target == STDIN:
        return read_text(stdin(), name(target), collector, taken=taken)[1]
    if isinstance(target, str) and target.startswith(REVISION):
        with copied(target) as copy:
            return read_file(copy.folder / copy.path, collector, copy.place + copy.path, taken=taken)[1]
    path = bundled(target) if isinstance(target, str) else target
    return read_file(path, collector, name(target), piped=True, taken=taken)[1]


def _targets(text: str, excludes: Excludes, allow_empty: bool) -> list[Target]:
    if text.startswith(REVISION):
        return _in_revision(text, excludes, allow_empty)
    if os.path.isdir(text):
        return [*_in_folder(text, excludes, allow_empty)]
    return [one(text)]


def one(text: str) -> Target:
    """The target of an argument that stands for one spec: a file, a bundled name, `-` or `git:REV:PATH`.

    Raises `UsageError` where there is neither file nor bundled spec.
    """
    if text == STDIN or text.startswith(REVISION):
        return text
    is_folder = os.path.isdir(text)
    if os.path.exists(text) and not is_folder:
        return Path(text)
    from archspec.diagnostics import did_you_mean
    from archspec.language import bundled_specs

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


def specs_in(folder: str, excludes: Excludes, copy: Copy | None = None) -> list[Path]:
    """The files in a folder that look like ours, without what `excludes` leaves out; of a folder in a `copy` of a
    revision, what it leaves out of that folder now."""

    def excluded(path: Path) -> bool:
        return excludes(path if copy is None else copy.root / path.relative_to(copy.folder))

    return [path for path in files_in(folder, excluded) if is_ours(path)]


def _in_folder(
    folder: str, excludes: Excludes, allow_empty: bool, called: str = "", copy: Copy | None = None
) -> list[Path]:
    found = specs_in(folder, excludes, copy)
    if not found and not allow_empty:
        raise UsageError(
            f"no spec in `{called or folder}`: none of its *.yaml and *.yml files has a line `archspec: 1`"
        )
    return found


def _in_revision(text: str, excludes: Excludes, allow_empty: bool) -> list[Target]:
    """The file of `git:REV:PATH`, or all specs in the folder that PATH is there."""
    from archspec.language.revisions import copied

    with copied(text, folders=True) as copy:
        root = copy.folder / copy.path
        if not root.is_dir():
            return [text]
        found = _in_folder(str(root), excludes, allow_empty, text, copy)
        return [copy.place + path.relative_to(copy.folder).as_posix() for path in found]


def files_in(folder: str, excludes: Excludes = lambda _: False) -> Iterator[Path]:
    """The YAML files in a folder, without those in hidden folders and what `excludes` leaves out.

    Raises `UsageError` where a folder cannot be read.
    """
    for parent, folders, files in os.walk(folder, onerror=_unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and not excludes(Path(parent, name)))
        paths = (Path(parent, name) for name in sorted(files) if name.endswith(SUFFIXES))
        yield from (path for path in paths if not excludes(path))


def _unreadable(error: OSError) -> None:
    raise UsageError(f"cannot read the folder `{error.filename}`: {error.strerror}") from None
