"""Small modules, each with something that an import has to understand."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Of(nn.Module):
    """A module of some parts, whose forward is a function of them and of the inputs."""

    def __init__(self, forward: Callable[..., Tensor], **parts: nn.Module | nn.Parameter) -> None:
        super().__init__()
        for name, part in parts.items():
            setattr(self, name, part)
        self.function = forward

    def forward(self, *inputs: Tensor) -> Tensor:
        return self.function(self, *inputs)


def conv(i: int, o: int, kernel: int = 3, **how: object) -> nn.Conv2d:
    return nn.Conv2d(i, o, kernel, padding=kernel // 2, **how)  # type: ignore[arg-type]


def parameter(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.randn(shape))


def drop_path(x: Tensor, training: bool) -> Tensor:
    if not training:
        return x
    return x * x.new_empty((x.shape[0],) + (1,) * (x.ndim - 1)).bernoulli_(0.75).div_(0.75)


def shuffled(m: Of, x: Tensor) -> Tensor:
    n, c, h, w = x.shape
    return m.a(x.view(n, 2, c // 2, h, w).transpose(1, 2).contiguous().view(n, c, h, w))  # type: ignore[no-any-return]


def attended(m: Of, x: Tensor) -> Tensor:
    n, length, c = x.shape
    q, k, v = (part(x).view(n, length, 2, c // 2).transpose(1, 2) for part in (m.q, m.k, m.v))
    return m.o(F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(n, length, c))  # type: ignore[no-any-return]


def packed(m: Of, x: Tensor) -> Tensor:
    n, length, c = x.shape
    q, k, v = m.qkv(x).reshape(n, length, 3, 2, c // 2).permute(2, 0, 3, 1, 4).unbind(0)
    return m.o(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, length, c))  # type: ignore[no-any-return]


def patched(m: Of, x: Tensor) -> Tensor:
    tokens = m.p(x).flatten(2).transpose(1, 2)
    tokens = torch.cat([m.cls.expand(x.shape[0], -1, -1), tokens], 1) + m.pos
    return m.h(m.n(tokens)[:, 0])  # type: ignore[no-any-return]


def shared(m: Of, x: Tensor) -> Tensor:
    return m.a(torch.relu(m.a(x)))  # type: ignore[no-any-return]


IMAGE, TOKENS, VECTOR = (8, 12, 12), (6, 8), (8,)
ACTS = [nn.ReLU, nn.ReLU6, nn.SiLU, nn.GELU, nn.Hardswish, nn.Hardsigmoid, nn.Sigmoid, nn.Tanh, nn.LeakyReLU, nn.ELU]
ACTS += [nn.Softplus, nn.Mish, nn.PReLU]

SOUND: dict[str, tuple[nn.Module, tuple[int, ...]]] = {
    "convolutions": (
        nn.Sequential(
            conv(8, 16, stride=2), conv(16, 16, groups=16, bias=False), nn.Conv2d(16, 8, (3, 1), padding=(0, 2)),
            nn.Conv2d(8, 8, 3, dilation=2, padding="same"), nn.Conv2d(8, 4, 2), nn.ConvTranspose2d(4, 4, 2, stride=2),
        ), IMAGE,
    ),
    "one dimension": (nn.Sequential(nn.Conv1d(8, 4, 3), nn.BatchNorm1d(4), nn.MaxPool1d(2)), (8, 32)),
    "three dimensions": (nn.Sequential(nn.Conv3d(2, 4, 3), nn.BatchNorm3d(4), nn.AvgPool3d(2)), (2, 8, 8, 8)),
    "norms": (
        nn.Sequential(
            nn.BatchNorm2d(8, eps=1e-3, momentum=0.01), nn.GroupNorm(2, 8), nn.InstanceNorm2d(8, affine=True),
            nn.BatchNorm2d(8, affine=False),
        ), IMAGE,
    ),
    "norms of tokens": (nn.Sequential(nn.LayerNorm(8, eps=1e-6), nn.LayerNorm(8, bias=False), nn.RMSNorm(8)), TOKENS),
    "activations": (nn.Sequential(*[act() for act in ACTS], nn.GELU("tanh"), nn.ReLU(inplace=True)), IMAGE),
    "pooling": (
        nn.Sequential(
            nn.MaxPool2d(3, 2, 1), nn.AvgPool2d(2, ceil_mode=True), nn.AdaptiveAvgPool2d(3), nn.AdaptiveAvgPool2d(1),
            nn.Flatten(), nn.Dropout(0.3), nn.Linear(8, 4, bias=False), nn.Softmax(-1),
        ), IMAGE,
    ),
    "residual": (Of(lambda m, x: torch.relu(m.b(m.a(x)) + x), a=conv(8, 8), b=nn.BatchNorm2d(8)), IMAGE),
    "projection": (
        Of(lambda m, x: m.a(x) + m.short(x), a=conv(8, 16, stride=2), short=nn.Conv2d(8, 16, 1, 2)), IMAGE,
    ),
    "squeeze and excitation": (
        Of(lambda m, x: x * torch.sigmoid(m.a(F.adaptive_avg_pool2d(x, 1))), a=nn.Conv2d(8, 8, 1)), IMAGE,
    ),
    "branches": (Of(lambda m, x: torch.cat([m.a(x), m.b(x), x], 1), a=conv(8, 4), b=conv(8, 2, 1)), IMAGE),
    "shuffle": (Of(shuffled, a=conv(8, 8)), IMAGE),
    "parts": (Of(lambda m, x: torch.cat([m.a(x.chunk(2, 1)[0]), x.chunk(2, 1)[1]], 1), a=conv(4, 4)), IMAGE),
    "range": (Of(lambda m, x: m.a(x[:, 2:6, ::2, 1:]), a=conv(4, 4)), IMAGE),
    "means": (Of(lambda m, x: m.a(x.mean([2, 3])), a=nn.Linear(8, 3)), IMAGE),
    "mean along one axis": (Of(lambda m, x: m.a(x.mean(1)), a=nn.Linear(8, 3)), TOKENS),
    "channels last": (
        Of(
            lambda m, x: m.c(x) + (m.g * m.l(m.n(x.permute(0, 2, 3, 1)))).permute(0, 3, 1, 2),
            c=conv(8, 8), n=nn.LayerNorm(8), l=nn.Linear(8, 8), g=parameter(8),
        ), IMAGE,
    ),
    "layer scale": (Of(lambda m, x: m.a(x) * m.gamma + x, a=conv(8, 8), gamma=parameter(8, 1, 1)), IMAGE),
    "patches": (
        Of(
            patched, p=nn.Conv2d(8, 8, 4, 4), cls=parameter(1, 1, 8), pos=parameter(1, 10, 8), n=nn.LayerNorm(8),
            h=nn.Linear(8, 2),
        ), IMAGE,
    ),
    "attention": (Of(attended, **{name: nn.Linear(8, 8) for name in "qkvo"}), TOKENS),
    "attention of torch": (
        Of(lambda m, x: x + m.a(x, x, x, need_weights=False)[0], a=nn.MultiheadAttention(8, 2, batch_first=True)),
        TOKENS,
    ),
    "packed attention": (Of(packed, qkv=nn.Linear(8, 24), o=nn.Linear(8, 8)), TOKENS),
    "upsampling": (
        Of(
            lambda m, x: m.a(F.interpolate(F.interpolate(x, scale_factor=2.0), size=(10, 14), mode="bilinear")),
            a=conv(8, 2),
        ), IMAGE,
    ),
    "padding": (Of(lambda m, x: m.a(F.pad(F.pad(x, (1, 2, 0, 1)), (1, 1, 1, 1), mode="reflect")), a=conv(8, 2)), IMAGE),
    "constants": (Of(lambda m, x: (m.a(x) * 2.0 - 1.0) / 4.0, a=nn.Linear(8, 8)), VECTOR),
    "pixel shuffle": (nn.Sequential(conv(8, 8), nn.PixelShuffle(2)), IMAGE),
    "dropout and drop path": (
        Of(lambda m, x: x + drop_path(m.d(m.a(x)), m.training), a=nn.Linear(8, 8), d=nn.Dropout(0.1)), TOKENS,
    ),
    "a head for training": (
        Of(lambda m, x: (m.a(x), m.b(torch.relu(x))) if m.training else m.a(x), a=nn.Linear(8, 4), b=nn.Linear(8, 2)),
        VECTOR,
    ),
    "one module twice": (Of(shared, a=conv(8, 8)), IMAGE),
    "views that do nothing": (
        Of(lambda m, x: m.a(x.transpose(1, 2).transpose(1, 2).contiguous()), a=nn.Linear(8, 8)), TOKENS,
    ),
}  # fmt: skip


def branching(m: Of, x: Tensor) -> Tensor:
    return m.a(x) if x.sum() > 0 else x  # type: ignore[no-any-return]


REFUSED: dict[str, tuple[nn.Module, tuple[int, ...], str]] = {
    "no counterpart": (Of(lambda m, x: torch.erf(m.a(x)), a=nn.Linear(8, 8)), VECTOR, "erf.default"),
    "two at once": (
        Of(lambda m, x: torch.erfinv(torch.lgamma(x)) + torch.erf(m.a(x)), a=nn.Linear(8, 8)), VECTOR, "erf.default",
    ),
    "data decides": (Of(branching, a=nn.Linear(8, 8)), VECTOR, "torch.export"),
    "over the batch": (Of(lambda m, x: m.a(x) + x.mean(0, keepdim=True), a=nn.Linear(8, 8)), VECTOR, "mean.dim"),
    "the batch in other axes": (Of(lambda m, x: m.a(x.view(-1, 4)), a=nn.Linear(4, 4)), VECTOR, "the result"),
    "several results": (Of(lambda m, x: (m.a(x), x), a=nn.Linear(8, 8)), VECTOR, "the whole"),
}  # fmt: skip
