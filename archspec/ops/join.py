"""Ops that join several values, the drop of whole samples that comes before a join, and the parts that are joined."""

from dataclasses import dataclass, field, replace
from typing import ClassVar

from pydantic import Field

from archspec.ops.axis import Dimension, axis_of, tensor_axis, with_axis
from archspec.ops.base import (
    FUNCTIONS,
    MODULES,
    NaturalInt,
    Op,
    PositiveInt,
    Probability,
    ShapeError,
    channelled,
    concrete,
    demand,
    varied,
)
from archspec.ops.traits import Traits
from archspec.types.call import Call, function, module
from archspec.types.kept import BYTES, Kept, held
from archspec.types.sizes import Size, agree, divisibility, total
from archspec.types.tensor import TensorType

_HELP = (
    "the values need equal shapes; only sizes of 1 are broadcast",
    "all but the channels must be equal; only sizes of 1 are broadcast",
)


class _Join(Op):
    """A join of values with equal shapes; only dimensions of size 1 are broadcast."""

    keeps_positions: ClassVar[bool] = True

    def infer(self, *inputs: TensorType) -> TensorType:
        inputs = aligned(self.name, inputs)
        joined = _joined(self.name, inputs)
        channels = concrete(self.name, _broadcast(tuple(x.channels for x in inputs), self.name, inputs))
        return joined.with_channels(channels)

    def constraints(self, *inputs: TensorType) -> dict[str, int]:
        return _conditions(aligned(self.name, inputs))

    def lower(self, *inputs: TensorType) -> Call:
        axes = missing_axes(inputs)
        return function(f"{FUNCTIONS}.{self.name}", **({"axes": axes} if any(axes) else {}))


class Add(_Join):
    """The sum of several values."""

    name: ClassVar[str] = "add"
    # a sum of three is the sum of the first two, and then the third: to begin elsewhere rounds differently
    traits: ClassVar[Traits] = Traits(join="sum", contiguous=True, fresh=True, overwrites=2)

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept(shares=len(inputs) == 1)


class Mul(_Join):
    """The product of several values."""

    name: ClassVar[str] = "mul"
    traits: ClassVar[Traits] = Traits(join="product", contiguous=True)

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return _factors(output, inputs)


class Sub(_Join):
    """The first of several values less the others."""

    name: ClassVar[str] = "sub"
    traits: ClassVar[Traits] = Traits(join="difference", contiguous=True)

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept(shares=len(inputs) == 1)


class Div(_Join):
    """The first of several values over the others."""

    name: ClassVar[str] = "div"
    traits: ClassVar[Traits] = Traits(join="quotient", contiguous=True)

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return _factors(output, inputs)


class Concat(Op):
    """Several values one after the other, on the channel axis or on that of a size dimension."""

    name: ClassVar[str] = "concat"
    traits: ClassVar[Traits] = Traits(join="concat", contiguous=True, fresh=True)

    dim: Dimension = Field("channels", description="`channels`, or the index of a size dimension, from 0.")

    @property
    def keeps_positions(self) -> bool:
        return self.dim == "channels"

    def infer(self, *inputs: TensorType) -> TensorType:
        inputs = aligned("concat", inputs)
        if self.dim == "channels":
            for x in inputs:
                channelled("concat", x)
            return _joined("concat", inputs).with_channels(sum(x.channels for x in inputs))
        for x in inputs:
            axis_of("concat", x, self.dim)
        # a size of 1 where they are joined is broadcast to anything
        others = tuple([with_axis("concat", x, axis_of("concat", x, self.dim), 1) for x in inputs])
        joined = _joined("concat", others)
        channels = concrete("concat", _broadcast(tuple(x.channels for x in inputs), "concat", inputs))
        size = list(joined.size)
        size[self.dim] = total([x.size[self.dim] for x in inputs])
        return replace(joined, channels=channels, size=tuple(size))

    def constraints(self, *inputs: TensorType) -> dict[str, int]:
        inputs = aligned("concat", inputs)
        return _conditions(inputs, None if self.dim == "channels" else self.dim)

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept()

    def lower(self, *inputs: TensorType) -> Call:
        axes, inputs = missing_axes(inputs), aligned("concat", inputs)
        dim = tensor_axis(inputs[0], self.dim)
        at = axis_of("concat", inputs[0], self.dim)
        others = [sizes for axis, sizes in enumerate(zip(*(x.shape for x in inputs), strict=True)) if axis != at]
        narrow = [1 in sizes and any(n != 1 for n in sizes) for sizes in others]
        wide = tuple(next((i for i, n in enumerate(sizes) if n != 1), 0) for sizes in others)
        if not any(axes) and len({x.batch for x in inputs}) == 1 and (self.dim == "channels" or not any(narrow)):
            return function(f"{FUNCTIONS}.concat", dim=dim, **({"wide": wide} if any(narrow) else {}))
        batch = next((i for i, x in enumerate(inputs) if x.batch), 0)
        return function(f"{FUNCTIONS}.concat_repeated", dim=at + 1, axes=axes, batch=batch, wide=wide)


