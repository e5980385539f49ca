"""An axis of a value: the channels, or a size dimension by its index."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, TypeAlias

from archspec.ops.base import NaturalInt, ShapeError, channelled, concrete
from archspec.types.sizes import Size
from archspec.types.tensor import TensorType

Dimension: TypeAlias = Literal["channels"] | NaturalInt


def axis_of(op: str, x: TensorType, dim: Dimension) -> int:
    """The number of an axis among those of a value, without its batch. Raises `ShapeError`."""
    if dim == "channels":
        channelled(op, x)
        return 0 if x.channels_first else len(x.size)
    if x.is_number or dim >= len(x.size):
        raise ShapeError("A405", f"{x} has no size dimension {dim}", "they count from 0", "dim")
    return dim + (x.channels_first and x.vocab is None)


def tensor_axis(x: TensorType, dim: Dimension) -> int:
    """The number of an axis in a tensor with its batch."""
    if dim == "channels":
        return x.channel_axis
    return (1 if x.vocab is not None else x.first_axis) + dim


def with_axis(op: str, x: TensorType, at: int, n: Size) -> TensorType:
    """A value with another size of one axis, by its number without the batch."""
    shape = (*x.shape[:at], n, *x.shape[at + 1 :])
    if x.vocab is not None:
        return replace(x, size=shape)
    channel = 0 if x.channels_first else len(x.size)
    return replace(x, channels=concrete(op, shape[channel]), size=shape[:channel] + shape[channel + 1 :])
