"""Neighborhood attention, the op of the NAT, as a user of archspec would add it."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

import archspec
from archspec.ops import ShapeError
from archspec.ops.base import PerAxis, PositiveInt, Probability, per_axis
from archspec.types import Call, Size, TensorType, Weight
from archspec.types.call import module


@archspec.op
class NeighborhoodAttention(archspec.Op):
    """Each position attends to the nearest ones, with a learned bias per offset (Hassani et al. 2022, section 3).

    Channels last, (N, H, W, C). At a border the nearest positions are those of the outermost kernel that fits.
    """

    name: ClassVar[str] = "neighborhood_attention"
    principal: ClassVar[str | None] = "heads"

    heads: PositiveInt = Field(description="Number of heads; a divisor of the channels.")
    kernel: PerAxis = Field(7, description="Positions that each position sees, one number or one per dimension.")
    attention_dropout: Probability = Field(0, description="Probability of dropping an attention weight in training.")
    dropout: Probability = Field(0, description="Probability of zeroing an output in training.")

    def _kernel(self) -> tuple[int, int]:
        height, width = per_axis(self.kernel, 2, "kernel")
        return height, width

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        if x.vocab is not None or x.channels_first or len(x.size) != 2:
            raise ShapeError(
                "A402",
                f"`{self.name}` needs two dimensions with channels last, found {x}",
                "use `rearrange: n c h w -> n h w c`",
            )
        if x.channels % self.heads != 0:
            message = f"{self.heads} heads do not divide the {x.channels} channels of `{self.name}`"
            raise ShapeError("A404", message, f"give it a multiple of {self.heads} channels", "heads")
        if any(isinstance(n, int) and n < k for n, k in zip(x.size, self._kernel(), strict=True)):
            message = f"`kernel` {self.kernel} is larger than the {x} of `{self.name}`"
            raise ShapeError("A406", message, "give it a larger map, or a smaller `kernel`", "kernel")
        return x

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        c = inputs[0].channels
        height, width = self._kernel()
        return (
            Weight("rpb", (self.heads, 2 * height - 1, 2 * width - 1)),
            Weight("qkv.weight", (3 * c, c)),
            Weight("qkv.bias", (3 * c,)),
            Weight("proj.weight", (c, c)),
            Weight("proj.bias", (c,)),
        )

    def macs(self, output: TensorType, *inputs: TensorType) -> Size:
        height, width = self._kernel()
        c = output.channels
        return output.size[0] * output.size[1] * (4 * c**2 + 2 * height * width * c)

    def lower(self, *inputs: TensorType) -> Call:
        return module(
            "tests.plugins.modules.NeighborhoodAttention",
            channels=inputs[0].channels,
            heads=self.heads,
            kernel=self._kernel(),
            attention_dropout=self.attention_dropout,
            dropout=self.dropout,
        )

    @classmethod
    def weight_names(cls) -> tuple[str, ...]:
        return ("rpb", "qkv.weight", "qkv.bias", "proj.weight", "proj.bias")
