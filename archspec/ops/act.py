"""Activations."""

from dataclasses import replace
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from archspec.limits import DIVISOR
from archspec.ops.base import FUNCTIONS, Misplaced, PositiveInt, Real, ShapeError, Typed, channelled
from archspec.ops.traits import Traits
from archspec.types.call import Call, Weight, function, module
from archspec.types.kept import Kept, held
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
    "log_softmax": ("LogSoftmax", {}),
    "identity": ("Identity", {}),
}
# the function of each that is no module of torch
_FUNCTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "quick_gelu": (f"{FUNCTIONS}.quick_gelu", {}),
    "squared_relu": (f"{FUNCTIONS}.squared_relu", {}),
    **{name: (f"torch.{name}", {}) for name in (
        "exp", "log", "abs", "sign", "square", "sqrt", "rsqrt", "reciprocal", "sin", "cos",
    )},
    "clamp": ("torch.clamp", {"min": None, "max": None}),
}  # fmt: skip
_TYPES = {**_MODULES, **_FUNCTIONS}
_OVER_CHANNELS = ("softmax", "log_softmax")
_IN_PLACE = ("relu", "relu6", "leaky_relu", "hardswish", "silu")
_OF_OUTPUT = ("relu", "sigmoid", "tanh", *_OVER_CHANNELS, "exp", "sqrt", "rsqrt", "reciprocal")
"""Those whose gradient is computed of the output."""
_FINAL = ("sigmoid", *_OVER_CHANNELS, "tanh", "hardsigmoid", "softplus")
_ACTIVATIONS = (*_MODULES, "quick_gelu", "squared_relu")
"""Those that networks have as activations; the others are plain functions."""
_IDENTITY = Traits(passes=True, keeps_variance=True, contiguous=True, light=True)
_TRAITS = {
    type: replace(
        _IDENTITY,
        passes=False,
        keeps_variance=type not in ("sign", "exp"),
        activation=type if type in _ACTIVATIONS else None,
        final=type in _FINAL,
        overwrites=1 if type in _IN_PLACE else 0,
        restores=type == "leaky_relu",
    )
    for type in _TYPES
} | {"identity": _IDENTITY}


class Act(Typed):
    """Activation. Without `type`, the default of the enclosing call, the stage or the spec."""

    name: ClassVar[str] = "act"
    keeps_positions: ClassVar[bool] = True
    usual: ClassVar[str] = "relu"
    principal: ClassVar[str | None] = "type"

    type: Literal[
        "relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "mish", "sigmoid", "hardsigmoid", "hardswish",
        "tanh", "softplus", "softmax", "identity", "exp", "log", "abs", "sign", "square", "sqrt", "rsqrt", "reciprocal",
        "sin", "cos", "clamp", "log_softmax", "quick_gelu", "squared_relu",
    ] = Field(
        description="Type of activation, or a function; `softmax` is over the channels, `identity` is none."
    )  # fmt: skip
    negative_slope: Real | None = Field(None, description="Slope below zero (leaky_relu). Default: 0.01.")
    num_parameters: PositiveInt | None = Field(
        None, description="Number of slopes: 1, or the number of channels (prelu)."
    )
    init: Real | None = Field(None, description="Initial slope (prelu). Default: 0.25.")
    alpha: Real | None = Field(None, description="Scale of negative outputs, which approach -alpha (elu). Default: 1.")
    approximate: Literal["none", "tanh"] | None = Field(None, description="Approximation of the error function (gelu).")
    beta: Real | None = Field(None, description="Sharpness (softplus). Default: 1.")
    threshold: Real | None = Field(None, description="Value above which it is linear (softplus). Default: 20.")
    min: Real | None = Field(None, description="Smallest value of the output (clamp). Default: none.")
    max: Real | None = Field(None, description="Largest value of the output (clamp). Default: none.")

    @classmethod
    def takes(cls, type: str) -> tuple[str, ...]:
        return tuple(_TYPES[type][1]) if type in _TYPES else ()

    @model_validator(mode="after")
    def _applicable(self) -> "Act":
        known = _TYPES[self.type][1]
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

    def _limits(self) -> None:
        if self.type != "clamp":
            return
        if self.min is None and self.max is None:
            raise ShapeError("A406", "`act: clamp` has no limit", "give it `min`, `max`, or both", "type")
        if self.min is not None and self.max is not None and self.min > self.max:
            message = f"`min` {self.min:g} of `act: clamp` is more than `max` {self.max:g}"
            raise ShapeError("A406", message, "all values would be the same: swap them", "min")

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        channelled("act", x, number=self.type not in ("prelu", *_OVER_CHANNELS))
        self._limits()
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

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        if self.type == "identity":
            return Kept(shares=True)
        if self.type in ("sign", "squared_relu"):
            return Kept(own=held(output) if self.type == "squared_relu" else 0)
        if self.type in _OF_OUTPUT:
            return Kept(output=True)
        # the sigmoid of a quick gelu, by which it is multiplied
        return Kept((0,), own=held(output) if self.type == "quick_gelu" else 0)

    def lower(self, *inputs: TensorType) -> Call:
        (x,) = inputs
        if self.type in _FUNCTIONS:
            return function(_FUNCTIONS[self.type][0], **self._explicit_arguments())
        target = f"torch.nn.{_MODULES[self.type][0]}"
        if self.type in _OVER_CHANNELS:
            return module(target, dim=x.channel_axis)
        return module(target, **self._explicit_arguments())

    def full(self, *inputs: TensorType) -> "Act":
        return self.model_copy(update={**_TYPES[self.type][1], **self._explicit_arguments()})
