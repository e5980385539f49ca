"""Ops that treat each value, channel or position by itself."""

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from archspec.ops.base import (
    FUNCTIONS,
    MODULES,
    NaturalInt,
    Op,
    PositiveInt,
    Probability,
    Real,
    ShapeError,
    channelled,
    channels_last,
    concrete,
    sequence_length,
    varied,
)
from archspec.ops.initializers import Init, Initializer
from archspec.ops.traits import Traits
from archspec.types.call import Call, Weight, function, module
from archspec.types.kept import BYTES, Kept, held
from archspec.types.tensor import TensorType


class Dropout(Op):
    """Set random values to zero in training, like `torch.nn.Dropout`."""

    name: ClassVar[str] = "dropout"
    keeps_positions: ClassVar[bool] = True
    principal: ClassVar[str | None] = "p"

    p: Probability = Field(0.5, description="Probability of setting a value to zero.")

    @property
    def traits(self) -> Traits:
        return Traits(passes=True, dropout=self.p, keeps_variance=not self.p, contiguous=True, light=True)

    def infer(self, *inputs: TensorType) -> TensorType:
        channelled("dropout", inputs[0])
        varied("dropout", inputs[0])
        return inputs[0]

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        if self.p in (0, 1):
            return Kept(once=BYTES[output.dtype]) if self.p else Kept(shares=True)
        return Kept(own=held(output))

    def lower(self, *inputs: TensorType) -> Call:
        return module("torch.nn.Dropout", p=self.p)


class Identity(Op):
    """Return the value unchanged."""

    name: ClassVar[str] = "identity"
    keeps_positions: ClassVar[bool] = True
    traits: ClassVar[Traits] = Traits(passes=True, keeps_variance=True, contiguous=True)

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept(shares=True)

    def lower(self, *inputs: TensorType) -> Call:
        return module("torch.nn.Identity")


class Multiply(Op):
    """Multiply the value by a constant."""

    name: ClassVar[str] = "multiply"
    keeps_positions: ClassVar[bool] = True
    principal: ClassVar[str | None] = "factor"
    traits: ClassVar[Traits] = Traits(scales=True, contiguous=True, light=True)

    factor: Real = Field(description="The constant.", examples=[0.5])

    def infer(self, *inputs: TensorType) -> TensorType:
        channelled("multiply", inputs[0])
        return inputs[0]

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept()

    def lower(self, *inputs: TensorType) -> Call:
        return module(f"{MODULES}.Multiply", factor=self.factor)


class Offset(Op):
    """Add a constant to the value."""

    name: ClassVar[str] = "offset"
    keeps_positions: ClassVar[bool] = True
    principal: ClassVar[str | None] = "amount"
    traits: ClassVar[Traits] = Traits(keeps_variance=True, contiguous=True, light=True)

    amount: Real = Field(description="The constant.")

    def infer(self, *inputs: TensorType) -> TensorType:
        channelled("offset", inputs[0], number=True)
        return inputs[0]

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept()

    def lower(self, *inputs: TensorType) -> Call:
        return module(f"{MODULES}.Offset", amount=self.amount)


class Scale(Op):
    """Learned factor per channel (LayerScale, Touvron et al. 2021), registered under the node's name."""

    name: ClassVar[str] = "scale"
    keeps_positions: ClassVar[bool] = True
    principal: ClassVar[str | None] = "init"
    traits: ClassVar[Traits] = Traits(scales=True, contiguous=True, light=True)

    init: Real = Field(1.0, description="Initial value of the factors.")
    shape: Literal["flat"] | None = Field(
        None, description="`flat` for (C,); otherwise (C, 1, …) if channels come first."
    )

    def infer(self, *inputs: TensorType) -> TensorType:
        channelled("scale", inputs[0])
        return inputs[0]

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        (x,) = inputs
        ones = (1,) * len(x.size) if x.channels_first and self.shape is None else ()
        return (Weight("", (x.channels, *ones), init=Init("constant", (("val", self.init),))),)

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept((0,))

    def lower(self, *inputs: TensorType) -> Call:
        (x,) = inputs
        trailing = len(x.size) if x.channels_first and self.shape == "flat" else 0
        return function(f"{FUNCTIONS}.scale", **({"trailing": trailing} if trailing else {}))

    @classmethod
    def weight_names(cls) -> tuple[str, ...]:
        return ("",)

    def full(self, *inputs: TensorType) -> "Scale":
        # only with channels first is there another shape to be had
        return self if inputs[0].channels_first else self.model_copy(update={"shape": None})


