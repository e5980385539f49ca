"""Weights from files into modules."""

from __future__ import annotations

import errno
import re
import warnings
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any
from zipfile import is_zipfile

import torch
from torch import Tensor, nn

from archspec.errors import WeightsError
from archspec.graph.graph import Graph
from archspec.torch_backend.origin import Origin, file_digest, origin, remember, state_digest
from archspec.weights.fit import Foreign, fit, wanted
from archspec.weights.header import is_safetensors, read_header
from archspec.weights.rename import Rename
from archspec.weights.report import SHOWN, WeightsReport
from archspec.weights.stored import Stored
from archspec.weights.words import printable

WRAPPERS = ("state_dict", "model_state_dict", "model", "module", "net", "network", "weights", "params")
"""Where training scripts put the weights in a checkpoint that holds more than them; the first that is there counts."""

_NESTED = 4
"""How many wrappers may be around each other."""


def load_weights(
    model: nn.Module,
    path: str | PathLike[str],
    *,
    renames: Sequence[Rename] = (),
    partial: bool = False,
    adapt_in_channels: bool = False,
) -> WeightsReport:
    """Load the weights of a file into a model: all of them or none, or with `partial` those that fit.

    Keys are renamed by the rules of the model's spec, then by `renames`. With `adapt_in_channels`, convolutions that
    see the input take weights for another number C of input channels: their mean over the input channels, for each of
    the C' that there are, times C / C'. Nothing in the file is executed.

    Raises `WeightsError` where the file cannot be read, or where what it holds does not fit; the model then is as it
    was.
    """
    tensors = read_weights(path)
    state = model.state_dict()
    if any(tensor.is_meta for tensor in state.values()):
        raise WeightsError("the network is on the device `meta` and has no weights to load into; build it on another")
    own = getattr(model, "_foreign", Foreign())
    report = fit(_described(state), _described(tensors), own, renames, partial, adapt_in_channels)
    if not report.fits:
        what = "does not fit the network" if report.loaded or not partial else "holds nothing that fits the network"
        raise WeightsError(f"{path} {what}:\n{report}")
    files = {new: old for old, new in report.renamed.items()}
    chosen = {key: tensors[files.get(key, key)] for key in report.loaded}
    for adapted in report.adapted:
        chosen[adapted.key] = _adapt(chosen[adapted.key], adapted.wanted[1])
    _spread(model)
    try:
        model.load_state_dict(chosen, strict=False)
    except RuntimeError as error:
        raise WeightsError(f"{path} cannot be loaded: {_first_line(error)}") from error
    _remember(model, Path(path), report)
    return report


def _spread(model: nn.Module) -> None:
    """Give weights that are one value seen many times, as `expand` makes them, a place for each."""
    for tensor in (*model.parameters(), *model.buffers()):
        if any(stride == 0 and size > 1 for stride, size in zip(tensor.stride(), tensor.shape, strict=True)):
            tensor.data = tensor.detach().clone(memory_format=torch.contiguous_format)


def _remember(model: nn.Module, path: Path, report: WeightsReport) -> None:
    """Let the model know the file that its weights are of, and what was there before of those that it lacked."""
    before = origin(model)
    state = model.state_dict()
    drawn = tuple(key for key in state if key not in report.loaded and key not in report.counters)
    seed = before.seed if drawn and before.kind == "random" else None
    found = Origin("file", seed, path.name, file_digest(path), drawn=drawn, state=state_digest(state))
    remember(model, found)


def _adapt(weight: Tensor, channels: int) -> Tensor:
    """The weight of a convolution for another number of input channels.

    Where all channels of the input are equal, what the convolution computes stays the same.
    """
    mean = weight.mean(dim=1, keepdim=True, dtype=torch.float64)
    return (mean * weight.shape[1] / channels).expand(-1, channels, *weight.shape[2:])


