"""Ops that take positions of an axis, or put them in another order."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, ClassVar, TypeAlias

from pydantic import Field

from archspec.limits import AXIS
from archspec.ops.axis import Dimension, axis_of, tensor_axis, with_axis
from archspec.ops.base import FUNCTIONS, MODULES, NaturalInt, Op, PositiveInt, ShapeError, channelled
from archspec.ops.traits import Traits
from archspec.types.call import Call, function, module
from archspec.types.kept import Kept
from archspec.types.sizes import Size, ceil_div
from archspec.types.tensor import Stride, TensorType

Dimensions: TypeAlias = Dimension | Annotated[tuple[Dimension, ...], Field(min_length=1, max_length=8)]
Step: TypeAlias = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]

_DIM = "`channels`, or the index of a size dimension, from 0"


class Slice(Op):
    """Keep a range of positions of an axis, as a slice of Python does; `select` drops the axis."""

    name: ClassVar[str] = "slice"
    traits: ClassVar[Traits] = Traits(keeps_variance=True, contiguous=True, light=True, part=True)

    start: Step | None = Field(None, description="First position; negative numbers count from the end. Default: 0.")
    stop: Step | None = Field(None, description="Position after the last one. Default: the end.")
    step: PositiveInt = Field(1, description="From one position to the next.")
    dim: Dimension = Field("channels", description=f"{_DIM}.")

    @property
    def keeps_positions(self) -> bool:
        return self.dim == "channels"

    def _ends(self, n: Size) -> tuple[Size, Size]:
        """The first position, and that after the last one."""
        ends = (0 if self.start is None else self.start, n if self.stop is None else self.stop)
        first, last = (n + end if isinstance(end, int) and end < 0 else end for end in ends)
        return first, last

    def minima(self, *inputs: TensorType) -> list[tuple[Size, int]]:
        n = inputs[0].shape[axis_of("slice", inputs[0], self.dim)]
        needed = [end if end >= 0 else -end for end in (self.stop,) if end is not None]
        needed += [self.start + 1 if self.start >= 0 else -self.start] if self.start is not None else []
        first, last = self._ends(n)
        return [*((n, least) for least in needed), (last - first, 1)]

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        at = axis_of("slice", x, self.dim)
        n = x.shape[at]
        for name, end, most in (("start", self.start, n - 1), ("stop", self.stop, n)):
            if end is not None and (-n > end or end > most):
                help = f"choose {-n} to {most}" if isinstance(n, int) else "count from the end with a negative number"
                message = f"`{name}` {end} is out of range for {_called(self.dim)} of {n}"
                raise ShapeError("A406", message, help, name)
        first, last = self._ends(n)
        size = ceil_div(last - first, self.step)
        if size < 1:
            message = f"`slice` from {first} to {last} keeps nothing of {_called(self.dim)} of {n}"
            raise ShapeError("A403", message, "`stop` is the position after the last one", "stop")
        found = with_axis("slice", x, at, size)
        if self.dim == "channels":
            return found
        steps = tuple(self.step if i == self.dim else 1 for i in range(len(x.size)))
        return replace(found, stride=x.stride.times(steps))

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept(shares=True)

    def lower(self, *inputs: TensorType) -> Call:
        dim = tensor_axis(inputs[0], self.dim)
        given = {"start": self.start or None, "stop": self.stop, "step": self.step if self.step > 1 else None}
        return function(
            f"{FUNCTIONS}.cut", dim=dim, **{name: value for name, value in given.items() if value is not None}
        )


class _Moved(Op):
    """An op that moves the positions of some axes."""

    def axes(self, x: TensorType) -> tuple[int, ...]:
        """The axes in a tensor with its batch."""
        dims = self.dim if isinstance(self.dim, tuple) else (self.dim,)  # type: ignore[attr-defined]
        found = tuple(tensor_axis(x, dim) for dim in dims)
        for dim in dims:
            axis_of(self.name, x, dim)
            if dims.count(dim) > 1:
                raise ShapeError("A406", f"`dim` of `{self.name}` names `{dim}` twice", "name each axis once", "dim")
        return found

    def infer(self, *inputs: TensorType) -> TensorType:
        self.axes(inputs[0])
        return inputs[0]


class Flip(_Moved):
    """Turn the order of positions around, like `torch.flip`."""

    name: ClassVar[str] = "flip"
    principal: ClassVar[str | None] = "dim"
    traits: ClassVar[Traits] = Traits(keeps_variance=True, contiguous=True, light=True)

    dim: Dimensions = Field(description=f"{_DIM}; or a list of several.")

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept()

    def lower(self, *inputs: TensorType) -> Call:
        return function("torch.flip", dims=self.axes(inputs[0]))


class Roll(_Moved):
    """Move positions along, and those that leave the end to the front, like `torch.roll`."""

    name: ClassVar[str] = "roll"
    principal: ClassVar[str | None] = "shift"
    traits: ClassVar[Traits] = Traits(keeps_variance=True, contiguous=True, light=True)

    shift: Step | Annotated[tuple[Step, ...], Field(min_length=1, max_length=8)] = Field(
        description="Positions to move by: one number, or one for each of `dim`."
    )
    dim: Dimensions = Field(description=f"{_DIM}; or a list of several.")

    def _steps(self, count: int) -> tuple[int, ...]:
        steps = self.shift if isinstance(self.shift, tuple) else (self.shift,) * count
        if len(steps) != count:
            message = f"`shift` has {len(steps)} numbers for {count} of `dim`"
            raise ShapeError("A405", message, "give one number, or one for each", "shift")
        return steps

    def infer(self, *inputs: TensorType) -> TensorType:
        self._steps(len(self.axes(inputs[0])))
        return inputs[0]

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept()

    def lower(self, *inputs: TensorType) -> Call:
        axes = self.axes(inputs[0])
        return function("torch.roll", shifts=self._steps(len(axes)), dims=axes)


class ArgMax(Op):
    """The position of the largest value, the first of equal ones, as ids."""

    name: ClassVar[str] = "argmax"
    principal: ClassVar[str | None] = "dim"
    traits: ClassVar[Traits] = Traits(contiguous=True)

    dim: Dimension = Field("channels", description=f"{_DIM}; of ids, the last axis unless given.")

    def _axis(self, x: TensorType) -> int:
        if x.vocab is not None and self.dim == "channels":
            if not x.size:
                raise ShapeError("A402", "`argmax` needs a value with an axis, found a single id", "remove it")
            return len(x.size) - 1
        return axis_of("argmax", x, self.dim)

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        at = self._axis(x)
        n = x.shape[at]
        size = x.shape[:at] + x.shape[at + 1 :]
        kept = x.vocab is None and self.dim == "channels"
        stride = x.stride if kept else Stride.hidden(len(size))
        # of an open axis as many ids as an axis may have
        vocab = n if isinstance(n, int) else AXIS
        return TensorType(0, size, dtype="int64", stride=stride, vocab=vocab)

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept()

    def lower(self, *inputs: TensorType) -> Call:
        return function("torch.argmax", dim=self._axis(inputs[0]) + 1)


class Select(Op):
    """Select one position of a size dimension, which is dropped; or those whose numbers ids say."""

    name: ClassVar[str] = "select"
    principal: ClassVar[str | None] = "index"
    references: ClassVar[tuple[str, ...]] = ("index",)
    or_values: ClassVar[tuple[str, ...]] = ("index",)
    traits: ClassVar[Traits] = Traits(light=True)

    index: Step | str = Field(
        description="Position, from 0; negative numbers count from the end. Or a reference to ids, which are positions."
    )
    dim: NaturalInt = Field(0, description="Index of a size dimension, from 0.")

    def infer(self, *inputs: TensorType) -> TensorType:
        x = inputs[0]
        channelled("select", x)
        if x.is_vector:
            message = f"`select` needs a value with a size, found a vector of {x.channels} channels"
            raise ShapeError("A402", message, "`slice` takes a range of channels")
        at = axis_of("select", x, self.dim)
        length = x.shape[at]
        if isinstance(self.index, str):
            ids = inputs[1]
            if ids.vocab is None or len(ids.size) > 1:
                help = "those of an `argmax`, or an input with a `vocab`"
                raise ShapeError("A402", f"`index` must be ids with at most one size, found {ids}", help, "index")
            if ids.size:
                return replace(with_axis("select", x, at, ids.size[0]), stride=Stride.hidden(len(x.size)))
        elif isinstance(length, int) and not -length <= self.index < length:
            help = f"choose 0 to {length - 1}, or -{length} to -1"
            raise ShapeError("A406", f"`index` {self.index} is out of range for a size of {length}", help, "index")
        size = x.size[: self.dim] + x.size[self.dim + 1 :]
        return replace(x, size=size, stride=Stride.hidden(len(size))) if size else x.vector(x.channels)

    def minima(self, *inputs: TensorType) -> list[tuple[Size, int]]:
        if isinstance(self.index, str):
            return []
        return [(inputs[0].size[self.dim], self.index + 1 if self.index >= 0 else -self.index)]

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept((0, 1)) if isinstance(self.index, str) else Kept(shares=True)

    def lower(self, *inputs: TensorType) -> Call:
        dim = tensor_axis(inputs[0], self.dim)
        if isinstance(self.index, str):
            table = {"table": True} if inputs[1].batch and not inputs[0].batch else {}
            return function(f"{FUNCTIONS}.pick", dim=dim, several=len(inputs[1].size) == 1, **table)
        return module(f"{MODULES}.Select", dim=dim, index=self.index)


def _called(dim: Dimension) -> str:
    return "the channels" if dim == "channels" else f"size dimension {dim}"
