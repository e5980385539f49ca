"""Ops that make or move what is said of positions: biases by distance, codes, coordinates."""

from dataclasses import replace
from math import prod
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import Field, model_validator

from archspec.limits import ARGUMENT, OCTAVES, POSITIONS
from archspec.ops.base import (
    MODULES,
    Misplaced,
    Op,
    PositiveInt,
    Real,
    ShapeError,
    channelled,
    concrete,
    numel,
    per_axis,
)
from archspec.ops.traits import Traits
from archspec.types.call import Call, Weight, module
from archspec.types.kept import BYTES, WIDE, Kept
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

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept(once=numel(output.size) * BYTES["int64"])

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


_OF_T5 = {"buckets": 32, "max_distance": 128, "bidirectional": True}


class PositionBias(Op):
    """A bias by distance for attention, heads × queries × keys: learned in buckets (T5), or linear (ALiBi)."""

    name: ClassVar[str] = "position_bias"
    principal: ClassVar[str | None] = "type"
    references: ClassVar[tuple[str, ...]] = ("keys",)
    measured: ClassVar[tuple[str, ...]] = ("keys",)
    beside: ClassVar[bool] = True

    type: Literal["t5", "alibi"] = Field(
        description="`t5` (Raffel et al. 2020) is learned, `alibi` (Press et al. 2022) falls with the distance."
    )
    heads: PositiveInt = Field(description="Number of heads.")
    keys: str | None = Field(None, description="Reference to a value that is as long as the keys. Default: the value.")
    buckets: PositiveInt | None = Field(None, description="Number of buckets of distances (t5). Default: 32.")
    max_distance: PositiveInt | None = Field(
        None, description="Distance from which on all are in one bucket (t5). Default: 128."
    )
    bidirectional: bool | None = Field(None, description="Tell keys before and after apart (t5). Default: true.")

    @model_validator(mode="after")
    def _sensible(self) -> "PositionBias":
        given = [name for name in _OF_T5 if getattr(self, name) is not None]
        if self.type == "alibi" and given:
            raise Misplaced(given[0], "alibi", ("heads", "keys"))
        buckets, longest, both = self._t5.values()
        least = 4 if both else 2
        if buckets < least:
            raise ValueError(f"`buckets` is at least {least}, found {buckets}")
        if longest <= buckets // least:
            raise ValueError(
                f"`max_distance` is more than {buckets // least}, up to which distances have a bucket each"
            )
        return self

    @property
    def _t5(self) -> dict[str, Any]:
        """The arguments of a T5 bias with their defaults."""
        given = {name: getattr(self, name) for name in _OF_T5}
        return {name: _OF_T5[name] if value is None else value for name, value in given.items()}

    def infer(self, *inputs: TensorType) -> TensorType:
        for x, what in zip(inputs, ("the value", "`keys`"), strict=False):
            if x.is_vector:
                message = f"`position_bias` needs a sequence, but {what} is {x}"
                raise ShapeError("A402", message, "it is as long as the value", "keys" if what == "`keys`" else None)
        size = (inputs[0].size[-1], inputs[-1].size[-1])
        pairs("position_bias", *size)
        return TensorType(self.heads, size, "channels_first", stride=Stride.hidden(2), batch=False)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        return (Weight("weight", (self._t5["buckets"], self.heads)),) if self.type == "t5" else ()

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        # of a T5 bias the bucket of each query and key
        return Kept(once=numel(output.size) * BYTES["int64"] if self.type == "t5" else 0)

    def lower(self, *inputs: TensorType) -> Call:
        # the axes of queries and keys
        given: dict[str, Any] = {"axes": tuple(x.first_axis + len(x.size) - 1 for x in (inputs[0], inputs[-1]))}
        if self.type == "alibi":
            return module(f"{MODULES}.Alibi", heads=self.heads, **given)
        return module(f"{MODULES}.T5Bias", heads=self.heads, **self._t5, **given)

    def full(self, *inputs: TensorType) -> "PositionBias":
        return self.model_copy(update=self._t5) if self.type == "t5" else self

    @classmethod
    def weight_names(cls) -> tuple[str, ...]:
        return ("weight",)


