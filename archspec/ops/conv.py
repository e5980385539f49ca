"""Convolutions."""

from dataclasses import replace
from fractions import Fraction
from math import prod
from typing import ClassVar, Literal

from pydantic import Field

from archspec.limits import STRIDE_GAP
from archspec.ops.base import (
    MODULES,
    Op,
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
from archspec.ops.padding import (
    Padding,
    PaddingMode,
    Pads,
    is_uneven,
    mirrored,
    most_pads,
    padded_sizes,
    pads_of,
    written_pads,
)
from archspec.ops.traits import Traits
from archspec.types.call import Call, Weight, module
from archspec.types.sizes import Size
from archspec.types.tensor import TensorType


class Conv(Op):
    """Convolution over one, two or three dimensions, like `torch.nn.Conv1d`, `Conv2d`, `Conv3d`."""

    name: ClassVar[str] = "conv"
    principal: ClassVar[str | None] = "channels"
    traits: ClassVar[Traits] = Traits(layer=True, output_axis=0, contiguous=True, fresh=True)

    channels: PositiveInt | None = Field(
        None, description="Output channels. Default: the input channels.", examples=[64]
    )
    kernel: PerAxis = Field(1, description="Kernel size: one number, or one per dimension.")
    stride: PerAxis = Field(1, description="Step of the kernel.")
    padding: Padding | None = Field(
        None,
        description="Zeros added on each side, or pairs for before and after; `same`: for an output of ⌈n / stride⌉. "
        "Default for an odd kernel: `dilation * (kernel - 1) / 2`.",
    )
    dilation: PerAxis = Field(1, description="Spacing between kernel elements.")
    groups: PositiveInt | Literal["depthwise"] = Field(
        1, description="Number of independent groups of channels; `depthwise`: one per input channel."
    )
    bias: bool = Field(True, description="Add a bias per channel.")
    padding_mode: PaddingMode | None = Field(None, description="What is added instead of zeros.")

    def _steps(self, dimensions: int) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        kernel, stride, dilation = (
            per_axis(getattr(self, name), dimensions, name) for name in ("kernel", "stride", "dilation")
        )
        return kernel, stride, dilation

    def _pads(self, dimensions: int) -> Pads:
        kernel, stride, dilation = self._steps(dimensions)
        if self.padding is not None:
            return pads_of(self.padding, kernel, stride, dilation)
        if even := [k for k in kernel if k % 2 == 0]:
            raise ShapeError(
                "A406",
                f"`padding` is required for an even kernel ({even[0]})",
                "use an odd kernel, or a `conv` with `padding`, such as `padding: 0` for patches",
                "kernel",
            )
        # windows of an odd kernel lie around their middle, whatever the stride
        return pads_of("same", kernel, (1,) * dimensions, dilation)

    def _groups(self, x: TensorType) -> int:
        return x.channels if self.groups == "depthwise" else self.groups

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        n = spatial("conv", x)
        channels, groups = self.channels or x.channels, self._groups(x)
        divisible("conv", "input", x.channels, groups)
        divisible("conv", "output", channels, groups)
        kernel, stride, dilation = self._steps(n)
        overlooked("conv", kernel, stride, dilation)
        size = padded_sizes(x, self._pads(n), kernel, stride, dilation)
        self.minima(x)
        return x.sized(positive("conv", size, x), stride).with_channels(channels)

    def minima(self, *inputs: TensorType) -> list[tuple[Size, int]]:
        (x,) = inputs
        n = len(x.size)
        pads = most_pads(x, self._pads(n), *self._steps(n))
        return mirrored("conv", self.padding_mode or "zeros", x.size, pads)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        (x,) = inputs
        channels = self.channels or x.channels
        kernel = per_axis(self.kernel, len(x.size), "kernel")
        weight = Weight("weight", (channels, x.channels // self._groups(x), *kernel))
        return (weight, Weight("bias", (channels,))) if self.bias else (weight,)

    def macs(self, output: TensorType, *inputs: TensorType) -> Size:
        return numel(output.size) * prod(self.weights(*inputs)[0].shape)

    def lower(self, *inputs: TensorType) -> Call:
        (x,) = inputs
        n = len(x.size)
        kernel, stride, dilation = self._steps(n)
        pads = self._pads(n)
        mode = self.padding_mode or "zeros"
        return module(
            f"{MODULES}.PaddedConv{n}d" if is_uneven(pads) else f"torch.nn.Conv{n}d",
            in_channels=x.channels,
            out_channels=self.channels or x.channels,
            kernel_size=kernel,
            stride=stride,
            padding=pads,
            dilation=dilation,
            groups=self._groups(x),
            bias=self.bias,
            **({} if mode == "zeros" else {"padding_mode": mode}),
        )

    def full(self, *inputs: TensorType) -> "Conv":
        (x,) = inputs
        axes = {name: short(getattr(self, name)) for name in ("kernel", "stride", "dilation")}
        axes["padding"] = written_pads(self._pads(len(x.size)))
        channels = self.channels or x.channels
        return self.model_copy(update={**axes, "channels": channels, "groups": self._groups(x)})

    @classmethod
    def weight_names(cls) -> tuple[str, ...]:
        return ("weight", "bias")


_TRANSPOSED_IN_GROUPS = Traits(layer=True, enlarges=True, contiguous=True, fresh=True)
_TRANSPOSED = replace(_TRANSPOSED_IN_GROUPS, output_axis=1)


class ConvTranspose(Op):
    """Transposed convolution, like `torch.nn.ConvTranspose1d`, `2d`, `3d`: multiplies sizes by its stride."""

    name: ClassVar[str] = "conv_transpose"
    principal: ClassVar[str | None] = "channels"

    channels: PositiveInt = Field(description="Output channels.", examples=[64])
    kernel: PerAxis = Field(description="Kernel size.", examples=[2])
    stride: PerAxis = Field(1, description="Factor for the sizes.")
    padding: PerAxisFromZero = Field(0, description="Positions removed from each side of the output.")
    output_padding: PerAxisFromZero = Field(0, description="Positions added to one side of the output.")
    groups: PositiveInt = Field(1, description="Number of independent groups of channels.")
    bias: bool = Field(True, description="Add a bias per channel.")

    @property
    def traits(self) -> Traits:
        return _TRANSPOSED if self.groups == 1 else _TRANSPOSED_IN_GROUPS

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        n = spatial("conv_transpose", x)
        divisible("conv_transpose", "input", x.channels, self.groups)
        divisible("conv_transpose", "output", self.channels, self.groups)
        kernel, stride = per_axis(self.kernel, n, "kernel"), per_axis(self.stride, n, "stride")
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
        return x.sized(positive("conv_transpose", size, x), factors).with_channels(self.channels)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        (x,) = inputs
        kernel = per_axis(self.kernel, len(x.size), "kernel")
        weight = Weight("weight", (x.channels, self.channels // self.groups, *kernel))
        return (weight, Weight("bias", (self.channels,))) if self.bias else (weight,)

    def macs(self, output: TensorType, *inputs: TensorType) -> Size:
        return numel(inputs[0].size) * prod(self.weights(*inputs)[0].shape)

    def lower(self, *inputs: TensorType) -> Call:
        (x,) = inputs
        n = len(x.size)
        return module(
            f"torch.nn.ConvTranspose{n}d",
            in_channels=x.channels,
            out_channels=self.channels,
            kernel_size=per_axis(self.kernel, n, "kernel"),
            stride=per_axis(self.stride, n, "stride"),
            padding=per_axis(self.padding, n, "padding"),
            output_padding=per_axis(self.output_padding, n, "output_padding"),
            groups=self.groups,
            bias=self.bias,
        )

    def full(self, *inputs: TensorType) -> "ConvTranspose":
        axes = ("kernel", "stride", "padding", "output_padding")
        return self.model_copy(update={name: short(getattr(self, name)) for name in axes})

    @classmethod
    def weight_names(cls) -> tuple[str, ...]:
        return ("weight", "bias")


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