class Position(Op):
    """Add a learned position embedding to a sequence, registered under the node's name."""

    name: ClassVar[str] = "position"
    principal: ClassVar[str | None] = "init"
    traits: ClassVar[Traits] = Traits(positions=True)

    init: Initializer = Field(Init("zeros"), description="Initialization. Default: zeros.")
    length: PositiveInt | None = Field(
        None, description="Number of positions; the sequence may be shorter. Default: its length, and `start`."
    )
    start: NaturalInt = Field(0, description="The first position that a sequence takes.")
    shape: Literal["tokens", "flat", "embedding", "full"] = Field(
        "tokens",
        description="(1, length, C), (length, C), the same as `weight`, or 1 and the value's own axes.",
    )

    @model_validator(mode="after")
    def _sensible(self) -> "Position":
        if self.shape == "full" and (self.length is not None or self.start):
            raise ValueError("`shape: full` has the value's own axes, and neither `length` nor `start`")
        return self

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        if self.shape == "full":
            channelled("position", x)
            for size in x.size:
                concrete("position", size)
            return x
        size = sequence_length("position", x)
        channels_last("position", x)
        if size + self.start > self._rows(x):
            message = f"`position` has {self.length} positions, but its sequence takes {size} from {self.start} on"
            raise ShapeError("A406", message, f"`length` is at least {size + self.start}", "length")
        return x

    def _rows(self, x: TensorType) -> int:
        return self.length or concrete("position", x.size[0]) + self.start

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        (x,) = inputs
        if self.shape == "full":
            return (Weight("", (1, *(concrete("position", n) for n in x.shape)), init=self.init),)
        shape = (self._rows(x), x.channels)
        if self.shape == "embedding":
            return (Weight("weight", shape, init=self.init),)
        return (Weight("", (1, *shape) if self.shape == "tokens" else shape, init=self.init),)

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept()

    def lower(self, *inputs: TensorType) -> Call:
        (x,) = inputs
        if self.shape == "embedding":
            return module(f"{MODULES}.Position", length=self._rows(x), channels=x.channels, start=self.start)
        is_part = self.length is not None or self.start > 0
        return function(f"{FUNCTIONS}.position", **({"start": self.start} if is_part else {}))

    @classmethod
    def weight_names(cls) -> tuple[str, ...]:
        return ("",)


class ClassToken(Op):
    """Prepend a learned token, or several, to a sequence, registered under the node's name."""

    name: ClassVar[str] = "class_token"
    principal: ClassVar[str | None] = "init"

    init: Initializer = Field(Init("zeros"), description="Initialization. Default: zeros.")
    count: PositiveInt = Field(1, description="Number of tokens.")
    shape: Literal["tokens", "flat"] = Field("tokens", description="(1, count, C), or (C,), of several (count, C).")

    @property
    def traits(self) -> Traits:
        return Traits(tokens=self.count)

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        length = sequence_length("class_token", x)
        channels_last("class_token", x)
        return x.resized((length + self.count,))

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        rows = (1, self.count) if self.shape == "tokens" else (self.count,) * (self.count > 1)
        return (Weight("", (*rows, inputs[0].channels), init=self.init),)

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept()

    def lower(self, *inputs: TensorType) -> Call:
        is_vector = self.shape == "flat" and self.count == 1
        return function(f"{FUNCTIONS}.class_token", **({"flat": True} if is_vector else {}))

    @classmethod
    def weight_names(cls) -> tuple[str, ...]:
        return ("",)
