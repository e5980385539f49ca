"""What is said of positions: biases by distance, codes, coordinates."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Position(nn.Module):
    """Adds learned positions to a sequence, which takes those from `start` on."""

    def __init__(self, length: int, channels: int, start: int) -> None:
        super().__init__()
        self.start = start
        self.weight = nn.Parameter(torch.empty(length, channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Zeros."""
        nn.init.zeros_(self.weight)

    def forward(self, x: Tensor) -> Tensor:
        """(N, L, C) to the same."""
        return x + self.weight.narrow(0, self.start, x.shape[1])

    def extra_repr(self) -> str:
        """The arguments."""
        return f"{self.weight.shape[0]}, {self.weight.shape[1]}, start={self.start}"


class RelativePosition(nn.Module):
    """Spreads a table of offsets in a window to queries × keys.

    `first` is the first of the `axes` of positions in the table.
    """

    def __init__(
        self,
        window: tuple[int, ...],
        stride: tuple[int, ...],
        key_stride: tuple[int, ...],
        reverse: bool,
        symmetric: bool,
        class_token: bool,
        first: int,
        axes: int,
    ) -> None:
        super().__init__()
        self.window, self.stride, self.key_stride = window, stride, key_stride
        self.reverse, self.symmetric, self.class_token = reverse, symmetric, class_token
        self.first, self.axes = first, axes

    def forward(self, table: Tensor) -> Tensor:
        """(N, offsets, C), or (N, C, offsets), to (N, C, queries, keys)."""
        if self.axes > 1:
            table = table.flatten(self.first, self.first + 1)
        if self.first == 1:
            table = table.transpose(1, 2)
        index = self._index(table)
        found: Tensor = table.index_select(2, index.flatten()).unflatten(2, (-1, index.shape[1]))
        return found

    def _index(self, table: Tensor) -> Tensor:
        """The entry of each query and key, (queries, keys)."""
        parts = [
            self._offsets(table, n, s, k) for n, s, k in zip(self.window, self.stride, self.key_stride, strict=True)
        ]
        index = parts[0]
        if len(parts) == 2:
            width = self.window[1] if self.symmetric else 2 * self.window[1] - 1
            index = (index[:, None, :, None] * width + parts[1][None, :, None, :]).flatten(0, 1).flatten(1)
        if not self.class_token:
            return index
        # it asks all, all ask it, and it asks itself
        column = index.new_zeros(1, 1) + (table.shape[2] - 2)
        index = torch.cat([column.expand(index.shape[0], 1), index], 1)
        row = torch.cat([column + 1, (column - 1).expand(1, index.shape[1] - 1)], 1)
        return torch.cat([row, index], 0)

    def _offsets(self, table: Tensor, n: int, stride: int, key_stride: int) -> Tensor:
        """The offsets along one dimension, from 0: (queries, keys)."""
        places = table.new_ones(n, dtype=torch.int64).cumsum(0) - 1
        queries, keys = places[::stride].unsqueeze(1), places[key_stride - 1 :: key_stride].unsqueeze(0)
        if self.symmetric:
            return (queries - keys).abs()
        return (keys - queries if self.reverse else queries - keys) + (n - 1)

    def extra_repr(self) -> str:
        """The arguments."""
        names = ["window", "stride", "key_stride", "reverse", "symmetric", "class_token"]
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
