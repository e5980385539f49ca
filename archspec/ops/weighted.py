"""What ops that multiply by a weight have in common: values in its place, and weights that are made from others."""

from collections.abc import Iterable
from dataclasses import replace
from math import prod
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from archspec.limits import ARGUMENT
from archspec.ops.base import MODULES, NaturalInt, Op, Real, ShapeError, channelled, concrete
from archspec.ops.traits import Traits
from archspec.types.call import Call, Weight, module
from archspec.types.kept import BYTES, Kept
from archspec.types.tensor import TensorType, shape_text


class WeightNormed(BaseModel):
    """Length and direction of a weight apart (Salimans and Kingma 2016)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    example: ClassVar[str] = "`true` or `{dim: 0}`"

    dim: NaturalInt = Field(0, description="Axis of the weight along which each index has a length.")


class Standardized(BaseModel):
    """Weights of mean 0 and variance 1 for each output channel (Qiao et al. 2019)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    example: ClassVar[str] = "`true` or `{eps: 1e-6, gain: true}`"

    eps: Real = Field(1e-6, ge=0, description="Value added to the variance.")
    gain: bool = Field(False, description="Learn a gain for each output channel (NFNets).")
    scale: float = Field(1.0, ge=-ARGUMENT, le=ARGUMENT, description="Factor of the gain, over √fan-in.")

    @model_validator(mode="after")
    def _sensible(self) -> "Standardized":
        if self.scale != 1 and not self.gain:
            raise ValueError("`scale` is a factor of the gain: it needs `gain: true`")
        return self


