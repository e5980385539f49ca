"""Global response normalization, the op of ConvNeXt V2, as a user of archspec would add it."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

import archspec
from archspec.ops import ShapeError
from archspec.types import Call, TensorType, Weight
from archspec.types.call import module


@archspec.op
class GlobalResponseNorm(archspec.Op):
    """Global response normalization (Woo et al. 2023, ConvNeXt V2, section 4): channels compete by their norms.

    A channel's norm over all positions, as a share of the mean norm of the channels, scales the channel; `weight` and
    `bias` learn how much of that is added to the value. They start at zero, where the op is the identity.
    """

    name: ClassVar[str] = "global_response_norm"

    eps: float = Field(1e-6, ge=0, description="Added to the mean norm of the channels.")

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        if x.vocab is not None or x.is_vector:
            help = "put it before `global_pool` or `flatten`, where there are positions to take norms over"
            raise ShapeError("A402", f"`{self.name}` needs channels with a size, found {x}", help)
        return x

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        (x,) = inputs
        return Weight("weight", (x.channels,)), Weight("bias", (x.channels,))

    def macs(self, output: TensorType, *inputs: TensorType) -> int:
        return 0

    def lower(self, *inputs: TensorType) -> Call:
        (x,) = inputs
        return module(
            "tests.plugins.modules.GlobalResponseNorm",
            channels=x.channels,
            dimensions=len(x.size),
            channels_first=x.channels_first,
            eps=self.eps,
        )

    @classmethod
    def weight_names(cls) -> tuple[str, ...]:
        return ("weight", "bias")
