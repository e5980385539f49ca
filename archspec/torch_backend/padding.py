"""Windows on values that are padded unevenly, or by their size."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Padded(nn.Module):
    """What lays windows on a value, and pads it before: with zeros, or as `padding_mode` says.

    `padding` has a pair for each dimension, before and after. With `same` windows start at all multiples of the stride,
    and what is odd goes after, as TensorFlow pads.
    """

    outside: float = 0

    def __init__(self, *, padding: Any, padding_mode: str = "zeros", **given: Any) -> None:
        super().__init__(**given)
        self.pads, self.mode = padding, padding_mode

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, …) to (N, channels, …)."""
        windowed: Tensor = super().forward(self.padded(x, self.outside))
        return windowed

    def padded(self, x: Tensor, value: float) -> Tensor:
        """(N, C, …) to (N, C, …), with what the windows need around."""
        around: list[Any] = []
        for axis, kernel in enumerate(self.kernel_size):  # type: ignore[arg-type]
            before, after = self._needed(x, axis, kernel) if self.pads == "same" else self.pads[axis]
            # torch counts from the last axis
            around = [before, after, *around]
        return F.pad(x, around, value=value) if self.mode == "zeros" else F.pad(x, around, self.mode)

    def _needed(self, x: Tensor, axis: int, kernel: int) -> tuple[Any, Any]:
        stride: Any = self.stride[axis]  # type: ignore[index]
        dilation: Any = self.dilation[axis] if hasattr(self, "dilation") else 1  # type: ignore[index]
        window = dilation * (kernel - 1) + 1
        missing = -x.shape[axis + 2] % stride
        total = window - stride + missing
        if window < stride:
            # nothing where that is negative, without a comparison that a tracer could not follow
            total = total * ((window + missing) // stride)
        return total // 2, total - total // 2

    def extra_repr(self) -> str:
        """The arguments."""
        mode = "" if self.mode == "zeros" else f", padding_mode={self.mode!r}"
        given = super().extra_repr().replace(", padding=0", "")
        return f"{given}, padding={self.pads!r}{mode}"


class PaddedConv1d(Padded, nn.Conv1d):
    """Convolution of what is padded."""


class PaddedConv2d(Padded, nn.Conv2d):
    """Convolution of what is padded."""


class PaddedConv3d(Padded, nn.Conv3d):
    """Convolution of what is padded."""


class PaddedMaxPool1d(Padded, nn.MaxPool1d):
    """The largest of what is not padding."""

    outside = float("-inf")


class PaddedMaxPool2d(Padded, nn.MaxPool2d):
    """The largest of what is not padding."""

    outside = float("-inf")


class PaddedMaxPool3d(Padded, nn.MaxPool3d):
    """The largest of what is not padding."""

    outside = float("-inf")


class PaddedAvgPool(Padded):
    """The mean, in which zeros around count unless `count_include_pad` is false."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, …) to the same with fewer positions."""
        found = super().forward(x)
        if self.count_include_pad:
            return found
        return found / super().forward(torch.ones_like(x))


class PaddedAvgPool1d(PaddedAvgPool, nn.AvgPool1d):
    """Mean of what is padded."""


class PaddedAvgPool2d(PaddedAvgPool, nn.AvgPool2d):
    """Mean of what is padded."""


class PaddedAvgPool3d(PaddedAvgPool, nn.AvgPool3d):
    """Mean of what is padded."""
