"""The modules that the ops lower to: ordinary torch, imported only when a network is built."""

from __future__ import annotations

from typing import TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn

PerAxis: TypeAlias = tuple[int, int]


class GlobalResponseNorm(nn.Module):
    """Global response normalization (Woo et al. 2023) of (N, C, …), or (N, …, C)."""

    def __init__(self, channels: int, dimensions: int, channels_first: bool, eps: float) -> None:
        super().__init__()
        self.channels_first, self.eps = channels_first, eps
        self.positions = tuple(range(2, 2 + dimensions) if channels_first else range(1, 1 + dimensions))
        self.weight = nn.Parameter(torch.empty(channels))
        self.bias = nn.Parameter(torch.empty(channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """The identity."""
        nn.init.zeros_(self.weight)
        nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, …) to the same, or (N, …, C) to the same."""
        norms = torch.linalg.vector_norm(x, dim=self.positions, keepdim=True)
        share = norms / (norms.mean(1 if self.channels_first else -1, keepdim=True) + self.eps)
        ones = (1,) * len(self.positions) if self.channels_first else ()
        return x + torch.addcmul(self.bias.view(-1, *ones), self.weight.view(-1, *ones), x * share)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"{self.weight.numel()}, channels_first={self.channels_first}, eps={self.eps}"


class ShiftedWindowAttention(nn.Module):
    """Self-attention inside windows of (N, H, W, C), rolled by `shift` (Liu et al. 2021)."""

    relative_position_index: Tensor

    def __init__(
        self, channels: int, heads: int, window: PerAxis, shift: PerAxis, attention_dropout: float, dropout: float
    ) -> None:
        super().__init__()
        self.heads, self.window, self.shift = heads, window, shift
        self.scale = (channels // heads) ** -0.5
        height, width = window
        self.relative_position_bias_table = nn.Parameter(torch.empty((2 * height - 1) * (2 * width - 1), heads))
        self.register_buffer("relative_position_index", torch.empty((height * width) ** 2, dtype=torch.int64))
        self.qkv = nn.Linear(channels, 3 * channels)
        self.proj = nn.Linear(channels, channels)
        self.attention_dropout = nn.Dropout(attention_dropout)
        self.dropout = nn.Dropout(dropout)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """The table at random, and the index as it always is; the linear maps reset themselves."""
        nn.init.trunc_normal_(self.relative_position_bias_table, std=0.02)
        self.relative_position_index.copy_(relative_positions(self.window))

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, C) to the same."""
        windows = divide(x, self.window, self.shift)
        q, k, v = self.qkv(windows).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind()
        scores = (q * self.scale) @ k.transpose(-2, -1) + self._bias()
        if any(self.shift):
            scores = separate(scores, x, self.window, self.shift)
        y = self.attention_dropout(scores.softmax(-1)) @ v
        y = self.dropout(self.proj(y.transpose(1, 2).flatten(2)))
        return unite(y, x, self.window, self.shift)

    def _bias(self) -> Tensor:
        """The bias of each pair of positions: (1, heads, L, L)."""
        length = self.window[0] * self.window[1]
        pairs = self.relative_position_bias_table[self.relative_position_index]
        return pairs.view(length, length, self.heads).permute(2, 0, 1).contiguous().unsqueeze(0)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"heads={self.heads}, window={self.window}, shift={self.shift}"


def relative_positions(window: PerAxis) -> Tensor:
    """The row of the bias table for each pair of a window's L positions, flat: (L·L,)."""
    height, width = window
    position = torch.arange(height * width)
    row, column = position // width, position % width
    rows = row[:, None] - row + height - 1
    columns = column[:, None] - column + width - 1
    return (rows * (2 * width - 1) + columns).flatten()


# What follows decides by sizes, which a symbolic trace does not know: `fx.wrap` keeps each function as one step of it.


@fx.wrap
def divide(x: Tensor, window: PerAxis, shift: PerAxis) -> Tensor:
    """(N, H, W, C) padded, rolled and cut into windows of L positions: (N·windows, L, C)."""
    counts = _counts(x, window)
    right, bottom = (count * side - size for count, side, size in zip(counts, window, x.shape[1:3], strict=True))
    x = F.pad(x, (0, 0, 0, bottom, 0, right))
    rows, columns = _rolled(counts, shift)
    if rows or columns:
        x = x.roll((-rows, -columns), (1, 2))
    return _cut(x, counts, window)


@fx.wrap
def separate(scores: Tensor, x: Tensor, window: PerAxis, shift: PerAxis) -> Tensor:
    """Attention scores (N·windows, heads, L, L), lowered by 100 where rolling has joined what lay far apart in `x`."""
    counts = _counts(x, window)
    shift = _rolled(counts, shift)
    if not any(shift):
        return scores
    # within a window only those positions are strangers of which one came around the border and the other did not
    rows, columns = (
        torch.arange(count * side, device=x.device) >= count * side - step
        for count, side, step in zip(counts, window, shift, strict=True)
    )
    regions = _cut((2 * rows[:, None] + columns.int())[None, :, :, None], counts, window).squeeze(-1)
    strangers = regions[:, :, None] != regions[:, None, :]
    mask = scores.new_zeros(strangers.shape).masked_fill(strangers, -100.0)
    return (scores.unflatten(0, (-1, mask.shape[0])) + mask[:, None]).flatten(0, 1)


@fx.wrap
def unite(windows: Tensor, x: Tensor, window: PerAxis, shift: PerAxis) -> Tensor:
    """The inverse of `divide`, for windows of `x`."""
    counts = _counts(x, window)
    y = windows.view(-1, *counts, *window, windows.shape[-1]).transpose(2, 3).flatten(3, 4).flatten(1, 2)
    rows, columns = _rolled(counts, shift)
    if rows or columns:
        y = y.roll((rows, columns), (1, 2))
    return y[:, : x.shape[1], : x.shape[2]].contiguous()


def _counts(x: Tensor, window: PerAxis) -> PerAxis:
    """The number of windows along each axis."""
    return -(-x.shape[1] // window[0]), -(-x.shape[2] // window[1])


def _rolled(counts: PerAxis, shift: PerAxis) -> PerAxis:
    """The shift along each axis; none along one that is a single window."""
    return shift[0] if counts[0] > 1 else 0, shift[1] if counts[1] > 1 else 0


def _cut(x: Tensor, counts: PerAxis, window: PerAxis) -> Tensor:
    """(N, H, W, C) as windows: (N·windows, L, C)."""
    x = x.unflatten(2, (counts[1], window[1])).unflatten(1, (counts[0], window[0]))
    return x.transpose(2, 3).flatten(3, 4).flatten(0, 2)
