"""Convolutions and pools with uneven padding, which torch's own lack."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def put_around(
    x: Tensor,
    sides: Any,
    kernel: tuple[int, ...],
    stride: tuple[int, ...],
    dilation: tuple[int, ...],
    mode: str = "constant",
    value: float = 0.0,
) -> Tensor:
    """(N, C, …) with positions before and after each dimension: `sides` says how many, or is `same` for those that
    leave ⌈n / stride⌉ windows, of which an odd one goes after, as TensorFlow pads."""
    found: list[Any] = []
    for axis in reversed(range(len(kernel))):
        if sides != "same":
            found += sides[axis]
            continue
        n, s = x.shape[axis + 2], stride[axis]
        least = dilation[axis] * (kernel[axis] - 1) + 1
        # the last window starts at a multiple of the stride; ONNX rounds quotients below 0 otherwise
        total = -n % s + least - s
        total = torch.sym_max(total, 0) if least < s else total
        found += [total // 2, total - total // 2]
    return F.pad(x, found, mode, value)


class PaddedPool(nn.Module):
    """Max or average pooling with uneven padding."""

    def __init__(
        self,
        kind: str,
        kernel_size: tuple[int, ...],
        stride: tuple[int, ...],
        sides: Any,
        dilation: tuple[int, ...],
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kind, self.kernel_size, self.stride, self.sides = kind, kernel_size, stride, sides
        self.dilation, self.count_include_pad = dilation, count_include_pad

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, …) with other sizes."""
        if self.kind == "max":
            x = put_around(x, self.sides, self.kernel_size, self.stride, self.dilation, value=float("-inf"))
            pool: Any = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}[len(self.kernel_size)]
            found: Tensor = pool(x, self.kernel_size, self.stride, dilation=self.dilation)
            return found
        pool = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}[len(self.kernel_size)]
        inside = (self.sides, self.kernel_size, self.stride, self.dilation)
        found = pool(put_around(x, *inside), self.kernel_size, self.stride)
        if self.count_include_pad:
            return found
        share: Tensor = pool(put_around(x.new_ones(x.shape[2:])[None, None], *inside), self.kernel_size, self.stride)
        return found / share

    def extra_repr(self) -> str:
        """The arguments."""
        return f"{self.kind!r}, kernel_size={self.kernel_size}, stride={self.stride}, sides={self.sides!r}"
