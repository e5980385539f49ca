"""Padding of windows: as much on each side, uneven, or as much as keeps what a stride leaves of the size."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from archspec.limits import WINDOW
from archspec.ops.base import PerAxisFromZero, ShapeError, count, per_axis
from archspec.types.sizes import Size, ceil_div, windows

_Side: TypeAlias = Annotated[int, Field(ge=0, le=WINDOW)]
Padding: TypeAlias = (
    PerAxisFromZero | Literal["same"] | Annotated[tuple[tuple[_Side, _Side], ...], Field(min_length=1, max_length=3)]
)
Sides: TypeAlias = tuple[tuple[int, int], ...]


def sides_of(
    padding: Padding, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
) -> Sides | Literal["same"]:
    """What is put before and after each dimension; `same` where that depends on the size. Raises `ShapeError`."""
    n = len(kernel)
    if padding == "same":
        steps = list(zip(kernel, stride, dilation, strict=True))
        if all(s == 1 or k == 1 for k, s, _ in steps):
            totals = [d * (k - 1) if s == 1 else 0 for k, s, d in steps]
            return tuple([(total // 2, total - total // 2) for total in totals])
        return "same"
    if isinstance(padding, tuple) and isinstance(padding[0], tuple):
        if len(padding) != n:
            message = f"`padding` has {count(len(padding), 'pair')} for {count(n, 'dimension')}"
            raise ShapeError("A405", message, "give a pair for each dimension, the first one first", "padding")
        return tuple([side for side in padding if isinstance(side, tuple)])
    given = per_axis(padding, n, "padding")
    return tuple([(p, p) for p in given])


def is_even(sides: Sides | Literal["same"]) -> bool:
    """Whether as much is put before as after, which torch's own modules can do."""
    return sides != "same" and all(before == after for before, after in sides)


def padded(size: tuple[Size, ...], sides: Sides) -> tuple[Size, ...]:
    """The sizes with what is put before and after."""
    return tuple([n + before + after for n, (before, after) in zip(size, sides, strict=True)])


def counted(
    size: tuple[Size, ...],
    sides: Sides | Literal["same"],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
) -> tuple[Size, ...]:
    """How many windows fit along each dimension."""
    if sides == "same":
        return tuple([ceil_div(n, s) for n, s in zip(size, stride, strict=True)])
    axes = zip(padded(size, sides), kernel, stride, (0,) * len(kernel), dilation, strict=True)
    return tuple([windows(*axis) for axis in axes])


def sees_nothing(n: Size, pair: tuple[int, int] | None, kernel: int, stride: int, dilation: int) -> bool:
    """Whether a window begins before a dimension and has no position in it; `pair` is None for `same`."""
    least = dilation * (kernel - 1) + 1
    if pair is None:
        if not isinstance(n, int):
            return False
        total = max((ceil_div(n, stride) - 1) * stride + least - n, 0)
        before, after = total // 2, total - total // 2
    else:
        before, after = pair
    starts = range(before, 0, -stride)
    firsts = [(ceil_div(start, dilation), start) for start in starts if start + n + after >= least]
    return any(step >= kernel or step * dilation - start >= n for step, start in firsts)
