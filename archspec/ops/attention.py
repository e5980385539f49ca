"""Attention with projections (Vaswani et al. 2017)."""

from typing import Any, ClassVar

from pydantic import Field, model_validator

from archspec.ops.base import (
    MODULES,
    Op,
    PositiveInt,
    Probability,
    ShapeError,
    channels_last,
    count,
    sequence_length,
)
from archspec.ops.join import Agreed
from archspec.ops.maps import Maps
from archspec.types.call import Call, Weight, module
from archspec.types.kept import BYTES, WIDE, Kept, held
from archspec.types.sizes import Size
from archspec.types.tensor import TensorType


class Attention(Op):
    """Multi-head attention with projections, like `torch.nn.MultiheadAttention` with the batch first.

    Keys and values are made of the value itself, or of `key` and `value`, with projections of their own where those
    have other channels.
    """

    name: ClassVar[str] = "attention"
    principal: ClassVar[str | None] = "heads"
    references: ClassVar[tuple[str, ...]] = ("key", "value", "mask")

    heads: PositiveInt = Field(description="Number of heads; must divide the channels.", examples=[8])
    dropout: Probability = Field(0, description="Dropout probability of attention weights in training.")
    bias: bool = Field(True, description="Add biases to the projections.")
    key: str | None = Field(None, description="Reference to what keys are made of. Default: the value itself.")
    value: str | None = Field(None, description="Reference to what values are made of. Default: `key`.")
    mask: str | None = Field(None, description="Reference to ids, one a key: 1 takes part, 0 is hidden.")

    @model_validator(mode="after")
    def _sensible(self) -> "Attention":
        if self.value is not None and self.key is None:
            raise ValueError("`value` stands beside `key`")
        return self

    def _roles(self, *inputs: TensorType) -> tuple[TensorType, TensorType, TensorType]:
        """What queries, keys and values are made of."""
        roles = self._values(inputs)
        key = roles.get("key", inputs[0])
        return inputs[0], key, roles.get("value", key)

    def _agreed(self, *inputs: TensorType) -> Agreed:
        """The conditions under which all have as many keys."""
        _, key, value = self._roles(*inputs)
        agreed = Agreed("attention")
        if self.value is not None:
            agreed.fits(value.size, key.size, value, "value")
        if self.mask is not None:
            mask = self._values(inputs)["mask"]
            agreed.fits(key_mask("attention", mask, 1), key.size, mask, "mask")
        return agreed

    def infer(self, *inputs: TensorType) -> TensorType:
        for x in self._roles(*inputs):
            sequence_length("attention", x)
            channels_last("attention", x)
        divides("attention", self.heads, inputs[0].channels)
        self._agreed(*inputs)
        return inputs[0]

    def constraints(self, *inputs: TensorType) -> dict[str, int]:
        return self._agreed(*inputs).divisors

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        c, *others = (x.channels for x in self._roles(*inputs))
        if others == [c, c]:
            found = [Weight("in_proj_weight", (3 * c, c))]
        else:
            found = [Weight(f"{which}_proj_weight", (c, n)) for which, n in zip("qkv", (c, *others), strict=True)]
        out = [Weight("out_proj.weight", (c, c))]
        if self.bias:
            found.append(Weight("in_proj_bias", (3 * c,)))
            out.append(Weight("out_proj.bias", (c,)))
        return (*found, *out)

    def macs(self, output: TensorType, *inputs: TensorType) -> Size:
        x, key, value = self._roles(*inputs)
        c = x.channels
        projected = 2 * x.size[0] * c + key.size[0] * key.channels + value.size[0] * value.channels
        return projected * c + 2 * x.size[0] * key.size[0] * c

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        x, key, _ = self._roles(*inputs)
        width, c = BYTES[x.dtype], x.channels
        queries, keys, d = x.size[0], key.size[0], c // self.heads
        maps = Maps(self.heads, queries, keys, d, d, width, self.dropout > 0)
        projected = (queries + 2 * keys) * c * width
        if not self.referred:
            # the value and the result turn their axes, which makes copies
            if not maps.dropout:
                return Kept(own=2 * held(x) + projected + maps.fused)
            packed = projected - keys * c * width if width >= WIDE else 0
            return Kept(own=2 * held(x) + packed + maps.plain)
        roles = self._values(inputs)
        linear = tuple([number for number, name in enumerate(("", *roles)) if name in ("", "key", "value")])
        own = maps.plain if maps.dropout else projected + held(x) + maps.fused
        # the mask of keys, in numbers where attention is fused; what has no key left is hidden in a copy
        places = (queries if "seam" in roles else 1) * keys
        if roles.keys() & {"mask", "seam"} and not maps.dropout:
            own += places * width
        if "mask" in roles:
            own += queries if "seam" in roles else 1
        return Kept(linear, own=own + held(x) * (maps.dropout or "mask" in roles))

    def lower(self, *inputs: TensorType) -> Call:
        x, key, value = self._roles(*inputs)
        given: dict[str, Any] = {"embed_dim": x.channels, "num_heads": self.heads}
        given |= {"dropout": self.dropout, "bias": self.bias}
        if not self.referred:
            return module(f"{MODULES}.SelfAttention", **given)
        sizes = {"kdim": key.channels, "vdim": value.channels}
        return module(f"{MODULES}.CrossAttention", **given, **sizes, takes=self.referred)

    def in_seam(self) -> "Attention":
        return ShiftedAttention.model_validate({**dict(self), "seam": "seam"})

    @classmethod
    def weight_names(cls) -> tuple[str, ...]:
        own = ("q_proj_weight", "k_proj_weight", "v_proj_weight")
        return ("in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias", *own)


