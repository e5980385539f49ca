"""Files as they are in a revision of a git repository: `git:REV:PATH`."""

from __future__ import annotations

import os
import posixpath
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from archspec import limits, project
from archspec.diagnostics import Collector, did_you_mean
from archspec.errors import UsageError
from archspec.files import REVISION, SUFFIXES, is_path
from archspec.source import Mapping, Scalar, Sequence, Tree, read_text

_UNREADABLE = "git cannot read the revision"
_LINK = "120000"
_LEADS_ON = re.compile(rb"extends|include|\\")
"""What a file has that leads to others; an escape may hide it."""
_PARTS = re.compile(r"((?:\{[^}]*\}|[^:{])+):(.+)", re.DOTALL)
"""A revision and a path; a date in braces may hold colons."""


class Copy(NamedTuple):
    """A file or folder of a revision, in a temporary folder: `path` below `folder`. What messages call a file is
    `place` and its path; as it is now, it stands below `root`."""

    folder: Path
    path: str
    place: str
    root: Path


class _Found(NamedTuple):
    """What git has under a path: an object's name, its type or why there is none, and its size."""

    object: str
    type: str
    size: int


@contextmanager
def copied(text: str, folders: bool = False, may_lack: bool = False) -> Iterator[Copy]:
    """A copy of the file of `git:REV:PATH`, with what it extends and includes in the same revision.

    With `folders`, PATH may be a folder, of which all YAML files are copied; with `may_lack`, it need not be there.

    PATH starts at the root of the repository, or with `./` at the working directory, as for `git show`. Nothing is
    checked out, and the copy lasts as long as the context. Raises `UsageError` where there is no git, repository,
    revision or file.
    """
    revision, path = parts(text)
    told = _git("rev-parse", "--show-prefix", refused="`git:REV:PATH` needs a git repository")
    at = _Tree(_tree_of(revision))
    prefix = os.fsdecode(told).rstrip("\n")
    inside = _inside(path, prefix)
    found = at.find(inside)
    allowed = {"blob": True, "tree": folders, "missing": may_lack}
    if not allowed.get(found.type, False):
        raise UsageError(_why(found, inside, revision) + _hint(at, found, revision, inside, prefix))
    with TemporaryDirectory(prefix="archspec-") as folder:
        try:
            at.copy(at.specs(inside, found) if found.type == "tree" else [(inside, found)], Path(folder))
        except OSError as error:
            raise UsageError(f"cannot copy `{text}` from git: {error.strerror}") from None
        yield Copy(Path(folder), inside, f"{REVISION}{revision}:", Path("../" * prefix.count("/")))


def is_revision(text: str) -> bool:
    """Whether git knows a revision of this name, here."""
    try:
        return bool(_tree_of(text))
    except UsageError:
        return False


def kept(paths: list[str]) -> list[str]:
    """The paths of files that git does not ignore; all of them where there is no repository."""
    given = b"".join(os.fsencode(path) + b"\0" for path in paths)
    try:
        done = _run("check-ignore", "-z", "--stdin", given=given)
    except UsageError:
        return paths
    ignored = {os.fsdecode(path) for path in done.stdout.split(b"\0")}
    return [path for path in paths if path not in ignored]


def parts(text: str) -> tuple[str, str]:
    """The revision and the path of `git:REV:PATH`. Raises `UsageError` for anything else."""
    found = _PARTS.fullmatch(text.removeprefix(REVISION))
    if found is None:
        raise UsageError(f"expected git:REV:PATH, such as git:HEAD:my.yaml, found `{text}`")
    return found[1], found[2]


def _tree_of(revision: str) -> str:
    """The object of a revision's files. What begins with a hyphen would be an option to git."""
    if revision.startswith("-"):
        raise UsageError(f"`{revision}` is not a git revision")
    unknown = f"there is no git revision `{revision}`"
    told = _git("rev-parse", "--verify", "--quiet", f"{revision}^{{tree}}", refused=unknown).decode().strip()
    if not told.isalnum():  # `^HEAD`, all but a revision
        raise UsageError(unknown)
    return told


