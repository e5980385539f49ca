"""What is put around values before windows are laid on them, where both sides need not be alike."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from archspec.limits import WINDOW
from archspec.ops.base import PerAxisFromZero, ShapeError, count, per_axis, short
from archspec.types.sizes import Size, ceil_div
from archspec.types.tensor import TensorType

_Side: TypeAlias = Annotated[int, Field(ge=0, le=WINDOW)]
Sides: TypeAlias = Annotated[tuple[tuple[_Side, _Side], ...], Field(min_length=1, max_length=3)]
Padding: TypeAlias = PerAxisFromZero | Sides | Literal["same"]
Pads: TypeAlias = tuple[int | tuple[int, int], ...] | Literal["same"]
"""Numbers where both sides of each dimension are alike, otherwise pairs; `same` where they depend on the size."""
PaddingMode: TypeAlias = Literal["zeros", "reflect", "replicate", "circular"]


def pads_of(padding: Padding, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]) -> Pads:
    """What is put before and after each dimension.

    As TensorFlow pads, `same` is what the last of ⌈n / stride⌉ windows needs, and an odd position goes after: for a
    stride of 1 it is the same for every size.
    """
    if padding == "same":
        if any(s > 1 and k > 1 for s, k in zip(stride, kernel, strict=True)):
            return "same"
        around = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
        pairs: tuple[tuple[int, int], ...] = tuple((n // 2, n - n // 2) for n in around)
        _bounded(max(after for _, after in pairs))
    elif isinstance(padding, tuple) and isinstance(padding[0], tuple):
        if len(padding) != len(kernel):
            message = f"`padding` has {count(len(padding), 'pair')} for {count(len(kernel), 'dimension')}"
            raise ShapeError("A405", message, "give one pair for each dimension, the first dimension first", "padding")
        pairs = padding
    else:
        return per_axis(padding, len(kernel), "padding")
    if all(before == after for before, after in pairs):
        return tuple([before for before, _ in pairs])
    return pairs


def _bounded(pad: int) -> None:
    if pad > WINDOW:
        message = f"the `padding` that keeps the size, {pad}, is more than {WINDOW}"
        raise ShapeError("A406", message, "give `padding`, or use a smaller `dilation`", "dilation")


def is_uneven(pads: Pads) -> bool:
    """Whether no module of torch pads so."""
    return pads == "same" or any(isinstance(pad, tuple) for pad in pads)


def written_pads(pads: Pads) -> Any:
    """Pads as an argument."""
    return pads if is_uneven(pads) else short(pads)


def around(size: Size, pad: int | tuple[int, int]) -> Size:
    """A size with what is put before and after."""
    return size + sum(sides(pad))


def sides(pad: int | tuple[int, int]) -> tuple[int, int]:
    """What is put before and after."""
    return (pad, pad) if isinstance(pad, int) else pad


def padded_sizes(
    x: TensorType, pads: Pads, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
) -> tuple[Size, ...]:
    """How many windows fit along each dimension of a value."""
    if pads == "same":
        return tuple([ceil_div(n, s) for n, s in zip(x.size, stride, strict=True)])
    axes = zip(x.size, pads, kernel, stride, dilation, strict=True)
    return tuple([(around(n, p) - d * (k - 1) - 1) // s + 1 for n, p, k, s, d in axes])


def most_pads(
    x: TensorType, pads: Pads, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
) -> tuple[int, ...]:
    """The most that is put on one side of each dimension; where the size is open, the most that may be."""
    if pads == "same":
        axes = zip(x.size, kernel, stride, dilation, strict=True)
        return tuple([_after(n, d * (k - 1) + 1, s) for n, k, s, d in axes])
    return tuple([max(sides(pad)) for pad in pads])


def _after(size: Size, window: int, stride: int) -> int:
    surplus = size % stride if isinstance(size, int) else 0
    return (max(window - (surplus or stride), 0) + 1) // 2 if isinstance(size, int) else window // 2


def mirrored(op: str, mode: str, sizes: tuple[Size, ...], pads: tuple[int, ...]) -> list[tuple[Size, int]]:
    """The least sizes for which there is enough to pad with; a `ShapeError` where there is not."""
    spare = {"reflect": 1, "circular": 0}.get(mode)
    if spare is None:
        return []
    needed = [(n, pad + spare) for n, pad in zip(sizes, pads, strict=True) if pad]
    for n, least in needed:
        if n < least:
            message = f"`{mode}` padding of `{op}` takes {least} positions of a dimension that has {n}"
            raise ShapeError("A406", message, "use less `padding`, or zeros", "padding")
    return needed
