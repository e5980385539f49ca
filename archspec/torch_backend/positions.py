"""What is said of positions: biases by distance, codes, coordinates."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
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


class T5Bias(nn.Module):
    """A learned bias for each bucket of distances (Raffel et al. 2020), heads × queries × keys.

    `axes` are those of the queries and keys in the values that are as long as they.
    """

    def __init__(self, heads: int, buckets: int, max_distance: int, bidirectional: bool, axes: tuple[int, int]) -> None:
        super().__init__()
        self.buckets, self.max_distance, self.bidirectional, self.axes = buckets, max_distance, bidirectional, axes
        self.weight = nn.Parameter(torch.empty(buckets, heads))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """As an embedding."""
        nn.init.normal_(self.weight)

    def forward(self, x: Tensor, keys: Tensor | None = None) -> Tensor:
        """(N, …, L, …) and the same of the keys to (1, heads, L, keys)."""
        queries = self.weight.new_ones(x.shape[self.axes[0]], dtype=torch.int64).cumsum(0).unsqueeze(1)
        asked = x if keys is None else keys
        distance = self.weight.new_ones(asked.shape[self.axes[1]], dtype=torch.int64).cumsum(0) - queries
        count = self.buckets
        if self.bidirectional:
            count //= 2
            first = (distance > 0) * count
            distance = distance.abs()
        else:
            first, distance = torch.zeros_like(distance), (-distance).clamp(min=0)
        exact = count // 2
        # in float32 whatever the weight is, as it was trained: a bucket more or less is another bias
        share = torch.log(distance.clamp(min=1).to(torch.float32) / exact) / math.log(self.max_distance / exact)
        far = (exact + (share * (count - exact)).to(torch.int64)).clamp(max=count - 1)
        buckets = first + torch.where(distance < exact, distance, far)
        return F.embedding(buckets, self.weight).permute(2, 0, 1).unsqueeze(0)

    def extra_repr(self) -> str:
        """The arguments."""
        buckets, heads = self.weight.shape
        return f"{heads}, {buckets}, {self.max_distance}, bidirectional={self.bidirectional}"


class Alibi(nn.Module):
    """A bias that falls with the distance, for each head by its slope (Press et al. 2022), heads × queries × keys."""

    home: Tensor

    def __init__(self, heads: int, axes: tuple[int, int]) -> None:
        super().__init__()
        # moves along to the network's device and dtype
        self.register_buffer("home", torch.empty(0), persistent=False)
        self.heads, self.axes = heads, axes
        # the slopes of the power of 2 below, and every other one of the power above
        whole = 1 << (heads.bit_length() - 1)
        slopes = [2.0 ** (-8 * i / whole) for i in range(1, whole + 1)]
        slopes += [2.0 ** (-4 * i / whole) for i in range(1, 2 * whole, 2)]
        self.slopes = slopes[:heads]

    def forward(self, x: Tensor, keys: Tensor | None = None) -> Tensor:
        """(N, …, L, …) and the same of the keys to (1, heads, L, keys)."""
        # float32, or float64 where the network is
        wide = self.home.new_zeros(1) + self.home.new_zeros(1, dtype=torch.float32)
        asked = x if keys is None else keys
        queries = x.new_ones(x.shape[self.axes[0]], dtype=torch.float32).cumsum(0).unsqueeze(1)
        distance = (x.new_ones(asked.shape[self.axes[1]], dtype=torch.float32).cumsum(0) - queries).abs()
        bias = -wide.new_tensor(self.slopes).unsqueeze(-1).unsqueeze(-1) * distance
        return bias.unsqueeze(0).type_as(self.home)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"{self.heads}"


class Coordinates(nn.Module):
    """The numbers of each position along every size dimension: of a value, from the axis `first` on, or of a `size`."""

    home: Tensor

    def __init__(
        self,
        start: tuple[float, ...],
        normalize: str | None,
        eps: float,
        reverse: bool,
        size: tuple[int, ...] = (),
        first: int = 0,
    ) -> None:
        super().__init__()
        self.start, self.normalize, self.eps, self.reverse = start, normalize, eps, reverse
        self.size, self.first = size, first
        # moves along to the network's device and dtype
        self.register_buffer("home", torch.empty(0), persistent=False)

    def forward(self, x: Tensor | None = None) -> Tensor:
        """(N, …) to (1, sizes, dimensions)."""
        # float32, or float64 where the network is
        wide = self.home.new_zeros(1) + self.home.new_zeros(1, dtype=torch.float32)
        like = self.home if x is None else x
        axes = range(len(self.start))
        sizes = [self.size[axis] if x is None else x.shape[self.first + axis] for axis in axes]
        parts = []
        for axis, start in enumerate(self.start):
            n = sizes[axis]
            numbers = like.new_ones(n, dtype=torch.float32).cumsum(0) + wide + (start - 1)
            if self.normalize == "count":
                numbers = numbers / n
            elif self.normalize == "last":
                last = numbers[-1:] + self.eps
                numbers = numbers / torch.where(last == 0, torch.ones_like(last), last)
            parts.append(numbers.reshape([-1 if other == axis else 1 for other in axes]).expand(sizes))
        return torch.stack(parts[::-1] if self.reverse else parts, -1).unsqueeze(0).type_as(self.home)

    def extra_repr(self) -> str:
        """The arguments."""
        of = f", size={self.size}" if self.size else ""
        return f"start={self.start}, normalize={self.normalize!r}, eps={self.eps}, reverse={self.reverse}{of}"


class Sinusoidal(nn.Module):
    """Sines and cosines of each channel for several frequencies; `ids` are channels of one number.

    Computed in float32, or in float64 where the network is.
    """

    home: Tensor

    def __init__(
        self,
        features: int,
        base: float,
        cos_first: bool,
        interleaved: bool,
        endpoint: bool,
        keep: bool,
        ids: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__()
        self.features, self.base, self.cos_first = features, base, cos_first
        self.interleaved, self.endpoint, self.keep, self.ids, self.axis = interleaved, endpoint, keep, ids, axis
        count = features // 2
        self.frequencies = [math.exp(-math.log(base) * i / (count - endpoint)) for i in range(count)]
        # moves along to the network's device and dtype
        self.register_buffer("home", torch.empty(0), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """(…, channels) to (…, channels·features), and `keep` more."""
        like = self.home if self.ids else x
        x = x.unsqueeze(-1).type_as(self.home) if self.ids else x.movedim(self.axis, -1)
        wide = x + x.new_zeros(1, dtype=torch.float32)
        angles = wide.unsqueeze(-1) * wide.new_tensor(self.frequencies)
        pair = [angles.cos(), angles.sin()] if self.cos_first else [angles.sin(), angles.cos()]
        codes = torch.stack(pair, -1).flatten(-2) if self.interleaved else torch.cat(pair, -1)
        y = codes.flatten(-2).type_as(like)
        return (torch.cat([x, y], -1) if self.keep else y).movedim(-1, self.axis)

    def extra_repr(self) -> str:
        """The arguments."""
        names = ["features", "base", "cos_first", "interleaved", "endpoint", "keep"]
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in names)


class Octaves(nn.Module):
    """Sines and cosines of all channels for the frequencies 1, 2, 4, … (Mildenhall et al. 2020).

    Computed in float32, or in float64 where the network is.
    """

    home: Tensor

    def __init__(self, octaves: int, keep: bool, ids: bool = False, axis: int = -1) -> None:
        super().__init__()
        self.octaves, self.keep, self.ids, self.axis = octaves, keep, ids, axis
        # moves along to the network's device and dtype
        self.register_buffer("home", torch.empty(0), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """(…, channels) to (…, 2·octaves·channels), and `keep` more."""
        like = self.home if self.ids else x
        x = x.unsqueeze(-1).type_as(self.home) if self.ids else x.movedim(self.axis, -1)
        wide = x + x.new_zeros(1, dtype=torch.float32)
        angles = wide.unsqueeze(-2) * wide.new_tensor([[2.0**i] for i in range(self.octaves)])
        y = torch.stack([angles.sin(), angles.cos()], -2).flatten(-3).type_as(like)
        return (torch.cat([x, y], -1) if self.keep else y).movedim(-1, self.axis)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"{self.octaves}, keep={self.keep}"