class Weighted(Op):
    """An op with a weight and a bias, either of which may be a value that is referred to.

    A subclass has the fields `weight`, `bias` and `weight_norm`, and may have `standardize`.
    """

    references: ClassVar[tuple[str, ...]] = ("weight", "bias")
    or_values: ClassVar[tuple[str, ...]] = ("bias",)
    own_traits: ClassVar[Traits]

    @model_validator(mode="before")
    @classmethod
    def _without_bias(cls, given: Any) -> Any:
        """Beside a weight that is a value there is no bias unless it is given."""
        if isinstance(given, dict) and given.get("weight") is not None and given.get("bias") is None:
            return {**given, "bias": False}
        return given

    @model_validator(mode="after")
    def _apart(self) -> "Weighted":
        for name in ("standardize", "weight_norm"):
            if self._option(name) and self._option("weight") is not None:
                raise ValueError(f"`{name}` makes a weight of its own, and `weight` is a value: give one of them")
        if self._option("standardize") and self._option("weight_norm"):
            raise ValueError("a weight has `standardize` or `weight_norm`, not both")
        return self

    def _option(self, name: str) -> Any:
        return self.__dict__.get(name)

    @property
    def traits(self) -> Traits:
        return self.own_traits if self._is_plain else replace(self.own_traits, output_axis=None)

    @property
    def _is_plain(self) -> bool:
        """Whether it is torch's own module, with weights of its own."""
        given = self.__dict__
        is_own = given["weight"] is None and not isinstance(given["bias"], str)
        return is_own and not (given.get("standardize") or given["weight_norm"])

    def _given_weight(self, inputs: tuple[TensorType, ...], axes: int, each: bool) -> tuple[int, ...]:
        """The shape of the weight that is a value; `each` says whether every sample may have one of its own."""
        found = self._values(inputs)["weight"]
        channelled(self.name, found)
        if len(found.shape) != axes:
            message = f"`weight` of `{self.name}` must have {axes} axes, found {found}"
            raise ShapeError("A405", message, "the shape is that of torch's weight", "weight")
        self._one(found, each, "weight")
        return tuple(concrete(self.name, size) for size in found.shape)

    def _check_bias(self, inputs: tuple[TensorType, ...], channels: int, each: bool) -> None:
        """Raise a `ShapeError` for a bias that is a value and does not fit."""
        if (found := self._values(inputs).get("bias")) is not None:
            if found.size or found.channels != channels:
                message = f"`bias` of `{self.name}` must be {channels} numbers, found {found}"
                raise ShapeError("A404", message, "one for each output channel", "bias")
            self._one(found, each, "bias")

    def _one(self, found: TensorType, each: bool, argument: str) -> None:
        if found.batch and not each:
            message = f"`{argument}` of this `{self.name}` must be the same for every sample, and has a batch"
            help = "samples have weights of their own in `linear` and in `conv` over one or two dimensions"
            raise ShapeError("A402", message, help, argument)

    def _expect(self, argument: str, given: Any, shape: tuple[int, ...]) -> None:
        """Raise a `ShapeError` where an argument says something else than the weight that is a value."""
        if given is not None:
            message = f"`{argument}` is given, but the weight has the shape {shape_text(shape)}"
            raise ShapeError("A404", message, f"leave it out: `{argument}` is that of the weight", argument)

    def _check_dim(self, axes: int) -> None:
        normed = self._normed
        if normed is not None and normed.dim >= axes:
            message = f"`dim` of `weight_norm` is {normed.dim}, and the weight of `{self.name}` has {axes} axes"
            raise ShapeError("A405", message, f"give a number from 0 to {axes - 1}", "weight_norm")

    @property
    def _normed(self) -> WeightNormed | None:
        found = self._option("weight_norm")
        return WeightNormed() if found is True else found or None

    @property
    def _standardized(self) -> Standardized | None:
        found = self._option("standardize")
        return Standardized() if found is True else found or None

    def _weights(self, shape: tuple[int, ...], channels: int) -> tuple[Weight, ...]:
        """Its parameters, for a weight of this shape."""
        bias = [Weight("bias", (channels,))] if self._option("bias") is True else []
        if self._option("weight") is not None:
            return tuple(bias)
        if (normed := self._normed) is not None:
            lengths = tuple(size if axis == normed.dim else 1 for axis, size in enumerate(shape))
            home = "parametrizations.weight"
            pair = (
                Weight(f"{home}.original0", lengths, start="gain"),
                Weight(f"{home}.original1", shape, start="weight"),
            )
            return (*bias, *pair)
        found = [Weight("weight", shape), *bias]
        if self._standardized is not None and self._standardized.gain:
            found.append(Weight("gain", (channels, *(1,) * (len(shape) - 1))))
        return tuple(found)

    def _kept(self, inputs: tuple[TensorType, ...], shape: tuple[int, ...]) -> Kept:
        """What it keeps: the value, and the weight where that is another, or is made from others."""
        if self._option("weight") is not None:
            return Kept((0, 1))
        made, width = prod(shape), BYTES[inputs[0].dtype]
        if (normed := self._normed) is not None:
            return Kept((0,), once=(made + 2 * shape[normed.dim]) * width)
        if (standardized := self._standardized) is not None:
            return Kept((0,), once=(2 * made + (3 if standardized.gain else 1) * shape[0]) * width)
        return Kept((0,))

    def _layer(self, function: str, shape: tuple[int, ...], inputs: Iterable[TensorType], **arguments: Any) -> Call:
        """The lowering of what is more than torch's own module."""
        given: dict[str, Any] = {"function": function, "weight": shape, "bias": self._option("bias") is True}
        if self.referred:
            given["takes"] = self.referred
        if "weight" in self.referred and self._values(tuple(inputs))["weight"].batch:
            given["each"] = True
        name = "Layer"
        if (normed := self._normed) is not None:
            name, given = "WeightNorm", {**given, "dim": normed.dim}
        if (standardized := self._standardized) is not None:
            name, given = "Standardized", {**given, **dict(standardized)}
        return module(f"{MODULES}.{name}", **given, **arguments)

    @property
    def _written_out(self) -> dict[str, Any]:
        """Its options with all their defaults."""
        found = {"weight_norm": self._normed, "standardize": self._standardized}
        return {name: value for name, value in found.items() if name in type(self).model_fields}

    @classmethod
    def weight_names(cls) -> tuple[str, ...]:
        return ("weight", "bias", "gain")
