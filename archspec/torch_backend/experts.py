"""Mixtures of experts."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import has_torch_function


class Experts(nn.Module):
    """Gated MLPs, of which each position goes through those with the largest scores."""

    def __init__(
        self,
        channels: int,
        experts: int,
        hidden: int,
        top_k: int,
        act: str,
        normalize: bool,
        scale: float,
        groups: int,
        top_groups: int,
    ) -> None:
        super().__init__()
        self.channels, self.experts, self.hidden, self.top_k, self.act = channels, experts, hidden, top_k, act
        self.normalize, self.scale, self.groups, self.top_groups = normalize, scale, groups, top_groups
        self.gate_up_proj = nn.Parameter(torch.empty(experts, 2 * hidden, channels))
        self.down_proj = nn.Parameter(torch.empty(experts, channels, hidden))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """As linear layers."""
        for weight in (self.gate_up_proj, self.down_proj):
            bound = weight.shape[2] ** -0.5
            nn.init.uniform_(weight, -bound, bound)

    def forward(self, x: Tensor, scores: Tensor, by: Tensor | None = None) -> Tensor:
        """(N, …, channels), with (N, …, experts), to the same."""
        choice = scores if by is None else by
        if by is not None:
            scores, choice = torch.broadcast_tensors(scores, by)
        chosen = self._chosen(choice)
        weights = scores.gather(-1, chosen)
        if self.normalize:
            weights = weights / (weights.sum(-1, keepdim=True) + 1e-20)
        whole = torch.broadcast_tensors(x[..., :1], weights[..., :1])[0]
        x = x.expand(whole.shape[:-1] + (self.channels,))  # noqa: RUF005
        weights, chosen = (part.expand(whole.shape[:-1] + (self.top_k,)) for part in (weights, chosen))  # noqa: RUF005
        rows = x.reshape(-1, 1, self.channels).expand(-1, self.top_k, -1).flatten(0, 1)
        # only what runs here and now knows how many rows each expert gets
        if has_torch_function((x,)) or x.is_meta or torch.compiler.is_compiling():
            found = self._gathered(rows, chosen.flatten())
        else:
            found = self._grouped(rows, chosen.flatten())
        found = found.unflatten(0, (-1, self.top_k)) * (self.scale * weights.reshape(-1, self.top_k, 1))
        result: Tensor = found.sum(1).reshape(x.shape)
        return result

    def _chosen(self, scores: Tensor) -> Tensor:
        """The numbers of the experts, (N, …, top_k), of equal ones the first."""
        if self.top_groups < self.groups:
            grouped = scores.unflatten(-1, (self.groups, -1))
            worth = grouped.topk(min(2, self.experts // self.groups), dim=-1)[0].sum(-1)
            counts = torch.zeros_like(worth).scatter(-1, self._largest(worth, self.top_groups), 1.0).unsqueeze(-1) > 0
            scores = grouped.masked_fill(~counts, float("-inf")).flatten(-2)
        return self._largest(scores, self.top_k)

    def _largest(self, values: Tensor, count: int) -> Tensor:
        """The numbers of the largest: `topk` does not say which of equals it takes."""
        found = []
        for _ in range(count):
            found.append(values.argmax(-1, keepdim=True))
            values = values.scatter(-1, found[-1], float("-inf"))
        return torch.cat(found, -1)

    def _grouped(self, rows: Tensor, chosen: Tensor) -> Tensor:
        """The rows of each expert together, in one product."""
        order = torch.argsort(chosen, stable=True)
        counts = torch.bincount(chosen, minlength=self.experts).tolist()
        parts = rows[order].split(counts)
        found = []
        for part, gate_up, down in zip(parts, self.gate_up_proj, self.down_proj, strict=True):
            if len(part):
                gate, up = F.linear(part, gate_up).chunk(2, -1)
                found.append(F.linear(getattr(F, self.act)(gate) * up, down))
        return torch.cat(found)[torch.argsort(order)] if found else rows

    def _gathered(self, rows: Tensor, chosen: Tensor) -> Tensor:
        """Each row with the weights of its expert, for what is traced."""
        rows = rows.unsqueeze(1)
        gate, up = torch.bmm(rows, self.gate_up_proj[chosen].transpose(1, 2)).chunk(2, -1)
        return torch.bmm(getattr(F, self.act)(gate) * up, self.down_proj[chosen].transpose(1, 2)).squeeze(1)

    def extra_repr(self) -> str:
        """The arguments."""
        names = ["channels", "experts", "hidden", "top_k", "act", "normalize", "scale", "groups", "top_groups"]
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
