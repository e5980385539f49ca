"""What the two arguments of `archspec diff` stand for: two specs, or two folders of specs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from archspec.cli import targets
from archspec.errors import UsageError
from archspec.files import REVISION, STDIN, read_file
from archspec.limits import FILES, TEXT_BYTES
from archspec.records import record
from archspec.settings import Projects

if TYPE_CHECKING:
    from archspec.language import Spec
    from archspec.language.revisions import Copy


@record
class Side:
    """One side, under the name that messages have for it. A folder has `files` by their paths in it; one that is not
    there, at a revision, has none. What git has is read from a copy."""

    text: str
    is_folder: bool = False
    is_missing: bool = False
    files: Mapping[str, Path] = field(default_factory=dict)
    copy: Copy | None = None

    def spec(self, name: str = "") -> Spec:
        """The spec, or that of a file in the folder. Raises `UsageError` where there is none."""
        from archspec.language import read
        from archspec.language.load import read_copy

        if self.copy is not None:
            path = Path(self.files[name]).relative_to(self.copy.folder).as_posix() if name else self.copy.path
            return read_copy(self.copy.folder, path, self.copy.place)
        return read(self.files[name]) if name else targets.spec_of(targets.one(self.text))

    def shown(self, name: str) -> str:
        """What messages call a file in the folder."""
        if self.copy is None:
            return os.fspath(self.files[name])
        return self.copy.place + Path(self.files[name]).relative_to(self.copy.folder).as_posix()


def sides(before: str, after: str | None, stack: ExitStack) -> tuple[Side, Side]:
    """Both sides, each with what it is; copies last as long as the `stack`.

    A bare revision stands for what the other side is there: the same file or folder; alone, or beside another one, for
    the working directory. Raises `UsageError` where one does not fit the other.
    """
    one, two, bare = _with_revisions(before, after)
    projects = Projects({})
    both = (_side(one, stack, one in bare, projects.excludes), _side(two, stack, two in bare, projects.excludes))
    projects.require_sound()
    if any(side.is_folder for side in both):
        both = _as_folders(*both)
        # a folder is called as it was typed
        both = (replace(both[0], text=before), replace(both[1], text=after or "."))
    if len({side.copy is None for side in both}) == 2:
        both = (_without_ignored(both[0]), _without_ignored(both[1]))
    return both


def unchanged(one: Path, two: Path) -> bool:
    """Whether two files, and all that they extend and include, have the same bytes."""
    from archspec.language.revisions import mentioned

    open, seen = [(one, two)], {(one, two)}
    while open:
        before, after = open.pop()
        data = _bytes(before)
        if data != _bytes(after):
            return False
        more = [(before.parent / path, after.parent / path) for path in mentioned(data)]
        open += [pair for pair in more if pair not in seen]
        seen.update(more)
        if len(seen) > FILES:
            return False
    return True


def _bytes(path: Path) -> bytes:
    """The bytes of a file; of one that cannot be read, its reason."""
    try:
        return read_file(path, TEXT_BYTES)
    except OSError as error:
        return str(error.strerror).encode()


def _with_revisions(before: str, after: str | None) -> tuple[str, str, set[str]]:
    """Both texts with `git:` before what is in a revision, and those of them that came of bare ones."""
    from archspec.language.revisions import is_revision

    if after is None:
        if before.startswith(REVISION) or not is_revision(before):
            raise UsageError(f"Missing argument 'B': `{before}` is not a git revision; name two specs or folders")
        return f"{REVISION}{before}:./", ".", {f"{REVISION}{before}:./"}
    one, two = (_is_bare(text) for text in (before, after))
    if one and two:
        return f"{REVISION}{before}:./", f"{REVISION}{after}:./", set()
    if one:
        before = f"{REVISION}{before}:{_path_at(after, before)}"
    if two:
        after = f"{REVISION}{after}:{_path_at(before, after)}"
    return before, after, {before} if one else {after} if two else set()


def _is_bare(text: str) -> bool:
    from archspec.language import bundled_specs
    from archspec.language.revisions import is_revision

    if text == STDIN or text.startswith(REVISION) or os.path.lexists(text) or text in bundled_specs():
        return False
    return is_revision(text)


def _path_at(path: str, revision: str) -> str:
    """A path as a revision has it."""
    from archspec.language.revisions import parts

    if path.startswith(REVISION):
        return parts(path)[1]
    if path == STDIN or not os.path.lexists(path):
        targets.one(path)  # which knows what is not there at all
        raise UsageError(
            f"`{revision}` is a git revision; compare a file or a folder with it, or `git:{revision}:PATH`"
        )
    return f"./{Path(os.path.relpath(path)).as_posix()}"


def _side(text: str, stack: ExitStack, may_lack: bool, excludes: targets.Excludes) -> Side:
    if text.startswith(REVISION):
        from archspec.language.revisions import copied

        copy = stack.enter_context(copied(text, folders=True, may_lack=may_lack))
        root = copy.folder / copy.path
        if root.is_file():
            return Side(text, copy=copy)
        return Side(text, True, not root.exists(), _in(root, excludes, copy) if root.exists() else {}, copy)
    return Side(text, True, files=_in(Path(text), excludes)) if os.path.isdir(text) else Side(text)


def _in(folder: Path, excludes: targets.Excludes, copy: Copy | None = None) -> dict[str, Path]:
    """The specs in a folder by their paths in it."""
    found = targets.specs_in(os.fspath(folder), excludes, copy)
    return {path.relative_to(folder).as_posix(): path for path in found}


def _as_folders(one: Side, two: Side) -> tuple[Side, Side]:
    """Two folders; a file is one of itself alone where the other side has nothing."""
    if one.is_folder and two.is_folder:
        if not one.files and not two.files:
            raise UsageError(f"no spec in `{one.text}`, and none in `{two.text}`")
        return one, two
    file, folder = (two, one) if one.is_folder else (one, two)
    if not folder.is_missing or file.copy is not None or not os.path.isfile(file.text):
        if file.copy is None:
            targets.one(file.text)  # which knows what is not there at all
        shown, where = folder.text, ""
        if folder.copy is not None:
            shown, where = folder.copy.path or ".", f" in `{folder.copy.place[len(REVISION) : -1]}`"
        raise UsageError(f"`{shown}` is a folder{where}; name a file in it")
    path = Path(file.text)
    alone = Side(file.text, True, files={path.name: path})
    return (one, alone) if file is two else (alone, two)


def _without_ignored(side: Side) -> Side:
    """A folder of the work tree without what git ignores, which no revision has."""
    from archspec.language.revisions import kept

    if side.copy is not None or not side.files:
        return side
    paths = {os.fspath(path): name for name, path in side.files.items()}
    return replace(side, files={paths[path]: Path(path) for path in kept(list(paths))})
