"""What the compiler knows of a tensor before any tensor exists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from itertools import count
from typing import Literal, TypeAlias

from archspec.records import record
from archspec.types.sizes import Size

Layout = Literal["channels_first", "channels_last"]
Factor: TypeAlias = int | Fraction

_origins = count(1)


@record
class Stride:
    """How many positions of an origin one step along each axis spans.

    The origin 0 is the network's input. A rearrangement that mixes axes starts a new origin: strides of different
    origins cannot be compared.
    """

    factors: tuple[Factor, ...] = ()
    origin: int = 0

    @staticmethod
    def hidden(dimensions: int) -> Stride:
        """A stride that compares with nothing before it."""
        return Stride((1,) * dimensions, next(_origins))

    def times(self, factors: tuple[Factor, ...]) -> Stride:
        """The stride after a step of `factors` along each axis."""
        if all(factor == 1 for factor in factors):
            return self
        return Stride(tuple(whole(a * b) for a, b in zip(self.factors, factors, strict=True)), self.origin)

    def over(self, base: Stride) -> tuple[Factor, ...] | None:
        """The stride from `base` to here, or None where the two cannot be compared."""
        if base.origin != self.origin or len(base.factors) != len(self.factors):
            return None
        return tuple(ratio(a, b) for a, b in zip(self.factors, base.factors, strict=True))


@record(eq=False)
class Frame:
    """The inside of a `within`, whose batch is that of its windows where axes are `joined` to it.

    `count` is the number of windows of a sample, `stride` that of the value as it entered, `outer` the frame around. In
    one with a `seam` attention hides what lies beyond it.
    """

    count: Size
    stride: Stride
    seam: bool
    outer: Frame | None
    joined: bool

    @property
    def depth(self) -> int:
        """How many there are, one in the other."""
        return 1 if self.outer is None else 1 + self.outer.depth


def windows(frame: Frame | None) -> Frame | None:
    """The innermost frame whose windows are the batch; None where the batch is that of samples."""
    while frame is not None and not frame.joined:
        frame = frame.outer
    return frame


def ratio(a: Factor, b: Factor) -> Factor:
    """One factor over another, exactly."""
    if a == b:
        return 1
    quotient, rest = divmod(a, b)
    return whole(Fraction(a) / b) if rest else quotient


def whole(factor: Factor) -> Factor:
    """An integer where the fraction is one."""
    return factor.numerator if factor.denominator == 1 else factor


def shape_text(sizes: Iterable[object]) -> str:
    """A shape as text: `64 × 56 × 56`."""
    return " × ".join(map(str, sizes))


@record
class TensorType:
    """A tensor without its batch axis: channels, spatial or positional sizes, layout, and stride from the input.

    Channels are numbers, since weights have them; sizes may be symbolic. Token ids have a `vocab` and no channels. A
    vector has no sizes, and its layout is `channels_last`. A value without a `batch` is the same for every sample: it
    is computed as a batch of one. A number has no axes, and no channels either. Inside of a `within`, `frame` says of
    which, and `positions` that its sizes are still all positions of a window, in their order.
    """

    channels: int
    size: tuple[Size, ...] = ()
    layout: Layout = "channels_last"
    dtype: str = "float32"
    stride: Stride = Stride()
    vocab: int | None = None
    batch: bool = True
    frame: Frame | None = None
    positions: bool = False

    @staticmethod
    def number(batch: bool = False) -> TensorType:
        """The type of a single number."""
        return TensorType(0, stride=Stride.hidden(0), batch=batch)

    @property
    def is_number(self) -> bool:
        """Whether there are no axes."""
        return not self.channels and self.vocab is None

    @property
    def shape(self) -> tuple[Size, ...]:
        """The axes in order, without the batch: `(C, H, W)`, `(L, C)`, `(C,)`, or `(L,)` for token ids."""
        if self.vocab is not None or not self.channels:
            return self.size
        return (self.channels, *self.size) if self.channels_first else (*self.size, self.channels)

    @property
    def channels_first(self) -> bool:
        """Whether the channel axis stands before the sizes; false for a vector."""
        return self.layout == "channels_first"

    @property
    def channel_axis(self) -> int:
        """The number of the channel axis in a tensor with its batch."""
        return 1 if self.channels_first else -1

    @property
    def first_axis(self) -> int:
        """The number of the first size's axis in a tensor with its batch."""
        return 2 if self.channels_first else 1

    @property
    def is_vector(self) -> bool:
        """Whether there is a channel axis and nothing else."""
        return not self.size

    def with_channels(self, channels: int) -> TensorType:
        """The same tensor with other channels."""
        return replace(self, channels=channels)

    def sized(self, size: tuple[Size, ...], stride: tuple[Factor, ...]) -> TensorType:
        """The same tensor after a step that changes sizes by `stride` along each axis."""
        return replace(self, size=size, stride=self.stride.times(stride))

    def resized(self, size: tuple[Size, ...]) -> TensorType:
        """The same tensor with other sizes, whose stride cannot be compared with those before."""
        return replace(self, size=size, stride=Stride.hidden(len(size)))

    def vector(self, channels: int) -> TensorType:
        """A vector of the same element type."""
        return TensorType(channels, dtype=self.dtype, stride=Stride((), self.stride.origin))

    def __str__(self) -> str:
        return shape_text(self.shape) or "a number"
