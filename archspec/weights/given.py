"""Weights as they are given: a file, an index of several, or a repository."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path

from archspec.errors import UsageError
from archspec.weights.contents import Contents, read_contents
from archspec.weights.repository import INDEX, SCHEME, fetch
from archspec.weights.sharded import read_sharded


def contents_of(weights: str | PathLike[str], key: str | None = None) -> Contents:
    """The tensors of a file, of an index of shards, or of `hf://owner/name`, without their values.

    Raises `WeightsError` where there are none or they are damaged, `MissingExtra` for a repository where
    `huggingface_hub` is not installed, and `UsageError` for what is no path.
    """
    if not isinstance(weights, (str, PathLike)):
        raise UsageError(f"weights must be a path, hf://OWNER/NAME or a state dict, found {type(weights).__name__}")
    name = fspath(weights)
    path = fetch(name) if isinstance(weights, str) and name.startswith(SCHEME) else Path(name)
    if path.name.endswith(INDEX):
        return read_sharded(path, key, name)
    return read_contents(path, key, name)
