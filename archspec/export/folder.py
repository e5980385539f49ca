"""A folder of artifacts, whole: as before an export or as after it, even if the process is killed.

An export adds its files to those that stand there, and replaces its own former ones alone. Everything is written into a
hidden folder of its own first, and flushed to the disk. Then, by what is there:

- Nothing: the hidden folder is renamed.
- Files, of former exports or others, which get a second name in the hidden folder: both folders change places in one
  step (`exchange`), and the former one is removed.
- Other folders too, or this process works in there, or the system cannot exchange folders: all of that stays untouched
  and the new files are moved in one by one. First the hidden folder, which is complete, is renamed to `PENDING` inside;
  the former manifest is moved away, then the files are moved in, and the new manifest comes last. No system has a call
  that moves several files at once: killed within this moment, the folder has no manifest, so it is no export rather
  than a wrong one, and the next export first completes what it finds in `PENDING`.

An export never overwrites a file that no export wrote or that somebody has changed since, nor the export of another
network. The manifest is made last, of all that stands in the folder then; meanwhile no other export may change it
(`alone`).
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager, suppress
from pathlib import Path

from archspec.errors import ExportError
from archspec.export.exchange import exchange
from archspec.export.staging import alone, remove_stale, staged
from archspec.export.standing import MANIFEST, names, read_manifest, unchanged
from archspec.weights.messages import printable

PENDING = ".archspec-pending"
FORMER = "former.json"


@contextmanager
def adding(folder: Path, name: str, files: Sequence[str], describe: Callable[[Path, Path], None]) -> Iterator[Path]:
    """A new folder to write these files into, which stand in `folder` afterwards, beside what was there.

    `describe` is called with both folders once nobody else writes, and puts the manifest into the new one. Raises
    `ExportError` where `folder` cannot be written or holds something that would be lost. After any error, `folder` is
    as it was.
    """
    folder = Path(os.path.realpath(folder))
    try:
        if folder.exists() and not folder.is_dir():
            raise ExportError(f"cannot write the export into {folder}: it is a file, not a folder")
        with _parents(folder):
            with alone(folder):
                _check(folder, name, files)
                remove_stale(folder, name)
            with staged(folder, name, inside=folder.exists() and not _replaceable(folder)) as stage:
                yield stage
                with alone(folder):
                    _check(folder, name, files)
                    describe(stage, folder)
                    _settle(stage)
                    _commit(stage, folder, {MANIFEST, *files})
                _flush(folder.parent)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ExportError(f"cannot write the export into {folder}: {reason}") from error


def _settle(stage: Path) -> None:
    """Make all that was written readable for whom the manifest is, and put it on the disk."""
    mode = (stage / MANIFEST).stat().st_mode & 0o777  # some writers make files for their owner alone
    for path in stage.iterdir():
        path.chmod(mode)
        _flush(path)
    _flush(stage)


def _check(folder: Path, name: str, files: Sequence[str]) -> None:
    """Find out whether the export can stand there."""
    if not folder.exists():
        return
    if not os.access(folder, os.W_OK):  # to change places with another, a folder need not be writable
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    complete(folder)
    former = read_manifest(folder / MANIFEST)
    if os.path.lexists(folder / MANIFEST) and former is None:
        raise ExportError(f"{folder} has a `{MANIFEST}` that archspec did not write; choose another folder")
    if former and former["name"] != name:
        raise ExportError(
            f"{folder} holds the export of `{printable(str(former['name']))}`; choose another folder for `{name}`"
        )
    ours = names(former or {})
    for file in files:
        if os.path.lexists(folder / file) and file not in ours:
            raise ExportError(f"{folder} has a `{file}` that archspec did not write; move it, or choose another folder")
        if os.path.lexists(folder / file) and not unchanged(folder, former or {}, file):
            raise ExportError(
                f"{folder} has a `{file}` that was changed since it was exported; move it, or choose another folder"
            )


def _commit(stage: Path, folder: Path, new: Set[str]) -> None:
    if not folder.exists():
        os.rename(stage, folder)
        return
    if _replaceable(folder):
        os.chmod(stage, folder.stat().st_mode & 0o7777)
        if _exchanged(stage, folder, new):
            _keep(stage, folder, new)
            return
    inner = folder / stage.name
    try:
        if inner != stage:
            shutil.move(stage, inner)  # copies where the folder is a file system of its own
        os.rename(inner, folder / PENDING)
    except BaseException:
        shutil.rmtree(inner, ignore_errors=True)
        raise
    complete(folder)


def _exchanged(stage: Path, folder: Path, new: Set[str]) -> bool:
    linked: list[Path] = []
    try:
        for entry in set(os.listdir(folder)) - new:
            os.link(folder / entry, stage / entry, follow_symlinks=False)
            linked.append(stage / entry)
        exchange(stage, folder)
    except OSError:  # not every system has these calls, nor does every folder let itself be moved
        for path in linked:
            path.unlink()
        return False
    return True


def _keep(former: Path, folder: Path, new: Set[str]) -> None:
    """Take over what somebody put into the former folder in the last moment."""
    for entry in set(os.listdir(former)) - new:
        if not os.path.lexists(folder / entry) or not os.path.samestat(
            os.lstat(former / entry), os.lstat(folder / entry)
        ):
            os.replace(former / entry, folder / entry)


def _replaceable(folder: Path) -> bool:
    """Whether the folder as a whole can give way to another: no folder is in it, and nobody is in there."""
    here = Path(os.path.realpath(os.curdir))
    holds_folders = any(path.is_dir() and not path.is_symlink() for path in folder.iterdir())
    return not holds_folders and here != folder and folder not in here.parents


def complete(folder: Path) -> None:
    """Move in the files of an export that was interrupted while its files, all written, were moved in."""
    pending = folder / PENDING
    if not pending.is_dir():
        return
    new = read_manifest(pending / MANIFEST)
    if new is not None:
        if not (pending / FORMER).exists():
            with suppress(FileNotFoundError):
                os.replace(folder / MANIFEST, pending / FORMER)
        for name in names(new):
            with suppress(FileNotFoundError):  # moved before the interruption, or of a former export
                os.replace(pending / name, folder / name)
        os.replace(pending / MANIFEST, folder / MANIFEST)
    _flush(folder)
    shutil.rmtree(pending, ignore_errors=True)


@contextmanager
def _parents(folder: Path) -> Iterator[None]:
    """Make the folders around `folder`; those that were missing are removed again after an error."""
    missing = [parent for parent in folder.parents if not parent.exists()]
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for parent in missing:
            with suppress(OSError):
                parent.rmdir()
        raise


def _flush(path: Path) -> None:
    """Make sure that a file, or the names in a folder, are on the disk."""
    if os.name == "nt" and path.is_dir():  # no such thing there
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
