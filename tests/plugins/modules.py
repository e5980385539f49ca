"""The modules that the ops lower to: ordinary torch, imported only when a network is built."""

from __future__ import annotations

from typing import TypeAlias

import torch
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


class NeighborhoodAttention(nn.Module):
    """Attention of each position of (N, H, W, C) to the nearest ones (Hassani et al. 2022)."""

    def __init__(self, channels: int, heads: int, kernel: PerAxis, attention_dropout: float, dropout: float) -> None:
        super().__init__()
        self.heads, self.kernel = heads, kernel
        self.scale = (channels // heads) ** -0.5
        self.rpb = nn.Parameter(torch.empty(heads, 2 * kernel[0] - 1, 2 * kernel[1] - 1))
        self.qkv = nn.Linear(channels, 3 * channels)
        self.proj = nn.Linear(channels, channels)
        self.attention_dropout = nn.Dropout(attention_dropout)
        self.dropout = nn.Dropout(dropout)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """The bias at random; the linear maps reset themselves."""
        nn.init.trunc_normal_(self.rpb, std=0.02)

    def forward(self, x: Tensor) -> Tensor:
        """(N, H, W, C) to the same."""
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).unbind(-3)
        scores = torch.einsum("nhwgd,nhwkgd->nhwgk", q * self.scale, near(k, self.kernel))
        shares = self.attention_dropout((scores + biases(self.rpb, x, self.kernel)).softmax(-1))
        y = torch.einsum("nhwgk,nhwkgd->nhwgd", shares, near(v, self.kernel))
        return self.dropout(self.proj(y.flatten(-2)))

    def extra_repr(self) -> str:
        """The arguments."""
        return f"heads={self.heads}, kernel={self.kernel}"


# What follows decides by sizes, which a symbolic trace does not know: `fx.wrap` keeps each function as one step of it.


@fx.wrap
def near(x: Tensor, kernel: PerAxis) -> Tensor:
    """The K values near each position of (N, H, W, heads, d): (N, H, W, K, heads, d)."""
    rows, columns = (_nearest(x.shape[axis + 1], kernel[axis], x.device) for axis in (0, 1))
    return x[:, rows[:, None, :, None], columns[None, :, None, :]].flatten(3, 4)


@fx.wrap
def biases(table: Tensor, x: Tensor, kernel: PerAxis) -> Tensor:
    """The bias of each of the K positions near each position of (N, H, W, C): (H, W, heads, K)."""
    rows, columns = (
        _nearest(n, k, x.device) - torch.arange(n, device=x.device)[:, None] + k - 1
        for n, k in zip(x.shape[1:3], kernel, strict=True)
    )
    return table[:, rows[:, None, :, None], columns[None, :, None, :]].flatten(3).movedim(0, 2)


def _nearest(size: int, kernel: int, device: torch.device) -> Tensor:
    """The positions that each of `size` positions sees: (size, kernel)."""
    first = (torch.arange(size, device=device) - kernel // 2).clamp(0, size - kernel)
    return first[:, None] + torch.arange(kernel, device=device)
