"""A folder that holds one export, whole: the former one or the new one, even if the process is killed.

Everything is written into a hidden folder of its own first, and flushed to the disk. Then, by what is there:

- Nothing: the hidden folder is renamed.
- A former export, and perhaps other files, which get a second name in the hidden folder: both folders change places in
  one step (`exchange`), and the former one is removed.
- Other folders too, or this process works in there, or the system cannot exchange folders: all of that stays untouched
  and the new files are moved in one by one. First the hidden folder, which is complete, is renamed to `PENDING` inside;
  the former manifest is moved away, then the files are moved in, and the new manifest comes last. No system has a call
  that moves several files at once: killed within this moment, the folder has no manifest, so it is no export rather
  than a wrong one, and the next export first completes what it finds in `PENDING`.

An export never overwrites a file that no export wrote, nor the export of another network.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from archspec.errors import ExportError
from archspec.export.exchange import exchange
from archspec.export.manifest import MANIFEST
from archspec.export.staging import remove_stale, staged

PENDING = ".archspec-pending"
FORMER = "former.json"


@contextmanager
def replacing(folder: Path, name: str, files: Sequence[str]) -> Iterator[Path]:
    """A new folder to write these files and the manifest into, which become the export in `folder` afterwards.

    Raises `ExportError` where `folder` cannot be written or holds something that would be lost. After any error,
    `folder` is as it was.
    """
    folder = Path(os.path.realpath(folder))
    try:
        _check(folder, name, files)
        with _parents(folder):
            remove_stale(folder, name)
            with staged(folder, name, inside=folder.exists() and not _replaceable(folder)) as stage:
                yield stage
                mode = (stage / MANIFEST).stat().st_mode & 0o777  # some writers make files for their owner alone
                for path in stage.iterdir():
                    path.chmod(mode)
                    _flush(path)
                _flush(stage)
                _check(folder, name, files)
                _commit(stage, folder)
                _flush(folder.parent)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ExportError(f"cannot write the export into {folder}: {reason}") from error


def _check(folder: Path, name: str, files: Sequence[str]) -> None:
    """Find out whether the export can stand there."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ExportError(f"cannot write the export into {folder}: it is a file, not a folder")
    if not os.access(folder, os.W_OK):  # to change places with another, a folder need not be writable
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    complete(folder)
    former = _manifest(folder / MANIFEST)
    if (folder / MANIFEST).exists() and former is None:
        raise ExportError(f"{folder} has a `{MANIFEST}` that no export wrote; choose another folder")
    if former and former["name"] != name:
        raise ExportError(f"{folder} holds the export of `{former['name']}`; choose another folder for `{name}`")
    ours = _own(folder)
    for file in files:
        if file not in ours and os.path.lexists(folder / file):
            raise ExportError(f"{folder} has a `{file}` that no export wrote; move it, or choose another folder")


def _commit(stage: Path, folder: Path) -> None:
    if not folder.exists():
        os.rename(stage, folder)
        return
    if _replaceable(folder):
        os.chmod(stage, folder.stat().st_mode & 0o7777)
        if _exchanged(stage, folder):
            _keep(stage, folder)
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


def _exchanged(stage: Path, folder: Path) -> bool:
    try:
        for entry in set(os.listdir(folder)) - _own(folder):
            os.link(folder / entry, stage / entry, follow_symlinks=False)
        exchange(stage, folder)
    except OSError:  # not every system has these calls, nor does every folder let itself be moved
        return False
    return True


def _keep(former: Path, folder: Path) -> None:
    """Take over what somebody put into the former folder in the last moment."""
    for entry in set(os.listdir(former)) - _own(former) - _own(folder):
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
    new = _manifest(pending / MANIFEST)
    if new is not None:
        if not (pending / FORMER).exists():
            with suppress(FileNotFoundError):
                os.replace(folder / MANIFEST, pending / FORMER)
        names = _names(new)
        for name in names:
            with suppress(FileNotFoundError):  # moved before the interruption
                os.replace(pending / name, folder / name)
        for name in _names(_manifest(pending / FORMER) or {}) - names:
            with suppress(FileNotFoundError):
                os.unlink(folder / name)
        os.replace(pending / MANIFEST, folder / MANIFEST)
    _flush(folder)
    shutil.rmtree(pending, ignore_errors=True)


def _own(folder: Path) -> set[str]:
    """The files of the export in a folder."""
    manifest = _manifest(folder / MANIFEST)
    return {MANIFEST, *_names(manifest)} if manifest else set()


def _manifest(path: Path) -> dict[str, object] | None:
    """A manifest of ours; None where there is none."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    sound = isinstance(found, dict) and "archspec_manifest" in found and isinstance(found.get("files"), list)
    return found if sound and "name" in found else None


def _names(manifest: dict[str, object]) -> set[str]:
    """The files that a manifest lists; it may have been edited, so no other folder's."""
    files = manifest.get("files")
    listed = [file.get("name") for file in files if isinstance(file, dict)] if isinstance(files, list) else []
    return {
        name for name in listed if isinstance(name, str) and name not in ("", ".", "..") and Path(name).name == name
    }


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