class Coordinates(Op):
    """The numbers of each position along every size dimension, as channels."""

    name: ClassVar[str] = "coordinates"
    principal: ClassVar[str | None] = "size"
    traits: ClassVar[Traits] = Traits(contiguous=True)
    beside: ClassVar[bool] = True

    size: PositiveInt | Annotated[tuple[PositiveInt, ...], Field(min_length=1, max_length=6)] | None = Field(
        None, description="The sizes. Default: those of the value."
    )
    start: Real | Annotated[tuple[Real, ...], Field(min_length=1, max_length=6)] = Field(
        0, description="The first number: one for all dimensions, or one for each."
    )
    normalize: Literal["last", "count"] | None = Field(
        None, description="Divide by the last number, or by how many there are."
    )
    eps: Real = Field(0, description="What is added to the last number before it divides.")
    order: Literal["yx", "xy"] = Field("yx", description="Channels in the order of the dimensions, or the last first.")

    @model_validator(mode="after")
    def _sensible(self) -> "Coordinates":
        if self.eps and self.normalize != "last":
            raise ValueError("`eps` is for `normalize: last`")
        return self

    @property
    def takes_value(self) -> bool:
        return self.size is None

    def _sizes(self, *inputs: TensorType) -> tuple[Size, ...]:
        if self.size is not None:
            return (self.size,) if isinstance(self.size, int) else self.size
        return inputs[0].size

    def _starts(self, dimensions: int) -> tuple[float, ...]:
        if not isinstance(self.start, tuple):
            return (float(self.start),) * dimensions
        if len(self.start) != dimensions:
            message = f"`start` has {len(self.start)} numbers for {dimensions} dimensions"
            raise ShapeError("A405", message, "give one number, or one for each dimension", "start")
        return tuple(map(float, self.start))

    def infer(self, *inputs: TensorType) -> TensorType:
        sizes = self._sizes(*inputs)
        if not sizes:
            message = f"`coordinates` needs a value with a size, found {inputs[0]}"
            raise ShapeError("A402", message, "or give it the `size`")
        self._starts(len(sizes))
        if numel(sizes) > POSITIONS:
            message = f"`coordinates` of {shape_text(sizes)} are more than {POSITIONS:,} positions"
            raise ShapeError("A408", message, "use a smaller size", "size")
        return TensorType(len(sizes), sizes, stride=Stride.hidden(len(sizes)), batch=False)

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept()

    def lower(self, *inputs: TensorType) -> Call:
        sizes = self._sizes(*inputs)
        given: dict[str, Any] = {"size": sizes} if inputs == () else {"first": inputs[0].first_axis}
        return module(
            f"{MODULES}.Coordinates",
            start=self._starts(len(sizes)),
            normalize=self.normalize,
            eps=float(self.eps),
            reverse=self.order == "xy",
            **given,
        )

    def full(self, *inputs: TensorType) -> "Coordinates":
        n = len(self._sizes(*inputs))
        return self.model_copy(update={"start": self._starts(n), "size": self._sizes() if self.size else None})


class Sinusoidal(Op):
    """Replace each channel x by sin(x·w) and cos(x·w) for several frequencies w (Vaswani et al. 2017)."""

    name: ClassVar[str] = "sinusoidal"
    principal: ClassVar[str | None] = "features"

    features: PositiveInt | None = Field(
        None, description="Number of sines and cosines of each channel: even.", examples=[128]
    )
    base: Annotated[float, Field(ge=1, le=ARGUMENT)] = Field(10000.0, description="Base of the wavelengths.")
    first: Literal["sin", "cos"] = Field("sin", description="Which of both stands first.")
    interleaved: bool = Field(False, description="Put the sine and cosine of a frequency side by side.")
    endpoint: bool = Field(False, description="The last frequency is 1/base.")
    octaves: Annotated[int, Field(ge=1, le=OCTAVES)] | None = Field(
        None, description="Number of frequencies 1, 2, 4, …, instead of `features` (NeRF)."
    )
    keep: bool = Field(False, description="Put the value itself in front.")

    @model_validator(mode="after")
    def _sensible(self) -> "Sinusoidal":
        if (self.features is None) == (self.octaves is None):
            raise ValueError("`sinusoidal` takes either `features` or `octaves`")
        others = self.model_fields_set & {"base", "first", "interleaved", "endpoint"}
        if self.octaves is not None and any(getattr(self, name) != _OF_FEATURES[name] for name in others):
            raise ValueError(f"`{min(others)}` does not apply to `octaves`")
        if self.features is not None and self.features % 2:
            raise ValueError(f"`features` are sines and as many cosines: an even number, found {self.features}")
        if self.endpoint and self.features == 2:
            raise ValueError("`endpoint` needs more than one frequency: `features` of 4 or more")
        return self

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        if x.is_number:
            raise ShapeError("A402", "`sinusoidal` needs a value with channels, found a number", "use `rearrange`")
        count = 1 if x.vocab is not None else x.channels
        channels = count * (self.features or 2 * (self.octaves or 0)) + count * self.keep
        layout = "channels_last" if x.vocab is not None else x.layout
        return replace(x, channels=channels, layout=layout, dtype="float32", vocab=None)

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        (x,) = inputs
        if x.vocab is not None:
            return Kept()
        wide = max(BYTES[x.dtype], WIDE)
        count = self.octaves or (self.features or 0) // 2
        return Kept(own=numel(x.shape) * count * wide, once=count * wide)

    def lower(self, *inputs: TensorType) -> Call:
        (x,) = inputs
        given: dict[str, Any] = {"ids": True} if x.vocab is not None else {"axis": x.channel_axis}
        if self.octaves is not None:
            return module(f"{MODULES}.Octaves", octaves=self.octaves, keep=self.keep, **given)
        return module(
            f"{MODULES}.Sinusoidal",
            features=self.features,
            base=float(self.base),
            cos_first=self.first == "cos",
            interleaved=self.interleaved,
            endpoint=self.endpoint,
            keep=self.keep,
            **given,
        )


_OF_FEATURES = {"base": 10000.0, "first": "sin", "interleaved": False, "endpoint": False}
"""The arguments that do not apply to octaves, with their defaults."""
