"""The functions that graphs call: joins, and what uses a parameter of the scope itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


def own(weight: Tensor, *, batch: bool = False) -> Tensor:
    """A parameter or buffer as a batch of one, which it is already where it has an axis for the `batch`."""
    return weight if batch else weight.unsqueeze(0)


def aligned(values: tuple[Tensor, ...], axes: tuple[int, ...]) -> tuple[Tensor, ...]:
    """Values with as many axes of 1 put after the batch of each: they are broadcast from the last axis on."""
    return tuple([x[_behind_batch(n)] if n else x for x, n in zip(values, axes, strict=True)])


def _behind_batch(axes: int) -> tuple[slice | None, ...]:
    return slice(None), *(None,) * axes


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


def concat_repeated(*values: Tensor, dim: int, axes: tuple[int, ...], batch: int, wide: tuple[int, ...]) -> Tensor:
    """The values one after the other along a dimension, with as many axes of 1 put after the batch as `axes` says.

    Those without a batch are repeated as often as the value number `batch` has samples, and sizes of 1 are broadcast:
    `wide` holds for each of the other axes the number of the value that has it in full.
    """
    values = aligned(values, axes)
    others = [axis for axis in range(1, len(wide) + 2) if axis != dim]
    sizes = [values[i].shape[axis] for axis, i in zip(others, wide, strict=True)]
    shape = [values[batch].shape[0], *sizes[: dim - 1], -1, *sizes[dim - 1 :]]
    return torch.cat([value.expand(shape) for value in values], dim)


def chunk(x: Tensor, *, dim: int, start: int, length: int) -> Tensor:
    """A part of a dimension."""
    return x.narrow(dim, start, length)


def _solved(x: Tensor, sizes: tuple[tuple[int | None, ...], ...]) -> list[Any]:
    """The sizes of all axes but the batch, each axis of a value split into those of a group."""
    found: list[Any] = []
    for axis, group in enumerate(sizes, 1):
        known = 1
        for size in group:
            known *= size or 1
        # by number, since torch.fx cannot unpack a shape that it traces
        found += [x.shape[axis] // known if size is None else size for size in group]
    return found


def _rolled(x: Tensor, shift: tuple[int, ...], sign: int) -> Tensor:
    axes = [axis for axis, step in enumerate(shift, 1) if step]
    return torch.roll(x, [sign * shift[axis - 1] for axis in axes], axes) if axes else x


def _product(sizes: Iterable[Any]) -> Any:
    found: Any = 1
    for size in sizes:
        found = found * size
    return found


def enter(
    x: Tensor,
    *,
    sizes: tuple[tuple[int | None, ...], ...],
    groups: tuple[tuple[int, ...], ...],
    shift: tuple[int, ...] = (),
) -> Tensor:
    """A value in windows: axes split by `sizes`, moved and merged by `groups`, the first of which joins the batch."""
    whole = _solved(x, sizes)
    split = _rolled(x, shift, -1).reshape(x.shape[0], *whole)
    split = split.permute(0, *[axis + 1 for group in groups for axis in group])
    merged = [_product(whole[axis] for axis in group) for group in groups]
    return split.reshape(x.shape[0] * merged[0], *merged[1:])


def leave(
    y: Tensor,
    x: Tensor,
    *,
    sizes: tuple[tuple[int | None, ...], ...],
    groups: tuple[tuple[int, ...], ...],
    shift: tuple[int, ...] = (),
) -> Tensor:
    """Windows put together as the value `x` was that they were taken from; axes that stand alone may have changed."""
    whole = _solved(x, sizes)
    for axis, group in enumerate(groups[1:], 1):
        if len(group) == 1:
            whole[group[0]] = y.shape[axis]
    order = [axis for group in groups for axis in group]
    split = y.reshape(x.shape[0], *[whole[axis] for axis in order])
    split = split.permute(0, *[order.index(axis) + 1 for axis in range(len(order))])
    merged, start = [], 0
    for split_group in sizes:
        merged.append(_product(whole[start : start + len(split_group)]))
        start += len(split_group)
    return _rolled(split.reshape(x.shape[0], *merged), shift, 1)


def seam(
    x: Tensor,
    *,
    sizes: tuple[tuple[int | None, ...], ...],
    groups: tuple[tuple[int, ...], ...],
    shift: tuple[int, ...] = (),
    channels: int,
) -> Tensor:
    """For each window (1, windows, L, L) which positions lie on the same side of the seam that a shift leaves."""
    sides: Any = torch.zeros_like(x[(slice(1),) * (len(sizes) + 1)], dtype=torch.int64)
    for axis, step in enumerate(shift, 1):
        if step:
            along = x[tuple(slice(None) if other == axis else slice(1) for other in range(len(sizes) + 1))]
            number = torch.ones_like(along, dtype=torch.int64).cumsum(axis)
            sides = 2 * sides + (number > x.shape[axis] - step).to(torch.int64)
    sides = sides.expand(1, *[1 if axis == channels else x.shape[axis + 1] for axis in range(len(sizes))])
    one = tuple((1,) * len(group) if axis == channels else group for axis, group in enumerate(sizes))
    windows = enter(sides, sizes=one, groups=groups).flatten(1)
    return (windows[:, :, None] == windows[:, None, :])[None]


def scale(x: Tensor, weight: Tensor, *, trailing: int = 0) -> Tensor:
    """The value times a factor per channel; `trailing` sizes stand behind the channels of a flat weight."""
    return x * weight.reshape(-1, *(1,) * trailing) if trailing else x * weight


def position(x: Tensor, weight: Tensor, *, start: int | None = None) -> Tensor:
    """(N, L, C) plus (1, L, C) or (L, C), of which a sequence may take the rows from `start` on."""
    return x + (weight if start is None else weight.narrow(-2, start, x.shape[1]))


def class_token(x: Tensor, weight: Tensor, *, flat: bool = False) -> Tensor:
    """(1, K, C), (K, C), or if `flat` (C,), in front of (N, L, C)."""
    token = weight.expand(x.shape[0], 1, -1) if flat else weight.expand(x.shape[0], -1, -1)
    return torch.cat([token, x], dim=1)


def cut(x: Tensor, *, dim: int, start: int | None = None, stop: int | None = None, step: int = 1) -> Tensor:
    """A range of the positions of a dimension."""
    before: list[Any] = [...] if dim == -1 else [slice(None)] * dim
    at: tuple[Any, ...] = (*before, slice(start, stop, step))
    return x[at]


def pick(x: Tensor, index: Tensor, *, dim: int, several: bool, table: bool = False) -> Tensor:
    """The positions of a dimension that ids (N, K) say; of ids (N,) the one, without the dimension.

    A `table` is the same for every sample.
    """
    ids = index if several else index.unsqueeze(1)
    ids = ids.reshape(ids.shape[0], *(1,) * (dim - 1), ids.shape[1], *(1,) * (x.dim() - dim - 1))
    if table:
        x = x.expand(ids.shape[0], *x.shape[1:])
    # not `take_along_dim`, which keeps the number of samples of an example in exports
    found = torch.gather(x, dim, ids.expand(*x.shape[:dim], -1, *x.shape[dim + 1 :]))
    return found if several else found.squeeze(dim)


def quick_gelu(x: Tensor) -> Tensor:
    """x·sigmoid(1.702·x), as CLIP has it."""
    return x * torch.sigmoid(1.702 * x)


def squared_relu(x: Tensor) -> Tensor:
    """The square of what is above zero (So et al. 2021)."""
    return torch.relu(x).square()


def _split(values: tuple[Tensor, ...], at: int, split: tuple[tuple[Any, ...], ...]) -> Tensor:
    """A value with its axes split into parts: numbers, None for what is left, or the size of an axis of another value
    over a number; an axis of 1 that has no parts is dropped."""
    x = values[at]
    if all(len(group) == 1 for group in split):
        return x
    sizes: list[Any] = []
    for axis, group in enumerate(split):
        known = [values[n[0]].shape[n[1]] // n[2] if isinstance(n, tuple) else n for n in group]
        left = x.shape[axis]
        for n in known:
            left = left if n is None else left // n
        sizes += [left if n is None else n for n in known]
    return x.reshape(sizes)


def _merged(x: Tensor, merge: tuple[int, ...]) -> Tensor:
    """A value with so many neighbouring axes merged to one each; none are an axis of 1."""
    if all(count == 1 for count in merge):
        return x
    sizes: list[Any] = []
    axis = 0
    for count in merge:
        sizes.append(_product(x.shape[axis + step] for step in range(count)))
        axis += count
    return x.reshape(sizes)


def rearrange(
    x: Tensor, like: Tensor, *, split: tuple[tuple[Any, ...], ...], order: tuple[int, ...], merge: tuple[int, ...]
) -> Tensor:
    """Axes split, moved and merged, with sizes of another value."""
    return _merged(_split((x, like), 0, split).permute(order), merge)


def reduce(
    x: Tensor,
    *,
    kind: str,
    split: tuple[tuple[Any, ...], ...],
    dims: tuple[int, ...],
    order: tuple[int, ...],
    merge: tuple[int, ...],
) -> Tensor:
    """Axes split, some of them reduced, and the others moved and merged."""
    x = _split((x,), 0, split)
    if kind == "prod":
        for dim in reversed(dims):
            x = x.prod(dim)
    elif kind in ("mean", "sum") and dims:
        x = x.mean(dims) if kind == "mean" else x.sum(dims)
    elif dims:
        x = x.amax(dims) if kind == "max" else x.amin(dims)
    return _merged(x.permute(order), merge)


def einsum(
    *values: Tensor,
    equations: tuple[str, ...],
    splits: tuple[tuple[tuple[Any, ...], ...], ...],
    merge: tuple[int, ...],
) -> Tensor:
    """The product of several values, pair by pair from the left: their axes split first, those of the result merged."""
    first, *others = [_split(values, at, split) for at, split in enumerate(splits)]
    if not others:
        return _merged(torch.einsum(equations[0], first), merge)
    for equation, other in zip(equations, others, strict=True):
        first = torch.einsum(equation, first, other)
    return _merged(first, merge)


def unfold(
    x: Tensor, *, kernel: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...], dilation: tuple[int, ...]
) -> Tensor:
    """The values of windows as channels: (N, C, H, W) to (N, C·k·k, H′, W′), or the same of one dimension."""
    shape = [
        (x.shape[axis] + 2 * p - d * (k - 1) - 1) // s + 1
        for axis, (k, s, p, d) in enumerate(zip(kernel, stride, padding, dilation, strict=True), 2)
    ]
    if len(kernel) == 1:
        x = x.unsqueeze(2)
        kernel, stride, padding, dilation = (1, *kernel), (1, *stride), (0, *padding), (1, *dilation)
    found = F.unfold(x, kernel, dilation, padding, stride)
    return found.reshape(found.shape[0], found.shape[1], *shape)


def fold(
    x: Tensor,
    *,
    size: tuple[int, ...],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Tensor:
    """Windows added up: (N, C·k·k, H′, W′) to (N, C, H, W), or the same of one dimension."""
    if len(kernel) > 1:
        return F.fold(x.flatten(2), size, kernel, dilation, padding, stride)
    return F.fold(x, (1, *size), (1, *kernel), (1, *dilation), (0, *padding), (1, *stride)).squeeze(2)


def fold_like(
    x: Tensor,
    like: Tensor,
    *,
    first: int,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Tensor:
    """Windows added up to the size that another value has, from its axis number `first` on."""
    size = tuple([like.shape[first + axis] for axis in range(len(kernel))])
    return fold(x, size=size, kernel=kernel, stride=stride, padding=padding, dilation=dilation)


def grid_sample(x: Tensor, grid: Tensor, *, mode: str, padding_mode: str, align_corners: bool, repeat: int) -> Tensor:
    """The values at the points of a grid; value number `repeat`, which has no batch, is repeated for every sample."""
    if repeat:
        grid = grid.expand(x.shape[0], -1, -1, -1)
    else:
        x = x.expand(grid.shape[0], -1, -1, -1)
    return F.grid_sample(x, grid, mode, padding_mode, align_corners)