class Chunk(Op):
    """A part of the channels, such as `split` gives to a branch."""

    name: ClassVar[str] = "chunk"
    keeps_positions: ClassVar[bool] = True
    traits: ClassVar[Traits] = Traits(part=True, contiguous=True)

    start: NaturalInt = Field(description="The first channel, from 0.")
    length: PositiveInt = Field(description="The number of channels.")

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        channelled("chunk", x)
        if self.start + self.length > x.channels:
            message = f"`chunk` ends at channel {self.start + self.length}, but the value has {x.channels}"
            help = f"`start` and `length` together are at most {x.channels}"
            raise ShapeError("A406", message, help, "start" if self.start >= x.channels else "length")
        return x.with_channels(self.length)

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept(shares=True)

    def lower(self, *inputs: TensorType) -> Call:
        dim = inputs[0].channel_axis
        return function(f"{FUNCTIONS}.chunk", dim=dim, start=self.start, length=self.length)


class DropPath(Op):
    """Drop whole samples at random in training (stochastic depth, Huang et al. 2016)."""

    name: ClassVar[str] = "drop_path"
    keeps_positions: ClassVar[bool] = True
    principal: ClassVar[str | None] = "p"
    traits: ClassVar[Traits] = Traits(passes=True, contiguous=True, light=True)

    p: Probability = Field(description="Probability of dropping a sample.", examples=[0.1])

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        channelled("drop_path", x)
        varied("drop_path", x)
        self._windows(x)
        return x

    def _windows(self, x: TensorType) -> int:
        """How many windows of a sample are in the batch: they are dropped together."""
        return 1 if x.frame is None else concrete("drop_path", x.frame.count)

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept(own=BYTES[output.dtype]) if self.p else Kept(shares=True)

    def lower(self, *inputs: TensorType) -> Call:
        windows = self._windows(inputs[0])
        return module(f"{MODULES}.DropPath", p=self.p, **({"windows": windows} if windows > 1 else {}))


def _factors(output: TensorType, inputs: tuple[TensorType, ...]) -> Kept:
    """What a product or quotient keeps: all that it takes, and what comes of all but the last."""
    if len(inputs) == 1:
        return Kept(shares=True)
    return Kept(tuple(range(len(inputs))), own=(len(inputs) - 2) * held(output))


def missing_axes(inputs: tuple[TensorType, ...]) -> tuple[int, ...]:
    """How many axes of 1 each value gets in a join: those without a batch may have fewer than the others."""
    rank = _rank(inputs)
    return tuple([0 if x.batch else max(0, rank - len(x.shape)) for x in inputs])


def _rank(inputs: tuple[TensorType, ...]) -> int:
    """How many axes a join has, but for the batch."""
    return max([len(x.shape) for x in inputs if x.batch] or [len(x.shape) for x in inputs])


def aligned(op: str, inputs: tuple[TensorType, ...]) -> tuple[TensorType, ...]:
    """The values of a join with the same axes: what has no batch is broadcast as torch does, from the last axis on,
    whatever its layout is."""
    if all(x.batch for x in inputs):
        return inputs
    for x in inputs:
        channelled(op, x, number=True)
    rank = _rank(inputs)
    lead = next(x for x in inputs if len(x.shape) == rank and (x.batch or not any(y.batch for y in inputs)))
    return tuple([x if x.batch or x is lead else _like(op, x, lead) for x in inputs])


