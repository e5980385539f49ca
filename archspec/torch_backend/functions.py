"""The functions that graphs call: joins, and what uses a parameter of the scope itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor


def own(weight: Tensor, *, batch: bool = False) -> Tensor:
    """A parameter or buffer as a batch of one, which it is already where it has an axis for the `batch`."""
    return weight if batch else weight.unsqueeze(0)


def aligned(values: tuple[Tensor, ...], axes: tuple[int, ...]) -> tuple[Tensor, ...]:
    """Values with as many axes of 1 put after the batch of each: they are broadcast from the last axis on."""
    return tuple([x[(slice(None), *(None,) * n)] if n else x for x, n in zip(values, axes, strict=True)])


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


def pick(x: Tensor, index: Tensor, *, dim: int, several: bool) -> Tensor:
    """The positions of a dimension that ids (N, K) say; of ids (N,) the one, without the dimension."""
    ids = index if several else index.unsqueeze(1)
    ids = ids.reshape(ids.shape[0], *(1,) * (dim - 1), ids.shape[1], *(1,) * (x.dim() - dim - 1))
    found = torch.take_along_dim(x, ids, dim)
    return found if several else found.squeeze(dim)


def quick_gelu(x: Tensor) -> Tensor:
    """x·sigmoid(1.702·x), as CLIP has it."""
    return x * torch.sigmoid(1.702 * x)


def squared_relu(x: Tensor) -> Tensor:
    """The square of what is above zero (So et al. 2021)."""
    return torch.relu(x).square()


def masked_pool(x: Tensor, mask: Tensor, *, dims: tuple[int, ...], kind: str, keepdim: bool) -> Tensor:
    """Mean or maximum of the positions where a mask (N, …) is 1, and zeros where it never is."""
    counts = mask.unsqueeze(1 if dims[0] == 2 else -1) > 0
    if kind == "avg":
        number = counts.sum(dims, keepdim=keepdim).clamp(min=1)
        return torch.where(counts, x, 0.0).sum(dims, keepdim=keepdim) / number
    largest = torch.where(counts, x, float("-inf")).amax(dims, keepdim=keepdim)
    return torch.where(counts.any(dims, keepdim=keepdim), largest, 0.0)


def unfold(
    x: Tensor, *, kernel: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...], dilation: tuple[int, ...]
) -> Tensor:
    """(N, C, …) to (N, C·k, …): the values of each window as channels, at the position of the window."""
    # what is of one dimension is one row
    if len(kernel) == 1:
        row = unfold(
            x.unsqueeze(2), kernel=(1, *kernel), stride=(1, *stride), padding=(0, *padding), dilation=(1, *dilation)
        )
        return row.squeeze(2)
    height = (x.shape[2] + 2 * padding[0] - dilation[0] * (kernel[0] - 1) - 1) // stride[0] + 1
    columns: Tensor = torch.nn.functional.unfold(x, kernel, dilation, padding, stride)
    split: Tensor = columns.unflatten(2, (height, -1))
    return split


def fold(
    x: Tensor,
    *like: Tensor,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    padding: tuple[int, ...],
    dilation: tuple[int, ...],
    size: tuple[int, ...] | None = None,
) -> Tensor:
    """(N, C·k, …) to (N, C, …), of a `size`, or that of another value: windows added where they were taken from."""
    sizes = tuple([like[0].shape[axis] for axis in range(2, 2 + len(kernel))]) if size is None else size
    if len(kernel) == 1:
        row = torch.nn.functional.fold(x, (1, *sizes), (1, *kernel), (1, *dilation), (0, *padding), (1, *stride))
        return row.squeeze(2)
    return torch.nn.functional.fold(x.flatten(2), sizes, kernel, dilation, padding, stride)


def grid_sample(
    x: Tensor, grid: Tensor, *, mode: str, padding_mode: str, align_corners: bool, once: str = ""
) -> Tensor:
    """(N, C, H, W) at the points (N, H′, W′, 2); what `once` names is a batch of one, the same for every sample."""
    if once == "grid":
        grid = grid.expand(x.shape[0], -1, -1, -1)
    elif once:
        x = x.expand(grid.shape[0], -1, -1, -1)
    return torch.nn.functional.grid_sample(x, grid, mode, padding_mode, align_corners)
