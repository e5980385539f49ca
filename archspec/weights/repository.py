"""Repositories on the Hugging Face Hub: `hf://owner/name`, with `@revision` and a file in it where they are needed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from glob import escape
from pathlib import Path
from typing import Any, NamedTuple

from archspec.errors import WeightsError, needing

SCHEME = "hf://"
INDEX = ".index.json"
_PART = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}"
_ADDRESS = re.compile(rf"hf://({_PART}/{_PART})(?:@([^\s@/]+))?(?:/(.+))?", re.ASCII)
NAME = re.compile(rf"{_PART}/{_PART}", re.ASCII)
_KINDS = (("*.safetensors", f"*.safetensors{INDEX}"), ("*.bin", f"*.bin{INDEX}"), ("*.pth", "*.pt"))
"""The patterns of files that hold weights; the first kind that a repository has counts."""

_USUAL = (f"model.safetensors{INDEX}", "model.safetensors", f"pytorch_model.bin{INDEX}", "pytorch_model.bin")
_FILES_SHOWN = 10


class Address(NamedTuple):
    """A repository, a revision of it, and a file in it; empty where they are not given."""

    name: str
    revision: str = ""
    file: str = ""


def parse(text: str) -> Address:
    """The parts of `hf://owner/name@revision/file`. Raises `WeightsError` for what is none."""
    match = _ADDRESS.fullmatch(text)
    parts = (match[3] or "").split("/") if match else []
    if match is None or ".." in parts or (match[3] and not all(parts)):
        raise WeightsError(
            f"`{text[:200]}` is not of the form hf://OWNER/NAME, hf://OWNER/NAME@REVISION or hf://OWNER/NAME/FILE"
        )
    return Address(match[1], match[2] or "", match[3] or "")


def fetch(text: str) -> Path:
    """The file of weights that an address stands for, downloaded into the cache of `huggingface_hub`, or found there.

    Raises `WeightsError` where there is no such repository, revision or file, or where the hub cannot be reached, and
    `MissingExtra` where the package is not installed.
    """
    name, revision, file = parse(text)
    options = {"revision": revision} if revision else {}
    if file:
        folder = snapshot(name, [escape(file)], **options)
        if file.endswith(INDEX):
            from archspec.weights.sharded import read_index

            parent = file.rpartition("/")[0]
            shards = sorted(set(read_index(folder / file).values()))
            snapshot(name, [escape(f"{parent}/{shard}" if parent else shard) for shard in shards], **options)
        found = folder / file
        if not found.is_file():
            raise WeightsError(f"the repository `{name}` has no file `{file}`")
        return found
    for patterns in _KINDS:
        folder = snapshot(name, list(patterns), ignore_patterns=["*/*"], **options)
        files = sorted(path.name for pattern in patterns for path in folder.glob(pattern))
        if files:
            return folder / _chosen(files, name)
    raise WeightsError(f"the repository `{name}` has no file of weights (*.safetensors, *.bin, *.pth) in its root")


def _chosen(files: Sequence[str], name: str) -> str:
    """The one file of several that has all weights."""
    usual = [file for file in _USUAL if file in files] or [file for file in files if file.endswith(INDEX)] or files
    if len(usual) > 1 and usual[0] not in _USUAL:
        shown = ", ".join(f"`{file}`" for file in usual[:_FILES_SHOWN])
        raise WeightsError(f"the repository `{name}` has several files of weights: {shown}; name one: hf://{name}/FILE")
    return usual[0]


def snapshot(name: str, patterns: list[str], **options: Any) -> Path:
    """The folder with those files of a repository that match one of some patterns. Raises what `fetch` raises."""
    with needing("hub", "the Hugging Face Hub", "huggingface_hub"):
        from huggingface_hub import snapshot_download
    try:
        return Path(snapshot_download(name, allow_patterns=patterns, **options))
    except Exception as error:  # of the hub's own kinds, of the libraries that it asks over the network, of the system
        raise WeightsError(_reason(error, name, options.get("revision"))) from error


def _reason(error: Exception, name: str, revision: Any) -> str:
    """Why a repository cannot be had, in words; kinds of errors are known by name, as they move between versions."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if "GatedRepoError" in kinds:
        return f"the repository `{name}` is gated: accept its terms on its page, then log in with `hf auth login`"
    if "RepositoryNotFoundError" in kinds:
        return f"there is no repository `{name}` on the Hugging Face Hub, or it is private: log in with `hf auth login`"
    if "RevisionNotFoundError" in kinds:
        return f"the repository `{name}` has no revision `{revision}`"
    if kinds & {"LocalEntryNotFoundError", "OfflineModeIsEnabled", "ConnectionError", "TransportError", "TimeoutError"}:
        return f"the Hugging Face Hub cannot be reached, and `{name}` is not in its cache; pass a local file instead"
    if "EntryNotFoundError" in kinds:
        return f"the repository `{name}` lacks a file that is needed"
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return f"the repository `{name}` cannot be downloaded: {first}"
