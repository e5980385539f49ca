"""Windows as channels and back, and values sampled at the points of a grid."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import prod
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Field

from archspec.limits import AXIS, WINDOW
from archspec.ops.base import FUNCTIONS, Op, ShapeError, channelled, demand, per_axis, positive, spatial
from archspec.ops.traits import Traits
from archspec.types.call import Call, function
from archspec.types.kept import Kept
from archspec.types.sizes import Size, agree, agreeing, windows
from archspec.types.tensor import Stride, TensorType

_Steps: TypeAlias = Annotated[int, Field(ge=1, le=WINDOW)]
_Pads: TypeAlias = Annotated[int, Field(ge=0, le=WINDOW)]
_Length: TypeAlias = Annotated[int, Field(ge=1, le=AXIS)]
Steps: TypeAlias = _Steps | Annotated[tuple[_Steps, ...], Field(min_length=1, max_length=2)]
Pads: TypeAlias = _Pads | Annotated[tuple[_Pads, ...], Field(min_length=1, max_length=2)]


class _Windows(Op):
    """What `unfold` and `fold` have in common."""

    principal: ClassVar[str | None] = "kernel"

    kernel: Steps = Field(description="Size of the window.")
    stride: Steps = Field(1, description="Step of the window.")
    padding: Pads = Field(0, description="Zeros on each side.")
    dilation: Steps = Field(1, description="Spacing between the positions of a window.")

    def _axes(self, x: TensorType) -> dict[str, tuple[int, ...]]:
        n = spatial(self.name, x)
        if n > 2:
            help = "`within` joins an axis to the batch"
            raise ShapeError("A402", f"`{self.name}` takes one or two dimensions, found {n}", help)
        names = ("kernel", "stride", "padding", "dilation")
        return {name: per_axis(getattr(self, name), n, name) for name in names}

    def _counted(self, size: tuple[Size, ...], axes: dict[str, tuple[int, ...]]) -> tuple[Size, ...]:
        """How many windows fit along each axis."""
        return tuple(windows(*axis) for axis in zip(size, *axes.values(), strict=True))


class Unfold(_Windows):
    """The values of each window as channels, like `torch.nn.functional.unfold`, with the positions kept as sizes."""

    name: ClassVar[str] = "unfold"
    traits: ClassVar[Traits] = Traits(keeps_variance=True, rearranges=True)

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        axes = self._axes(x)
        size = positive("unfold", self._counted(x.size, axes), x)
        return x.sized(size, axes["stride"]).with_channels(x.channels * prod(axes["kernel"]))

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept()

    def lower(self, *inputs: TensorType) -> Call:
        return function(f"{FUNCTIONS}.unfold", **self._axes(inputs[0]))


class Fold(_Windows):
    """Windows added up where they overlap, like `torch.nn.functional.fold`: what `unfold` has taken apart."""

    name: ClassVar[str] = "fold"
    references: ClassVar[tuple[str, ...]] = ("like",)
    measured: ClassVar[tuple[str, ...]] = ("like",)
    traits: ClassVar[Traits] = Traits(keeps_variance=True, enlarges=True, rearranges=True)

    like: str | None = Field(None, description="Reference to a value with the output size.")
    size: _Length | Annotated[tuple[_Length, ...], Field(min_length=1, max_length=2)] | None = Field(
        None, description="Output size."
    )

    def _size(self, inputs: tuple[TensorType, ...]) -> tuple[Size, ...]:
        if (self.size is None) == (self.like is None):
            raise ShapeError("A406", "`fold` takes either `size` or `like`", "add one of them")
        n = len(inputs[0].size)
        if self.size is not None:
            return per_axis(self.size, n, "size")
        if len(inputs[1].size) != n:
            message = f"`like` is {inputs[1]}, which does not have the {n} dimensions of {inputs[0]}"
            raise ShapeError("A405", message, "refer to what was unfolded", "like")
        return inputs[1].size

    def infer(self, *inputs: TensorType) -> TensorType:
        x = inputs[0]
        axes = self._axes(x)
        size, area = self._size(inputs), prod(axes["kernel"])
        if x.channels % area:
            message = f"{x.channels} channels are not a multiple of the {area} positions of a window"
            raise ShapeError("A404", message, f"`fold` makes one channel of {area}", "kernel")
        counted = self._counted(size, axes)
        if not all(agree(a, b) for a, b in zip(x.size, counted, strict=True)):
            found = " × ".join(map(str, counted))
            message = f"`fold` to {' × '.join(map(str, size))} needs {found} windows, found {x}"
            raise ShapeError("A406", message, "give the size, kernel, stride and padding of the `unfold`", "size")
        channels = x.channels // area
        if self.like is not None:
            return replace(x, channels=channels, size=size, stride=inputs[1].stride)
        return x.sized(size, tuple(Fraction(1, s) for s in axes["stride"])).with_channels(channels)

    def constraints(self, *inputs: TensorType) -> dict[str, int]:
        found: dict[str, int] = {}
        counted = self._counted(self._size(inputs), self._axes(inputs[0]))
        for a, b in zip(inputs[0].size, counted, strict=True):
            demand(found, agreeing(a, b))
        return found

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept()

    def lower(self, *inputs: TensorType) -> Call:
        axes: dict[str, Any] = dict(self._axes(inputs[0]))
        if self.like is not None:
            like = inputs[1]
            return function(f"{FUNCTIONS}.fold_like", first=1 if like.vocab is not None else like.first_axis, **axes)
        return function(f"{FUNCTIONS}.fold", size=self._size(inputs), **axes)


class GridSample(Op):
    """The values at the points of a grid, like `torch.nn.functional.grid_sample`."""

    name: ClassVar[str] = "grid_sample"
    principal: ClassVar[str | None] = "grid"
    references: ClassVar[tuple[str, ...]] = ("grid",)

    grid: str = Field(
        description="Reference to a channels-last map of two channels: x and y, from -1 to 1.", examples=["grid"]
    )
    mode: Literal["bilinear", "nearest", "bicubic"] = Field("bilinear", description="Interpolation mode.")
    padding_mode: Literal["zeros", "border", "reflection"] = Field("zeros", description="What lies outside.")
    align_corners: bool = Field(False, description="Whether -1 and 1 are the centers of the corners, not their edges.")

    def infer(self, *inputs: TensorType) -> TensorType:
        x, grid = inputs
        if spatial("grid_sample", x) != 2:
            help = "`rearrange` gives a value two dimensions"
            raise ShapeError("A402", f"`grid_sample` takes 2 dimensions, found {len(x.size)}", help)
        channelled("grid_sample", grid)
        if grid.channels_first or len(grid.size) != 2 or grid.channels != 2:
            message = f"`grid` must be a channels-last map of two channels, found {grid}"
            raise ShapeError("A402", message, "`rearrange: n c h w -> n h w c` moves the channels", "grid")
        stride = grid.stride if grid.stride.origin == x.stride.origin else Stride.hidden(2)
        return replace(x, size=grid.size, stride=stride, batch=x.batch or grid.batch)

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept((0, 1))

    def lower(self, *inputs: TensorType) -> Call:
        x, grid = inputs
        repeat = {"repeat": int(x.batch)} if x.batch != grid.batch else {}
        given = {"mode": self.mode, "padding_mode": self.padding_mode, "align_corners": self.align_corners}
        return function(f"{FUNCTIONS}.grid_sample" if repeat else "torch.nn.functional.grid_sample", **given, **repeat)
