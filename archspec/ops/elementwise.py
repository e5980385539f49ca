"""Ops that treat each value, channel or position by itself."""

from typing import ClassVar, Literal

from pydantic import Field

from archspec.ops.base import (
    FUNCTIONS,
    MODULES,
    Op,
    Probability,
    Real,
    batched,
    channelled,
    channels_last,
    concrete,
    sequence_length,
)
from archspec.ops.initializers import Init, Initializer
from archspec.ops.traits import Traits
from archspec.types.call import Call, Weight, function, module
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
        batched("dropout", inputs[0])
        return inputs[0]

    def lower(self, *inputs: TensorType) -> Call:
        return module("torch.nn.Dropout", p=self.p)


class Identity(Op):
    """Return the value unchanged."""

    name: ClassVar[str] = "identity"
    keeps_positions: ClassVar[bool] = True
    traits: ClassVar[Traits] = Traits(passes=True, keeps_variance=True, contiguous=True)

    def lower(self, *inputs: TensorType) -> Call:
        return module("torch.nn.Identity")


class Multiply(Op):
    """Multiply the value by a constant."""

    name: ClassVar[str] = "multiply"
    keeps_positions: ClassVar[bool] = True
    principal: ClassVar[str | None] = "factor"
    traits: ClassVar[Traits] = Traits(scales=True, contiguous=True, light=True)

    factor: Real = Field(description="The constant.")

    def infer(self, *inputs: TensorType) -> TensorType:
        channelled("multiply", inputs[0])
        return inputs[0]

    def lower(self, *inputs: TensorType) -> Call:
        return module(f"{MODULES}.Multiply", factor=self.factor)


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

    init: Initializer = Field(Init("zeros"), description="Initialization. Default: zeros.")

    def infer(self, *inputs: TensorType) -> TensorType:
        concrete("position", sequence_length("position", inputs[0]))
        channels_last("position", inputs[0])
        return inputs[0]

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        (x,) = inputs
        return (Weight("", (1, concrete("position", x.size[0]), x.channels), init=self.init),)

    def lower(self, *inputs: TensorType) -> Call:
        return function(f"{FUNCTIONS}.position")

    @classmethod
    def weight_names(cls) -> tuple[str, ...]:
        return ("",)


class ClassToken(Op):
    """Prepend a learned token to a sequence, registered under the node's name."""

    name: ClassVar[str] = "class_token"
    principal: ClassVar[str | None] = "init"

    init: Initializer = Field(Init("zeros"), description="Initialization. Default: zeros.")

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        length = sequence_length("class_token", x)
        channels_last("class_token", x)
        return x.resized((length + 1,))

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        return (Weight("", (1, 1, inputs[0].channels), init=self.init),)

    def lower(self, *inputs: TensorType) -> Call:
        return function(f"{FUNCTIONS}.class_token")

    @classmethod
    def weight_names(cls) -> tuple[str, ...]:
        return ("",)
