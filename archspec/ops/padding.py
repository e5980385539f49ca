"""Padding of windows: as much on each side, uneven, or as much as keeps what a stride leaves of the size."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from archspec.limits import WINDOW
from archspec.ops.base import PerAxisFromZero, ShapeError, count, per_axis
from archspec.types.sizes import Dim, Size, ceil_div, windows

_Side: TypeAlias = Annotated[int, Field(ge=0, le=WINDOW)]
Padding: TypeAlias = (
    PerAxisFromZero | Literal["same"] | Annotated[tuple[tuple[_Side, _Side], ...], Field(min_length=1, max_length=3)]
)
MARGINS = {"reflect": 1, "circular": 0}
"""How much larger a size must be than what is put on a side of it, by the modes that put values of the inside there."""
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


def around(
    size: tuple[Size, ...],
    sides: Sides | Literal["same"],
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
) -> tuple[Size, ...]:
    """The sizes with what is put around them; of `same`, those that its windows see, or the size where that is more."""
    if sides != "same":
        return padded(size, sides)
    found = []
    for n, k, s, d in zip(size, kernel, stride, dilation, strict=True):
        seen = (ceil_div(n, s) - 1) * s + d * (k - 1) + 1
        found.append(max(n, seen) if isinstance(n, int) and isinstance(seen, int) else seen)
    return tuple(found)


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
        total = max((-(-n // stride) - 1) * stride + least - n, 0)
        before, after = total // 2, total - total // 2
    else:
        before, after = pair
    if isinstance(n, Dim):
        # as many positions as are needed may be there
        return before > dilation * (kernel - 1)
    if before <= 0 or before + n + after < least:
        return False
    if before > dilation * (kernel - 1):
        return True
    # windows begin at -before, -before + stride, ...; the first position from 0 on is that modulo the dilation
    first, last = -before % dilation, (before - max(1, least - n - after)) // stride
    if n >= dilation or first >= n:
        return first >= n
    found = _hit(stride % dilation, dilation, n - first, dilation - 1 - first)
    return found is not None and found <= last


def _hit(step: int, modulus: int, low: int, high: int) -> int | None:
    """The least number of steps from 0 to a place from `low` to `high` < `modulus`, as in Euclid's algorithm."""
    if low == 0:
        return 0
    if step == 0:
        return None
    count = -(-low // step)
    if step * count <= high:
        return count
    rounds = _hit(modulus % step, step, -high % step, -low % step)
    return None if rounds is None else -(-(low + modulus * rounds) // step)
