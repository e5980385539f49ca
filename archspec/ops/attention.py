"""Attention with projections (Vaswani et al. 2017)."""

from typing import ClassVar

from pydantic import Field

from archspec.ops.base import (
    MODULES,
    Op,
    PositiveInt,
    Probability,
    ShapeError,
    channels_last,
    count,
    sequence_length,
)
from archspec.types.call import Call, Weight, module
from archspec.types.sizes import Size
from archspec.types.tensor import TensorType


class Attention(Op):
    """Multi-head self-attention with projections, like `torch.nn.MultiheadAttention` with the batch first."""

    name: ClassVar[str] = "attention"
    principal: ClassVar[str | None] = "heads"

    heads: PositiveInt = Field(description="Number of heads; must divide the channels.", examples=[8])
    dropout: Probability = Field(0, description="Dropout probability of attention weights in training.")
    bias: bool = Field(True, description="Add biases to the projections.")

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        sequence_length("attention", x)
        channels_last("attention", x)
        divides("attention", self.heads, x.channels)
        return x

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        c = inputs[0].channels
        found = [Weight("in_proj_weight", (3 * c, c)), Weight("out_proj.weight", (c, c))]
        if self.bias:
            found.insert(1, Weight("in_proj_bias", (3 * c,)))
            found.append(Weight("out_proj.bias", (c,)))
        return tuple(found)

    def macs(self, output: TensorType, *inputs: TensorType) -> Size:
        (x,) = inputs
        return 4 * x.size[0] * x.channels**2 + 2 * x.size[0] * x.size[0] * x.channels

    def lower(self, *inputs: TensorType) -> Call:
        return module(
            f"{MODULES}.SelfAttention",
            embed_dim=inputs[0].channels,
            num_heads=self.heads,
            dropout=self.dropout,
            bias=self.bias,
        )

    @classmethod
    def weight_names(cls) -> tuple[str, ...]:
        return ("in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias")


def divides(op: str, heads: int, channels: int, packed: int = 0) -> int:
    """The channels of one head, or a `ShapeError` where the heads do not divide the channels.

    `packed` are further heads in the same channels, those of keys and values.
    """
    count = heads + packed
    if channels % count != 0:
        what = f"{heads} heads" + (f" and {packed} for keys and values" if packed else "")
        help = f"give it a multiple of {count} channels" + ("" if packed else f", or heads that divide {channels}")
        raise ShapeError("A404", f"{what} do not divide the {channels} channels of `{op}`", help, "heads")
    return channels // count


def key_mask(op: str, mask: TensorType, rank: int) -> tuple[Size, ...]:
    """The sizes of a mask of keys whose own value has `rank` of them, those in front filled up with ones."""
    if mask.vocab is None or mask.vocab > 2:
        message = f"`mask` of `{op}` takes ids, 0 or 1 for each key; found {_kind(mask)}"
        raise ShapeError("A402", message, "declare them as `{vocab: 2, length: L}`", "mask")
    if len(mask.size) not in (1, rank):
        message = f"`mask` has {count(len(mask.size), 'size')}; `{op}` takes one id for each key"
        raise ShapeError("A405", message, "a sequence of ids, as long as the keys", "mask")
    return (1,) * (rank - len(mask.size)) + mask.size


def _kind(x: TensorType) -> str:
    return str(x) if x.vocab is None else f"ids of {x.vocab} kinds"
