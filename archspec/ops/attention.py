"""Attention (Vaswani et al. 2017)."""

from dataclasses import replace
from typing import ClassVar

from pydantic import Field

from archspec.ops.base import (
    MODULES,
    Op,
    PositiveInt,
    Probability,
    ShapeError,
    channelled,
    channels_last,
    numel,
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


class Sdpa(Op):
    """Scaled dot-product attention over the last size dimension; the others are batch.

    Queries, keys and values are packed on the channel axis in this order: (heads + 2·kv_heads)·d channels in, heads·d
    out. With `kv`, the value holds the queries, heads·d, and the reference the keys and values, 2·kv_heads·d.
    """

    name: ClassVar[str] = "sdpa"
    principal: ClassVar[str | None] = "heads"
    references: ClassVar[tuple[str, ...]] = ("kv",)

    heads: PositiveInt = Field(description="Number of heads.", examples=[8])
    kv: str | None = Field(None, description="Reference to a value that contains keys and values.")
    kv_heads: PositiveInt | None = Field(None, description="Number of key and value heads. Default: `heads`.")
    causal: bool = Field(False, description="Attend only to the same and earlier positions.")

    def _head(self, *inputs: TensorType) -> int:
        """The channels of one head."""
        x = inputs[0]
        for value in inputs:
            channelled("sdpa", value)
            channels_last("sdpa", value)
        kv_heads = self.kv_heads or self.heads
        if self.heads % kv_heads:
            message = f"`kv_heads` {kv_heads} does not divide `heads` {self.heads}"
            raise ShapeError("A404", message, "each key head serves the same number of query heads", "kv_heads")
        if x.is_vector:
            raise ShapeError("A402", "`sdpa` needs a size to attend over, found a vector", "use a sequence")
        if self.kv is None:
            return divides("sdpa", self.heads, x.channels, 2 * kv_heads)
        kv = inputs[1]
        head = divides("sdpa", self.heads, x.channels)
        if kv.channels != 2 * kv_heads * head or kv.size[:-1] != x.size[:-1] or kv.is_vector:
            expected = TensorType(2 * kv_heads * head, (*x.size[:-1], kv.size[-1] if kv.size else 1))
            raise ShapeError("A404", f"`kv` must be {expected}, found {kv}", "keys and values, packed", "kv")
        return head

    def infer(self, *inputs: TensorType) -> TensorType:
        return replace(inputs[0], channels=self.heads * self._head(*inputs))

    def macs(self, output: TensorType, *inputs: TensorType) -> Size:
        queries, keys = inputs[0].size[-1], inputs[-1].size[-1]
        return 2 * numel(inputs[0].size[:-1]) * self.heads * queries * keys * self._head(*inputs)

    def lower(self, *inputs: TensorType) -> Call:
        kv_heads = self.kv_heads or self.heads
        return module(f"{MODULES}.Sdpa", heads=self.heads, kv_heads=kv_heads, causal=self.causal)

    def full(self, *inputs: TensorType) -> "Sdpa":
        return self.model_copy(update={"kv_heads": self.kv_heads or self.heads})


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
