"""What stands in a folder of artifacts: its manifest, which anybody may have edited, against the files."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from archspec.files import read_file
from archspec.limits import MANIFEST_BYTES
from archspec.torch_backend.origin import file_digest

MANIFEST = "manifest.json"


def read_manifest(path: Path) -> dict[str, Any] | None:
    """A manifest of ours; None where there is none."""
    try:
        found: Any = json.loads(read_file(path, MANIFEST_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    sound = isinstance(found, dict) and "archspec_manifest" in found and isinstance(found.get("files"), list)
    return found if sound and "name" in found else None


def names(manifest: Mapping[str, Any]) -> set[str]:
    """The files that a manifest lists; it may have been edited, so no other folder's."""
    return {record["name"] for record in _records(manifest)}


def unchanged(folder: Path, manifest: Mapping[str, Any], name: str) -> bool:
    """Whether a file is the one that the manifest lists."""
    return any(record["name"] == name and _stands(folder, record) for record in _records(manifest))


def standing(folder: Path, new: Iterable[str]) -> list[dict[str, Any]]:
    """The records of all files in a folder, besides the new ones, that are as the manifest there says.

    What was changed or removed since is not an artifact of an export any more, and is left out. What the manifest of
    an older version says once for all files is in each record.
    """
    manifest: dict[str, Any] = read_manifest(folder / MANIFEST) or {}
    skipped = set(new)
    common: dict[str, Any] = {key: manifest[key] for key in ("fingerprint", "checked", "versions") if key in manifest}
    found = []
    for record in _records(manifest):
        if record["name"] not in skipped and _stands(folder, record):
            found.append({**common, **record})
            skipped.add(record["name"])
    return found


def strays(folder: Path, name: str, listed: Iterable[str]) -> list[str]:
    """The files in a folder that are called like artifacts of a network and that its manifest does not list."""
    if not folder.is_dir():
        return []
    return sorted(entry for entry in set(os.listdir(folder)) - {*listed} if entry.startswith(f"{name}."))


def _records(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    files = manifest.get("files")
    return [record for record in files if isinstance(record, dict) and _plain(record.get("name"))] if files else []


def _plain(name: object) -> bool:
    return isinstance(name, str) and name not in ("", ".", "..", MANIFEST) and Path(name).name == name


def _stands(folder: Path, record: Mapping[str, Any]) -> bool:
    """Whether a file is there and has the size and the SHA-256 of its record."""
    path = folder / record["name"]
    try:
        found = os.lstat(path)
        same = stat.S_ISREG(found.st_mode) and found.st_size == record.get("size")
        return same and file_digest(path) == record.get("sha256")
    except (OSError, ValueError):  # ValueError: a name with a zero in it
        return False
