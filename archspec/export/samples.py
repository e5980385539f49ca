"""Random inputs for a network, and values for its symbolic sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from math import ceil
from typing import TypeAlias

import torch
from torch import Tensor

from archspec.errors import ExportError
from archspec.graph.graph import Graph
from archspec.graph.nodes import Value
from archspec.types.sizes import Dim, evaluate
from archspec.types.sizes import symbols as names_in
from archspec.types.tensor import TensorType

Sizes: TypeAlias = dict[str, int]

USUAL = (64, 96, 128, 160, 192, 224, 256, 320, 384, 512, 768, 1024, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2)
"""Values to try for a symbolic size: small ones cost little, multiples of 32 suit most networks."""


def kind_of(value: Value) -> TensorType:
    """The type of a value of a sound graph."""
    assert value.type is not None
    return value.type


def symbols(value: Value) -> tuple[str, ...]:
    """For each axis of a value its symbol, or an empty string where its size is a number."""
    return tuple(str(size) if isinstance(size, Dim) else "" for size in kind_of(value).shape)


def batch_name(graph: Graph) -> str:
    """What the batch dimension is called: `N`, or `batch` where the spec calls a size `N`."""
    return "batch" if any("N" in symbols(value) for value in graph.inputs.values()) else "N"


def random_inputs(graph: Graph, batch: int, sizes: Mapping[str, int], seed: int = 0) -> tuple[Tensor, ...]:
    """One tensor for each input: normal values, or ids below the vocabulary; the same ones for the same seed."""
    source = torch.Generator().manual_seed(seed)
    found = []
    for value in graph.inputs.values():
        kind = kind_of(value)
        shape = (batch, *(evaluate(size, sizes) for size in kind.shape))
        if kind.vocab is not None:
            found.append(torch.randint(kind.vocab, shape, generator=source))
        else:
            found.append(torch.randn(shape, generator=source).to(getattr(torch, kind.dtype)))
    return tuple(found)


def choose_sizes(graph: Graph, attempt: Callable[[Sizes], None]) -> tuple[Sizes, Sizes]:
    """Two choices of values for the symbolic sizes that the network accepts, different in each of them if possible.

    `attempt` runs the network on a choice, and fails where the network does not accept it. Without symbolic sizes both
    are empty. Raises `ExportError` where no choice is accepted.
    """
    names = sorted(
        {name for value in graph.inputs.values() for size in kind_of(value).shape for name in names_in(size)}
    )
    accepted: list[Sizes] = []
    failure: Exception | None = None
    for start in range(len(USUAL)) if names else (0,):
        values = (USUAL[(start + step) % len(USUAL)] for step in count())
        sizes = {
            name: _multiple(value, graph.constraints.get(name, 1)) for name, value in zip(names, values, strict=False)
        }
        if any(sizes[name] == former[name] for former in accepted for name in names):
            continue
        try:
            attempt(sizes)
        except Exception as error:  # a network that rejects a size raises whatever the operator at fault raises
            failure = failure or error
            continue
        accepted.append(sizes)
        if len(accepted) == 2 or not names:
            return accepted[0], accepted[-1]
    if accepted:
        return accepted[0], accepted[0]
    what = f"any usual size for {', '.join(names)}" if names else "the inputs that it declares"
    raise ExportError(f"`{graph.name}` does not run on {what}: {failure}") from failure


def _multiple(value: int, divisor: int) -> int:
    return ceil(value / divisor) * divisor
