"""Ops that look at windows as channels, and at points between positions."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import prod
from typing import Any, ClassVar, Literal

from pydantic import Field

from archspec.ops.base import (
    FUNCTIONS,
    Op,
    PerAxis,
    PerAxisFromZero,
    ShapeError,
    channels_last,
    count,
    per_axis,
    positive,
    short,
    sized,
    spatial,
)
from archspec.ops.join import Agreed
from archspec.ops.traits import Traits
from archspec.types.call import Call, function
from archspec.types.sizes import Size, windows
from archspec.types.tensor import Stride, TensorType

_STEPS = ("kernel", "stride", "padding", "dilation")


class _Columns(Op):
    """What both directions share."""

    kernel: PerAxis = Field(description="Size of the window.", examples=[3])
    stride: PerAxis = Field(1, description="Step of the window.")
    padding: PerAxisFromZero = Field(0, description="Zeros added on each side.")
    dilation: PerAxis = Field(1, description="Spacing between the values of a window.")

    def _steps(self, x: TensorType) -> dict[str, tuple[int, ...]]:
        n = spatial(self.name, x)
        if n > 2:
            raise ShapeError("A402", f"`{self.name}` takes 1 or 2 dimensions, found {n}", "use `rearrange`")
        return {name: per_axis(getattr(self, name), n, name) for name in _STEPS}

    def _windows(self, x: TensorType, size: tuple[Size, ...]) -> tuple[Size, ...]:
        """How many windows a map of a size has."""
        found = tuple(windows(*axis) for axis in zip(size, *self._steps(x).values(), strict=True))
        return positive(self.name, found, x)

    def full(self, *inputs: TensorType) -> _Columns:
        return self.model_copy(update={name: short(getattr(self, name)) for name in _STEPS})


class Unfold(_Columns):
    """The values of each window as channels, like `torch.nn.Unfold` with the positions kept: C·k·k × H′ × W′."""

    name: ClassVar[str] = "unfold"
    principal: ClassVar[str | None] = "kernel"
    traits: ClassVar[Traits] = Traits(keeps_variance=True, enlarges=True)

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        steps = self._steps(x)
        size = self._windows(x, x.size)
        channels = x.channels * prod(steps["kernel"])
        sized("the output of `unfold`", (channels, *size))
        return x.sized(size, steps["stride"]).with_channels(channels)

    def lower(self, *inputs: TensorType) -> Call:
        return function(f"{FUNCTIONS}.unfold", **self._steps(inputs[0]))


class Fold(_Columns):
    """Windows added where `unfold` takes them from, like `torch.nn.Fold`: C·k·k × H′ × W′ to C × H × W."""

    name: ClassVar[str] = "fold"
    principal: ClassVar[str | None] = "kernel"
    references: ClassVar[tuple[str, ...]] = ("like",)
    measured: ClassVar[tuple[str, ...]] = ("like",)
    traits: ClassVar[Traits] = Traits(enlarges=True)

    size: PerAxis | None = Field(None, description="Output size: one number, or one per dimension.")
    like: str | None = Field(None, description="Reference to a value with the output size.")

    def _agreed(self, *inputs: TensorType) -> tuple[Agreed, tuple[Size, ...]]:
        """The output size, with the divisors for which it has as many windows as there are."""
        x = inputs[0]
        if (self.size is None) == (self.like is None):
            raise ShapeError("A406", "`fold` takes either `size` or `like`", "give the size before `unfold`")
        if self.size is not None:
            size: tuple[Size, ...] = per_axis(self.size, len(x.size), "size")
        else:
            size = inputs[1].size
            if len(size) != len(x.size) or not inputs[1].channels_first:
                message = f"`like` is {inputs[1]}, which does not have the {count(len(x.size), 'dimension')} of {x}"
                raise ShapeError("A405", message, "refer to the value before `unfold`", "like")
        agreed = Agreed("fold")
        agreed.equal(self._windows(x, size), x.size, "windows in its output", "like" if self.size is None else "size")
        return agreed, size

    def constraints(self, *inputs: TensorType) -> dict[str, int]:
        return self._agreed(*inputs)[0].divisors

    def infer(self, *inputs: TensorType) -> TensorType:
        x = inputs[0]
        steps = self._steps(x)
        _, size = self._agreed(*inputs)
        area = prod(steps["kernel"])
        if x.channels % area:
            message = f"the {x.channels} channels are no multiple of the {area} values of a window"
            raise ShapeError("A404", message, "channels are those of the output times the kernel", "kernel")
        found = x.with_channels(x.channels // area)
        if self.like is not None:
            return replace(found, size=size, stride=inputs[1].stride)
        return found.sized(size, tuple(Fraction(1, s) for s in steps["stride"]))

    def lower(self, *inputs: TensorType) -> Call:
        x = inputs[0]
        given: dict[str, Any] = {} if self.size is None else {"size": per_axis(self.size, len(x.size), "size")}
        return function(f"{FUNCTIONS}.fold", **self._steps(x), **given)

    def full(self, *inputs: TensorType) -> _Columns:
        return super().full().model_copy(update={"size": short(self.size)})


class GridSample(Op):
    """The values at given points, like `torch.nn.functional.grid_sample` (Jaderberg et al. 2015)."""

    name: ClassVar[str] = "grid_sample"
    principal: ClassVar[str | None] = "grid"
    references: ClassVar[tuple[str, ...]] = ("grid",)
    traits: ClassVar[Traits] = Traits(keeps_variance=True, enlarges=True)

    grid: str = Field(description="Reference to a channels-last map of x and y, from -1 to 1.", examples=["input"])
    mode: Literal["bilinear", "nearest", "bicubic"] = Field("bilinear", description="Interpolation mode.")
    padding_mode: Literal["zeros", "border", "reflection"] = Field("zeros", description="What is beyond the value.")
    align_corners: bool = Field(False, description="Whether -1 and 1 are the middles of the outermost positions.")

    def infer(self, *inputs: TensorType) -> TensorType:
        x, grid = inputs
        if spatial("grid_sample", x) != 2:
            raise ShapeError("A402", f"`grid_sample` takes 2 dimensions, found {len(x.size)}", "use `rearrange`")
        if grid.vocab is not None or len(grid.size) != 2 or grid.channels != 2:
            message = f"`grid` is {grid}, which is no map of two channels"
            raise ShapeError("A402", message, "its channels, the last axis, are x and y", "grid")
        channels_last("grid_sample", grid)
        return replace(x, size=grid.size, stride=Stride.hidden(2))

    def lower(self, *inputs: TensorType) -> Call:
        x, grid = inputs
        given: dict[str, Any] = {
            "mode": self.mode,
            "padding_mode": self.padding_mode,
            "align_corners": self.align_corners,
        }
        if x.batch == grid.batch:
            return function("torch.nn.functional.grid_sample", **given)
        return function(f"{FUNCTIONS}.grid_sample", **given, once="x" if grid.batch else "grid")
