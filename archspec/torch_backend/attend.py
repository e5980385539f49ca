"""Attention, with projections and without, of one value and of several."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.overrides import has_torch_function


def fused(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    hidden: Tensor | None = None,
    dropout: float = 0.0,
    causal: bool = False,
    scale: float | None = None,
    groups: int = 1,
) -> Tensor:
    """Torch's fused attention of (N, …, heads, L, width), where `groups` heads of queries share one of keys and values.

    ONNX has it of four axes alone: all in front become one. And before opset 23 it knows no shared heads.
    """
    if not torch.compiler.is_exporting():
        return F.scaled_dot_product_attention(q, k, v, hidden, dropout, causal, scale=scale, enable_gqa=groups > 1)
    k, v = repeated(k, groups), repeated(v, groups)
    if q.dim() == 4:
        return F.scaled_dot_product_attention(q, k, v, hidden, dropout, causal, scale=scale)
    front = q.shape[:-3]
    if hidden is not None and hidden.dim() == q.dim():
        shared = all(n == 1 for n in hidden.shape[:-3])
        hidden = (hidden if shared else hidden.expand(*front, -1, -1, -1)).flatten(0, -4)
    q, k, v = (part.flatten(0, -4) for part in (q, k, v))
    y = F.scaled_dot_product_attention(q, k, v, hidden, dropout, causal, scale=scale)
    return y.reshape(*front, *y.shape[-3:])


def repeated(part: Tensor, groups: int) -> Tensor:
    """Keys or values, (N, …, heads, L, width), with each head as often as heads of queries share it."""
    return part if groups == 1 else part.repeat_interleave(groups, dim=-3)


class Sdpa(nn.Module):
    """Scaled dot-product attention over packed queries, keys and values."""

    def __init__(self, heads: int, kv_heads: int, causal: bool) -> None:
        super().__init__()
        self.heads, self.kv_heads, self.causal = heads, kv_heads, causal

    def forward(self, x: Tensor, kv: Tensor | None = None) -> Tensor:
        """(N, …, L, (heads + 2·kv_heads)·d) to (N, …, L, heads·d); with `kv`, queries and packed keys and values."""
        if kv is None:
            d = x.shape[-1] // (self.heads + 2 * self.kv_heads)
            q, k, v = x.split([self.heads * d, self.kv_heads * d, self.kv_heads * d], dim=-1)
        else:
            q, (k, v) = x, kv.chunk(2, dim=-1)
        q, k, v = (
            part.unflatten(-1, (heads, -1)).transpose(-3, -2)
            for part, heads in ((q, self.heads), (k, self.kv_heads), (v, self.kv_heads))
        )
        y = fused(q, k, v, causal=self.causal, groups=self.heads // self.kv_heads)
        return y.transpose(-3, -2).flatten(-2)

    def extra_repr(self) -> str:
        """The arguments."""
        return f"heads={self.heads}, kv_heads={self.kv_heads}, causal={self.causal}"


class Attend(nn.Module):
    """Scaled dot-product attention; `takes` names the values that it is given beside the first.

    Logits are scaled, capped, biased and hidden, in this order; a query with no key left gives zeros.
    """

    def __init__(
        self,
        heads: int,
        kv_heads: int,
        key_dim: int,
        value_dim: int,
        takes: tuple[str, ...] = (),
        causal: bool = False,
        window: int | None = None,
        softcap: float | None = None,
        scale: float | None = None,
        dropout: float = 0.0,
        mask_axes: int = 0,
        bias_axes: int = 0,
        sinks_axes: int = 0,
    ) -> None:
        super().__init__()
        self.heads, self.kv_heads, self.key_dim, self.value_dim = heads, kv_heads, key_dim, value_dim
        self.takes, self.causal, self.window = takes, causal, window
        self.softcap, self.scale, self.dropout = softcap, scale, dropout
        self.mask_axes, self.bias_axes, self.sinks_axes = mask_axes, bias_axes, sinks_axes
        self.groups = heads // kv_heads

    def forward(self, x: Tensor, *others: Tensor) -> Tensor:
        """(N, …, L, channels) to (N, …, L, heads·value_dim)."""
        given = dict(zip(self.takes, others, strict=True))
        q, k, v = self._heads(x, given)
        mask, bias = self._mask(given, x.shape[0]), self._bias(given, q)
        if given:
            q, k, v = self._broadcast(q, k, v, [part for part in (mask, bias) if part is not None])
        plain = self.softcap is None and "sinks" not in given
        if plain and mask is None and bias is None and self.window is None:
            p = self.dropout if self.training else 0.0
            return self._merged(fused(q, k, v, None, p, self.causal, self.scale, self.groups))
        allowed, seen = self._allowed(q, k, mask)
        compute = self._fused if plain else self._explicit
        y = compute(q, k, v, bias, allowed, given.get("sinks"))
        if seen is not None:
            y = y.masked_fill(~seen, 0)
        return self._merged(y)

    def _merged(self, y: Tensor) -> Tensor:
        """(N, …, heads, L, width) to (N, …, L, heads·width)."""
        y = y.transpose(-3, -2)
        if torch.compiler.is_exporting():
            # what torch makes of fused attention for ONNX may lie in memory in another way, of which there is no view
            y = y.clone(memory_format=torch.contiguous_format)
        return y.flatten(-2)

    def _heads(self, x: Tensor, given: dict[str, Tensor]) -> tuple[Tensor, ...]:
        """Queries, keys and values, each (N, …, heads, L, width)."""
        d, kv_heads = self.key_dim, self.kv_heads
        if "kv" in given:
            q, (k, v) = x, given["kv"].split([kv_heads * d, kv_heads * self.value_dim], -1)
        elif "key" in given:
            q, k, v = x, given["key"], given.get("value", given["key"])
        else:
            q, k, v = x.split([self.heads * d, kv_heads * d, kv_heads * self.value_dim], -1)
        return tuple(
            part.unflatten(-1, (heads, -1)).transpose(-3, -2)
            for part, heads in ((q, self.heads), (k, kv_heads), (v, kv_heads))
        )

    def _mask(self, given: dict[str, Tensor], batch: int) -> Tensor | None:
        """Where keys take part, (N, …, 1, 1 or queries, keys)."""
        mask: Tensor | None = None
        if "mask" in given:
            mask = given["mask"] != 0
            for _ in range(self.mask_axes):
                mask = mask.unsqueeze(1)
            mask = mask.unsqueeze(-2).unsqueeze(-2)
        if "seam" in given:
            # (1, windows, L, L), for the windows of each sample
            windows = given["seam"].shape[1]
            seam = given["seam"][0].repeat(batch // windows, 1, 1).unsqueeze(1)
            mask = seam if mask is None else mask & seam
        return mask

    def _bias(self, given: dict[str, Tensor], q: Tensor) -> Tensor | None:
        """(N, heads, …, queries, keys) as (N, …, heads, queries, keys)."""
        if "bias" not in given:
            return None
        bias = given["bias"].type_as(q)
        for _ in range(self.bias_axes):
            bias = bias.unsqueeze(2)
        return bias.movedim(1, -3)

    def _broadcast(self, q: Tensor, k: Tensor, v: Tensor, others: list[Tensor]) -> tuple[Tensor, ...]:
        """Queries, keys and values with the batch and sizes in front that all have together, and as many keys."""
        fronts = [part[..., :1, :1, :1] for part in (q, *others)]
        whole = torch.broadcast_tensors(k[..., :1, :, :1], v[..., :1, :, :1], *fronts)[0]
        front, keys = whole.shape[:-3], (-1, whole.shape[-2], -1)
        return q.expand(front + (-1, -1, -1)), k.expand(front + keys), v.expand(front + keys)  # noqa: RUF005

    def _allowed(self, q: Tensor, k: Tensor, mask: Tensor | None) -> tuple[Tensor | None, Tensor | None]:
        """Which keys each query sees, and whether it sees any; one that sees none here sees all."""
        allowed = mask
        if self.causal or self.window is not None:
            near = q.new_ones(q.shape[-2], k.shape[-2], dtype=torch.bool)
            if self.causal:
                near = near.tril()
            elif self.window is not None:
                near = near.tril(self.window)
            if self.window is not None:
                near = near.triu(1 - self.window if self.causal else -self.window)
            allowed = near if mask is None else mask & near
        if allowed is None or (mask is None and self.window is None):
            return allowed, None
        seen = allowed.any(-1, keepdim=True)
        return allowed | ~seen, seen

    def _fused(
        self, q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None, allowed: Tensor | None, sinks: Tensor | None
    ) -> Tensor:
        """By torch's fused attention, without sinks."""
        hidden = allowed
        if bias is not None:
            hidden = bias if allowed is None else bias.masked_fill(~allowed, float("-inf"))
        p = self.dropout if self.training else 0.0
        return fused(q, k, v, hidden, p, scale=self.scale, groups=self.groups)

    def _explicit(
        self, q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None, allowed: Tensor | None, sinks: Tensor | None
    ) -> Tensor:
        """By the formula, which the fused attention lacks."""
        k, v = repeated(k, self.groups), repeated(v, self.groups)
        logits = q @ k.transpose(-2, -1) * (self.key_dim**-0.5 if self.scale is None else self.scale)
        if self.softcap is not None:
            logits = self.softcap * torch.tanh(logits / self.softcap)
        if bias is not None:
            logits = logits + bias
        if allowed is not None:
            logits = logits.masked_fill(~allowed, float("-inf"))
        if sinks is None:
            weights = logits.softmax(-1)
        else:
            for _ in range(self.sinks_axes):
                sinks = sinks.unsqueeze(1)
            sink = sinks.unsqueeze(-1).unsqueeze(-1)
            sink = (torch.zeros_like(logits[..., :1]) + sink).type_as(logits)
            # sinks may have a batch that nothing else has
            logits = logits.expand(sink.shape[:-1] + (-1,))  # noqa: RUF005
            weights = torch.cat([logits, sink], -1).softmax(-1)[..., :-1]
        return F.dropout(weights, self.dropout, self.training) @ v

    def extra_repr(self) -> str:
        """The arguments."""
        names: list[str] = ["heads", "kv_heads", "key_dim", "value_dim", "takes", "causal"]
        more: list[str] = ["window", "softcap", "scale", "dropout"]
        shown: dict[str, Any] = {name: getattr(self, name) for name in names}
        shown |= {name: getattr(self, name) for name in more if getattr(self, name)}
        return ", ".join(f"{name}={value!r}" for name, value in shown.items())


