"""Ops that join several values, the drop of whole samples that comes before a join, and the parts that are joined."""

from dataclasses import replace
from math import lcm
from typing import ClassVar

from pydantic import Field

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
)
from archspec.ops.traits import Traits
from archspec.types.call import Call, function, module
from archspec.types.sizes import Size, divisibility
from archspec.types.tensor import TensorType

_HELP = (
    "the values need equal shapes; only sizes of 1 are broadcast",
    "all but the channels must be equal; only sizes of 1 are broadcast",
)


class _Join(Op):
    """A join of values with equal shapes; only dimensions of size 1 are broadcast."""

    def infer(self, *inputs: TensorType) -> TensorType:
        joined = _joined(self.name, inputs)
        channels = concrete(self.name, _broadcast(tuple(x.channels for x in inputs), self.name, inputs))
        return joined.with_channels(channels)

    def constraints(self, *inputs: TensorType) -> dict[str, int]:
        return _conditions(inputs)

    def lower(self, *inputs: TensorType) -> Call:
        return function(f"{FUNCTIONS}.{self.name}")


class Add(_Join):
    """The sum of several values."""

    name: ClassVar[str] = "add"
    # a sum of three is the sum of the first two, and then the third: to begin elsewhere rounds differently
    traits: ClassVar[Traits] = Traits(join="sum", contiguous=True, fresh=True, overwrites=2)


class Mul(_Join):
    """The product of several values."""

    name: ClassVar[str] = "mul"
    traits: ClassVar[Traits] = Traits(join="product", contiguous=True)


class Concat(Op):
    """Several values one after the other on the channel axis."""

    name: ClassVar[str] = "concat"
    traits: ClassVar[Traits] = Traits(join="concat", contiguous=True, fresh=True)

    def infer(self, *inputs: TensorType) -> TensorType:
        return _joined("concat", inputs).with_channels(sum(x.channels for x in inputs))

    def constraints(self, *inputs: TensorType) -> dict[str, int]:
        return _conditions(inputs)

    def lower(self, *inputs: TensorType) -> Call:
        dim = inputs[0].channel_axis
        narrow = [1 in sizes and any(n != 1 for n in sizes) for sizes in _axes(inputs)]
        if not any(narrow):
            return function(f"{FUNCTIONS}.concat", dim=dim)
        wide = tuple(next((i for i, n in enumerate(sizes) if n != 1), 0) for sizes in _axes(inputs))
        return function(f"{FUNCTIONS}.concat", dim=dim, wide=wide)


class Chunk(Op):
    """A part of the channels, such as `split` gives to a branch."""

    name: ClassVar[str] = "chunk"
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

    def lower(self, *inputs: TensorType) -> Call:
        dim = inputs[0].channel_axis
        return function(f"{FUNCTIONS}.chunk", dim=dim, start=self.start, length=self.length)


class DropPath(Op):
    """Drop whole samples at random in training (stochastic depth, Huang et al. 2016)."""

    name: ClassVar[str] = "drop_path"
    principal: ClassVar[str | None] = "p"
    traits: ClassVar[Traits] = Traits(passes=True, contiguous=True, light=True)

    p: Probability = Field(description="Probability of dropping a sample.", examples=[0.1])

    def infer(self, *inputs: TensorType) -> TensorType:
        channelled("drop_path", inputs[0])
        return inputs[0]

    def lower(self, *inputs: TensorType) -> Call:
        return module(f"{MODULES}.DropPath", p=self.p)


JOINS: dict[str, type[Op]] = {"add": Add, "mul": Mul, "concat": Concat}
"""The joins by name."""


def _joined(op: str, inputs: tuple[TensorType, ...]) -> TensorType:
    """The first type with the sizes of the join, or a `ShapeError` where there is none."""
    first = inputs[0]
    for other in inputs[1:]:
        _comparable(op, first, other)
    size = tuple(_broadcast(sizes, op, inputs) for sizes in _axes(inputs))
    # the stride of the first value that was not broadcast is that of the result
    stride = next((x.stride for x in inputs if x.size == size), first.stride)
    return replace(first, size=size, stride=stride)


def _comparable(op: str, a: TensorType, b: TensorType) -> None:
    channelled(op, a)
    channelled(op, b)
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


def agree(a: Size, b: Size) -> bool:
    """Whether two sizes are equal, or are for symbols with certain divisors."""
    return a == b or (not (isinstance(a, int) and isinstance(b, int)) and divisibility(a, b) is not None)


def _conditions(inputs: tuple[TensorType, ...]) -> dict[str, int]:
    """The divisors under which the sizes that are not 1 are equal."""
    found: dict[str, int] = {}
    for sizes in _axes(inputs):
        wide = [n for n in sizes if n != 1]
        for other in wide[1:]:
            for name, divisor in (divisibility(wide[0], other) or {}).items():
                found[name] = lcm(found.get(name, 1), divisor)
    return found


def _disagree(op: str, inputs: tuple[TensorType, ...]) -> str:
    return f"`{op}` cannot join values of different shapes: {', '.join(str(x) for x in inputs)}"
