"""Rotary positions."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn


class Rotary(nn.Module):
    """Turns pairs of channels by angles that grow with the position (Su et al. 2021), which are float32.

    Of each head, `turned` channels turn, the others pass. `grid` are height and width, or the first axis of a value
    that has them; half of the angles are then those of rows, the others of columns.
    """

    def __init__(
        self,
        heads: int,
        head_dim: int,
        turned: int,
        theta: float,
        last: bool = False,
        interleaved: bool = False,
        scaling: tuple[tuple[str, Any], ...] = (),
        positions_axes: int | None = None,
        grid: tuple[int, int] | int | None = None,
        centered: bool = False,
        skip: int = 0,
        rest: int = 0,
    ) -> None:
        super().__init__()
        self.heads, self.head_dim, self.turned, self.theta = heads, head_dim, turned, theta
        self.last, self.interleaved, self.scaling = last, interleaved, scaling
        self.positions_axes, self.grid, self.centered = positions_axes, grid, centered
        self.skip, self.rest = skip, rest
        step = 2 if grid is None else 4
        self.frequencies = [theta ** (-i / turned) for i in range(0, turned, step)]
        self.attention_factor = 1.0
        if scaling:
            self._scale(**dict(scaling))

    def forward(self, x: Tensor, *others: Tensor) -> Tensor:
        """(N, …, L, heads·head_dim + rest) to the same."""
        # as published networks compute them, whatever the dtype of their weights is
        wide = x.new_zeros(1, dtype=torch.float32)
        angles = self._angles(wide, x, others).unsqueeze(-2)
        cos = (angles.cos() * self.attention_factor).type_as(x)
        sin = (angles.sin() * self.attention_factor).type_as(x)
        kept, turning = x[..., : self.skip, :], x[..., self.skip :, :]
        behind = turning[..., self.heads * self.head_dim :]
        if self.rest:
            turning = turning[..., : self.heads * self.head_dim]
        heads = turning.unflatten(-1, (self.heads, self.head_dim))
        passes = self.head_dim - self.turned
        before, heads, after = heads.split([passes, self.turned, 0] if self.last else [0, self.turned, passes], -1)
        a, b = (heads[..., ::2], heads[..., 1::2]) if self.interleaved else heads.chunk(2, -1)
        pair = [a * cos - b * sin, b * cos + a * sin]
        heads = torch.stack(pair, -1).flatten(-2) if self.interleaved else torch.cat(pair, -1)
        if passes:
            heads = torch.cat([before, heads] if self.last else [heads, after], -1)
        y = heads.flatten(-2)
        if self.rest:
            y = torch.cat([y, behind], -1)
        return torch.cat([kept, y], -2) if self.skip else y

    def _angles(self, wide: Tensor, x: Tensor, others: tuple[Tensor, ...]) -> Tensor:
        """(L - skip, turned / 2), or (N, …, L - skip, turned / 2)."""
        frequencies = wide.new_tensor(self.frequencies)
        if self.grid is None:
            if self.positions_axes is None:
                positions = wide.new_ones(x.shape[-2]).cumsum(0) - 1
            else:
                positions = others[0].type_as(wide)
                for _ in range(self.positions_axes):
                    positions = positions.unsqueeze(1)
            return positions[..., self.skip :].unsqueeze(-1) * frequencies
        if isinstance(self.grid, int):
            height, width = others[0].shape[self.grid], others[0].shape[self.grid + 1]
        else:
            height, width = self.grid
        rows, columns = (self._coordinates(wide, n).unsqueeze(-1) * frequencies for n in (height, width))
        rows = rows.unsqueeze(1).expand(-1, width, -1)
        columns = columns.unsqueeze(0).expand(height, -1, -1)
        return torch.cat([rows, columns], -1).flatten(0, 1)

    def _coordinates(self, wide: Tensor, n: int) -> Tensor:
        """0, 1, …, n - 1, or as many numbers between -2π and 2π."""
        numbers = wide.new_ones(n).cumsum(0) - 1
        return 2 * math.pi * (2 * (numbers + 0.5) / n - 1) if self.centered else numbers

    def _scale(self, type: str, factor: float, **given: Any) -> None:
        """Stretch the positions, as transformers does."""
        if type == "linear":
            self.frequencies = [f / factor for f in self.frequencies]
        elif type == "llama3":
            low, high = given["low_freq_factor"], given["high_freq_factor"]
            for i, f in enumerate(self.frequencies):
                turns = given["original_max_position_embeddings"] * f / (2 * math.pi)
                share = min(max((turns - low) / (high - low), 0.0), 1.0)
                self.frequencies[i] = (1 - share) * f / factor + share * f
        else:
            self._scale_by_yarn(factor, **given)

    def _scale_by_yarn(
        self,
        factor: float,
        original_max_position_embeddings: int,
        beta_fast: float,
        beta_slow: float,
        mscale: float | None = None,
        mscale_all_dim: float | None = None,
        attention_factor: float | None = None,
    ) -> None:
        """Fast angles stay, slow ones are divided (Peng et al. 2023)."""

        def dimension(turns: float) -> float:
            period = original_max_position_embeddings / (turns * 2 * math.pi)
            return self.turned * math.log(period) / (2 * math.log(self.theta))

        def growth(weight: float) -> float:
            return 0.1 * weight * math.log(factor) + 1.0 if factor > 1 else 1.0

        low = max(math.floor(dimension(beta_fast)), 0)
        high: float = min(math.ceil(dimension(beta_slow)), self.turned - 1)
        if low == high:
            high += 0.001
        for i, f in enumerate(self.frequencies):
            scaled = min(max((i - low) / (high - low), 0.0), 1.0)
            self.frequencies[i] = f / factor * scaled + f * (1 - scaled)
        if attention_factor is not None:
            self.attention_factor = attention_factor
        elif mscale and mscale_all_dim:
            self.attention_factor = growth(mscale) / growth(mscale_all_dim)
        else:
            self.attention_factor = growth(1.0)

    def extra_repr(self) -> str:
        """The arguments."""
        names = ["heads", "head_dim", "turned", "theta", "last", "interleaved", "scaling", "grid", "skip"]
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in names if getattr(self, name))
