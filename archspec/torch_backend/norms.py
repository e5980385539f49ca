"""Normalizations that torch lacks."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class OffsetNorm(nn.Module):
    """Layer, group or RMS norm whose weight acts as `offset` plus itself (Gemma, Nemotron).

    `kind` is `layer`, `group` or `rms`; with `first` the channels are those of (N, C, …).
    """

    bias: nn.Parameter | None

    def __init__(
        self,
        kind: str,
        channels: int,
        offset: float,
        eps: float | None = None,
        bias: bool = True,
        groups: int = 1,
        first: bool = False,
    ) -> None:
        super().__init__()
        self.kind, self.channels, self.offset, self.groups, self.first = kind, channels, offset, groups, first
        self.eps = 1e-5 if eps is None and kind != "rms" else eps
        self.weight = nn.Parameter(torch.empty(channels))
        self.register_parameter("bias", nn.Parameter(torch.empty(channels)) if bias and kind != "rms" else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """What only normalizes."""
        nn.init.constant_(self.weight, 1 - self.offset)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(N, …, C), or (N, C, …), to the same."""
        weight = self.weight + self.offset
        if self.kind == "group":
            return F.group_norm(x, self.groups, weight, self.bias, self.eps or 0.0)
        if self.first:
            x = x.movedim(1, -1)
        if self.kind == "rms":
            x = F.rms_norm(x, (self.channels,), weight, self.eps)
        else:
            x = F.layer_norm(x, (self.channels,), weight, self.bias, self.eps or 0.0)
        return x.movedim(-1, 1) if self.first else x

    def extra_repr(self) -> str:
        """The arguments."""
        groups = f", groups={self.groups}" if self.kind == "group" else ""
        return f"{self.kind}, {self.channels}, offset={self.offset}, eps={self.eps}, first={self.first}{groups}"


class FrozenBatchNorm(nn.Module):
    """BatchNorm whose weight, bias and statistics are buffers that nothing changes, as torchvision has it."""

    weight: Tensor
    bias: Tensor
    running_mean: Tensor
    running_var: Tensor

    def __init__(self, num_features: int, eps: float = 1e-5, affine: bool = True, axis: int = 1) -> None:
        super().__init__()
        self.num_features, self.eps, self.affine, self.axis = num_features, eps, affine, axis
        if affine:
            self.register_buffer("weight", torch.empty(num_features))
            self.register_buffer("bias", torch.empty(num_features))
        self.register_buffer("running_mean", torch.empty(num_features))
        self.register_buffer("running_var", torch.empty(num_features))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """The identity, but for `eps`."""
        for name, buffer in self.named_buffers():
            nn.init.constant_(buffer, 1.0 if name in ("weight", "running_var") else 0.0)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, …), or (N, …, C), to the same."""
        shape = [-1 if axis in (self.axis, x.dim() + self.axis) else 1 for axis in range(x.dim())]
        scale = (self.running_var + self.eps).rsqrt()
        if self.affine:
            scale = self.weight * scale
        shift = self.bias - self.running_mean * scale if self.affine else -self.running_mean * scale
        return x * scale.reshape(shape) + shift.reshape(shape)

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *others: Any) -> None:
        # a file of a norm that counts its batches fits, too
        state_dict.pop(f"{prefix}num_batches_tracked", None)
        super()._load_from_state_dict(state_dict, prefix, *others)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"{self.num_features}, eps={self.eps}, affine={self.affine}, axis={self.axis}"


class Normalize(nn.Module):
    """Values of length 1 along a dimension."""

    def __init__(self, dim: int, eps: float) -> None:
        super().__init__()
        self.dim, self.eps = dim, eps

    def forward(self, x: Tensor) -> Tensor:
        """(N, …) to the same."""
        return F.normalize(x, dim=self.dim, eps=self.eps)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"dim={self.dim}, eps={self.eps}"
