"""The few modules that torch lacks."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from archspec.torch_backend.attend import Attend as Attend
from archspec.torch_backend.attend import CrossAttention as CrossAttention
from archspec.torch_backend.attend import Sdpa as Sdpa
from archspec.torch_backend.attend import SelfAttention as SelfAttention
from archspec.torch_backend.experts import Experts as Experts
from archspec.torch_backend.layers import Direction as Direction
from archspec.torch_backend.layers import Layer as Layer
from archspec.torch_backend.layers import Standardized as Standardized
from archspec.torch_backend.layers import WeightNorm as WeightNorm
from archspec.torch_backend.norms import FrozenBatchNorm as FrozenBatchNorm
from archspec.torch_backend.norms import Normalize as Normalize
from archspec.torch_backend.norms import OffsetNorm as OffsetNorm
from archspec.torch_backend.padded import PaddedPool as PaddedPool
from archspec.torch_backend.padded import put_around as put_around
from archspec.torch_backend.positions import Alibi as Alibi
from archspec.torch_backend.positions import Coordinates as Coordinates
from archspec.torch_backend.positions import Octaves as Octaves
from archspec.torch_backend.positions import Position as Position
from archspec.torch_backend.positions import RelativePosition as RelativePosition
from archspec.torch_backend.positions import Sinusoidal as Sinusoidal
from archspec.torch_backend.positions import T5Bias as T5Bias
from archspec.torch_backend.recurrent import GRU as GRU
from archspec.torch_backend.recurrent import LSTM as LSTM
from archspec.torch_backend.recurrent import GRUCell as GRUCell
from archspec.torch_backend.recurrent import LSTMCell as LSTMCell
from archspec.torch_backend.rotary import Rotary as Rotary


class LayerNormFirst(nn.LayerNorm):
    """LayerNorm over the channels of (N, C, …), at each position."""

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, …) to the same."""
        return super().forward(input.movedim(1, -1)).movedim(-1, 1)


