"""Normalizations."""

from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from archspec.limits import DIVISOR
from archspec.ops.base import MODULES, Misplaced, PositiveInt, Real, ShapeError, Typed, channelled, numel, varied
from archspec.ops.traits import Traits
from archspec.types.call import Call, Weight, module
from archspec.types.kept import BYTES, WIDE, Kept, held
from archspec.types.tensor import TensorType

NormType = Literal["batch", "layer", "group", "instance", "rms", "none", "affine", "l2"]

# what each takes, with torch's defaults; that of `rms` is the machine's epsilon, which depends on the dtype
_ARGUMENTS: dict[str, dict[str, Any]] = {
    "batch": {"eps": 1e-5, "momentum": 0.1, "affine": True},
    "layer": {"eps": 1e-5, "affine": True},
    "group": {"eps": 1e-5, "affine": True, "groups": 32},
    "instance": {"eps": 1e-5, "momentum": 0.1, "affine": False},
    "rms": {"eps": None, "affine": True},
    "none": {},
    "affine": {},
    "l2": {"eps": 1e-12},
}

# what else each takes; without it, it is as torch has it
_MORE = {"batch": ("frozen",), "layer": ("bias", "offset"), "group": ("bias", "offset"), "rms": ("offset",)}

# those that work on the last axis move the channels there and back
_TRAITS = {
    **{type: Traits(norm=type, contiguous=True, fresh=True, light=True) for type in ("batch", "group", "instance")},
    **{type: Traits(norm=type, light=True) for type in ("layer", "rms")},
    "affine": Traits(norm="affine", contiguous=True, light=True),
    "l2": Traits(norm="l2", contiguous=True, light=True),
    "frozen": Traits(norm="frozen", contiguous=True, fresh=True, light=True),
    "none": Traits(passes=True, contiguous=True, light=True),
}