def _like(op: str, x: TensorType, lead: TensorType) -> TensorType:
    """A value without a batch with the axes of another."""
    if len(x.shape) > len(lead.shape):
        message = f"`{op}` cannot join {lead} with {x}, which is the same for every sample and has more axes"
        raise ShapeError("A412", message, f"it may have up to {len(lead.shape)} axes")
    shape = (1,) * (len(lead.shape) - len(x.shape)) + x.shape
    if not shape:
        return x
    at = 0 if lead.channels_first else len(shape) - 1
    channels = concrete(op, shape[at])
    return replace(lead, channels=channels, size=shape[:at] + shape[at + 1 :], batch=False, dtype=x.dtype)


def _joined(op: str, inputs: tuple[TensorType, ...]) -> TensorType:
    """The first type with the sizes of the join, or a `ShapeError` where there is none."""
    first, *others = sorted(inputs, key=lambda x: not x.batch)
    for other in others:
        _comparable(op, first, other)
    size = tuple(_broadcast(sizes, op, inputs) for sizes in _axes(inputs))
    # the stride of the first value that was not broadcast is that of the result
    stride = next((x.stride for x in inputs if x.size == size and (x.batch or not first.batch)), first.stride)
    return replace(first, size=size, stride=stride)


def _comparable(op: str, a: TensorType, b: TensorType) -> None:
    channelled(op, a, number=True)
    channelled(op, b, number=True)
    if len(a.size) != len(b.size) or a.layout != b.layout:
        where = {True: "channels first", False: "channels last"}
        details = f" ({where[a.channels_first]} and {where[b.channels_first]})" if a.size and b.size else ""
        raise ShapeError(
            "A412",
            f"`{op}` cannot join {a} with {b}{details}",
            "both need the same axes: `keepdim: true` keeps sizes of 1",
        )


def _broadcast(sizes: tuple[Size, ...], op: str, inputs: tuple[TensorType, ...]) -> Size:
    wide = list(dict.fromkeys(n for n in sizes if n != 1))
    if not all(agree(wide[0], n) for n in wide[1:]):
        raise ShapeError("A412", _disagree(op, inputs), _HELP[op == "concat"])
    return wide[0] if wide else 1


def _axes(inputs: tuple[TensorType, ...]) -> list[tuple[Size, ...]]:
    return list(zip(*(x.size for x in inputs), strict=True))


def _conditions(inputs: tuple[TensorType, ...], without: int | None = None) -> dict[str, int]:
    """The divisors under which the sizes that are not 1 are equal, but for one dimension."""
    found: dict[str, int] = {}
    for dimension, sizes in enumerate(_axes(inputs)):
        if dimension == without:
            continue
        wide = [n for n in sizes if n != 1]
        for other in wide[1:]:
            demand(found, divisibility(wide[0], other))
    return found


def _disagree(op: str, inputs: tuple[TensorType, ...]) -> str:
    return f"`{op}` cannot join values of different shapes: {', '.join(str(x) for x in inputs)}"


@dataclass(slots=True)
class Agreed:
    """Sizes of several values of an op that must be equal, or 1 where they are broadcast, and the divisors of symbols
    for which they are."""

    op: str
    divisors: dict[str, int] = field(default_factory=dict)

    def broadcast(
        self, sizes: tuple[Size, ...], others: tuple[Size, ...], x: TensorType, argument: str
    ) -> tuple[Size, ...]:
        """Both broadcast. Raises `ShapeError` where `x`, given as `argument`, does not fit."""
        wide = tuple([b if a == 1 else a for a, b in zip(sizes, others, strict=True)])
        self.fits(others, wide, x, argument)
        return wide

    def equal(self, sizes: tuple[Size, ...], wanted: tuple[Size, ...], what: str, argument: str) -> None:
        """Raise `ShapeError` unless sizes are the wanted ones; `what` they count, in words."""
        for size, other in zip(sizes, wanted, strict=True):
            if not agree(size, other):
                message = f"`{self.op}` has {size} {what}, but its value has {other}"
                raise ShapeError("A404", message, "both must be equal", argument)
            demand(self.divisors, divisibility(size, other))

    def fits(self, sizes: tuple[Size, ...], wanted: tuple[Size, ...], x: TensorType, argument: str) -> None:
        """Raise `ShapeError` unless sizes are the wanted ones, or 1."""
        for size, other in zip(sizes, wanted, strict=True):
            if size == 1:
                continue
            if not agree(size, other):
                message = f"`{argument}` of `{self.op}` is {x}, where a size is {size} instead of {other}"
                raise ShapeError("A404", message, "sizes must be equal; only those of 1 are broadcast", argument)
            demand(self.divisors, divisibility(size, other))
