"""The ends of `within`: a value taken apart into windows, and put together again (Liu et al. 2021, Swin)."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Any, ClassVar, NamedTuple

from pydantic import ConfigDict, Field

from archspec.ops.base import FUNCTIONS, Op, PositiveInt, ShapeError, channelled, concrete, demand, numel
from archspec.ops.pattern import BATCH, Axes, axis_names, check_count, parsed
from archspec.types.call import Call, function
from archspec.types.kept import Kept
from archspec.types.sizes import Size, divisibility
from archspec.types.tensor import Factor, Frame, Layout, Stride, TensorType, whole


class Windows(Op):
    """What the ends of a `within` have in common: its pattern, the sizes of axes, and how far it is shifted.

    The first group of the pattern's right side holds `n` and the axes that join the batch meanwhile.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, PositiveInt]

    inserted: ClassVar[bool] = True

    pattern: str = Field(description="Einops pattern from the value to the windows.")
    shift: tuple[int, ...] = Field((), description="Positions that each axis of the value is rolled by.")

    def __hash__(self) -> int:
        return hash((self.name, self.pattern, self.shift))

    @property
    def taken_apart(self) -> list[bool]:
        """For each axis of the value whether the pattern takes it apart."""
        return [len(group) > 1 for group in parse(self.pattern)[0][1:]]

    def sides(self, x: TensorType) -> Sides:
        """Both sides of the pattern for a value, with the size of each axis. Raises `ShapeError`."""
        left, right = parse(self.pattern)
        check_count(left[1:], x)
        given: dict[str, Any] = dict(self.__pydantic_extra__ or {})
        for name in given:
            if name not in axis_names(left):
                raise ShapeError("A406", f"the pattern has no axis `{name}`", "only its axes can have sizes", name)
        sizes: dict[str, Size] = dict(given)
        for group, total in zip(left[1:], x.shape, strict=True):
            unknown = [name for name in group if name not in given]
            known = prod(given[name] for name in group if name in given)
            if len(unknown) > 1:
                help = f"give all but one of {', '.join(f'`{name}`' for name in group)} a size"
                message = f"the sizes in `({' '.join(group)})` of {total} are not determined"
                raise ShapeError("A406", message, help, "pattern")
            if not _is_multiple(total, known) or (not unknown and total != known):
                message = f"the axes `({' '.join(group)})` cannot have the size {total} with a part of {known}"
                raise ShapeError("A404", message, f"`within` needs a multiple of {known}", "pattern")
            sizes.update(dict.fromkeys(unknown, total // known))
        at = x.channel_axis if x.channels_first else len(left) - 1
        word = left[at][0] if len(left[at]) == 1 else "c"
        return Sides(left, right, sizes, at, word)

    def constraints(self, *inputs: TensorType) -> dict[str, int]:
        x = inputs[-1]
        given = dict(self.__pydantic_extra__ or {})
        found: dict[str, int] = {}
        for group, total in zip(parse(self.pattern)[0][1:], x.shape, strict=True):
            known = prod(given.get(name, 1) for name in group)
            demand(found, divisibility(total, total // known * known))
        return found

    def _lowered(self, target: str, x: TensorType) -> Call:
        left, right, _, _, _ = self.sides(x)
        given = self.__pydantic_extra__ or {}
        sizes = tuple(tuple(given.get(name) for name in group) for group in left[1:])
        order = [name for group in left[1:] for name in group]
        right_ = tuple(tuple(order.index(name) for name in group if name != "n") for group in right)
        shift = {"shift": self.shift} if any(self.shift) else {}
        return function(f"{FUNCTIONS}.{target}", sizes=sizes, groups=right_, **shift)


class Sides(NamedTuple):
    """Both sides of a pattern, the size of each axis, the number of the channels' axis on the left, and their word."""

    left: Axes
    right: Axes
    sizes: dict[str, Size]
    channels: int
    word: str


class Enter(Windows):
    """Take a value apart into windows, which join the batch."""

    name: ClassVar[str] = "within"
    begins: ClassVar[bool] = True

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        channelled("within", x)
        _, right, sizes, _, word = self.sides(x)
        at = channel_axis(right, word)
        joined = [name for name in right[0] if name != "n"]
        count = numel(tuple(sizes[name] for name in joined))
        inside = [group for i, group in enumerate(right) if i not in (0, at)]
        channels = concrete("within", numel(tuple(sizes[name] for name in right[at])))
        layout: Layout = "channels_first" if at == 1 and len(right) > 2 else "channels_last"
        stride = Stride.hidden(len(inside))
        outer = 1 if x.frame is None else x.frame.count
        frame = Frame(count * outer, stride, bool(any(self.shift)), x.frame, bool(joined))
        size = tuple(numel(tuple(sizes[name] for name in group)) for group in inside)
        return TensorType(channels, size, layout, x.dtype, stride, batch=x.batch, frame=frame, positions=True)

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept()

    def lower(self, *inputs: TensorType) -> Call:
        return self._lowered("enter", inputs[0])


class Exit(Windows):
    """Put windows together again: the value inside, and the value that they were taken from."""

    name: ClassVar[str] = "within_end"
    ends: ClassVar[bool] = True
    references: ClassVar[tuple[str, ...]] = ()

    def infer(self, *inputs: TensorType) -> TensorType:
        y, x = inputs
        left, right, sizes, before, word = self.sides(x)
        at = channel_axis(right, word)
        groups = [group for i, group in enumerate(right) if i not in (0, at)]
        if y.vocab is not None or len(y.size) != len(groups) or y.channels_first != (at == 1 and len(right) > 2):
            entered = Enter(**dict(self)).infer(x)
            message = f"the layers of `within` give {y}, which the pattern cannot undo: they received {entered}"
            raise ShapeError("A412", message, "keep the axes that they receive", "layers")
        found = dict(sizes)
        inside_sizes: tuple[Size, ...] = (y.channels, *y.size)
        for group, new in zip((right[at], *groups), inside_sizes, strict=True):
            if len(group) == 1:
                found[group[0]] = new
            elif numel(tuple(sizes[name] for name in group)) != new:
                inside = numel(tuple(sizes[name] for name in group))
                message = f"the layers of `within` make {new} of the {inside} positions of `({' '.join(group)})`"
                raise ShapeError("A412", message, "only axes that stand alone may change", "layers")
        shape = tuple(numel(tuple(found[name] for name in group)) for group in left[1:])
        channels = concrete("within", shape[before - 1])
        size = shape[: before - 1] + shape[before:]
        outside = [group for i, group in enumerate(left) if i not in (0, before)]
        return TensorType(
            channels, size, x.layout, x.dtype, self._stride(y, x, outside, groups), batch=x.batch, frame=x.frame
        )

    def _stride(self, y: TensorType, x: TensorType, outside: list[tuple[str, ...]], inside: list[Any]) -> Stride:
        """The stride of the value, with that of what the layers do to axes that stand alone in the windows."""
        steps = None if y.frame is None else y.stride.over(y.frame.stride)
        if steps is None:
            return Stride.hidden(len(outside))
        alone = {group[0]: step for group, step in zip(inside, steps, strict=True) if len(group) == 1}
        if any(step != 1 for group, step in zip(inside, steps, strict=True) if len(group) != 1):
            return Stride.hidden(len(outside))
        factors: list[Factor] = []
        for group in outside:
            factor: Factor = 1
            for name in group:
                factor = whole(factor * alone.get(name, 1))
            factors.append(factor)
        return x.stride.times(tuple(factors))

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept()

    def lower(self, *inputs: TensorType) -> Call:
        return self._lowered("leave", inputs[1])


class Seam(Windows):
    """Which positions of a shifted window lie on the same side of the seam, for every window."""

    name: ClassVar[str] = "within_seam"
    beside: ClassVar[bool] = True

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        _, right, sizes, _, word = self.sides(x)
        at = channel_axis(right, word)
        count = numel(tuple(sizes[name] for name in right[0] if name != "n"))
        length = numel(tuple(sizes[name] for i, group in enumerate(right) if i not in (0, at) for name in group))
        return TensorType(0, (count, length, length), dtype="int64", vocab=2, batch=False)

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept()

    def lower(self, *inputs: TensorType) -> Call:
        (x,) = inputs
        channels = self.sides(x).channels
        call = self._lowered("seam", x)
        return function(call.target, **call.arguments, channels=channels - 1)


def channel_axis(right: Axes, word: str) -> int:
    """The number of the channel axis among the groups of a side. Raises `ShapeError`."""
    at = [i for i, group in enumerate(right) if i and ("c" in group or word in group)]
    if not at:
        raise ShapeError("A406", "the pattern has no axis `c` for the channels", "name the channel axis `c`", "pattern")
    if at[0] not in (1, len(right) - 1):
        message = f"the channel axis is number {at[0]} of {len(right)} in the windows"
        raise ShapeError("A402", message, "put the channels right after the batch, or last", "pattern")
    return at[0]


def _is_multiple(total: Size, part: int) -> bool:
    return total % part == 0 if isinstance(total, int) else divisibility(total, total // part * part) is not None


@lru_cache(maxsize=1024)
def parse(pattern: str) -> tuple[Axes, Axes]:
    """The groups of both sides of a pattern whose right side may join axes to `n`. Raises `ShapeError`."""
    example = "write `n c (a p) (b q) -> (n a b) c p q`"
    sides = pattern.split("->")
    if len(sides) != 2:
        raise ShapeError("A406", f"`{pattern}` is not a pattern", example, "pattern")
    left, right = parsed(pattern, sides, example)
    if left[:1] != (BATCH,) or right[:1] == () or right[0][:1] != ("n",):
        message = f"`{pattern}` does not begin with the batch on both sides"
        raise ShapeError("A406", message, example, "pattern")
    if axis_names(left) != axis_names(right):
        odd = ", ".join(f"`{name}`" for name in sorted(axis_names(left) ^ axis_names(right)))
        raise ShapeError("A406", f"the axes of `{pattern}` are not the same on both sides: {odd}", example, "pattern")
    return left, right