class RMSNormFirst(nn.RMSNorm):
    """RMSNorm (Zhang and Sennrich 2019) over the channels of (N, C, …), at each position."""

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, …) to the same."""
        return super().forward(x.movedim(1, -1)).movedim(-1, 1)


class BatchNormLast(nn.BatchNorm1d):
    """BatchNorm over the channels of (N, …, C), with all positions in the batch."""

    def forward(self, input: Tensor) -> Tensor:
        """(N, …, C) to the same."""
        return super().forward(input.flatten(0, -2)).reshape(input.shape)

    def _check_input_dim(self, input: Tensor) -> None:
        """Two dimensions, since the others are flattened; a tracer could not tell."""


class Affine(nn.Module):
    """`alpha`·x + `beta` per channel of a sequence (ResMLP, Touvron et al. 2021)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.empty(1, 1, channels))
        self.beta = nn.Parameter(torch.empty(1, 1, channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """The identity."""
        nn.init.ones_(self.alpha)
        nn.init.zeros_(self.beta)

    def forward(self, x: Tensor) -> Tensor:
        """(N, L, C) to the same."""
        return torch.addcmul(self.beta, self.alpha, x)


class GlobalPool(nn.Module):
    """Mean or maximum over dimensions."""

    def __init__(self, dims: tuple[int, ...], kind: str, keepdim: bool) -> None:
        super().__init__()
        self.dims, self.kind, self.keepdim = dims, kind, keepdim

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, …) to (N, C), or to (N, C, 1, …)."""
        return x.mean(self.dims, self.keepdim) if self.kind == "avg" else x.amax(self.dims, self.keepdim)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"dims={self.dims}, kind={self.kind!r}, keepdim={self.keepdim}"


class MaskedPool(nn.Module):
    """Mean or maximum over the positions where a mask is 1; zeros where there are none."""

    def __init__(self, kind: str, keepdim: bool, first: bool, sizes: int = 1) -> None:
        super().__init__()
        self.kind, self.keepdim, self.first, self.sizes = kind, keepdim, first, sizes

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(N, C, …) or (N, …, C) and (N, …) to (N, C), or with sizes of 1."""
        axis = 2 if self.first else 1
        dim = tuple(range(axis, axis + self.sizes))
        hidden = mask.unsqueeze(1 if self.first else -1) == 0
        count = (~hidden).sum(dim, self.keepdim)
        if self.kind == "avg":
            return x.masked_fill(hidden, 0).sum(dim, self.keepdim) / count.clamp(min=1)
        found = x.masked_fill(hidden, float("-inf")).amax(dim, self.keepdim)
        return found.masked_fill(count == 0, 0)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"kind={self.kind!r}, keepdim={self.keepdim}"


class Multiply(nn.Module):
    """The value times a constant."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> Tensor:
        """Any shape to the same."""
        return x * self.factor

    def extra_repr(self) -> str:
        """The arguments."""
        return f"factor={self.factor}"


class Offset(nn.Module):
    """The value plus a constant."""

    def __init__(self, amount: float) -> None:
        super().__init__()
        self.amount = amount

    def forward(self, x: Tensor) -> Tensor:
        """Any shape to the same."""
        return x + self.amount

    def extra_repr(self) -> str:
        """The arguments."""
        return f"amount={self.amount}"


class PadMode(nn.Module):
    """Values of the inside, or constants, around the size dimensions, the last first; negative numbers crop."""

    def __init__(self, padding: tuple[int, ...], mode: str, last: bool) -> None:
        super().__init__()
        self.padding, self.mode, self.last = padding, mode, last

    def forward(self, x: Tensor) -> Tensor:
        """(N, …) with other sizes."""
        if self.last:
            return F.pad(x.movedim(-1, 1), self.padding, mode=self.mode).movedim(1, -1)
        return F.pad(x, self.padding, mode=self.mode)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"padding={self.padding}, mode={self.mode!r}"


class Pad(nn.Module):
    """Constant values around axes, the last first; negative numbers crop."""

    def __init__(self, padding: tuple[int, ...], value: float) -> None:
        super().__init__()
        self.padding, self.value = padding, value

    def forward(self, x: Tensor) -> Tensor:
        """(N, …) with other sizes."""
        return F.pad(x, self.padding, value=self.value)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"padding={self.padding}, value={self.value}"


class Select(nn.Module):
    """One position of a dimension."""

    def __init__(self, dim: int, index: int) -> None:
        super().__init__()
        self.dim, self.index = dim, index

    def forward(self, x: Tensor) -> Tensor:
        """(N, L, C) to (N, C)."""
        return x.select(self.dim, self.index)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"dim={self.dim}, index={self.index}"


class Resize(nn.Module):
    """Interpolation to a size, by a factor, or like another value, with corners aligned or antialiased."""

    def __init__(
        self,
        mode: str,
        align_corners: bool | None = None,
        antialias: bool = False,
        size: tuple[int, ...] | None = None,
        scale_factor: tuple[float, ...] | None = None,
    ) -> None:
        super().__init__()
        self.mode, self.align_corners, self.antialias = mode, align_corners, antialias
        self.size, self.scale_factor = size, scale_factor

    def forward(self, x: Tensor, like: Tensor | None = None) -> Tensor:
        """(N, C, …) to (N, C, …)."""
        size = self.size if like is None else like.shape[2:]
        scale = None if like is not None or self.scale_factor is None else list(self.scale_factor)
        return F.interpolate(x, size, scale, self.mode, self.align_corners, antialias=self.antialias)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"mode={self.mode!r}, align_corners={self.align_corners}, antialias={self.antialias}"


class ResizeLike(nn.Module):
    """Interpolation to the size of another value."""

    def __init__(self, mode: str) -> None:
        super().__init__()
        self.mode = mode

    def forward(self, x: Tensor, like: Tensor) -> Tensor:
        """(N, C, …) to (N, C, the sizes of the other)."""
        return F.interpolate(x, size=like.shape[2:], mode=self.mode)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"mode={self.mode!r}"


class DropPath(nn.Module):
    """Drops whole samples while training, and scales up the others (stochastic depth, Huang et al. 2016); the `windows`
    of a sample stand one after the other in the batch."""

    def __init__(self, p: float, windows: int = 1) -> None:
        super().__init__()
        self.p, self.windows = p, windows

    def forward(self, x: Tensor) -> Tensor:
        """(N, …) to the same."""
        if not self.training or self.p == 0:
            return x
        keep = 1 - self.p
        mask = x.new_empty(x.shape[0] // self.windows).bernoulli_(keep)
        if keep > 0:
            mask = mask.div_(keep)
        if self.windows > 1:
            mask = mask.repeat_interleave(self.windows)
        # with the batch last the mask fits any number of axes, which a tracer does not know
        return (x.transpose(0, -1) * mask).transpose(0, -1)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"p={self.p}"


class Rearrange(nn.Module):
    """An einops pattern as two reshapes and a permutation, which every tracer of torch understands.

    `split` has the sizes of the axes that each input axis is split into, None for the one to compute; `order` is the
    permutation, and `merge` how many of the permuted axes make up each output axis.
    """

    def __init__(
        self, pattern: str, split: tuple[tuple[int | None, ...], ...], order: tuple[int, ...], merge: tuple[int, ...]
    ) -> None:
        super().__init__()
        self.pattern, self.split, self.order, self.merge = pattern, split, order, merge

    def forward(self, x: Tensor) -> Tensor:
        """The axes of the left side to those of the right."""
        if any(len(group) != 1 for group in self.split):
            x = x.reshape(self._sizes(x))
        x = x.permute(self.order)
        if all(count == 1 for count in self.merge):
            return x
        sizes: list[Any] = []
        axis = 0
        for count in self.merge:
            size: Any = 1
            for step in range(count):
                size = size * x.shape[axis + step]
            axis += count
            sizes.append(size)
        return x.reshape(sizes)

    def _sizes(self, x: Tensor) -> list[Any]:
        """The sizes after the split."""
        sizes: list[Any] = []
        for axis, group in enumerate(self.split):
            known = 1
            for size in group:
                known *= size or 1
            sizes += [x.shape[axis] // known if size is None else size for size in group]
        return sizes

    def extra_repr(self) -> str:
        """The pattern."""
        return repr(self.pattern)


def contiguous(module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """Let a module, as a hook before its forward, see its input with the channels first in memory if on a CPU."""
    (x,) = inputs
    # a contiguous value may have any strides where sizes are 1, and by them torch says where the channels are
    return (x.contiguous().flatten().view(x.shape),) if x.device.type == "cpu" else inputs