class SelfAttention(nn.MultiheadAttention):
    """Self-attention, batch first."""

    def __init__(self, embed_dim: int, num_heads: int, dropout: float, bias: bool) -> None:
        super().__init__(embed_dim, num_heads, dropout=dropout, bias=bias, batch_first=True)

    def reset_parameters(self) -> None:
        """As `nn.MultiheadAttention` starts; its output projection has been reset before, and here loses its bias."""
        self._reset_parameters()

    def forward(self, x: Tensor) -> Tensor:  # type: ignore[override]
        """(N, L, C) to the same."""
        if not has_torch_function((x,)):
            return super().forward(x, x, x, need_weights=False)[0]
        # what the line above comes down to, without the branches on sizes that a tracer cannot follow
        x = x.transpose(0, 1)
        y, _ = F.multi_head_attention_forward(
            x, x, x, self.embed_dim, self.num_heads, self.in_proj_weight, self.in_proj_bias, None, None, False,
            self.dropout, self.out_proj.weight, self.out_proj.bias, self.training, need_weights=False,
        )  # fmt: skip
        return y.transpose(0, 1)


class CrossAttention(nn.MultiheadAttention):
    """Attention to other values, or to some of the keys; `takes` names the values that it is given beside the first.

    A query with no key left gives zeros before the output projection.
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float,
        bias: bool,
        kdim: int,
        vdim: int,
        takes: tuple[str, ...],
    ) -> None:
        super().__init__(embed_dim, num_heads, dropout=dropout, bias=bias, kdim=kdim, vdim=vdim, batch_first=True)
        self.takes, self.has_bias = takes, bias

    def reset_parameters(self) -> None:
        """As `nn.MultiheadAttention` starts; its output projection has been reset before, and here loses its bias."""
        self._reset_parameters()

    def forward(self, x: Tensor, *others: Tensor) -> Tensor:  # type: ignore[override]
        """(N, L, C) to the same."""
        given = dict(zip(self.takes, others, strict=True))
        key = given.get("key", x)
        q, k, v = (
            part.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
            for part in self._projected(x, key, given.get("value", key))
        )
        fronts = [part[:, :1, :1, :1] for part in (q, k, v)]
        allowed = seen = None
        if "mask" in given:
            allowed = (given["mask"] != 0).unsqueeze(1).unsqueeze(1)
            fronts.append(allowed[..., :1])
        if "seam" in given:
            # (1, windows, L, L), for the windows of each sample
            sides = given["seam"][0].repeat(x.shape[0] // given["seam"].shape[1], 1, 1).unsqueeze(1)
            allowed = sides if allowed is None else allowed & sides
        if "mask" in given and allowed is not None:
            seen = allowed.any(-1, keepdim=True)
            allowed = allowed | ~seen
        batch = torch.broadcast_tensors(*fronts)[0].shape[0]
        q, k, v = (part.expand(batch, -1, -1, -1) for part in (q, k, v))
        if "value" in given:
            v = v.expand(-1, -1, k.shape[2], -1)
        y = F.scaled_dot_product_attention(q, k, v, allowed, self.dropout if self.training else 0.0)
        if seen is not None:
            y = y.masked_fill(~seen, 0)
        found: Tensor = self.out_proj(y.transpose(1, 2).flatten(2))
        return found

    def _projected(self, x: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, ...]:
        """What queries, keys and values are."""
        if self._qkv_same_embed_dim:
            q, k, v = self.in_proj_weight.chunk(3)
        else:
            q, k, v = self.q_proj_weight, self.k_proj_weight, self.v_proj_weight
        if not self.has_bias:
            return F.linear(x, q), F.linear(key, k), F.linear(value, v)
        a, b, c = self.in_proj_bias.chunk(3)
        return F.linear(x, q, a), F.linear(key, k, b), F.linear(value, v, c)
