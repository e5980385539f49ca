"""Convolutions."""

from dataclasses import replace
from fractions import Fraction
from math import prod
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from archspec.limits import STRIDE_GAP, WINDOW
from archspec.ops.base import (
    PerAxis,
    PerAxisFromZero,
    PositiveInt,
    ShapeError,
    numel,
    per_axis,
    positive,
    short,
    spatial,
)
from archspec.ops.padding import MARGINS, Padding, Sides, around, counted, is_even, sides_of
from archspec.ops.traits import Traits
from archspec.ops.weighted import Standardized, Weighted, WeightNormed
from archspec.types.call import Call, Weight, module
from archspec.types.kept import BYTES, Kept
from archspec.types.sizes import Size
from archspec.types.tensor import TensorType, shape_text


class Conv(Weighted):
    """Convolution over one, two or three dimensions, like `torch.nn.Conv1d`, `Conv2d`, `Conv3d`."""

    name: ClassVar[str] = "conv"
    principal: ClassVar[str | None] = "channels"
    own_traits: ClassVar[Traits] = Traits(layer=True, output_axis=0, contiguous=True, fresh=True)

    channels: PositiveInt | None = Field(
        None, description="Output channels. Default: the input channels.", examples=[64]
    )
    kernel: PerAxis = Field(1, description="Kernel size: one number, or one per dimension.")
    stride: PerAxis = Field(1, description="Step of the kernel.")
    padding: Padding | None = Field(
        None,
        description="Zeros added on each side; or pairs of uneven sides, or `same`. Default for an odd kernel: "
        "`dilation * (kernel - 1) / 2`.",
    )
    padding_mode: Literal["zeros", "reflect", "replicate", "circular"] = Field(
        "zeros", description="What is added: zeros, or values of the inside."
    )
    dilation: PerAxis = Field(1, description="Spacing between kernel elements.")
    groups: PositiveInt | Literal["depthwise"] = Field(
        1, description="Number of independent groups of channels; `depthwise`: one per input channel."
    )
    bias: bool | str = Field(True, description="Add a bias per channel; or a reference to it.")
    weight: str | None = Field(None, description="Reference to the weight, instead of one of its own.")
    standardize: bool | Standardized | None = Field(
        None, description="Standardize the weight: `true`, or a mapping of `eps`, `gain` and `scale`."
    )
    weight_norm: bool | WeightNormed | None = Field(
        None, description="Learn length and direction of the weight apart: `true`, or `{dim: 0}`."
    )

    def _sides(self, kernel: tuple[int, ...]) -> Sides | Literal["same"]:
        stride, dilation = (per_axis(getattr(self, name), len(kernel), name) for name in ("stride", "dilation"))
        padding = self._usual(kernel) if self.padding is None else self.padding
        return sides_of(padding, kernel, stride, dilation)

    def _usual(self, kernel: tuple[int, ...]) -> tuple[int, ...]:
        """The padding that keeps the size."""
        dimensions = len(kernel)
        if even := [k for k in kernel if k % 2 == 0]:
            raise ShapeError(
                "A406",
                f"`padding` is required for an even kernel ({even[0]})",
                "use an odd kernel, or a `conv` with `padding`, such as `padding: 0` for patches",
                "kernel",
            )
        dilation = per_axis(self.dilation, dimensions, "dilation")
        pads = tuple(d * (k - 1) // 2 for k, d in zip(kernel, dilation, strict=True))
        if max(pads) > WINDOW:
            message = f"the `padding` that keeps the size, {max(pads)}, is more than {WINDOW}"
            raise ShapeError("A406", message, "give `padding`, or use a smaller `dilation`", "dilation")
        return pads

    def _groups(self, x: TensorType) -> int:
        return x.channels if self.groups == "depthwise" else self.groups

    def _shape(self, *inputs: TensorType) -> tuple[int, ...]:
        """The shape of the weight."""
        x = inputs[0]
        n, groups = len(x.size), self._groups(x)
        if self.weight is None:
            return (self.channels or x.channels, x.channels // groups, *per_axis(self.kernel, n, "kernel"))
        found = self._given_weight(inputs, n + 2, n < 3)
        if found[1] * groups != x.channels:
            message = f"`weight` of the shape {shape_text(found)} in {groups} groups fits {found[1] * groups} channels"
            raise ShapeError("A404", f"{message}, found {x}", "its second axis is the channels of a group", "weight")
        self._expect("channels", None if self.channels == found[0] else self.channels, found)
        is_other = "kernel" in self.model_fields_set and per_axis(self.kernel, n, "kernel") != found[2:]
        self._expect("kernel", self.kernel if is_other else None, found)
        return found

    def infer(self, *inputs: TensorType) -> TensorType:
        x = inputs[0]
        n = spatial("conv", x)
        groups = self._groups(x)
        divisible("conv", "input", x.channels, groups)
        channels, _, *sides = self._shape(*inputs)
        divisible("conv", "output", channels, groups)
        if not self._is_plain:
            self._check_dim(n + 2)
            self._check_bias(inputs, channels, n < 3)
        kernel = tuple(sides)
        stride, dilation = (per_axis(getattr(self, name), n, name) for name in ("stride", "dilation"))
        overlooked("conv", kernel, stride, dilation)
        around = self._sides(kernel)
        if self.padding_mode != "zeros":
            self._check_mode(x, kernel, around)
        size = counted(x.size, around, kernel, stride, dilation)
        return x.sized(positive("conv", size, x), stride).with_channels(channels)

    def _check_mode(self, x: TensorType, kernel: tuple[int, ...], sides: Sides | Literal["same"]) -> None:
        """Raise a `ShapeError` where the value is too small for what is put around it."""
        for n, least in self._least(x, kernel, sides):
            if n < least:
                most = least - MARGINS[self.padding_mode]
                message = f"`padding_mode: {self.padding_mode}` cannot put {most} around a size of {n}"
                raise ShapeError("A406", message, "use less `padding`, or a smaller kernel", "padding_mode")

    def _least(self, x: TensorType, kernel: tuple[int, ...], sides: Sides | Literal["same"]) -> list[tuple[Size, int]]:
        """How large each size must be for what is put around it, where that is values of the inside."""
        if self.padding_mode not in MARGINS:
            return []
        dilation = per_axis(self.dilation, len(kernel), "dilation")
        same = [(0, d * (k - 1) - d * (k - 1) // 2) for k, d in zip(kernel, dilation, strict=True)]
        pairs = same if sides == "same" else sides
        return [(n, max(pair) + MARGINS[self.padding_mode]) for n, pair in zip(x.size, pairs, strict=True)]

    def minima(self, *inputs: TensorType) -> list[tuple[Size, int]]:
        kernel = self._shape(*inputs)[2:]
        return self._least(inputs[0], kernel, self._sides(kernel))

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        shape = self._shape(*inputs)
        return self._weights(shape, shape[0])

    def macs(self, output: TensorType, *inputs: TensorType) -> Size:
        return numel(output.size) * prod(self._shape(*inputs))

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        x, shape = inputs[0], self._shape(*inputs)
        kernel, sides = shape[2:], self._sides(shape[2:])
        found = self._kept(inputs, shape)
        if is_even(sides) and self.padding_mode == "zeros":
            return found
        stride, dilation = (per_axis(getattr(self, name), len(kernel), name) for name in ("stride", "dilation"))
        whole = x.channels * numel(around(x.size, sides, kernel, stride, dilation)) * BYTES[x.dtype]
        # the value with what is put around it; and the value itself, where its margins are looked up
        first = (0,) if self.padding_mode in ("reflect", "replicate") else ()
        return replace(found, inputs=(*first, *found.inputs[1:]), own=whole)

    def lower(self, *inputs: TensorType) -> Call:
        x = inputs[0]
        n = len(x.size)
        shape = self._shape(*inputs)
        sides, mode = self._sides(shape[2:]), self.padding_mode
        steps = {name: per_axis(getattr(self, name), n, name) for name in ("stride", "dilation")}
        even = tuple([before for before, _ in sides]) if sides != "same" and is_even(sides) else (0,) * n
        more = {} if mode == "zeros" else {"padding_mode": mode}
        if not is_even(sides) or (more and not self._is_plain):
            around = {"padding": (0,) * n, "sides": sides, **more}
            return self._layer(f"conv{n}d", shape, inputs, **steps, **around, groups=self._groups(x))
        if not self._is_plain:
            return self._layer(f"conv{n}d", shape, inputs, **steps, padding=even, groups=self._groups(x))
        return module(
            f"torch.nn.Conv{n}d",
            in_channels=x.channels,
            out_channels=shape[0],
            kernel_size=shape[2:],
            stride=steps["stride"],
            padding=even,
            dilation=steps["dilation"],
            groups=self._groups(x),
            bias=self.bias,
            **more,
        )

    def full(self, *inputs: TensorType) -> "Conv":
        x = inputs[0]
        channels, _, *kernel = self._shape(*inputs)
        axes = {name: short(getattr(self, name)) for name in ("stride", "dilation")}
        axes |= {
            "kernel": short(tuple(kernel)),
            "padding": short(self._usual(tuple(kernel)) if self.padding is None else self.padding),
        }
        found = {**axes, "channels": channels, "groups": self._groups(x), **self._written_out}
        return self.model_copy(update=found)


_TRANSPOSED_IN_GROUPS = Traits(layer=True, enlarges=True, contiguous=True, fresh=True)
_TRANSPOSED = replace(_TRANSPOSED_IN_GROUPS, output_axis=1)


class ConvTranspose(Weighted):
    """Transposed convolution, like `torch.nn.ConvTranspose1d`, `2d`, `3d`: multiplies sizes by its stride."""

    name: ClassVar[str] = "conv_transpose"
    principal: ClassVar[str | None] = "channels"
    instead: ClassVar[tuple[str, ...]] = ("weight",)

    channels: PositiveInt | None = Field(
        None, description="Output channels. Default: the input channels.", examples=[64]
    )
    kernel: PerAxis | None = Field(description="Kernel size.", examples=[2])
    stride: PerAxis = Field(1, description="Factor for the sizes.")
    padding: PerAxisFromZero = Field(0, description="Positions removed from each side of the output.")
    output_padding: PerAxisFromZero = Field(0, description="Positions added to one side of the output.")
    groups: PositiveInt | Literal["depthwise"] = Field(
        1, description="Number of independent groups of channels; `depthwise`: one per input channel."
    )
    bias: bool | str = Field(True, description="Add a bias per channel; or a reference to it.")
    weight: str | None = Field(None, description="Reference to the weight, instead of one of its own.")
    weight_norm: bool | WeightNormed | None = Field(
        None, description="Learn length and direction of the weight apart: `true`, or `{dim: 0}`."
    )

    @model_validator(mode="before")
    @classmethod
    def _of_weight(cls, given: Any) -> Any:
        """The kernel of a weight that is a value is the weight's."""
        if isinstance(given, dict) and given.get("weight") is not None:
            return {"kernel": None, **given}
        return given

    @property
    def traits(self) -> Traits:
        return _TRANSPOSED if self.groups == 1 and self._is_plain else _TRANSPOSED_IN_GROUPS

    def _groups(self, x: TensorType) -> int:
        return x.channels if self.groups == "depthwise" else self.groups

    def _shape(self, *inputs: TensorType) -> tuple[int, ...]:
        """The shape of the weight."""
        x = inputs[0]
        n, groups = len(x.size), self._groups(x)
        if self.weight is None:
            assert self.kernel is not None
            return (x.channels, (self.channels or x.channels) // groups, *per_axis(self.kernel, n, "kernel"))
        found = self._given_weight(inputs, n + 2, False)
        if found[0] != x.channels:
            message = f"`weight` of the shape {shape_text(found)} fits {found[0]} channels, found {x}"
            raise ShapeError("A404", message, "its first axis is the input channels", "weight")
        self._expect("channels", None if self.channels == found[1] * groups else self.channels, found)
        is_other = self.kernel is not None and per_axis(self.kernel, n, "kernel") != found[2:]
        self._expect("kernel", self.kernel if is_other else None, found)
        return found

    def _channels(self, *inputs: TensorType) -> int:
        """The output channels."""
        own = self.channels or inputs[0].channels
        return own if self.weight is None else self._shape(*inputs)[1] * self._groups(inputs[0])

    def infer(self, *inputs: TensorType) -> TensorType:
        x = inputs[0]
        n = spatial("conv_transpose", x)
        divisible("conv_transpose", "input", x.channels, self._groups(x))
        channels, kernel = self._channels(*inputs), self._shape(*inputs)[2:]
        divisible("conv_transpose", "output", channels, self._groups(x))
        self._check_dim(n + 2)
        self._check_bias(inputs, channels, False)
        stride = per_axis(self.stride, n, "stride")
        overlooked("conv_transpose", kernel, stride, (1,) * n)
        extra = per_axis(self.output_padding, n, "output_padding")
        if any(e >= s for e, s in zip(extra, stride, strict=True)):
            raise ShapeError(
                "A406",
                f"`output_padding` {self.output_padding} is not less than the stride {self.stride}",
                "it only selects one of the sizes that the stride allows",
                "output_padding",
            )
        axes = zip(x.size, kernel, stride, per_axis(self.padding, n, "padding"), extra, strict=True)
        size = tuple((i - 1) * s - 2 * p + k + e for i, k, s, p, e in axes)
        factors = tuple(Fraction(1, s) for s in stride)
        return x.sized(positive("conv_transpose", size, x), factors).with_channels(channels)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        return self._weights(self._shape(*inputs), self._channels(*inputs))

    def macs(self, output: TensorType, *inputs: TensorType) -> Size:
        return numel(inputs[0].size) * prod(self._shape(*inputs))

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return self._kept(inputs, self._shape(*inputs))

    def lower(self, *inputs: TensorType) -> Call:
        x = inputs[0]
        n, shape = len(x.size), self._shape(*inputs)
        steps = {name: per_axis(getattr(self, name), n, name) for name in ("stride", "padding", "output_padding")}
        if not self._is_plain:
            return self._layer(f"conv_transpose{n}d", shape, inputs, **steps, groups=self._groups(x))
        return module(
            f"torch.nn.ConvTranspose{n}d",
            in_channels=x.channels,
            out_channels=self._channels(*inputs),
            kernel_size=shape[2:],
            **steps,
            groups=self._groups(x),
            bias=self.bias,
        )

    def full(self, *inputs: TensorType) -> "ConvTranspose":
        found = {name: short(getattr(self, name)) for name in ("stride", "padding", "output_padding")}
        found |= {"kernel": short(self._shape(*inputs)[2:]), "channels": self._channels(*inputs)}
        return self.model_copy(update={**found, "groups": self._groups(inputs[0]), **self._written_out})


def overlooked(op: str, kernel: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]) -> None:
    """Raise a `ShapeError` for a stride so far beyond the kernel that torch's convolutions crash on a CPU."""
    for k, s, d in zip(kernel, stride, dilation, strict=True):
        gap = s - d * (k - 1) - 1
        if gap > STRIDE_GAP:
            message = f"`stride` {s} of `{op}` skips {gap} positions between two windows, more than {STRIDE_GAP}"
            raise ShapeError("A406", message, "use a larger kernel, or several layers with less stride", "stride")


def divisible(op: str, which: str, channels: int, groups: int) -> None:
    """Raise a `ShapeError` unless the groups divide the channels."""
    if channels % groups != 0:
        raise ShapeError(
            "A404",
            f"{groups} groups do not divide the {channels} {which} channels of `{op}`",
            f"choose a divisor of {channels}, or other channels",
            "groups",
        )