class ShiftedAttention(Attention):
    """Attention in shifted windows, which hides keys from beyond the seam (Liu et al. 2021, Swin, section 3.2)."""

    references: ClassVar[tuple[str, ...]] = (*Attention.references, "seam")
    implied: ClassVar[tuple[str, ...]] = ("seam",)

    seam: str = Field(description="Which positions of each window lie on the same side of the seam.")

    def infer(self, *inputs: TensorType) -> TensorType:
        in_window("attention", *self._roles(*inputs))
        return super().infer(*inputs)

    def in_seam(self) -> Attention:
        return self


def divides(op: str, heads: int, channels: int, packed: int = 0) -> int:
    """The channels of one head, or a `ShapeError` where the heads do not divide the channels.

    `packed` are further heads in the same channels, those of keys and values.
    """
    count = heads + packed
    if channels % count != 0:
        what = f"{heads} heads" + (f" and {packed} for keys and values" if packed else "")
        help = f"give it a multiple of {count} channels" + ("" if packed else f", or heads that divide {channels}")
        raise ShapeError("A404", f"{what} do not divide the {channels} channels of `{op}`", help, "heads")
    return channels // count


def key_mask(op: str, mask: TensorType, rank: int) -> tuple[Size, ...]:
    """The sizes of a mask of keys whose own value has `rank` of them, those in front filled up with ones."""
    if mask.vocab is None or mask.vocab > 2:
        message = f"`mask` of `{op}` takes ids, 0 or 1 for each key; found {_kind(mask)}"
        raise ShapeError("A402", message, "declare them as `{vocab: 2, length: L}`", "mask")
    if len(mask.size) not in (1, rank):
        message = f"`mask` has {count(len(mask.size), 'size')}; `{op}` takes one id for each key"
        raise ShapeError("A405", message, "a sequence of ids, as long as the keys", "mask")
    return (1,) * (rank - len(mask.size)) + mask.size


def _kind(x: TensorType) -> str:
    return str(x) if x.vocab is None else f"ids of {x.vocab} kinds"


def in_window(op: str, *values: TensorType) -> None:
    """Raise a `ShapeError` for queries, keys or values that are not all positions of a shifted window."""
    for x in values:
        if not x.positions or len(x.size) != 1:
            message = f"`{op}` in shifted windows takes all positions of a window as one sequence, found {x}"
            help = "between `within` and attention, let only nodes stand that keep positions: `linear`, `norm`, `act`"
            raise ShapeError("A419", message, help)
