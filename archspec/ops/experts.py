"""Mixtures of experts (Shazeer et al. 2017)."""

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from archspec.ops.base import (
    MODULES,
    Op,
    PositiveInt,
    Real,
    ShapeError,
    channelled,
    channels_last,
    numel,
)
from archspec.ops.join import Agreed
from archspec.ops.traits import Traits
from archspec.types.call import Call, Weight, module
from archspec.types.kept import BYTES, Kept
from archspec.types.sizes import Size
from archspec.types.tensor import TensorType


class Experts(Op):
    """Gated MLPs, of which each position goes through those with the largest scores."""

    name: ClassVar[str] = "experts"
    principal: ClassVar[str | None] = "scores"
    references: ClassVar[tuple[str, ...]] = ("scores", "by")
    traits: ClassVar[Traits] = Traits(contiguous=True)

    scores: str = Field(
        description="Reference to the scores: channels, one an expert, by which results are weighted.", examples=["."]
    )
    top_k: PositiveInt = Field(description="Number of experts that each position goes through.")
    hidden: PositiveInt = Field(description="Channels inside of an expert.")
    act: Literal[
        "silu", "relu", "relu6", "leaky_relu", "elu", "gelu", "mish", "sigmoid", "hardsigmoid", "hardswish", "tanh",
        "softplus",
    ] = Field("silu", description="Activation of the gate.")  # fmt: skip
    normalize: bool = Field(False, description="Divide the scores of those chosen by their sum.")
    scale: Real = Field(1.0, description="Factor of the result.")
    by: str | None = Field(None, description="Reference to what chooses experts. Default: `scores`.")
    groups: PositiveInt = Field(1, description="Number of groups of experts.")
    top_groups: PositiveInt | None = Field(
        None, description="Number of groups, those with the two largest scores, whose experts count. Default: all."
    )

    @model_validator(mode="after")
    def _sensible(self) -> "Experts":
        if self.top_groups is not None and self.top_groups > self.groups:
            raise ValueError(f"`top_groups` is at most the {self.groups} `groups`, found {self.top_groups}")
        return self

    def _agreed(self, *inputs: TensorType) -> Agreed:
        """The conditions under which all are of the same positions."""
        x, agreed = inputs[0], Agreed("experts")
        for name, given in self._values(inputs).items():
            channelled("experts", given)
            channels_last("experts", given)
            if len(given.size) != len(x.size):
                message = f"`{name}` is {given}, but the value is {x}"
                raise ShapeError("A405", message, "give the scores of each position", name)
            agreed.equal(given.size, x.size, f"positions in `{name}`", name)
            if given.channels != inputs[1].channels:
                message = f"`{name}` is of {given.channels} experts, `scores` of {inputs[1].channels}"
                raise ShapeError("A404", message, "both are of the same experts", name)
        return agreed

    def infer(self, *inputs: TensorType) -> TensorType:
        x, experts = inputs[0], inputs[1].channels
        channelled("experts", x)
        channels_last("experts", x)
        self._agreed(*inputs)
        if experts % self.groups:
            message = f"{self.groups} `groups` do not divide the {experts} experts"
            raise ShapeError("A404", message, f"use a divisor of {experts}", "groups")
        counting = experts // self.groups * (self.top_groups or self.groups)
        if self.top_k > counting:
            message = f"`top_k` is {self.top_k}, but only {counting} experts count"
            raise ShapeError("A406", message, f"choose 1 to {counting}", "top_k")
        return x

    def constraints(self, *inputs: TensorType) -> dict[str, int]:
        return self._agreed(*inputs).divisors

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        c, experts = inputs[0].channels, inputs[1].channels
        return (
            Weight("gate_up_proj", (experts, 2 * self.hidden, c)),
            Weight("down_proj", (experts, c, self.hidden)),
        )

    def macs(self, output: TensorType, *inputs: TensorType) -> Size:
        x = inputs[0]
        return numel(x.size) * self.top_k * 3 * self.hidden * x.channels

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        x, width, index = inputs[0], BYTES[output.dtype], BYTES["int64"]
        positions, experts = numel(x.size), inputs[1].channels
        # rows, both halves of what they become, what is activated, the product, and the result with its share
        numbers = self.top_k * (2 * x.channels + 4 * self.hidden + 1 + self.normalize) + self.normalize
        # which are chosen, once to look up and once to cross out, and their order, there and back
        places = 4 * self.top_k
        hidden = 0
        if self.top_groups is not None and self.top_groups < self.groups:
            places += min(2, experts // self.groups) * self.groups + self.top_groups
            hidden = self.groups
        own = positions * (numbers * width + places * index + hidden)
        return Kept((1,), own=own)

    def lower(self, *inputs: TensorType) -> Call:
        return module(
            f"{MODULES}.Experts",
            channels=inputs[0].channels,
            experts=inputs[1].channels,
            hidden=self.hidden,
            top_k=self.top_k,
            act=self.act,
            normalize=self.normalize,
            scale=float(self.scale),
            groups=self.groups,
            top_groups=self.top_groups or self.groups,
        )

    def full(self, *inputs: TensorType) -> "Experts":
        return self.model_copy(update={"top_groups": self.top_groups or self.groups})

    @classmethod
    def weight_names(cls) -> tuple[str, ...]:
        return ("gate_up_proj", "down_proj")
