"""Specs as they are in a revision of a git repository: `git:REV:PATH`."""

from __future__ import annotations

import os
import posixpath
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from archspec import limits, project
from archspec.errors import UsageError

if TYPE_CHECKING:
    from archspec.language import Spec

PREFIX = "git:"

_UNREADABLE = "git cannot read the revision"


class _Found(NamedTuple):
    """What git has under a path: an object's name, its type or why there is none, and its size."""

    object: str
    type: str
    size: int


def read(text: str) -> Spec:
    """The spec of `git:REV:PATH`, with what it extends and includes in the same revision.

    PATH starts at the root of the repository, or with `./` at the working directory, as for `git show`. Nothing is
    checked out: the files that are needed are copied to a temporary folder while they are read. Raises `UsageError`
    where there is no git, repository, revision or file.
    """
    from tempfile import TemporaryDirectory

    from archspec.language.load import read_copy

    revision, path = _parts(text)
    told = _git("rev-parse", "--show-prefix", refused="`git:REV:PATH` needs a git repository")
    tree = _git(
        "rev-parse", "--verify", "--quiet", f"{revision}^{{tree}}", refused=f"there is no git revision `{revision}`"
    )
    at = _Tree(tree.decode().strip())
    prefix = os.fsdecode(told).rstrip("\n")
    inside = _inside(path, prefix)
    found = at.find(inside)
    if found.type != "blob":
        raise UsageError(_why(found, inside, revision) + _hint(at, found, revision, inside, prefix))
    with TemporaryDirectory(prefix="archspec-") as folder:
        at.copy(inside, found, Path(folder))
        return read_copy(Path(folder), inside, f"{PREFIX}{revision}:")


def _parts(text: str) -> tuple[str, str]:
    revision, sign, path = text.removeprefix(PREFIX).partition(":")
    if not (revision and sign and path):
        raise UsageError(f"expected git:REV:PATH, such as git:HEAD:my.yaml, found `{text}`")
    if revision.startswith("-") or any(ord(letter) < 32 for letter in text):
        raise UsageError(
            f"`{revision}` is not a git revision" if revision.startswith("-") else "a path must be a single line"
        )
    return revision, path


def _inside(path: str, prefix: str) -> str:
    """A path from the root of the repository."""
    parts = path.split("/")
    full = posixpath.normpath(posixpath.join(prefix, path) if parts[0] in (".", "..") else path)
    if full.startswith(("../", "/")) or full in ("..", "."):
        raise UsageError(f"`{path}` is outside the repository")
    return full


def _git(*arguments: str, refused: str, given: bytes = b"") -> bytes:
    """What git prints. Raises `UsageError` where there is no git, or where it refuses, with its own words."""
    try:
        done = subprocess.run(["git", *arguments], input=given, capture_output=True, env={**os.environ, "LC_ALL": "C"})
    except OSError as error:
        raise UsageError(f"`git:REV:PATH` needs git, but running it failed: {error.strerror}") from None
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().partition("\n")[0].removeprefix("fatal: ")
        raise UsageError(refused + (f": {reason}" if reason else ""))
    return done.stdout


class _Tree:
    """The files of a revision."""

    def __init__(self, object: str) -> None:
        self.object = object

    def find(self, path: str) -> _Found:
        """What stands under a path; links inside of the revision are followed."""
        asked = f"{self.object}:{path}\n".encode()
        told = _git("cat-file", "--batch-check", "--follow-symlinks", given=asked, refused=_UNREADABLE)
        line = told.decode(errors="replace").partition("\n")[0]
        words = line.rsplit(" ", 2)
        if len(words) == 3 and words[2].isdecimal():
            return _Found(words[0], words[1], int(words[2]))
        first, _, last = line.partition(" ")
        return _Found("", "missing" if last.endswith("missing") else first, 0)

    def copy(self, path: str, found: _Found, folder: Path) -> None:
        """Copy a file, and all that it extends and includes and that is there, to a folder."""
        from archspec.diagnostics import Collector
        from archspec.language.load import relative_paths
        from archspec.source import read_file

        open = [(path, found)]
        seen, climbs, home = {path}, False, posixpath.dirname(path)
        # one more than a spec may have is enough for the reader to say so
        for _ in range(limits.FILES + 1):
            if not open:
                break
            path, found = open.pop()
            target = folder / path
            if found.type == "tree":
                target.mkdir(parents=True, exist_ok=True)
            if found.type != "blob":
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(self._content(found))
            for reference in relative_paths(read_file(target, Collector())[1]):
                other = posixpath.normpath(posixpath.join(posixpath.dirname(path), reference))
                climbs |= ".." in reference.split("/")
                if other not in seen and not other.startswith(("../", "/")) and other.isprintable():
                    # what `a/../b.yaml` leads through is there, too
                    (target.parent / posixpath.dirname(reference)).mkdir(parents=True, exist_ok=True)
                    seen.add(other)
                    open.append((other, self.find(other)))
        if climbs:
            self._copy_settings(home, folder)

    def _copy_settings(self, home: str, folder: Path) -> None:
        """Copy what tells how far the paths of a spec may climb: the settings in its folder and those above it."""
        for name in (project.OWN, project.SHARED):
            at = home
            for _ in range(home.count("/") + 2):
                path = posixpath.join(at, name)
                found = self.find(path)
                if found.type == "blob" and found.size <= limits.SETTINGS_BYTES:
                    (folder / path).write_bytes(self._content(found))
                at = posixpath.dirname(at)

    def _content(self, found: _Found) -> bytes:
        """The bytes of a file; of one that is too long for a spec, so many that the reader says so."""

        if found.size > limits.TEXT_BYTES:
            return b" " * (limits.TEXT_BYTES + 1)
        return _git("cat-file", "blob", found.object, refused=_UNREADABLE)

    def names(self, folder: str) -> list[str]:
        """The names in a folder; none where there is no such folder."""
        try:
            told = _git("ls-tree", "-z", "--name-only", f"{self.object}:{folder}", refused="")
        except UsageError:
            return []
        return told.decode(errors="replace").split("\0")[:-1]


def _why(found: _Found, path: str, revision: str) -> str:
    if found.type == "tree":
        return f"`{path}` is a folder in `{revision}`; name a file in it"
    if found.type in ("symlink", "dangling", "loop"):
        return f"`{path}` links to a file that is not in `{revision}`"
    return f"there is no file `{path}` in `{revision}`"


def _hint(tree: _Tree, found: _Found, revision: str, path: str, prefix: str) -> str:
    """A path that was meant, perhaps: one from the working directory, or one with a name that is nearly the same."""
    from archspec.diagnostics import did_you_mean

    if found.type != "missing":
        return ""
    if prefix and tree.find(prefix + path).type == "blob":
        return f"; paths are relative to the root of the repository: did you mean `{PREFIX}{revision}:./{path}`?"
    folder, name = posixpath.split(path)
    hint = did_you_mean(name, tree.names(folder))
    return f"; {hint}" if hint else ""
