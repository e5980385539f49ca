"""Weights in several files, as an index lists them: `model.safetensors.index.json` and its shards beside it."""

from __future__ import annotations

import json
from os.path import isfile
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from archspec.errors import WeightsError
from archspec.files import read_file
from archspec.limits import INDEX_BYTES, TENSORS
from archspec.weights.contents import Contents, read_contents
from archspec.weights.messages import printable

_SHARDS_SHOWN = 3


def read_sharded(path: Path, key: str | None = None, name: str = "") -> Contents:
    """The tensors of all shards of an index, in its order, without their values; `name` is how messages call it.

    Raises `WeightsError` where the index is damaged, names files outside of its folder, or does not agree with its
    shards: where one is missing, where a key is in two of them or in none.
    """
    name = name or str(path)
    if key is not None:
        raise WeightsError(f"{name} has no entry `{printable(key)}`: an index of shards is one state dict")
    index = read_index(path, name)
    files = dict.fromkeys(index.values())
    absent = [file for file in files if not isfile(path.parent / file)]
    if absent:
        shown = ", ".join(f"`{printable(file)}`" for file in absent[:_SHARDS_SHOWN])
        more = f" and {len(absent) - _SHARDS_SHOWN:,} more" if len(absent) > _SHARDS_SHOWN else ""
        raise WeightsError(f"{name} needs {shown}{more}, which {'is' if len(absent) == 1 else 'are'} not beside it")
    shards: dict[str, Contents] = {}
    homes: dict[str, str] = {}
    for file in files:
        shards[file] = read_contents(path.parent / file)
        for tensor in shards[file].tensors:
            if tensor not in index:
                raise WeightsError(f"{name} does not list `{printable(tensor)}`, which `{printable(file)}` contains")
            if tensor in homes:
                both = f"`{printable(homes[tensor])}` and `{printable(file)}`"
                raise WeightsError(f"{name} has `{printable(tensor)}` twice: in {both}")
            homes[tensor] = file
    for tensor, file in index.items():
        if homes.get(tensor) != file:
            raise WeightsError(f"{name} has `{printable(tensor)}` in `{printable(file)}`, which does not contain it")
    tensors = {tensor: shards[file].tensors[tensor] for tensor, file in index.items()}
    marked = all(shard.marked for shard in shards.values())
    return Contents(tensors, name=name, path=path, marked=marked, shards=tuple(shards.values()))


def read_index(path: Path, name: str = "") -> dict[str, str]:
    """The shard of each key, as a path below the folder of the index. Raises `WeightsError` for what is no index."""
    name = name or str(path)
    try:
        found = json.loads(read_file(path, INDEX_BYTES), object_pairs_hook=_distinct)
        shards = found["weight_map"]
    except FileNotFoundError:
        raise WeightsError(f"there is no file {name}") from None
    except OSError as error:
        raise WeightsError(f"{name} cannot be read: {error.strerror}") from None
    except _Twice as twice:
        raise WeightsError(f"{name} has `{printable(twice.key)}` twice") from None
    except (ValueError, RecursionError):
        raise WeightsError(f"{name} is not a valid index of shards: it is not JSON") from None
    except (KeyError, TypeError):
        raise WeightsError(f"{name} is not a valid index of shards: it has no `weight_map`") from None
    if not isinstance(shards, dict) or not shards:
        raise WeightsError(f"{name} is not a valid index of shards: its `weight_map` lists nothing")
    if len(shards) > TENSORS:
        raise WeightsError(f"{name} lists {len(shards):,} tensors; archspec reads up to {TENSORS:,}")
    for file in dict.fromkeys(map(_text, shards.values())):
        if not _is_below(file):
            raise WeightsError(f"{name} names `{printable(file)}`, which is not a file in its folder")
    return shards


def _text(file: Any) -> str:
    return file if isinstance(file, str) else ""


def _is_below(file: str) -> bool:
    """Whether a name leads to a file in the folder or below, on every system."""
    paths = (PurePosixPath(file), PureWindowsPath(file))
    return bool(file) and not any(path.anchor or ".." in path.parts or "\0" in file for path in paths)


class _Twice(ValueError):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _Twice(key)
        found[key] = value
    return found
