"""The ops by name: one line each."""

from __future__ import annotations

from archspec.ops.act import Act
from archspec.ops.attention import Attention, Sdpa
from archspec.ops.base import Op
from archspec.ops.conv import Conv, ConvTranspose
from archspec.ops.elementwise import ClassToken, Dropout, Identity, Multiply, Position, Scale
from archspec.ops.linear import Embedding, Linear
from archspec.ops.norm import Norm
from archspec.ops.pool import AdaptivePool, AvgPool, GlobalPool, MaxPool
from archspec.ops.rearrange import Rearrange
from archspec.ops.shape import Flatten, Pad, PixelShuffle, Select, Softmax, Upsample

OPS: dict[str, type[Op]] = {
    op.name: op
    for op in (
        Conv, ConvTranspose, Linear, Norm, Act, MaxPool, AvgPool, AdaptivePool, GlobalPool, Flatten, Dropout, Rearrange,
        Upsample, PixelShuffle, Pad, Softmax, Identity, Multiply, Scale, Position, ClassToken, Select, Embedding,
        Attention, Sdpa,
    )
}  # fmt: skip
