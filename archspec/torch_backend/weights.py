"""Weights from files into modules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from mmap import ACCESS_COPY, mmap
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from archspec.errors import UsageError, WeightsError, needing
from archspec.files import open_file
from archspec.graph import Graph, graph_of
from archspec.torch_backend.adapt import for_channels, interpolated
from archspec.torch_backend.build import neutral
from archspec.torch_backend.origin import Origin, file_digest, origin, remember, state_digest
from archspec.torch_backend.tied import conflicting, same_keys
from archspec.weights.adapt import NOTHING, Adapt, old_grid, whole
from archspec.weights.contents import Contents, read_state
from archspec.weights.fit import fit, wanted
from archspec.weights.foreign import Foreign, foreign
from archspec.weights.given import contents_of
from archspec.weights.messages import printable
from archspec.weights.recipe import Recipe
from archspec.weights.rename import Rename
from archspec.weights.report import Mismatch, WeightsReport
from archspec.weights.repository import SCHEME
from archspec.weights.stored import Location, Stored


@neutral()
def load_weights(
    model: nn.Module,
    weights: str | PathLike[str] | Mapping[str, Any],
    *,
    key: str | None = None,
    renames: Sequence[Rename] = (),
    partial: bool = False,
    adapt: Adapt = NOTHING,
    own: bool | None = None,
) -> WeightsReport:
    """Load the weights of a file or a state dict into a model: all of them or none, or with `partial` those that fit.

    The rules of the model's spec are applied, unless the file is the model's `own`, and `renames` follow those of the
    spec; `adapt` says what may be done to weights for another input. Nothing in a file is executed. Of a checkpoint,
    `key` names the entry.

    Of keys that were tied, so that they are one tensor, the file may have one, or all with equal values.

    Raises `WeightsError` where the file cannot be read, or where what it holds does not fit; the model then is as it
    was.
    """
    if not isinstance(model, nn.Module):
        raise UsageError(f"expected a module to load weights into, found {type(model).__name__}")
    if any(tensor.is_meta for tensor in model.state_dict().values()):
        raise WeightsError(
            "the network is on the device `meta` and has no weights to load into; build it on another device"
        )
    _spread(model)
    state = model.state_dict()
    contents = described(weights, key)
    graph = graph_of(model)
    known = replace(Foreign() if graph is None else foreign(graph), ties=same_keys(state))
    report, recipes = fit(_described(state), contents, known, renames, partial, adapt, own)
    if not report.fits:
        what = "does not fit the network" if report.loaded or not partial else "contains nothing that fits the network"
        raise WeightsError(f"{contents.name} {what}:", report=report)
    values = _values(contents, dict.fromkeys(piece.key for name in report.loaded for piece in recipes[name].pieces))
    chosen = {name: _made(recipes[name], values, state[name].dtype) for name in report.loaded}
    for adapted in report.adapted:
        chosen[adapted.key] = _adapted(chosen[adapted.key], adapted, known, adapt)
    _refuse_conflict(contents, state, chosen)
    try:
        model.load_state_dict(chosen, strict=False)
    except RuntimeError as error:
        raise WeightsError(f"{contents.name} cannot be loaded: {_said(error)}") from error
    _remember(model, contents, report)
    return report


def _refuse_conflict(contents: Contents, state: Mapping[str, Tensor], chosen: Mapping[str, Tensor]) -> None:
    """Refuse different values for keys that are one tensor."""
    if conflict := conflicting(state, chosen):
        both = " and ".join(f"`{printable(name)}`" for name in conflict)
        raise WeightsError(
            f"{contents.name} has different values for {both}, which are tied in the network: they share memory"
        )


def _made(recipe: Recipe, values: Mapping[str, Tensor], dtype: torch.dtype) -> Tensor:
    """A tensor of those of a file; what is computed has the given dtype."""
    pieces = []
    for piece in recipe.pieces:
        found = values[piece.key]
        if piece.transposed:
            found = found.T
        if piece.added:
            # rounded once: a file may be of half precision
            found = (found.double() + piece.added).to(dtype)
        pieces.append(found if piece.rows is None else found.narrow(0, *piece.rows))
    whole = pieces[0] if len(pieces) == 1 else torch.cat(pieces)
    return whole if recipe.shape is None else whole.reshape(recipe.shape)


def _spread(model: nn.Module) -> None:
    """Give weights that are one value seen many times, as `expand` makes them, a place for each."""
    for tensor in (*model.parameters(), *model.buffers()):
        if any(stride == 0 and size > 1 for stride, size in zip(tensor.stride(), tensor.shape, strict=True)):
            tensor.data = tensor.detach().clone(memory_format=torch.contiguous_format)


def _remember(model: nn.Module, contents: Contents, report: WeightsReport) -> None:
    """Let the model know the files that its weights are of, and what was there before of those that it lacked."""
    if contents.path is None:
        remember(model, Origin())
        return
    before = origin(model)
    state = model.state_dict()
    known = {*report.loaded, *report.counters, *report.tied}
    drawn = tuple(key for key in state if key not in known)
    seed = before.seed if drawn and before.kind == "random" else None
    paths = [contents.path, *(shard.path for shard in contents.shards if shard.path is not None)]
    digest, name = file_digest(*paths), contents.name if contents.name.startswith(SCHEME) else contents.path.name
    found = Origin("file", seed, name, digest, key=report.entry, drawn=drawn, state=state_digest(state))
    remember(model, found)


def _adapted(weight: Tensor, adapted: Mismatch, own: Foreign, adapt: Adapt) -> Tensor:
    """The weight for another input, as the report says."""
    if adapted.key in own.positions:
        grid = own.positions[adapted.key]
        return interpolated(weight, grid.tokens, old_grid(adapted, grid), whole(grid))
    return for_channels(weight, adapted.wanted[1], keep=adapt.in_channels == "keep")


def compare(expected: nn.Module | Graph, state: Mapping[str, Tensor]) -> WeightsReport:
    """What of a state dict fits a model or a graph, as it is."""
    known = wanted(expected) if isinstance(expected, Graph) else _described(expected.state_dict())
    return fit(known, Contents(_described(state)))[0]


def _described(state: Mapping[str, Tensor]) -> dict[str, Stored]:
    """What tensors a state dict holds."""
    return {key: _describe(tensor) for key, tensor in state.items()}


def _describe(tensor: Tensor) -> Stored:
    dense = tensor.layout == torch.strided and not tensor.is_meta and not tensor.is_quantized
    return Stored(tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."), dense)


def described(weights: str | PathLike[str] | Mapping[str, Any], key: str | None = None) -> Contents:
    """What weights hold, without their values: those of a file, of several, of a repository, or of a state dict."""
    if isinstance(weights, Mapping):
        return read_state(weights, key, Tensor, _describe)
    if isinstance(weights, nn.Module):
        raise UsageError("weights must be a path, hf://OWNER/NAME or a state dict; pass `state_dict()` of the module")
    return contents_of(weights, key)


def read_weights(path: str | PathLike[str], key: str | None = None) -> dict[str, Tensor]:
    """The tensors of a file by key, on the CPU, in the order of the file.

    Raises `WeightsError` where there is no such file or entry, where it holds something else, or where reading it would
    execute code.
    """
    contents = contents_of(path, key)
    return _values(contents, contents.tensors)


def _values(contents: Contents, keys: Iterable[str]) -> dict[str, Tensor]:
    """The tensors of some keys. Of a file of torch.save, they are pages of the file until they are used."""
    if contents.values is not None:
        return {key: contents.values[key] for key in keys}
    if contents.shards:
        wanted = dict.fromkeys(keys)
        parts = [_values(shard, [key for key in shard.tensors if key in wanted]) for shard in contents.shards]
        return {key: tensor for part in parts for key, tensor in part.items()}
    path = contents.path
    assert path is not None
    if contents.locations is None:
        return _safetensors(path, keys)
    try:
        with open_file(path) as file:
            pages = mmap(file.fileno(), 0, access=ACCESS_COPY)
        return {key: _located(pages, contents.tensors[key], contents.locations[key]) for key in keys}
    except KeyError as error:
        raise WeightsError(f"{path} contains no dense values of `{printable(error.args[0])}`") from None
    except (OSError, ValueError, RuntimeError) as error:
        raise WeightsError(f"{path} cannot be read: {_said(error)}") from error


def _located(pages: mmap, stored: Stored, location: Location) -> Tensor:
    dtype: torch.dtype = getattr(torch, stored.dtype)
    if 0 in stored.shape:
        return torch.empty(stored.shape, dtype=dtype)
    steps = zip(stored.shape, location.strides, strict=True)
    count = 1 + sum((size - 1) * stride for size, stride in steps)
    width = dtype.itemsize
    raw = torch.frombuffer(pages, dtype=torch.uint8, offset=location.start, count=count * width)
    if location.swapped:
        raw = raw.reshape(count, width).flip(1).reshape(-1)
    elif location.start % width:
        raw = raw.clone()  # values of many machines stand at multiples of their width
    return raw.view(dtype).as_strided(stored.shape, location.strides)


def _safetensors(path: Path, keys: Iterable[str]) -> dict[str, Tensor]:
    with needing("torch", "reading safetensors", "safetensors"):
        from safetensors import SafetensorError
        from safetensors.torch import load_file

    try:
        found = load_file(path)
        return {key: found[key] for key in keys}
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise WeightsError(f"{path} is not a valid safetensors file: {_said(error)}") from error


def _said(error: object) -> str:
    """All that a library says, on one line."""
    return " ".join(str(error).split()) or type(error).__name__
