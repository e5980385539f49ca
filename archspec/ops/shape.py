"""Ops that change the shape and nothing else, but for `rearrange`."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Field

from archspec.formats import TRACED
from archspec.ops.axis import Dimension, axis_of, tensor_axis
from archspec.ops.base import (
    MODULES,
    Gap,
    Op,
    PerAxis,
    PositiveInt,
    Real,
    ShapeError,
    channelled,
    concrete,
    numel,
    per_axis,
    positive,
    short,
    spatial,
)
from archspec.ops.padding import MARGINS
from archspec.ops.pool import uneven
from archspec.ops.traits import Traits
from archspec.types.call import Call, module
from archspec.types.kept import Kept
from archspec.types.sizes import Size
from archspec.types.tensor import Factor, TensorType

_Factor: TypeAlias = Annotated[float, Field(gt=0, le=4096)]


class Flatten(Op):
    """Flatten all axes into one vector."""

    name: ClassVar[str] = "flatten"
    traits: ClassVar[Traits] = Traits(keeps_variance=True, light=True)

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        channelled("flatten", x)
        return x.vector(concrete("flatten", numel(x.shape)))

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept(shares=True)

    def lower(self, *inputs: TensorType) -> Call:
        return module("torch.nn.Flatten")


class Upsample(Op):
    """Interpolate to a multiple of the size, a size, or that of another value, like `torch.nn.Upsample`."""

    name: ClassVar[str] = "upsample"
    principal: ClassVar[str | None] = "scale"
    references: ClassVar[tuple[str, ...]] = ("like",)
    traits: ClassVar[Traits] = Traits(keeps_variance=True, enlarges=True, contiguous=True)

    scale: _Factor | Annotated[tuple[_Factor, ...], Field(min_length=1, max_length=3)] | None = Field(
        None, description="Factor for the size: one number, or one per dimension.", examples=[2]
    )
    like: str | None = Field(None, description="Reference to a value with the output size.")
    mode: Literal["nearest", "nearest-exact", "linear", "bilinear", "bicubic", "trilinear", "area"] = Field(
        "nearest", description="Interpolation mode."
    )
    size: PerAxis | None = Field(None, description="Output size: one number, or one per dimension.")
    align_corners: bool = Field(False, description="Keep the corners where they are (all but nearest and area).")
    antialias: bool = Field(False, description="Average where the size shrinks (bilinear, bicubic).")

    def _check_mode(self) -> None:
        """Raise a `ShapeError` for what does not belong to the mode."""
        smooth = ("linear", "bilinear", "bicubic", "trilinear")
        for name, modes in (("align_corners", smooth), ("antialias", ("bilinear", "bicubic"))):
            if getattr(self, name) and self.mode not in modes:
                help = f"it is for {', '.join(f'`{mode}`' for mode in modes)}"
                raise ShapeError("A406", f"`{name}` does not apply to `mode: {self.mode}`", help, name)

    def infer(self, *inputs: TensorType) -> TensorType:
        x = inputs[0]
        n = spatial("upsample", x)
        if [self.scale, self.like, self.size].count(None) != 2:
            raise ShapeError("A406", "`upsample` takes one of `scale`, `size` and `like`", "give it one of them")
        self._check_mode()
        dimensions = {"linear": 1, "bilinear": 2, "bicubic": 2, "trilinear": 3}.get(self.mode, n)
        if dimensions != n:
            help = f"for {n} dimensions: {', '.join(_MODES[n])}"
            raise ShapeError("A406", f"`mode: {self.mode}` is for {dimensions} dimensions, not {n}", help, "mode")
        if self.like is not None:
            like = inputs[1]
            if len(like.size) != n or not like.channels_first:
                raise ShapeError(
                    "A405", f"`like` is {like}, which does not have the {n} dimensions of {x}", "refer to a map", "like"
                )
            return replace(x, size=like.size, stride=like.stride)
        if self.size is not None:
            wanted = per_axis(self.size, n, "size")
            if not all(isinstance(i, int) for i in x.size):
                return x.resized(wanted)
            return x.sized(wanted, tuple(Fraction(int(i), s) for i, s in zip(x.size, wanted, strict=True)))
        scale = self._scale(n)
        size = tuple(_scaled(i, f) for i, f in zip(x.size, scale, strict=True))
        factors: tuple[Factor, ...] = tuple(1 / Fraction(str(f)) for f in scale)
        return x.sized(positive("upsample", size, x), factors)

    def _scale(self, n: int) -> tuple[float, ...]:
        scale = self.scale if isinstance(self.scale, tuple) else (self.scale or 1.0,) * n
        if len(scale) != n:
            raise ShapeError("A405", f"`scale` has {len(scale)} values for {n} dimensions", "give one number", "scale")
        return tuple(int(f) if f == int(f) else f for f in scale)

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept((0,) if self.mode == "area" else ())

    def lower(self, *inputs: TensorType) -> Call:
        n, more = len(inputs[0].size), self.align_corners or self.antialias
        given: dict[str, Any] = {"align_corners": True} if self.align_corners else {}
        given |= {"antialias": True} if self.antialias else {}
        if self.like is not None:
            return module(f"{MODULES}.{'Resize' if more else 'ResizeLike'}", mode=self.mode, **given)
        if self.antialias:
            size = {} if self.size is None else {"size": per_axis(self.size, n, "size")}
            scaled = {"scale_factor": tuple(float(f) for f in self._scale(n))} if self.size is None else size
            return module(f"{MODULES}.Resize", mode=self.mode, **given, **scaled)
        if self.size is not None:
            return module("torch.nn.Upsample", size=per_axis(self.size, n, "size"), mode=self.mode, **given)
        scale = tuple(float(f) for f in self._scale(len(inputs[0].size)))
        return module("torch.nn.Upsample", scale_factor=scale, mode=self.mode, **given)

    def gaps(self, *inputs: TensorType) -> Iterator[Gap]:
        x = inputs[0]
        if self.antialias and self.align_corners:
            what = "has both `antialias` and `align_corners`"  # torch writes the wrong ONNX
            yield Gap(("onnx",), "A502", what, "leave one of them out")
        if self.mode != "area":
            return
        known, scale = all(isinstance(n, int) for n in x.size), self._scale(len(x.size))
        if len(x.size) == 1 and not known and self.size is None:
            # torch takes the length of its own pool for a constant
            help = "give the input a number there (`--input-size`), or take another `mode`"
            yield Gap(TRACED, "A407", f"averages over the open length {x.size[0]}", help)
        elif known or self.scale is None or len(x.size) == 3 or any(f != int(f) for f in scale):
            yield from uneven(x, self.infer(*inputs).size, "avg")

    def full(self, *inputs: TensorType) -> "Upsample":
        return self.model_copy(update={"scale": short(self.scale), "size": short(self.size)})


def _scaled(size: Size, factor: float) -> Size:
    """⌊size · factor⌋ as torch computes it: in floating point, which is exact for factors such as 0.5 and 1.5."""
    numerator, denominator = factor.as_integer_ratio()
    if denominator <= _EXACT:
        return size * numerator // denominator
    return int(concrete("upsample", size) * factor)


_EXACT = 64
"""The largest denominator of a factor by which a symbolic size may be multiplied: a short binary fraction."""


_MODES = {
    1: ("nearest", "nearest-exact", "linear", "area"),
    2: ("nearest", "nearest-exact", "bilinear", "bicubic", "area"),
    3: ("nearest", "nearest-exact", "trilinear", "area"),
}


class PixelShuffle(Op):
    """Move channels into space: (C·r², H, W) to (C, r·H, r·W), like `torch.nn.PixelShuffle`."""

    name: ClassVar[str] = "pixel_shuffle"
    principal: ClassVar[str | None] = "factor"
    traits: ClassVar[Traits] = Traits(keeps_variance=True, enlarges=True, contiguous=True)

    factor: PositiveInt = Field(description="Factor r for height and width.", examples=[2])

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        if spatial("pixel_shuffle", x) != 2:
            raise ShapeError("A402", f"`pixel_shuffle` takes 2 dimensions, found {len(x.size)}", "use `upsample`")
        area = self.factor**2
        if x.channels % area != 0:
            help = f"give the layer before it a multiple of {area} channels"
            raise ShapeError("A404", f"{x.channels} channels are not a multiple of {self.factor}²", help, "factor")
        size = tuple(i * self.factor for i in x.size)
        return x.sized(size, (Fraction(1, self.factor),) * 2).with_channels(x.channels // area)

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept()

    def lower(self, *inputs: TensorType) -> Call:
        return module("torch.nn.PixelShuffle", upscale_factor=self.factor)


class Pad(Op):
    """Pad each axis with a constant, like `torch.nn.functional.pad`; negative numbers crop."""

    name: ClassVar[str] = "pad"
    principal: ClassVar[str | None] = "padding"
    traits: ClassVar[Traits] = Traits(keeps_variance=True, contiguous=True)

    padding: Annotated[
        tuple[Annotated[int, Field(ge=-(2**31), le=2**31 - 1)], ...], Field(min_length=2, max_length=8)
    ] = Field(
        description="Padding before and after the last axis, then the second to last, and so on.", examples=[[1, 1]]
    )
    value: Real = Field(0, description="Constant to pad with.")
    mode: Literal["constant", "reflect", "replicate", "circular"] = Field(
        "constant", description="What to pad size dimensions with, if not the constant: values of the inside."
    )

    def _check_mode(self, x: TensorType, pairs: list[tuple[int, int]]) -> None:
        """Raise a `ShapeError` where values of the inside cannot be around the outside."""
        if self.value:
            raise ShapeError("A406", f"`value` does not apply to `mode: {self.mode}`", "leave one of them out", "value")
        n = len(x.size)
        if n not in (1, 2, 3) or (len(pairs) > n and x.channels_first) or (pairs[0] != (0, 0) and not x.channels_first):
            message = f"`mode: {self.mode}` pads one to three size dimensions, not the channels"
            raise ShapeError("A405", message, "give two values for each size, the last first", "padding")
        if min(self.padding) < 0:
            message = f"`mode: {self.mode}` takes no negative `padding`, found {min(self.padding)}"
            raise ShapeError("A406", message, "crop with a `pad` without `mode`", "padding")
        for size, least in self.minima(x):
            if size < least:
                message = f"`mode: {self.mode}` cannot pad {least - MARGINS[self.mode]} around a size of {size}"
                raise ShapeError("A406", message, "pad less", "padding")

    def minima(self, *inputs: TensorType) -> list[tuple[Size, int]]:
        (x,) = inputs
        if self.mode not in MARGINS:
            return []
        pairs = zip(self.padding[::2], self.padding[1::2], strict=True)
        given = list(pairs)[0 if x.channels_first else 1 :]
        return [(n, max(pair) + MARGINS[self.mode]) for n, pair in zip(reversed(x.size), given, strict=False)]

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        channelled("pad", x)
        pairs = list(zip(self.padding[::2], self.padding[1::2], strict=False))
        if len(self.padding) % 2 or len(pairs) > len(x.shape):
            raise ShapeError(
                "A405",
                f"`padding` has {len(self.padding)} values for the {len(x.shape)} axes of {x}",
                "give two values for each axis, the last axis first",
                "padding",
            )
        if self.mode != "constant":
            self._check_mode(x, pairs)
        shape = list(x.shape)
        for back, (before, after) in enumerate(pairs, 1):
            if shape[-back] + min(before, 0) + min(after, 0) < 0:
                message = f"`pad` crops {-min(before, 0) - min(after, 0)} of an axis of {shape[-back]} in {x}"
                raise ShapeError("A403", message, "crop less", "padding")
            shape[-back] += before + after
        positive("pad", tuple(shape), x)
        if x.channels_first:
            return replace(x, channels=concrete("pad", shape[0]), size=tuple(shape[1:]))
        return replace(x, channels=concrete("pad", shape[-1]), size=tuple(shape[:-1]))

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept((0,) if self.mode in ("reflect", "replicate") else ())

    def lower(self, *inputs: TensorType) -> Call:
        if self.mode != "constant":
            (x,) = inputs
            # torch wants all sizes, and no channels
            given = self.padding if x.channels_first else self.padding[2:]
            padding = (*given, *(0,) * (2 * len(x.size) - len(given)))
            return module(f"{MODULES}.PadMode", padding=padding, mode=self.mode, last=not x.channels_first)
        return module(f"{MODULES}.Pad", padding=self.padding, value=self.value)


class Softmax(Op):
    """Softmax over the channels or a size dimension."""

    name: ClassVar[str] = "softmax"
    principal: ClassVar[str | None] = "dim"
    traits: ClassVar[Traits] = Traits(contiguous=True)
    keeps_positions: ClassVar[bool] = True

    dim: Dimension = Field("channels", description="`channels`, or the index of a size dimension, from 0.")

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        channelled("softmax", x)
        axis_of("softmax", x, self.dim)
        return x

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept(output=True)

    def lower(self, *inputs: TensorType) -> Call:
        return module("torch.nn.Softmax", dim=tensor_axis(inputs[0], self.dim))
