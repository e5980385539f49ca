"""Random inputs for a network, and values for its symbolic sizes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import count
from math import ceil, inf
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
"""Values to try for a symbolic size: multiples of 32 suit most networks."""

LITTLE_WORK = 2**29
"""Multiply-adds and bytes of a sample that no processor takes long for: a second for some ten of them."""


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
    names = size_names(graph)
    accepted: list[Sizes] = []
    failure: Exception | None = None
    for sizes in _choices(graph, names):
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


def size_names(graph: Graph) -> list[str]:
    """The names of the symbolic sizes of the inputs."""
    return sorted({name for value in graph.inputs.values() for size in kind_of(value).shape for name in names_in(size)})


def _choices(graph: Graph, names: list[str]) -> list[Sizes]:
    """The usual sizes for all names: those that are little work in the usual order, the others by how much they are."""
    if not names:
        return [{}]
    found = [_distinct(graph, names, [USUAL[(start + i) % len(USUAL)] for i in range(len(names))]) for start in _STARTS]
    return sorted(found, key=lambda sizes: max(work(graph, sizes), LITTLE_WORK))


_STARTS = range(len(USUAL))


def _distinct(graph: Graph, names: list[str], least: list[int]) -> Sizes:
    """For each name a size that it may have, from the least on: equal sizes would be taken for one."""
    sizes: Sizes = {}
    for name, start in zip(names, least, strict=True):
        divisor = graph.constraints.get(name, 1)
        multiples = count(ceil(start / divisor) * divisor, divisor)
        sizes[name] = next(size for size in multiples if size not in sizes.values())
    return sizes


def probes(graph: Graph, usual: Sizes) -> list[Sizes]:
    """Choices that artifacts may refuse while the network accepts them.

    The smallest and the next ones, each size alone the smallest, odd and larger ones: tracers take a 1 for a constant.
    """
    names = size_names(graph)
    if not names:
        return []
    step = {name: graph.constraints.get(name, 1) for name in names}
    least = _smallest(graph, {}, step)
    found = [{name: least[name] + times * step[name] for name in names} for times in range(3)]
    found += [{**usual, **_smallest(graph, usual, {name: step[name]})} for name in names]
    found += [{name: 2 * usual[name] + step[name] for name in names}]
    return [sizes for sizes in found if sizes != usual and work(graph, sizes) <= 8 * LITTLE_WORK]


_FIRST = 64
"""How many multiples of a size are looked at for the smallest that leaves something of every size on the way."""


def _smallest(graph: Graph, others: Sizes, step: Sizes) -> Sizes:
    """The smallest equal multiples of these steps with which every size on the way is a size; the first, if none is."""
    values = (*graph.inputs.values(), *(node.output for _, node in graph.nodes()))
    open_sizes = {size for value in values for size in kind_of(value).shape if isinstance(size, Dim)}
    for times in range(1, _FIRST):
        found = {name: times * size for name, size in step.items()}
        with suppress(ValueError):  # of a size that would be no integer
            if all(evaluate(size, {**others, **found}) > 0 for size in open_sizes):
                return found
    return step


def work(graph: Graph, sizes: Sizes) -> float:
    """What a sample of these sizes costs: its multiply-adds, and the bytes of all that is computed on the way.

    Infinite where a size on the way would be no integer, or none at all.
    """
    try:
        return evaluate(graph.macs, sizes) + evaluate(graph.activations, sizes)
    except ValueError:
        return inf
