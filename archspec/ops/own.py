"""Ops that make a value of their own, the same for every sample: learned parameters, and buffers."""

from abc import abstractmethod
from math import prod
from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import Field, model_validator

from archspec.limits import ARGUMENT, BUFFER_VALUES
from archspec.ops.base import FUNCTIONS, Op, PositiveInt, Real
from archspec.ops.initializers import Init, Initializer
from archspec.types.call import Call, Values, Weight, function
from archspec.types.kept import Kept
from archspec.types.tensor import Layout, Stride, TensorType

Shape: TypeAlias = tuple[Literal["n"] | PositiveInt, ...]


class _Own(Op):
    """A value with a shape of its own, whose first axis is 1 where it is written as `n`."""

    beside: ClassVar[bool] = True

    @property
    def takes_value(self) -> bool:
        return False

    @property
    @abstractmethod
    def _written(self) -> tuple[Any, ...]:
        """The shape as it is written."""

    @property
    def _shape(self) -> tuple[int, ...]:
        """The shape of the tensor."""
        return tuple(1 if size == "n" else size for size in self._written)

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept(shares=True)

    def lower(self, *inputs: TensorType) -> Call:
        # what has no batch is a batch of one
        return function(f"{FUNCTIONS}.own", **({"batch": True} if self._written[:1] == ("n",) else {}))

    @classmethod
    def weight_names(cls) -> tuple[str, ...]:
        return ("",)


def _type(shape: tuple[int, ...], layout: Layout) -> TensorType:
    """The type of a value without a batch; one without axes is a number."""
    if not shape:
        return TensorType.number()
    channels, size = (shape[0], shape[1:]) if layout == "channels_first" and len(shape) > 1 else (shape[-1], shape[:-1])
    return TensorType(channels, size, layout if size else "channels_last", stride=Stride.hidden(len(size)), batch=False)


class Parameter(_Own):
    """A learned value, the same for every sample, registered under the node's name."""

    name: ClassVar[str] = "parameter"

    shape: Shape = Field(
        description="Shape of the tensor; a leading `n` is an axis of 1 there, and none of the value.", examples=[[64]]
    )
    init: Initializer = Field(Init("zeros"), description="Initialization. Default: zeros.")
    layout: Literal["channels_last", "channels_first"] = Field(
        "channels_last", description="Position of the channel axis."
    )

    @model_validator(mode="after")
    def _sensible(self) -> "Parameter":
        _check_axes(self.shape)
        return self

    @property
    def _written(self) -> tuple[Any, ...]:
        return self.shape

    def infer(self, *inputs: TensorType) -> TensorType:
        return _type(self._shape[self.shape[:1] == ("n",) :], self.layout)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        return (Weight("", self._shape, init=self.init),)


class Buffer(_Own):
    """A value that is not learned, the same for every sample, registered under the node's name."""

    name: ClassVar[str] = "buffer"

    shape: Shape | None = Field(None, description="Shape of the tensor. Default: that of the list `value`.")
    value: int | Real | tuple[Any, ...] | None = Field(
        None, description="The values: a number, or nested lists, which are repeated to `shape`."
    )
    init: Initializer | None = Field(None, description="Initializer that draws the values, instead of `value`.")
    vocab: PositiveInt | None = Field(None, description="Number of different ids, where the values are ids.")
    persistent: bool = Field(True, description="Whether `state_dict` has a key for it.")
    layout: Literal["channels_last", "channels_first"] = Field(
        "channels_last", description="Position of the channel axis."
    )

    @model_validator(mode="after")
    def _sensible(self) -> "Buffer":
        if (self.value is None) == (self.init is None):
            raise ValueError("a buffer has `value` or `init`" + (", not both" if self.value is not None else ""))
        if self.init is not None and self.vocab is not None:
            raise ValueError("ids cannot be drawn: give them as `value`")
        if not self.persistent and self.value is None:
            raise ValueError("a buffer that is not `persistent` has no key to load, and needs `value`")
        if self.shape is None and not isinstance(self.value, tuple):
            raise ValueError("a buffer needs `shape`, or a list as `value`")
        if self.shape is not None:
            _check_axes(self.shape)
        if isinstance(self.value, tuple):
            self._check_list(self.value)
        elif self.value is not None:
            self._check_number(self.value)
        return self

    def _check_list(self, value: tuple[Any, ...]) -> None:
        sizes = _rectangle(value)
        if prod(sizes) > BUFFER_VALUES:
            raise ValueError(f"`value` has {prod(sizes):,} numbers; at most {BUFFER_VALUES:,} are allowed")
        for number in _flat(value):
            self._check_number(number)
        whole = self._shape
        aligned = (1,) * (len(whole) - len(sizes)) + sizes
        if len(sizes) > len(whole) or any(n not in (1, size) for n, size in zip(aligned, whole, strict=True)):
            raise ValueError(f"`value` of the shape {list(sizes)} cannot be repeated to {list(whole)}")

    def _check_number(self, number: Any) -> None:
        if self.vocab is not None and (type(number) is not int or not 0 <= number < self.vocab):
            raise ValueError(f"ids are integers from 0 to {self.vocab - 1}, found {number}")

    @property
    def _written(self) -> tuple[Any, ...]:
        return self.shape if self.shape is not None else _rectangle(self.value)

    def infer(self, *inputs: TensorType) -> TensorType:
        shape = self._shape[self._written[:1] == ("n",) :]
        if self.vocab is not None:
            hidden = Stride.hidden(len(shape))
            return TensorType(0, shape, dtype="int64", stride=hidden, vocab=self.vocab, batch=False)
        return _type(shape, self.layout)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        values = None if self.value is None else Values(tuple(_flat(self.value)), _rectangle(self.value))
        dtype = "float32" if self.vocab is None else "int64"
        return (Weight("", self._shape, False, self.init, dtype, self.persistent, values),)


def _check_axes(shape: Shape) -> None:
    if "n" in shape[1:]:
        raise ValueError("only the first axis of `shape` may be `n`")


def _rectangle(value: Any) -> tuple[int, ...]:
    """The sizes of nested lists. Raises `ValueError` where they are not rectangular."""
    if not isinstance(value, tuple):
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) <= ARGUMENT:
            raise ValueError(f"`value` holds numbers, found {value!r}")
        return ()
    inner = {_rectangle(item) for item in value}
    if len(inner) != 1:
        raise ValueError("the lists in `value` are not rectangular" if inner else "a list in `value` is empty")
    return (len(value), *inner.pop())


def _flat(value: Any) -> list[Any]:
    return [number for item in value for number in _flat(item)] if isinstance(value, tuple) else [value]