def _inside(path: str, prefix: str) -> str:
    """A path from the root of the repository; empty for the root itself."""
    parts = path.split("/")
    full = posixpath.normpath(posixpath.join(prefix, path) if parts[0] in (".", "..") else path)
    if full.startswith(("../", "/")) or full == "..":
        raise UsageError(f"`{path}` is outside the repository")
    return "" if full == "." else full


def _run(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    if not all(map(_is_text, arguments)):
        raise UsageError("a revision must be a single line")
    environment = {**os.environ, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
    command = ["git", "-c", "core.fsmonitor=", *arguments]  # no program that the repository's settings name
    try:
        return subprocess.run(command, input=given, capture_output=True, env=environment)
    except OSError as error:
        raise UsageError(f"`git:REV:PATH` needs git, but running it failed: {error.strerror}") from None


def _git(*arguments: str, refused: str, given: bytes = b"") -> bytes:
    """What git prints. Raises `UsageError` where there is no git, or where it refuses, with its own words."""
    done = _run(*arguments, given=given)
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
        if not _is_text(path):
            raise UsageError("a path must be a single line")
        asked = os.fsencode(f"{self.object}:{path}\n")
        told = _git("cat-file", "--batch-check", "--follow-symlinks", given=asked, refused=_UNREADABLE)
        line = told.decode(errors="replace").partition("\n")[0]
        words = line.rsplit(" ", 2)
        if len(words) == 3 and words[2].isdecimal():
            return _Found(words[0], words[1], int(words[2]))
        first, _, last = line.partition(" ")
        return _Found("", "missing" if last.endswith("missing") else first, 0)

    def specs(self, folder: str, found: _Found) -> list[tuple[str, _Found]]:
        """The files in a folder that may be specs, as in a folder on disk: without those in hidden folders."""
        told = _git("ls-tree", "-r", "-z", "-l", "--full-tree", found.object, refused=_UNREADABLE)
        files = []
        for entry in told.split(b"\0")[:-1]:
            head, _, name = os.fsdecode(entry).partition("\t")
            mode, kind, object, size = head.split()
            path = posixpath.join(folder, name)
            if kind != "blob" or not name.endswith(SUFFIXES) or not _is_shown(name):
                continue
            if mode == _LINK and not _is_text(path):
                continue  # there is no asking where it leads
            files.append((path, self.find(path) if mode == _LINK else _Found(object, kind, int(size))))
        if len(files) > limits.FOLDER_FILES:
            message = f"`{folder or '.'}` has more than {limits.FOLDER_FILES:,} YAML files"
            raise UsageError(f"{message} in the revision; name a folder in it")
        return files

    def copy(self, files: list[tuple[str, _Found]], folder: Path) -> None:
        """Copy files, and all that they extend and include and that is there, to a folder."""
        homes = {posixpath.dirname(path) for path, _ in files}
        climbs = False
        # one more than a spec may have is enough for the reader to say so
        left = max(len(files), limits.FILES + 1)
        seen = {path for path, _ in files}
        while files and left > 0:
            files, left = files[:left], left - len(files)
            contents = self._contents([found for _, found in files])
            wanted: dict[str, None] = {}
            for path, found in files:
                target = folder / path
                if found.type == "tree":
                    target.mkdir(parents=True, exist_ok=True)
                if found.type != "blob":
                    continue
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(contents[found.object])
                for reference, other in _needed(path, contents[found.object]):
                    # what `a/../b.yaml` leads through is there, too
                    (target.parent / posixpath.dirname(reference)).mkdir(parents=True, exist_ok=True)
                    wanted[other] = None
                    climbs |= ".." in reference.split("/")
            files = [(path, self.find(path)) for path in wanted if path not in seen]
            seen.update(wanted)
        if climbs:
            self._copy_settings(homes, folder)

    def _copy_settings(self, homes: set[str], folder: Path) -> None:
        """Copy what tells how far the paths of specs may climb: the settings in their folders and in those above."""
        told = _git("ls-tree", "-r", "-z", "--name-only", "--full-tree", self.object, refused=_UNREADABLE)
        for path in map(os.fsdecode, told.split(b"\0")[:-1]):
            home, name = posixpath.split(path)
            if name not in (project.OWN, project.SHARED) or not any(_is_below(other, home) for other in homes):
                continue
            found = self.find(path)
            if found.type == "blob" and found.size <= limits.SETTINGS_BYTES:
                (folder / home).mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(self._contents([found])[found.object])

    def _contents(self, files: list[_Found]) -> dict[str, bytes]:
        """The bytes of files by their objects; of one that is too long for a spec, so many that the reader says so."""
        sizes = {found.object: min(found.size, limits.TEXT_BYTES + 1) for found in files if found.type == "blob"}
        contents = dict.fromkeys(sizes, b" " * (limits.TEXT_BYTES + 1))
        short = [object for object, size in sizes.items() if size <= limits.TEXT_BYTES]
        if sum(sizes.values()) > limits.FOLDER_BYTES:
            raise UsageError(f"the files have more than {limits.FOLDER_BYTES:,} bytes; name a folder among them")
        asked = "".join(f"{object}\n" for object in short)
        told = _git("cat-file", "--batch", given=asked.encode(), refused=_UNREADABLE)
        start = 0
        for object in short:
            start = told.index(b"\n", start) + 1
            contents[object] = told[start : start + sizes[object]]
            start += sizes[object] + 1
        return contents

    def names(self, folder: str) -> list[str]:
        """The names in a folder; none where there is no such folder."""
        try:
            told = _git("ls-tree", "-z", "--name-only", f"{self.object}:{folder}", refused="")
        except UsageError:
            return []
        return told.decode(errors="replace").split("\0")[:-1]


def _needed(path: str, data: bytes) -> Iterator[tuple[str, str]]:
    """What a file extends and includes, as it is written and as a path from the root of the repository."""
    for reference in mentioned(data):
        other = posixpath.normpath(posixpath.join(posixpath.dirname(path), reference))
        if not other.startswith(("../", "/")) and _is_text(other):
            yield reference, other


def _is_text(text: str) -> bool:
    """Whether git takes it as one argument or line: no control characters, no half of a pair of surrogates."""
    try:
        return not any(byte < 32 for byte in os.fsencode(text))
    except UnicodeEncodeError:
        return False


def _is_below(path: str, folder: str) -> bool:
    """Whether a path, from the root of the repository, is a folder or in it."""
    return not folder or f"{path}/".startswith(f"{folder}/")


def _is_shown(name: str) -> bool:
    """Whether no folder on the way to a file is hidden; git itself has no name `..` in a tree, but a forged one may."""
    return not any(part.startswith(".") for part in name.split("/")[:-1])


def _why(found: _Found, path: str, revision: str) -> str:
    if found.type == "tree":
        return f"`{path}` is a folder in `{revision}`; name a file in it"
    if found.type in ("symlink", "dangling", "loop"):
        return f"`{path}` links to a file that is not in `{revision}`"
    return f"there is no file `{path}` in `{revision}`"


def _hint(tree: _Tree, found: _Found, revision: str, path: str, prefix: str) -> str:
    """A path that was meant, perhaps: one from the working directory, or one with a name that is nearly the same."""
    if found.type != "missing":
        return ""
    if prefix and tree.find(prefix + path).type == "blob":
        return f"; paths are relative to the root of the repository: did you mean `{REVISION}{revision}:./{path}`?"
    folder, name = posixpath.split(path)
    hint = did_you_mean(name, tree.names(folder))
    return f"; {hint}" if hint else ""


def mentioned(data: bytes) -> list[str]:
    """The paths of what a text extends and includes, as they are written: bundled names are none."""
    if not _LEADS_ON.search(data):
        return []
    _, tree = read_text(data, "", Collector())
    base, listed = (tree.get("extends"), tree.get("include")) if isinstance(tree, Mapping) else (None, None)
    bases = [path for path in _texts(base) if is_path(path)]
    return [*bases, *(path for item in (listed.items if isinstance(listed, Sequence) else ()) for path in _texts(item))]


def _texts(tree: Tree | None) -> list[str]:
    return [tree.value] if isinstance(tree, Scalar) and isinstance(tree.value, str) else []
