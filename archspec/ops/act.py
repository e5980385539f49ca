"""Activations."""

from dataclasses import replace
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from archspec.limits import DIVISOR
from archspec.ops.base import Misplaced, PositiveInt, Real, ShapeError, Typed, channelled
from archspec.ops.traits import Traits
from archspec.types.call import Call, Weight, module
from archspec.types.tensor import TensorType

# the module of each, and what it takes with torch's defaults
_MODULES: dict[str, tuple[str, dict[str, Any]]] = {
    "relu": ("ReLU", {}),
    "relu6": ("ReLU6", {}),
    "leaky_relu": ("LeakyReLU", {"negative_slope": 0.01}),
    "prelu": ("PReLU", {"num_parameters": 1, "init": 0.25}),
    "elu": ("ELU", {"alpha": 1.0}),
    "gelu": ("GELU", {"approximate": "none"}),
    "silu": ("SiLU", {}),
    "mish": ("Mish", {}),
    "sigmoid": ("Sigmoid", {}),
    "hardsigmoid": ("Hardsigmoid", {}),
    "hardswish": ("Hardswish", {}),
    "tanh": ("Tanh", {}),
    "softplus": ("Softplus", {"beta": 1.0, "threshold": 20.0}),
    "softmax": ("Softmax", {}),
    "identity": ("Identity", {}),
}
_IN_PLACE = ("relu", "relu6", "leaky_relu", "hardswish", "silu")
_FINAL = ("sigmoid", "softmax", "tanh", "hardsigmoid", "softplus")
_IDENTITY = Traits(passes=True, keeps_variance=True, contiguous=True, light=True)
_TRAITS = {
    type: replace(
        _IDENTITY, passes=False, activation=type, final=type in _FINAL, overwrites=1 if type in _IN_PLACE else 0
    )
    for type in _MODULES
} | {"identity": _IDENTITY}


class Act(Typed):
    """Activation. Without `type`, the default of the enclosing call, the stage or the spec."""

    name: ClassVar[str] = "act"
    keeps_positions: ClassVar[bool] = True
    usual: ClassVar[str] = "relu"
    principal: ClassVar[str | None] = "type"

    type: Literal[
        "relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "mish", "sigmoid", "hardsigmoid", "hardswish",
        "tanh", "softplus", "softmax", "identity",
    ] = Field(description="Type of activation; `softmax` is over the channels, `identity` is none.")  # fmt: skip
    negative_slope: Real | None = Field(None, description="Slope below zero (leaky_relu). Default: 0.01.")
    num_parameters: PositiveInt | None = Field(
        None, description="Number of slopes: 1, or the number of channels (prelu)."
    )
    init: Real | None = Field(None, description="Initial slope (prelu). Default: 0.25.")
    alpha: Real | None = Field(None, description="Scale of negative outputs, which approach -alpha (elu). Default: 1.")
    approximate: Literal["none", "tanh"] | None = Field(None, description="Approximation of the error function (gelu).")
    beta: Real | None = Field(None, description="Sharpness (softplus). Default: 1.")
    threshold: Real | None = Field(None, description="Value above which it is linear (softplus). Default: 20.")

    @classmethod
    def takes(cls, type: str) -> tuple[str, ...]:
        return tuple(_MODULES[type][1]) if type in _MODULES else ()

    @model_validator(mode="after")
    def _applicable(self) -> "Act":
        known = _MODULES[self.type][1]
        for argument in self._explicit_arguments():
            if argument not in known:
                raise Misplaced(argument, self.type, tuple(known))
        return self

    def _explicit_arguments(self) -> dict[str, Any]:
        return self.model_dump(exclude={"type"}, exclude_none=True)

    @property
    def traits(self) -> Traits:
        found = _TRAITS[self.type]
        # with a negative slope the gradient of a leaky relu needs the input
        return replace(found, overwrites=0) if (self.negative_slope or 0) < 0 else found

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        channelled("act", x)
        if self.beta is not None and abs(self.beta) < DIVISOR:
            help = "the larger it is, the closer to `relu`; by default 1"
            raise ShapeError("A406", f"`beta` of `act: softplus` is {self.beta:g}, but it is a divisor", help, "beta")
        if self.num_parameters not in (None, 1, x.channels):
            raise ShapeError(
                "A404",
                f"`num_parameters` is {self.num_parameters}, but the value has {x.channels} channels",
                "use 1, or the number of channels",
                "num_parameters",
            )
        if self.num_parameters not in (None, 1) and x.size and not x.channels_first:
            raise ShapeError(
                "A402", "`act: prelu` needs channels first for a slope per channel", "use `num_parameters: 1`"
            )
        return x

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        return (Weight("weight", (self.num_parameters or 1,)),) if self.type == "prelu" else ()

    def lower(self, *inputs: TensorType) -> Call:
        (x,) = inputs
        target = f"torch.nn.{_MODULES[self.type][0]}"
        if self.type == "softmax":
            return module(target, dim=x.channel_axis)
        return module(target, **self._explicit_arguments())

    def full(self, *inputs: TensorType) -> "Act":
        return self.model_copy(update={**_MODULES[self.type][1], **self._explicit_arguments()})
