"""Axes split, moved and merged by an einops pattern (Rogozhnikov 2022), and those that are reduced."""

from typing import Any, ClassVar, Literal

from pydantic import ConfigDict, Field

from archspec.ops.base import FUNCTIONS, MODULES, Op, PositiveInt, ShapeError, channelled
from archspec.ops.pattern import (
    BATCH,
    Axes,
    Solved,
    axis_names,
    channels_of,
    check_count,
    holds,
    is_view,
    kept_stride,
    outcome,
    sides,
    size_axes,
    solve,
    splits,
    without_batch,
)
from archspec.ops.traits import Traits
from archspec.types.call import Call, function, module
from archspec.types.kept import BYTES, Kept
from archspec.types.sizes import Size
from archspec.types.tensor import Stride, TensorType

_EXAMPLE = "n c h w -> n h w c"


class _Patterned(Op):
    """An op of one value with an einops pattern. Further arguments are the sizes of axes."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, PositiveInt]

    principal: ClassVar[str | None] = "pattern"

    pattern: str = Field(
        description="Einops pattern, such as `n c h w -> n (h w) c`.",
        max_length=1000,
        examples=["n c h w -> n (h w) c"],
    )
    channels: str = Field("c", description="Channel axis of the result.", max_length=100)

    def __hash__(self) -> int:
        return hash((self.name, self.pattern, self.channels))

    def _sizes(self) -> dict[str, int]:
        return dict(self.__pydantic_extra__ or {})

    def _sides(self, x: TensorType) -> tuple[Axes, Axes]:
        """Both sides without the batch."""
        lefts, right = sides(self.pattern, _EXAMPLE)
        if len(lefts) != 1:
            raise ShapeError("A406", f"`{self.pattern}` names several values", "`einsum` joins values", "pattern")
        if (lefts[0][:1] == (BATCH,)) != (right[:1] == (BATCH,)):
            message = f"the first axis of `{self.pattern}` is not `n` on both sides"
            raise ShapeError("A406", message, "put the batch first: `n …`", "pattern")
        return without_batch(lefts[0], x, self.pattern), without_batch(right, x, self.pattern)

    def _channels(self, x: TensorType, left: Axes, right: Axes) -> int:
        """The number of the channel axis in the result."""
        at = holds(right, self.channels)
        own = left[channels_of(x)]
        if at is None and self.channels == "c" and len(own) == 1:
            at = holds(right, own[0])
        if at is None:
            help = "name the channel axis `c`, or say which it is: `channels: NAME`"
            raise ShapeError("A406", f"the result has no axis `{self.channels}` for its channels", help, "pattern")
        return at

    def constraints(self, *inputs: TensorType) -> dict[str, int]:
        return self._solved(*inputs)[2].conditions

    def _solved(self, *inputs: TensorType) -> tuple[Axes, Axes, Solved]:
        """Both sides, and all sizes."""
        left, right = self._sides(inputs[0])
        return left, right, solve([(left, inputs[0])], self._sizes())


class Rearrange(_Patterned):
    """Split, move and merge axes with an einops pattern whose first axis is `n`, the batch.

    Further arguments are the sizes of axes. The channel axis of the result is the one that `channels` names, or that
    holds `c`, or that of the input.
    """

    name: ClassVar[str] = "rearrange"
    references: ClassVar[tuple[str, ...]] = ("like",)
    measured: ClassVar[tuple[str, ...]] = ("like",)
    traits: ClassVar[Traits] = Traits(keeps_variance=True, rearranges=True, light=True)

    like: str | None = Field(None, description="Reference to a value whose sizes are those of the result, in order.")

    def _solved(self, *inputs: TensorType) -> tuple[Axes, Axes, Solved]:
        left, right = self._sides(inputs[0])
        if axis_names(left) != axis_names(right):
            odd = ", ".join(f"`{name}`" for name in sorted(axis_names(left) ^ axis_names(right)))
            message = f"the axes of `{self.pattern}` are not the same on both sides: {odd}"
            raise ShapeError("A406", message, "`rearrange` only moves axes; `reduce` computes over them", "pattern")
        check_count(left, inputs[0])
        at = self._channels(inputs[0], left, right)
        values = [(left, inputs[0])]
        if self.like is not None:
            like, groups = inputs[1], tuple(group for i, group in enumerate(right) if i != at)
            if any(len(group) != 1 for group in groups) or len(groups) != len(like.size):
                message = f"`like` is {like}, whose sizes are not those of the result"
                help = "every axis of the result but `n` and the channels must be one word, and a size of that value"
                raise ShapeError("A405", message, help, "like")
            measured = TensorType(1, like.size, like.layout, vocab=like.vocab)
            named = groups if like.vocab is not None else ((), *groups) if like.channels_first else (*groups, ())
            values.append((named, measured))
        return left, right, solve(values, self._sizes())

    def infer(self, *inputs: TensorType) -> TensorType:
        x = inputs[0]
        channelled("rearrange", x)
        left, right, solved = self._solved(*inputs)
        at = self._channels(x, left, right)
        after = [group for i, group in enumerate(right) if i != at]
        stride = inputs[1].stride if self.like else kept_stride(x, size_axes(left, x), after, solved.sizes)
        return outcome("rearrange", right, at, solved, x, stride or Stride.hidden(len(after)))

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        left, right, solved = self._solved(*inputs)
        return Kept(shares=is_view([name for group in left for name in group], right, solved.sizes))

    def lower(self, *inputs: TensorType) -> Call:
        left, right, solved = self._solved(*inputs)
        split: tuple[Any, ...] = ((None,), *splits(left, 0, solved, self._sizes()))
        order = [name for group in left for name in group]
        moves = {
            "order": (0, *(order.index(name) + 1 for group in right for name in group)),
            "merge": (1, *(len(group) for group in right)),
        }
        if self.like is not None:
            return function(f"{FUNCTIONS}.rearrange", split=split, **moves)
        return module(f"{MODULES}.Rearrange", pattern=self.pattern, split=split, **moves)

    def merged(self, *inputs: TensorType) -> tuple[Size, ...]:
        left, right, solved = self._solved(*inputs)
        at = self._channels(inputs[0], left, right)
        groups = [group for i, group in enumerate(right) if i != at]
        return tuple([solved.sizes[name] for name in groups[0]]) if len(groups) == 1 else ()


class Reduce(_Patterned):
    """Compute over axes: those that the right side of an einops pattern lacks, `n c h w -> n 1 h w`.

    Further arguments are the sizes of axes. The channel axis of the result is the one that `channels` names, or that
    holds `c`, or the 1 in its place, or that of the input.
    """

    name: ClassVar[str] = "reduce"
    traits: ClassVar[Traits] = Traits(keeps_variance=True, light=True)

    pattern: str = Field(
        description="Einops pattern, such as `n c h w -> n 1 h w`.", max_length=1000, examples=["n c h w -> n 1 h w"]
    )
    type: Literal["mean", "sum", "max", "min", "prod"] = Field("mean", description="What is computed.")

    def _channels(self, x: TensorType, left: Axes, right: Axes) -> int:
        if self.channels == "c" and holds(right, "c") is None:
            own = left[channels_of(x)]
            is_kept = len(own) == 1 and holds(right, own[0]) is not None
            # a 1 in the place of `c`; or in that of the channels, whatever they are called
            for place in (holds(left, "c"), None if is_kept else channels_of(x)):
                at = len(right) - 1 if place == len(left) - 1 else place
                if at is not None and at < len(right) and not right[at]:
                    return at
        return super()._channels(x, left, right)

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        channelled("reduce", x)
        left, right, solved = self._solved(x)
        if odd := axis_names(right) - axis_names(left):
            message = f"the right side of `{self.pattern}` has axes that the left side lacks: {', '.join(sorted(odd))}"
            raise ShapeError("A406", message, "`reduce` leaves axes out, or puts 1 in their place", "pattern")
        if axis_names(left) == axis_names(right) and () not in right:
            message = f"`{self.pattern}` leaves no axis out"
            raise ShapeError(
                "A406", message, "`rearrange` moves axes; to reduce one, leave it out on the right", "pattern"
            )
        at = self._channels(x, left, right)
        after = [group for i, group in enumerate(right) if i != at]
        if not after:
            return x.vector(outcome("reduce", right, at, solved, x, x.stride).channels)
        stride = kept_stride(x, size_axes(left, x), after, solved.sizes)
        return outcome("reduce", right, at, solved, x, stride or Stride.hidden(len(after)))

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        if self.type in ("mean", "sum"):
            return Kept()
        left, right, solved = self._solved(*inputs)
        names = [name for group in left for name in group]
        dropped = [name for name in names if name not in axis_names(right)]
        if not dropped:
            return Kept(shares=True)
        own: Size = 0
        if self.type == "prod":
            # one axis after the other, the last first
            for count in range(1, len(dropped)):
                kept = [name for name in names if name not in dropped[-count:]]
                own += solved.total(tuple(kept)) * BYTES[output.dtype]
        return Kept((0,), output=is_view([n for n in names if n not in dropped], right, solved.sizes), own=own)

    def lower(self, *inputs: TensorType) -> Call:
        left, right, solved = self._solved(*inputs)
        names = [name for group in left for name in group]
        kept = [name for name in names if name in axis_names(right)]
        return function(
            f"{FUNCTIONS}.reduce",
            kind=self.type,
            split=((None,), *splits(left, 0, solved, self._sizes())),
            dims=tuple(i for i, name in enumerate(names, 1) if name not in kept),
            order=(0, *(kept.index(name) + 1 for group in right for name in group)),
            merge=(1, *(len(group) for group in right)),
        )
