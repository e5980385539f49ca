"""Types of tensors as tests need them."""

from __future__ import annotations

from archspec.types import Size, Stride, TensorType
from archspec.types.tensor import Layout


def image(channels: int, *size: Size) -> TensorType:
    """A channels-first tensor at the input; without sizes, a vector."""
    layout: Layout = "channels_first" if size else "channels_last"
    return TensorType(channels, size, layout, stride=Stride((1,) * len(size)))


def sequence(channels: int, *size: Size) -> TensorType:
    """A channels-last tensor at the input."""
    return TensorType(channels, size, stride=Stride((1,) * len(size)))
