"""Types of tensors as tests need them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archspec.types import Size, Stride, TensorType
from archspec.types.tensor import Layout


def image(channels: int, *size: Size) -> TensorType:
    """A channels-first tensor at the input; without sizes, a vector."""
    layout: Layout = "channels_first" if size else "channels_last"
    return TensorType(channels, size, layout, stride=Stride((1,) * len(size)))


def sequence(channels: int, *size: Size) -> TensorType:
    """A channels-last tensor at the input."""
    return TensorType(channels, size, stride=Stride((1,) * len(size)))


def same_state(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Whether two state dicts hold the same tensors."""
    return a.keys() == b.keys() and all(bool((a[key] == b[key]).all()) for key in a)
