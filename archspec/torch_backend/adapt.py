"""Weights for another input: for other channels, and for other positions."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def for_channels(weight: Tensor, channels: int, *, keep: bool) -> Tensor:
    """The weight (C_out, C, …) of a convolution for another number C' of input channels.

    Each of them gets the mean over the C channels, times C / C': where all channels of the input are equal, what the
    convolution computes stays the same. With `keep`, the first C of them stay as they are, and the others get the mean.
    """
    mean = weight.mean(dim=1, keepdim=True, dtype=torch.float64)
    rest = channels - weight.shape[1]
    if keep:
        return torch.cat([weight, mean.to(weight.dtype).expand(-1, rest, *weight.shape[2:])], 1)
    return (mean * weight.shape[1] / channels).expand(-1, channels, *weight.shape[2:])


def interpolated(weight: Tensor, tokens: int, old: Sequence[int], new: Sequence[int]) -> Tensor:
    """Position embeddings (1, L, C), or (L, C), for another grid: (1, L', C). The first `tokens` of them stay as they
    are.

    Grids have one or two dimensions, the slowest first. Bicubic and with antialiasing, in float32, as timm's
    `resample_abs_pos_embed` does it.
    """
    table = weight.reshape(-1, weight.shape[-1])
    kept, values = table[:tokens], table[tokens:]
    if tuple(old) != tuple(new):
        before, after = ((1,) * (2 - len(grid)) + tuple(grid) for grid in (old, new))
        picture = values.float().reshape(1, *before, -1).permute(0, 3, 1, 2)
        picture = F.interpolate(picture, size=after, mode="bicubic", antialias=True)
        values = picture.permute(0, 2, 3, 1).reshape(-1, weight.shape[-1]).to(weight.dtype)
    return torch.cat([kept, values]).unsqueeze(0)
