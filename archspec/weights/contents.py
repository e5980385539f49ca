"""What tensors a file of weights holds: in the whole file, or in the entry of a checkpoint that has them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any, BinaryIO

from archspec.errors import WeightsError
from archspec.files import open_file
from archspec.limits import CHECKPOINT_NESTING, TENSORS
from archspec.records import record
from archspec.weights.header import is_safetensors, read_header
from archspec.weights.messages import Unsound, printable
from archspec.weights.mistaken import mistaken
from archspec.weights.pickled import Pickled
from archspec.weights.stored import Location, Stored
from archspec.weights.substitute import KEY_LENGTH
from archspec.weights.values import Tensor, kind_of

WRAPPERS = (
    "state_dict", "model_state_dict", "model", "module", "net", "network", "weights", "params",
    "state_dict_ema", "model_ema", "ema_state_dict", "ema", "params_ema",
)  # fmt: skip
"""Where training scripts put the weights in a checkpoint that holds more than them; the first that is there counts."""


MARK = "archspec"
"""What the metadata of a file have that archspec wrote: its version."""

_NAMES_SHOWN = 10


@record
class Contents:
    """The tensors of a file by key, in its order.

    Of a checkpoint, `entry` names the one that holds them, with dots where it is inside of another, and `others` are
    the entries beside it that hold nothing but tensors, too. `name` is how messages call it, and `path` the file.
    `marked` says that archspec wrote it.

    Where the values are, one of three says: `locations` of a file of torch.save, where a tensor that has none, such as
    a sparse one, lacks its own; `shards`, the contents of several files; or `values`, those of a state dict in memory.
    Otherwise it is a safetensors file.
    """

    tensors: Mapping[str, Stored]
    entry: str = ""
    others: tuple[str, ...] = ()
    locations: Mapping[str, Location] | None = field(default=None, repr=False)
    name: str = ""
    path: Path | None = None
    marked: bool = False
    shards: tuple[Contents, ...] = field(default=(), repr=False)
    values: Mapping[str, Any] | None = field(default=None, repr=False)


def read_contents(path: str | PathLike[str], key: str | None = None, name: str = "") -> Contents:
    """The tensors of a file, without their values; `key` names an entry of a checkpoint, dotted where it is nested, and
    `name` is how messages call the file, if not by its path.

    Nothing in the file is executed, and what a file may cost to read is limited. Raises `WeightsError` where there is
    no such file or no such entry, or where it is damaged or holds something else.
    """
    name = name or fspath(path)
    try:
        with open_file(path) as file:
            return replace(_read_open(file, name, key), name=name, path=Path(path))
    except FileNotFoundError:
        raise WeightsError(f"there is no file {name}") from None
    except OSError as error:
        raise WeightsError(f"{name} cannot be read: {error.strerror or error}") from None


def read_state(content: Mapping[Any, Any], key: str | None, tensor: type, stored: Callable[[Any], Stored]) -> Contents:
    """The contents of a state dict in memory, or of the checkpoint around it. `tensor` is the type of its tensors, and
    `stored` says what one is. Raises `WeightsError` where there is no such entry, or where it holds something else."""
    name = "the state dict"
    try:
        entry, found = _chosen(dict(content), key, tensor)
        values = _tensors(found, content, tensor)
    except _Odd as odd:
        raise WeightsError(f"{name} {odd}") from None
    others = tuple(other for other, _ in _entries(content, tensor) if other != entry)
    return Contents({key: stored(value) for key, value in values.items()}, entry, others, name=name, values=values)


def _read_open(file: BinaryIO, path: str, key: str | None) -> Contents:
    if is_safetensors(file, path):
        if key is not None:
            raise WeightsError(f"{path} has no entry `{printable(key)}`: a safetensors file is one state dict")
        tensors, metadata = read_header(file, path)
        return _limited(Contents(tensors, marked=MARK in metadata), path)
    try:
        pickled = Pickled(file)
        entry, found = _chosen(pickled.content, key, Tensor)
        loaded = _tensors(found, pickled.content, Tensor)
        locations = {name: pickled.location(tensor) for name, tensor in loaded.items()}
    except Unsound as error:
        reason = mistaken(file, path) or str(error) or "it is damaged, or not a file that `torch.save` wrote"
        raise WeightsError(f"{path} cannot be read as weights: {reason}") from None
    except _Odd as odd:
        raise WeightsError(f"{path} {odd}") from None
    others = tuple(name for name, _ in _entries(pickled.content, Tensor) if name != entry)
    kept = {name: location for name, location in locations.items() if location is not None}
    return _limited(Contents({name: tensor.stored for name, tensor in loaded.items()}, entry, others, kept), path)


def _limited(contents: Contents, path: str) -> Contents:
    if len(contents.tensors) > TENSORS:
        raise WeightsError(f"{path} contains {len(contents.tensors):,} tensors; archspec reads up to {TENSORS:,}")
    long = next((name for name in contents.tensors if len(name) > KEY_LENGTH), None)
    if long is not None:
        raise WeightsError(f"{path} has a key of {len(long):,} characters; archspec reads up to {KEY_LENGTH:,}")
    return contents


class _Odd(ValueError):
    """What a sound file holds in place of weights."""


def _chosen(content: Any, key: str | None, tensor: type) -> tuple[str, Any]:
    """The entry that holds the weights, by its name and with what it holds: the given one, or what is inside of it."""
    path = "" if key is None else key
    found = content if key is None else _entry(content, key)
    if found is None:
        known = _listed(content, tensor) or "none of its entries contains only tensors"
        raise _Odd(f"has no entry `{printable(path)}`; {known}")
    for _ in range(CHECKPOINT_NESTING):
        name = next((name for name in WRAPPERS if isinstance(found, dict) and isinstance(found.get(name), dict)), None)
        if name is None:
            break
        path, found = f"{path}.{name}" if path else name, found[name]
    return path, found


def _entry(found: Any, path: str) -> Any:
    """What stands under a dotted path; names may have dots themselves. None where there is nothing."""
    if not isinstance(found, dict):
        return None
    if path in found:
        return found[path]
    for at, letter in enumerate(path):
        if letter == "." and path[:at] in found:
            inner = _entry(found[path[:at]], path[at + 1 :])
            if inner is not None:
                return inner
    return None


def _entries(content: Any, tensor: type) -> Iterator[tuple[str, int]]:
    """The entries of a checkpoint that hold nothing but tensors, by name, and how many; each once."""
    left = deque([("", content, 0)])
    seen = set()
    while left:
        path, found, depth = left.popleft()
        if not isinstance(found, dict) or id(found) in seen:
            continue
        seen.add(id(found))
        if path and found and all(isinstance(key, str) and isinstance(value, tensor) for key, value in found.items()):
            yield path, len(found)
        elif depth < CHECKPOINT_NESTING:
            inner = ((name, value) for name, value in found.items() if isinstance(name, str))
            left.extend((f"{path}.{name}" if path else name, value, depth + 1) for name, value in inner)


def _listed(content: Any, tensor: type) -> str:
    names = [f"`{printable(name)}` ({count:,} tensor{'s' * (count > 1)})" for name, count in _entries(content, tensor)]
    return f"`--key` takes one of {_cut(names)}" if names else ""


def _cut(names: list[str]) -> str:
    more = f" and {len(names) - _NAMES_SHOWN:,} more" if len(names) > _NAMES_SHOWN else ""
    return ", ".join(names[:_NAMES_SHOWN]) + more


def _tensors(found: Any, content: Any, tensor: type) -> dict[str, Any]:
    """The entry that was chosen of all that a file holds, if it is a state dict."""
    if not isinstance(found, dict):
        raise _Odd(f"contains a {kind_of(found)}, not a mapping from keys to tensors")
    odd = [name for name, value in found.items() if not (isinstance(name, str) and isinstance(value, tensor))]
    if odd:
        shown = [f"`{printable(str(name))}` ({kind_of(found[name])})" for name in odd]
        raise _Odd(
            f"contains more than tensors: {_cut(shown)}; {_listed(content, tensor) or 'save only the state dict'}"
        )
    return found
