"""Shifted-window attention, the op of the Swin Transformer, as a user of archspec would add it."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

import archspec
from archspec.ops import ShapeError
from archspec.ops.base import PerAxis, PerAxisFromZero, PositiveInt, Probability, per_axis
from archspec.types import Call, Size, TensorType, Weight
from archspec.types.call import module
from archspec.types.sizes import ceil_div


@archspec.op
class ShiftedWindowAttention(archspec.Op):
    """Self-attention inside windows, with a learned bias per relative position (Liu et al. 2021, section 3.2).

    Channels last, (N, H, W, C). Where the windows do not divide the value, zeros are appended and removed again. With a
    `shift` the value is rolled by it, so that windows reach across the borders of those before; positions that were not
    neighbours do not see each other. An axis that is one window long is not rolled.
    """

    name: ClassVar[str] = "shifted_window_attention"
    principal: ClassVar[str | None] = "heads"

    heads: PositiveInt = Field(description="Number of heads; a divisor of the channels.")
    window: PerAxis = Field(7, description="Positions of a window, one number or one per dimension.")
    shift: PerAxisFromZero = Field(0, description="Positions to roll by, less than `window`; usually half of it.")
    attention_dropout: Probability = Field(0, description="Probability of dropping an attention weight in training.")
    dropout: Probability = Field(0, description="Probability of zeroing an output in training.")

    def _window(self) -> tuple[int, int]:
        height, width = per_axis(self.window, 2, "window")
        return height, width

    def _shift(self) -> tuple[int, int]:
        height, width = per_axis(self.shift, 2, "shift")
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
        if any(s >= w for s, w in zip(self._shift(), self._window(), strict=True)):
            message = f"`shift` {self.shift} is not less than `window` {self.window}"
            raise ShapeError("A406", message, "half a window is usual", "shift")
        return x

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        c = inputs[0].channels
        height, width = self._window()
        pairs = (height * width) ** 2
        return (
            Weight("relative_position_bias_table", ((2 * height - 1) * (2 * width - 1), self.heads)),
            Weight("relative_position_index", (pairs,), trainable=False, dtype="int64"),
            Weight("qkv.weight", (3 * c, c)),
            Weight("qkv.bias", (3 * c,)),
            Weight("proj.weight", (c, c)),
            Weight("proj.bias", (c,)),
        )

    def macs(self, output: TensorType, *inputs: TensorType) -> Size:
        height, width = self._window()
        positions = height * width
        windows = ceil_div(output.size[0], height) * ceil_div(output.size[1], width)
        c = output.channels
        return windows * positions * (4 * c**2 + 2 * positions * c)

    def lower(self, *inputs: TensorType) -> Call:
        return module(
            "tests.plugins.modules.ShiftedWindowAttention",
            channels=inputs[0].channels,
            heads=self.heads,
            window=self._window(),
            shift=self._shift(),
            attention_dropout=self.attention_dropout,
            dropout=self.dropout,
        )

    @classmethod
    def weight_names(cls) -> tuple[str, ...]:
        return ("relative_position_bias_table", "qkv.weight", "qkv.bias", "proj.weight", "proj.bias")
