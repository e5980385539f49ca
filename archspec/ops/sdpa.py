"""Scaled dot-product attention (Vaswani et al. 2017), without projections."""

from dataclasses import replace
from typing import Annotated, ClassVar, NamedTuple

from pydantic import Field, model_validator

from archspec.limits import ARGUMENT, DIVISOR
from archspec.ops.attention import divides, in_window, key_mask
from archspec.ops.base import (
    MODULES,
    Op,
    PositiveInt,
    Probability,
    Real,
    ShapeError,
    channelled,
    channels_last,
    numel,
)
from archspec.ops.join import Agreed
from archspec.ops.maps import Maps
from archspec.types.call import Call, module
from archspec.types.kept import BYTES, Kept, held
from archspec.types.sizes import Size
from archspec.types.tensor import TensorType


class _Heads(NamedTuple):
    """What the values come to: the widths of a key head and a value head, sizes in front, queries, keys, and conditions
    for sizes to be equal."""

    key: int
    value: int
    lead: tuple[Size, ...]
    keys: Size
    agreed: Agreed


class Sdpa(Op):
    """Scaled dot-product attention over the last size dimension; the others are batch.

    Queries, keys and values are packed on the channel axis in this order: (heads + 2·kv_heads)·d channels in, heads·d
    out. With `kv`, the value holds the queries, heads·d, and the reference the keys and values, 2·kv_heads·d. With
    `key`, and `value` where that is another, both stand apart: kv_heads·d and kv_heads·v.
    """

    name: ClassVar[str] = "sdpa"
    principal: ClassVar[str | None] = "heads"
    references: ClassVar[tuple[str, ...]] = ("kv", "key", "value", "mask", "bias", "sinks")

    heads: PositiveInt = Field(1, description="Number of heads.", examples=[8])
    kv: str | None = Field(None, description="Reference to a value that contains keys and values.")
    kv_heads: PositiveInt | None = Field(None, description="Number of key and value heads. Default: `heads`.")
    causal: bool = Field(False, description="Attend only to the same and earlier positions.")
    key: str | None = Field(None, description="Reference to the keys.")
    value: str | None = Field(None, description="Reference to the values. Default: `key`.")
    mask: str | None = Field(None, description="Reference to ids, one a key: 1 takes part, 0 is hidden.")
    bias: str | None = Field(None, description="Reference to what is added to the logits: heads × queries × keys.")
    window: PositiveInt | None = Field(
        None, description="Keys that a query sees: up to itself if causal, otherwise to each side."
    )
    softcap: Annotated[float, Field(ge=DIVISOR, le=ARGUMENT)] | None = Field(
        None, description="Bound c of the logits: c·tanh(logits / c)."
    )
    scale: Real | None = Field(None, description="Factor of the logits. Default: 1/√d.")
    head_dim: PositiveInt | None = Field(None, description="Width d of a query and key head.")
    sinks: str | None = Field(None, description="Reference to a logit for each head that takes its share of attention.")
    dropout: Probability = Field(0, description="Dropout probability of attention weights in training.")

    @model_validator(mode="after")
    def _sensible(self) -> "Sdpa":
        if self.kv is not None and self.key is not None:
            raise ValueError("keys are given by `kv`, which packs them with the values, or by `key`, not by both")
        if self.value is not None and self.key is None:
            raise ValueError("`value` stands beside `key`")
        return self

    def _heads(self, *inputs: TensorType) -> _Heads:
        x, roles = inputs[0], self._values(inputs)
        for value in (x, *(roles[name] for name in ("kv", "key", "value") if name in roles)):
            channelled("sdpa", value)
            channels_last("sdpa", value)
        if self.heads % self._kv_heads:
            message = f"`kv_heads` {self._kv_heads} does not divide `heads` {self.heads}"
            raise ShapeError("A404", message, "each key head serves the same number of query heads", "kv_heads")
        if x.is_vector:
            raise ShapeError("A402", "`sdpa` needs a size to attend over, found a vector", "use a sequence")
        d, v = self._packed(x) if "kv" not in roles and "key" not in roles else self._apart(x, roles)
        agreed = Agreed("sdpa")
        lead, keys = x.size[:-1], x.size[-1:]
        if "kv" in roles or "key" in roles:
            keys = roles["kv" if "kv" in roles else "key"].size[-1:]
        for name in ("kv", "key", "value"):
            if name in roles:
                lead = agreed.broadcast(lead, roles[name].size[:-1], roles[name], name)
                keys = agreed.broadcast(keys, roles[name].size[-1:], roles[name], name)
        if "mask" in roles:
            size = key_mask("sdpa", roles["mask"], len(x.size))
            lead = agreed.broadcast(lead, size[:-1], roles["mask"], "mask")
            agreed.fits(size[-1:], keys, roles["mask"], "mask")
        if "bias" in roles:
            size = self._bias_size(roles["bias"], len(x.size))
            lead = agreed.broadcast(lead, size[:-2], roles["bias"], "bias")
            agreed.fits(size[-2:], (x.size[-1], *keys), roles["bias"], "bias")
        if "sinks" in roles and (roles["sinks"].size or roles["sinks"].channels != self.heads):
            message = f"`sinks` must be {self.heads} numbers, found {roles['sinks']}"
            raise ShapeError("A404", message, "one for each head", "sinks")
        return _Heads(d, v, lead, keys[0], agreed)

    @property
    def _kv_heads(self) -> int:
        return self.kv_heads or self.heads

    def _packed(self, x: TensorType) -> tuple[int, int]:
        """The widths of a key and a value head where all are in one value."""
        if self.head_dim is None:
            d = divides("sdpa", self.heads, x.channels, 2 * self._kv_heads)
            return d, d
        rest = x.channels - (self.heads + self._kv_heads) * self.head_dim
        return self.head_dim, self._value_head(rest, x, None)

    def _apart(self, x: TensorType, roles: dict[str, TensorType]) -> tuple[int, int]:
        """The widths of a key and a value head where the value holds the queries alone."""
        d = divides("sdpa", self.heads, x.channels)
        if self.head_dim not in (None, d):
            message = f"`head_dim` is {self.head_dim}, but {self.heads} heads of {x.channels} channels have {d} each"
            raise ShapeError("A404", message, "leave it out, or give the queries heads · head_dim channels", "head_dim")
        if "kv" in roles:
            kv = roles["kv"]
            if self.head_dim is not None and not kv.is_vector and len(kv.size) == len(x.size):
                return d, self._value_head(kv.channels - self._kv_heads * d, kv, "kv")
            if kv.channels != 2 * self._kv_heads * d or len(kv.size) != len(x.size):
                expected = TensorType(2 * self._kv_heads * d, (*x.size[:-1], kv.size[-1] if kv.size else 1))
                raise ShapeError("A404", f"`kv` must be {expected}, found {kv}", "keys and values, packed", "kv")
            return d, d
        key, value = roles["key"], roles.get("value", roles["key"])
        for name, given in (("key", key), ("value", value)):
            if len(given.size) != len(x.size):
                message = f"`{name}` must have the {len(x.size)} sizes of the queries, {x}; found {given}"
                raise ShapeError("A405", message, "sizes of 1 are broadcast", name)
        if key.channels != self._kv_heads * d:
            message = f"`key` must have {self._kv_heads * d} channels, found {key}"
            raise ShapeError("A404", message, f"{self._kv_heads} heads of {d}, the width of a query head", "key")
        return d, self._value_head(value.channels, value, "value" if "value" in roles else "key")

    def _value_head(self, channels: int, x: TensorType, argument: str | None) -> int:
        if channels < 1 or channels % self._kv_heads:
            message = f"{max(channels, 0)} channels of {x} are left for the values of {self._kv_heads} heads"
            raise ShapeError("A404", message, f"give them a multiple of {self._kv_heads}", argument or "head_dim")
        return channels // self._kv_heads

    def _bias_size(self, bias: TensorType, rank: int) -> tuple[Size, ...]:
        """The sizes of a bias: those in front, queries and keys."""
        if not bias.channels_first or bias.channels not in (1, self.heads) or len(bias.size) not in (2, rank + 1):
            message = f"`bias` must be {self.heads} (or 1) × queries × keys, channels first; found {bias}"
            if bias.size and not bias.channels_first:
                message += " with channels last"
            raise ShapeError("A404", message, "the channels are the heads; `rearrange` moves axes", "bias")
        return (1,) * (rank + 1 - len(bias.size)) + bias.size

    def infer(self, *inputs: TensorType) -> TensorType:
        heads, x = self._heads(*inputs), inputs[0]
        size = (*heads.lead, x.size[-1])
        found = x if size == x.size else x.resized(size)
        return replace(found, channels=self.heads * heads.value)

    def constraints(self, *inputs: TensorType) -> dict[str, int]:
        return self._heads(*inputs).agreed.divisors

    def macs(self, output: TensorType, *inputs: TensorType) -> Size:
        heads = self._heads(*inputs)
        return numel(output.size) * self.heads * heads.keys * (heads.key + heads.value)

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        heads, roles = self._heads(*inputs), self._values(inputs)
        x, width = inputs[0], BYTES[inputs[0].dtype]
        front = self.heads * numel(heads.lead)
        maps = Maps(front, x.size[-1], heads.keys, heads.key, heads.value, width, self.dropout > 0)
        is_plain = self.softcap is None and "sinks" not in roles
        is_fused = is_plain and not (maps.dropout or heads.lead or "bias" in roles) and heads.key == heads.value
        looks = self.window is not None or not roles.keys().isdisjoint({"mask", "seam"})
        rows = maps.queries if self.causal or self.window is not None or "seam" in roles else 1
        # which keys a query sees, in numbers where attention is fused; and which queries see any
        seen = rows * maps.keys * (width if is_fused else 1) if looks or not is_plain or "bias" in roles else 0
        if (is_plain and not is_fused and "bias" not in roles) or not (looks or self.causal):
            seen = 0
        seen += rows if looks else 0
        each, once = (seen, 0) if roles.keys() & {"mask", "seam"} else (0, seen)
        if is_fused:
            taken = tuple([number for number, name in enumerate(("", *roles)) if name in ("", "kv", "key", "value")])
            own = maps.fused + (held(output) if looks else 0)
            return Kept(taken, not looks, own + each, once)
        if is_plain:
            return Kept(own=maps.plain + each, once=once)
        sinks = maps.heads * maps.queries * width if "sinks" in roles else 0
        return Kept(own=maps.formula(width, 1 + (self.softcap is not None)) + sinks + each, once=once)

    def lower(self, *inputs: TensorType) -> Call:
        heads, roles = self._heads(*inputs), self._values(inputs)
        own = {name: getattr(self, name) for name in ("window", "softcap", "scale")}
        given = {name: value for name, value in own.items() if value is not None}
        if self.dropout:
            given["dropout"] = self.dropout
        if not given and not roles.keys() - {"kv"} and heads.key == heads.value:
            return module(f"{MODULES}.Sdpa", heads=self.heads, kv_heads=self._kv_heads, causal=self.causal)
        rank = len(inputs[0].size)
        for name, axes in (("mask", rank), ("bias", rank + 1), ("sinks", rank - 1)):
            if name in roles and len(roles[name].size) < axes:
                given[f"{name}_axes"] = axes - len(roles[name].size)
        return module(
            f"{MODULES}.Attend",
            heads=self.heads,
            kv_heads=self._kv_heads,
            key_dim=heads.key,
            value_dim=heads.value,
            takes=tuple(roles),
            causal=self.causal,
            **given,
        )

    def full(self, *inputs: TensorType) -> "Sdpa":
        return self.model_copy(update={"kv_heads": self._kv_heads})

    def in_seam(self) -> "Sdpa":
        return ShiftedSdpa.model_validate({**dict(self), "seam": "seam"})


class ShiftedSdpa(Sdpa):
    """Attention in shifted windows, which hides keys from beyond the seam (Liu et al. 2021, Swin, section 3.2)."""

    references: ClassVar[tuple[str, ...]] = (*Sdpa.references, "seam")
    implied: ClassVar[tuple[str, ...]] = ("seam",)

    seam: str = Field(description="Which positions of each window lie on the same side of the seam.")

    def infer(self, *inputs: TensorType) -> TensorType:
        roles = self._values(inputs)
        in_window("sdpa", inputs[0], *(roles[name] for name in ("kv", "key", "value") if name in roles))
        return super().infer(*inputs)

    def in_seam(self) -> Sdpa:
        return self
