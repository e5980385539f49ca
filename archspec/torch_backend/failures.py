"""An error while a network runs, with the node at which it happened and its line in the file."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from traceback import walk_tb

from torch import nn

from archspec.errors import RunError
from archspec.torch_backend.contract import Contract


class NodeRuntimeError(RunError, RuntimeError):
    """One that torch raises for most things."""


class NodeValueError(RunError, ValueError):
    """One for values, such as those that cannot be normalized."""


class NodeIndexError(RunError, IndexError):
    """One for ids beyond the vocabulary."""


class NodeTypeError(RunError, TypeError):
    """One for dtypes."""


class NodeNotImplementedError(RunError, NotImplementedError):
    """One for what a device or a dtype lacks."""


_KINDS: dict[type[Exception], type[RunError]] = {
    RuntimeError: NodeRuntimeError,
    ValueError: NodeValueError,
    IndexError: NodeIndexError,
    TypeError: NodeTypeError,
    NotImplementedError: NodeNotImplementedError,
}


def explained(network: nn.Module, contract: Contract, inputs: Sequence[object], error: Exception) -> RunError | None:
    """What to raise in place of an error: it says in which node it happened, and which inputs have other sizes than the
    spec declares.

    None for an error that has a type of its own, such as those by which hooks end a forward pass, or a lack of memory:
    it gets a note.
    """
    if isinstance(error, RunError):
        return None
    place = where(network, contract, error)
    kind = _KINDS.get(type(error))
    if kind is None:
        if place and sys.version_info >= (3, 11):
            error.add_note(f"in {place}")
        return None
    first, _, rest = str(error).strip().partition("\n")
    misfits = contract.misfits(inputs)
    if not place and not misfits:
        return None
    first = first.rstrip(".")
    said = (f"{place}: {first}" if place else first, misfits)
    return kind("; ".join(filter(None, said)), report=rest or None)


def where(network: nn.Module, contract: Contract, error: Exception) -> str:
    """The innermost node or scope that the error came through, with its place."""
    paths = {id(module): path for path, module in network.named_modules()}
    found = ""
    for frame, _ in walk_tb(error.__traceback__):
        module = frame.f_locals.get("self")
        if isinstance(module, nn.Module) and id(module) in paths:
            found = paths[id(module)]
            # the step that a scope is at may be a function, which is no module
            name = getattr(frame.f_locals.get("step"), "name", "")
            found = f"{found}.{name}" if found else name
    while found and found not in contract.places:
        found = found.rpartition(".")[0]
    return f"`{found}` ({contract.places[found]})" if found else ""