def compare(expected: nn.Module | Graph, state: Mapping[str, Tensor]) -> WeightsReport:
    """What of a state dict fits a model or a graph, as it is."""
    known = wanted(expected) if isinstance(expected, Graph) else _described(expected.state_dict())
    return fit(known, _described(state))


def _described(state: Mapping[str, Tensor]) -> dict[str, Stored]:
    """What tensors a state dict holds."""
    return {key: _describe(tensor) for key, tensor in state.items()}


def _describe(tensor: Tensor) -> Stored:
    dense = tensor.layout == torch.strided and not tensor.is_meta and not tensor.is_quantized
    return Stored(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."), dense)


def read_weights(path: str | PathLike[str]) -> dict[str, Tensor]:
    """The tensors of a file by key, on the CPU, in the order of the file.

    Raises `WeightsError` where there is no such file, where it holds something else, or where reading it would execute
    code.
    """
    path = _file(path)
    return _safetensors(path) if is_safetensors(path) else _pickle(path)


def read_stored(path: str | PathLike[str]) -> dict[str, Stored]:
    """What tensors a file holds, with as few of their values in memory as its format allows.

    Raises what `read_weights` raises.
    """
    path = _file(path)
    if is_safetensors(path):
        return read_header(path)
    return _described(_pickle(path, mmap=is_zipfile(path)))


def _file(path: str | PathLike[str]) -> Path:
    path = Path(path)
    if not path.is_file():
        raise WeightsError(f"there is no file {path}")
    return path


def _safetensors(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    order = read_header(path)
    try:
        found = load_file(path)
        return {key: found[key] for key in order}
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise WeightsError(f"{path} is not a sound safetensors file: {_first_line(error)}") from error


def _pickle(path: Path, mmap: bool = False) -> dict[str, Tensor]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what torch thinks of the format is not the user's to change
            found = torch.load(path, map_location="cpu", weights_only=True, mmap=mmap)
    except Exception as error:  # a crafted or broken pickle makes the reader raise anything
        raise WeightsError(f"{path} cannot be read as weights: {_refusal(error)}") from error
    for _ in range(_NESTED):
        found = _unwrapped(found)
    return _state_dict(path, found)


def _unwrapped(found: Any) -> Any:
    """What is inside the outermost wrapper."""
    if not isinstance(found, Mapping):
        return found
    return next((found[name] for name in WRAPPERS if isinstance(found.get(name), Mapping)), found)


def _state_dict(path: Path, found: Any) -> dict[str, Tensor]:
    if not isinstance(found, Mapping):
        raise WeightsError(f"{path} holds no mapping from keys to tensors, but a {type(found).__name__}")
    odd = [key for key, value in found.items() if not (isinstance(key, str) and isinstance(value, Tensor))]
    if odd:
        shown = ", ".join(f"`{printable(str(key))}` ({type(found[key]).__name__})" for key in odd[:SHOWN])
        more = f" and {len(odd) - SHOWN} more" if len(odd) > SHOWN else ""
        raise WeightsError(f"{path} holds more than tensors: {shown}{more}; save the state dict alone")
    return dict(found)


def _refusal(error: Exception) -> str:
    """Why torch did not read a file, without its paragraphs on how to read one unsafely."""
    if isinstance(error, OSError) and error.errno != errno.EINVAL:  # that comes of places beyond the end of the file
        return error.strerror or str(error)
    if isinstance(error, MemoryError) or "allocate memory" in str(error):
        return "there is not enough memory for what it holds, or says it holds"
    culprit = re.search(r"GLOBAL ([\w.]+)|(?:class|function) ([\w.]+\.\w+)", str(error))
    if culprit is not None:
        return (
            f"it holds `{printable(culprit[1] or culprit[2])}`, and reading anything but tensors could execute code; "
            "save the `state_dict()` alone, best as safetensors"
        )
    return "it is damaged, or not a file that `torch.save` wrote"


def _first_line(error: object) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
