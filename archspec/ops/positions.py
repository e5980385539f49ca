"""Ops that make or move what is said of positions: biases by distance, codes, coordinates."""

from dataclasses import replace
from math import prod
from typing import Annotated, ClassVar, TypeAlias

from pydantic import Field

from archspec.limits import POSITIONS
from archspec.ops.base import MODULES, Op, PositiveInt, ShapeError, channelled, concrete, per_axis
from archspec.ops.traits import Traits
from archspec.types.call import Call, module
from archspec.types.sizes import Size
from archspec.types.tensor import Stride, TensorType, shape_text

Window: TypeAlias = PositiveInt | Annotated[tuple[PositiveInt, ...], Field(min_length=1, max_length=2)]


def pairs(op: str, queries: Size, keys: Size, argument: str | None = None) -> None:
    """Raise a `ShapeError` for more queries × keys than are made."""
    if queries * keys > POSITIONS:
        message = f"`{op}` would have {queries} × {keys} positions, more than {POSITIONS:,}"
        raise ShapeError("A408", message, "use fewer of them", argument)


class RelativePosition(Op):
    """Turn a table of offsets in a window into queries × keys, with the channels first."""

    name: ClassVar[str] = "relative_position"
    principal: ClassVar[str | None] = "window"
    traits: ClassVar[Traits] = Traits(contiguous=True, keeps_variance=True)

    window: Window = Field(
        description="Height and width of the window, or the length of one of one dimension.", examples=[8]
    )
    stride: Window = Field(1, description="Positions 0, s, 2s, … ask.")
    key_stride: Window = Field(1, description="Positions s - 1, 2s - 1, … are asked.")
    reverse: bool = Field(False, description="Count offsets from the query to the key.")
    symmetric: bool = Field(False, description="The table has an entry for each distance, whatever its direction.")
    class_token: bool = Field(False, description="One more position in front, with three entries of its own.")

    @property
    def _sizes(self) -> tuple[int, ...]:
        return (self.window,) if isinstance(self.window, int) else self.window

    def _positions(self) -> tuple[int, int]:
        """How many ask, and how many are asked."""
        n = len(self._sizes)
        strides, key_strides = per_axis(self.stride, n, "stride"), per_axis(self.key_stride, n, "key_stride")
        queries = prod(-(-size // s) for size, s in zip(self._sizes, strides, strict=True))
        keys = prod(size // s for size, s in zip(self._sizes, key_strides, strict=True))
        if not keys:
            message = f"`key_stride` leaves none of the {shape_text(self._sizes)} positions"
            raise ShapeError("A403", message, "a stride is at most the window", "key_stride")
        return queries + self.class_token, keys + self.class_token

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        channelled("relative_position", x)
        queries, keys = self._positions()
        pairs("relative_position", queries, keys, "window")
        table = tuple(size if self.symmetric else 2 * size - 1 for size in self._sizes)
        own = 3 * self.class_token
        wanted = [(prod(table) + own,), *([table] if not own else [])]
        if tuple(concrete("relative_position", size) for size in x.size) not in wanted:
            message = f"the table of `relative_position` has {wanted[0][0]} entries, found {x}"
            help = f"{shape_text(self._sizes)} positions have {shape_text(table)} offsets"
            raise ShapeError("A404", message, help + " and three of the class token" * bool(own), "window")
        size = (queries, keys)
        return replace(x, size=size, layout="channels_first", stride=Stride.hidden(2))

    def lower(self, *inputs: TensorType) -> Call:
        (x,) = inputs
        n = len(self._sizes)
        return module(
            f"{MODULES}.RelativePosition",
            window=self._sizes,
            stride=per_axis(self.stride, n, "stride"),
            key_stride=per_axis(self.key_stride, n, "key_stride"),
            reverse=self.reverse,
            symmetric=self.symmetric,
            class_token=self.class_token,
            first=x.first_axis,
            axes=len(x.size),
        )

    def full(self, *inputs: TensorType) -> "RelativePosition":
        n = len(self._sizes)
        return self.model_copy(
            update={
                "window": self._sizes,
                "stride": per_axis(self.stride, n, "stride"),
                "key_stride": per_axis(self.key_stride, n, "key_stride"),
            }
        )
