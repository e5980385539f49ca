"""Weights from files, and what of them fits a network."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from archspec.errors import WeightsError
from archspec.graph.graph import Graph

Expected: TypeAlias = "nn.Module | Graph | Mapping[str, tuple[int, ...]]"

WRAPPERS = ("state_dict", "model")
"""Where training scripts put the weights in a checkpoint that holds more than them."""

SHOWN = 10
"""How many rows of each kind a table shows: enough to see the pattern."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A key that both have, with what keeps its tensor from being loaded."""

    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """What of some weights fits a network: keys in the order of the network, or of the file.

    `str(report)` is a table of what does not fit, each key with the nearest one left over on the other side.
    """

    loaded: tuple[str, ...]
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    mismatched: tuple[Mismatch, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether a strict loading succeeds."""
        return not (self.missing or self.unexpected or self.mismatched)

    def __str__(self) -> str:
        rows = [
            *_rows("missing", self.missing, self.unexpected),
            *_rows("unexpected", self.unexpected, self.missing),
            *_cut("other shape", {m.key: m.reason for m in self.mismatched}, len(self.mismatched)),
        ]
        if not rows:
            return f"all {len(self.loaded)} tensors fit"
        widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
        lines = [f"  {kind:{widths[0]}}  {key:{widths[1]}}  {note}".rstrip() for kind, key, note in rows]
        return "\n".join([*lines, *self._hint()])

    def _hint(self) -> list[str]:
        """The one mistake that is easy to tell from the keys: a wrapper's name in front of each of them."""
        first = next(iter(self.unexpected), "")
        prefix = first[: first.find(".") + 1]
        wanted = {*self.missing, *(m.key for m in self.mismatched)}
        if prefix and all(key.startswith(prefix) and key.removeprefix(prefix) in wanted for key in self.unexpected):
            return [f"  help: without `{prefix}` in front, every key of the file would be one of the network"]
        return []


def _rows(kind: str, keys: tuple[str, ...], others: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """The first keys of a kind, each with the nearest of the others; to search for all of them could take minutes."""
    near = {key: get_close_matches(key, others, n=1) for key in keys[:SHOWN]}
    return _cut(kind, {key: f"nearest: {found[0]}" if found else "" for key, found in near.items()}, len(keys))


def _cut(kind: str, notes: Mapping[str, str], count: int) -> list[tuple[str, str, str]]:
    rows = [(kind, key, note) for key, note in list(notes.items())[:SHOWN]]
    return [*rows, (kind, f"… and {count - SHOWN} more", "")] if count > SHOWN else rows


def load_weights(model: nn.Module, path: str | Path) -> Report:
    """Load the weights of a file into a model, all of them or none.

    The file is a safetensors file, or one that `torch.save` wrote; that is read with `weights_only=True`, so nothing in
    it is executed. Raises `WeightsError` where it cannot be read, or does not hold exactly the model's keys and shapes.
    """
    state = read_weights(path)
    if any(tensor.is_meta for tensor in model.state_dict().values()):
        raise WeightsError("the network is on the device `meta` and has no weights to load into; build it on another")
    report = compare(model, state)
    if not report.fits:
        raise WeightsError(f"{path} does not fit the network:\n{report}")
    try:
        model.load_state_dict(dict(state))
    except RuntimeError as error:
        raise WeightsError(f"{path} cannot be loaded: {_first_line(error)}") from error
    return report


def compare(expected: Expected, state: Mapping[str, Tensor]) -> Report:
    """What of a state dict fits a model, a graph, or a mapping from keys to shapes."""
    wanted = _wanted(expected)
    problems = {key: _problem(*wanted[key], state[key]) for key in wanted if key in state}
    return Report(
        loaded=tuple(key for key, problem in problems.items() if not problem),
        missing=tuple(key for key in wanted if key not in state),
        unexpected=tuple(key for key in state if key not in wanted),
        mismatched=tuple(Mismatch(key, problem) for key, problem in problems.items() if problem),
    )


def _wanted(expected: Expected) -> dict[str, tuple[tuple[int, ...], bool | None]]:
    """The shape of each key, and whether its values are floating-point numbers, where that is known."""
    if isinstance(expected, nn.Module):
        return {key: (tuple(t.shape), t.is_floating_point()) for key, t in expected.state_dict().items()}
    if isinstance(expected, Graph):
        return {key: (weight.shape, "float" in weight.dtype) for key, weight in expected.weights()}
    return {key: (tuple(shape), None) for key, shape in expected.items()}


def _problem(shape: tuple[int, ...], floating: bool | None, found: Tensor) -> str:
    """Why a tensor cannot take the place of another; empty where it can."""
    if tuple(found.shape) != shape:
        return f"{_size(shape)} in the network, {_size(found.shape)} in the file"
    if found.layout != torch.strided or found.is_meta or found.is_quantized or found.is_complex():
        return "not dense real numbers in the file"
    if floating and not found.is_floating_point():
        return f"floating-point numbers in the network, {str(found.dtype).removeprefix('torch.')} in the file"
    return ""


def _size(shape: Iterable[int]) -> str:
    return " × ".join(map(str, shape)) or "a single number"


def read_weights(path: str | Path) -> dict[str, Tensor]:
    """The tensors of a file by key, on the CPU, in the order of the file.

    Raises `WeightsError` where there is no such file, where it holds something else, or where reading it would execute
    code.
    """
    path = Path(path)
    if not path.is_file():
        raise WeightsError(f"there is no file {path}")
    return _safetensors(path) if path.suffix == ".safetensors" else _pickle(path)


def _safetensors(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise WeightsError(f"{path} is not a sound safetensors file: {_first_line(error)}") from error


def _pickle(path: Path) -> dict[str, Tensor]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what torch thinks of the format is not the user's to change
            found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a crafted or broken pickle makes the reader raise anything
        raise WeightsError(f"{path} cannot be read as weights: {_refusal(error)}") from error
    for wrapper in WRAPPERS:
        if isinstance(found, Mapping) and isinstance(found.get(wrapper), Mapping):
            found = found[wrapper]
    return _state_dict(path, found)


def _state_dict(path: Path, found: Any) -> dict[str, Tensor]:
    if not isinstance(found, Mapping):
        raise WeightsError(f"{path} holds no mapping from keys to tensors, but a {type(found).__name__}")
    odd = [key for key, value in found.items() if not (isinstance(key, str) and isinstance(value, Tensor))]
    if odd:
        shown = ", ".join(f"`{key}` ({type(found[key]).__name__})" for key in odd[:SHOWN])
        more = f" and {len(odd) - SHOWN} more" if len(odd) > SHOWN else ""
        raise WeightsError(f"{path} holds more than tensors: {shown}{more}; save the state dict alone")
    return dict(found)


def _refusal(error: Exception) -> str:
    """Why torch did not read a file, without its paragraphs on how to read one unsafely."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    culprit = re.search(r"(?:GLOBAL|class|function) ([\w.]+\.\w+)", str(error))
    if culprit is not None:
        return (
            f"it holds `{culprit[1]}`, and reading anything but tensors could execute code; "
            "save the `state_dict()` alone, best as safetensors"
        )
    return "it is damaged, or not a file that `torch.save` wrote"


def _first_line(error: object) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