class Norm(Typed):
    """Normalization. Without `type`, the default of the enclosing call, the stage or the spec."""

    name: ClassVar[str] = "norm"
    keeps_positions: ClassVar[bool] = True
    usual: ClassVar[str] = "batch"
    principal: ClassVar[str | None] = "type"

    type: NormType = Field(description="Type of normalization; the number of dimensions selects the torch module.")
    eps: Real | None = Field(None, ge=0, description="Value added to the variance. Default: as in torch.")
    momentum: float | None = Field(None, ge=0, le=1, description="Weight of new statistics (batch, instance).")
    affine: bool | None = Field(None, description="Learn a scale and a bias. Default: as in torch.")
    groups: PositiveInt | None = Field(None, description="Number of groups (group). Default: 32.")
    bias: bool | None = Field(None, description="Learn a bias, too (layer, group). Default: as `affine`.")
    offset: Real | None = Field(None, description="Number added to the scale (layer, group, rms).")
    frozen: bool | None = Field(
        None, description="Keep weights and statistics as buffers that stay as they are (batch)."
    )

    @classmethod
    def takes(cls, type: str) -> tuple[str, ...]:
        return (*_ARGUMENTS.get(type, ()), *_MORE.get(type, ()))

    @model_validator(mode="after")
    def _applicable(self) -> "Norm":
        known = self.takes(self.type)
        for argument in ("eps", "momentum", "affine", "groups", "bias", "offset", "frozen"):
            if getattr(self, argument) is not None and argument not in known:
                raise Misplaced(argument, self.type, known)
        for argument in ("bias", "offset"):
            if getattr(self, argument) and self.affine is False:
                raise ValueError(f"`{argument}` needs `affine: true`: without it there is no weight")
        return self

    def _argument(self, name: str) -> Any:
        """What is given, or the default of this type."""
        given = getattr(self, name)
        return _ARGUMENTS[self.type].get(name) if given is None else given

    @property
    def traits(self) -> Traits:
        return _TRAITS["frozen" if self.frozen else self.type]

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        channelled("norm", x)
        if self.type == "batch" and not self.frozen:
            varied("norm: batch", x)
        if self.type in ("batch", "instance") and len(x.size) > 3 and x.channels_first:
            raise ShapeError(
                "A402", f"`norm: {self.type}` takes up to 3 dimensions, found {len(x.size)}", "use `layer`"
            )
        if self.type == "group":
            groups = self._argument("groups")
            if x.channels % groups != 0:
                raise ShapeError(
                    "A404",
                    f"{groups} groups do not divide the {x.channels} channels of `norm: group`",
                    "give `groups` a divisor of the channels",
                    "groups",
                )
            if groups == x.channels and all(n == 1 for n in x.size):
                message = f"`norm: group` has a single value in each of the {groups} groups of {x}"
                raise ShapeError("A402", message, "give it fewer `groups`, or use `layer`", "groups")
        if (
            self.eps is not None
            and self.eps < DIVISOR
            and (self.type == "batch" or (self.type == "layer" and x.channels == 1))
        ):
            help = "a small number, such as the default 1e-5"
            message = f"`eps` of `norm: {self.type}` is {self.eps:g}: a variance of 0 would cause a division by zero"
            raise ShapeError("A406", message, help, "eps")
        if self.type in ("group", "instance") and x.size and not x.channels_first:
            raise ShapeError(
                "A402",
                f"`norm: {self.type}` needs channels first, found {x} with channels last",
                "use `layer` or `rms`",
            )
        if self.type == "instance" and x.is_vector:
            raise ShapeError("A402", "`norm: instance` needs a size to average over, found a vector", "use `layer`")
        if self.type == "instance" and all(n == 1 for n in x.size):
            raise ShapeError("A402", f"`norm: instance` needs more than one position, found {x}", "use `layer`")
        if self.type == "affine" and (x.channels_first or x.is_vector):
            raise ShapeError("A402", f"`norm: affine` takes positions with channels last, found {x}", "use `layer`")
        return x

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        (x,) = inputs
        if self.type == "none":
            return ()
        if self.type == "affine":
            shape = (1, 1, x.channels)
            return Weight("alpha", shape), Weight("beta", shape)
        names = ("weight", "bias") if self._has_bias else ("weight",)
        found = [Weight(name, (x.channels,), not self.frozen) for name in (names if self._argument("affine") else ())]
        if self.type == "batch":
            found += [Weight(name, (x.channels,), trainable=False) for name in ("running_mean", "running_var")]
            if not self.frozen:
                found += [Weight("num_batches_tracked", (), trainable=False, dtype="int64")]
        return tuple(found)

    @property
    def _has_bias(self) -> bool:
        return self.type != "rms" and self.bias is not False

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        (x,) = inputs
        if self.type == "none":
            return Kept(shares=True)
        width, c, positions = BYTES[x.dtype], x.channels, numel(x.size)
        shifted = c * width if self.offset and self._argument("affine") else 0
        if self.frozen:
            # the product, to which the shift is added
            return Kept(once=c * width, spare=held(output))
        if self.type == "rms":
            # computed in float32 at least, and multiplied by the weight at last
            wide = max(width, WIDE)
            copies = (width < WIDE) + bool(self._argument("affine"))
            own = positions * wide + copies * positions * c * wide
            return Kept(() if width < WIDE else (0,), own=own, once=shifted)
        statistics = {
            "batch": 0,
            "layer": 2 * positions,
            "l2": 2 * positions,
            "group": 2 * (self._argument("groups") or 0),
            "instance": (3 if self._argument("affine") else 2) * c,
        }
        once = 2 * c * width if self.type == "batch" else shifted
        return Kept((0,), own=statistics.get(self.type, 0) * width, once=once)

    def lower(self, *inputs: TensorType) -> Call:
        (x,) = inputs
        c, affine = x.channels, self._argument("affine")
        given: dict[str, Any] = {} if self.eps is None else {"eps": self.eps}
        if self.momentum is not None and not self.frozen:
            given["momentum"] = self.momentum
        if self.type == "none":
            return module("torch.nn.Identity")
        if self.type == "affine":
            return module(f"{MODULES}.Affine", channels=c)
        if self.type == "l2":
            return module(f"{MODULES}.Normalize", dim=x.channel_axis, eps=self._argument("eps"))
        if self.offset and affine:
            return self._shifted(x, given)
        without = {} if self._has_bias or self.type == "rms" else {"bias": False}
        if self.type == "group":
            return module(
                "torch.nn.GroupNorm",
                num_groups=self._argument("groups"),
                num_channels=c,
                **given,
                affine=affine,
                **without,
            )
        if self.type in ("layer", "rms"):
            name = "LayerNorm" if self.type == "layer" else "RMSNorm"
            home = f"{MODULES}.{name}First" if x.channels_first else f"torch.nn.{name}"
            return module(home, normalized_shape=c, **given, elementwise_affine=affine, **without)
        kind = "BatchNorm" if self.type == "batch" else "InstanceNorm"
        if self.frozen:
            return module(f"{MODULES}.FrozenBatchNorm", num_features=c, **given, affine=affine, axis=x.channel_axis)
        if x.size and not x.channels_first:
            return module(f"{MODULES}.BatchNormLast", num_features=c, **given, affine=affine)
        return module(f"torch.nn.{kind}{max(1, len(x.size))}d", num_features=c, **given, affine=affine)

    def _shifted(self, x: TensorType, given: dict[str, Any]) -> Call:
        """The norm whose weight acts as an offset plus itself."""
        if self.type == "group":
            given = {**given, "groups": self._argument("groups")}
        elif x.channels_first:
            given = {**given, "first": True}
        if not self._has_bias:
            given = {**given, "bias": False}
        return module(f"{MODULES}.OffsetNorm", kind=self.type, channels=x.channels, offset=self.offset, **given)

    def full(self, *inputs: TensorType) -> "Norm":
        return self.model_copy(update={name: self._argument(name) for name in self._known})

    @property
    def _known(self) -> tuple[str, ...]:
        """The arguments that have a default; a frozen norm has no use for a momentum."""
        return tuple(name for name in _ARGUMENTS[self.type] if not (self.frozen and name == "momentum"))

    @classmethod
    def weight_names(cls) -> tuple[str, ...]:
        return ("weight", "bias", "alpha", "beta")
