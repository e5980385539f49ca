"""The functions that graphs call: joins, and what uses a parameter of the scope itself."""

from __future__ import annotations

import torch
from torch import Tensor


def own(weight: Tensor, *, batch: bool = False) -> Tensor:
    """A parameter or buffer as a batch of one, which it is already where it has an axis for the `batch`."""
    return weight if batch else weight.unsqueeze(0)


def aligned(values: tuple[Tensor, ...], axes: tuple[int, ...]) -> tuple[Tensor, ...]:
    """Values with as many axes of 1 put after the batch of each: they are broadcast from the last axis on."""
    return tuple(
        [x.reshape(x.shape[0], *(1,) * n, *x.shape[1:]) if n else x for x, n in zip(values, axes, strict=True)]
    )


def add(*values: Tensor, axes: tuple[int, ...] = ()) -> Tensor:
    """The sum."""
    first, *others = aligned(values, axes) if axes else values
    for other in others:
        first = first + other
    return first


def add_(first: Tensor, *others: Tensor) -> Tensor:
    """The sum, in the place of the first value."""
    for other in others:
        first = first.add_(other)
    return first


def mul(*values: Tensor, axes: tuple[int, ...] = ()) -> Tensor:
    """The product."""
    first, *others = aligned(values, axes) if axes else values
    for other in others:
        first = first * other
    return first


def sub(*values: Tensor, axes: tuple[int, ...] = ()) -> Tensor:
    """The first value less the others."""
    first, *others = aligned(values, axes) if axes else values
    for other in others:
        first = first - other
    return first


def div(*values: Tensor, axes: tuple[int, ...] = ()) -> Tensor:
    """The first value over the others."""
    first, *others = aligned(values, axes) if axes else values
    for other in others:
        first = first / other
    return first


def concat(*values: Tensor, dim: int, wide: tuple[int, ...] = ()) -> Tensor:
    """The values one after the other along the channels, which are dimension 1 or the last, -1.

    Where sizes of 1 are broadcast, `wide` holds for each size the number of the value that has it in full.
    """
    if wide:
        sizes = [values[i].size(axis) for axis, i in enumerate(wide, 2 if dim == 1 else 1)]
        shape = (-1, -1, *sizes) if dim == 1 else (-1, *sizes, -1)
        return torch.cat([value.expand(*shape) for value in values], dim)
    return torch.cat(values, dim)


def chunk(x: Tensor, *, dim: int, start: int, length: int) -> Tensor:
    """A part of a dimension."""
    return x.narrow(dim, start, length)


def scale(x: Tensor, weight: Tensor, *, trailing: int = 0) -> Tensor:
    """The value times a factor per channel; `trailing` sizes stand behind the channels of a flat weight."""
    return x * weight.reshape(-1, *(1,) * trailing) if trailing else x * weight


def position(x: Tensor, weight: Tensor) -> Tensor:
    """(N, L, C) plus (1, L, C)."""
    return x + weight


def class_token(x: Tensor, weight: Tensor) -> Tensor:
    """(1, 1, C) in front of (N, L, C)."""
    return torch.cat([weight.expand(x.shape[0], -1, -1), x], dim=1)
