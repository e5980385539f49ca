"""Rotary positions (Su et al. 2021), and how they are stretched to longer sequences."""

from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from archspec.limits import ARGUMENT, AXIS, DIVISOR
from archspec.ops.attention import divides
from archspec.ops.base import (
    MODULES,
    Misplaced,
    NaturalInt,
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
from archspec.types.call import Call, module
from archspec.types.kept import BYTES, Kept
from archspec.types.tensor import TensorType

_Positive: TypeAlias = Annotated[float, Field(ge=DIVISOR, le=ARGUMENT)]
_LENGTH = "original_max_position_embeddings"
_SCALINGS: dict[str, dict[str, Any]] = {
    "linear": {"factor": ...},
    "llama3": {"factor": ..., "low_freq_factor": ..., "high_freq_factor": ..., _LENGTH: ...},
    "yarn": {
        "factor": ..., _LENGTH: ..., "beta_fast": 32.0, "beta_slow": 1.0, "mscale": None, "mscale_all_dim": None,
        "attention_factor": None,
    },
}  # fmt: skip
"""The arguments of each type of scaling with their defaults; those without must be given."""


class Scaling(BaseModel):
    """How rotary positions are stretched, as in transformers' `rope_scaling`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    example: ClassVar[str] = "`{type: linear, factor: 2}`"

    type: Literal["linear", "llama3", "yarn"] = Field(description="Kind of scaling.")
    factor: _Positive | None = Field(None, description="How much longer sequences become.")
    low_freq_factor: _Positive | None = Field(None, description="Turns of the slowest unscaled angle (llama3).")
    high_freq_factor: _Positive | None = Field(None, description="Turns of the fastest scaled angle (llama3).")
    original_max_position_embeddings: PositiveInt | None = Field(
        None, description="Length that the network was trained for (llama3, yarn)."
    )
    beta_fast: _Positive | None = Field(None, description="Turns from which angles stay (yarn). Default: 32.")
    beta_slow: _Positive | None = Field(None, description="Turns up to which all is scaled (yarn). Default: 1.")
    mscale: Real | None = Field(None, description="Growth of attention with the factor (yarn).")
    mscale_all_dim: Real | None = Field(None, description="What that growth is divided by (yarn).")
    attention_factor: Real | None = Field(None, description="Factor of sines and cosines (yarn).")

    @model_validator(mode="after")
    def _applicable(self) -> "Scaling":
        known = _SCALINGS[self.type]
        for name in self.model_dump(exclude={"type"}, exclude_none=True):
            if name not in known:
                raise Misplaced(name, self.type, tuple(known))
        for name, default in known.items():
            if default is ... and getattr(self, name) is None:
                raise ValueError(f"`type: {self.type}` needs `{name}`")
        if self.type == "llama3" and self.low_freq_factor == self.high_freq_factor:
            raise ValueError("`low_freq_factor` and `high_freq_factor` must differ")
        return self

    @property
    def pairs(self) -> tuple[tuple[str, Any], ...]:
        """Its arguments with all defaults."""
        given = {name: getattr(self, name) for name in _SCALINGS[self.type]}
        known = {name: _SCALINGS[self.type][name] if value is None else value for name, value in given.items()}
        return ("type", self.type), *[(name, value) for name, value in known.items() if value is not None]

    def __str__(self) -> str:
        return f"{{{', '.join(f'{name}: {value}' for name, value in self.pairs)}}}"


class Rope(Op):
    """Rotary positions over (…, L, heads·d): pairs of channels turn by p·theta^(−2i/m) at position p."""

    name: ClassVar[str] = "rope"
    principal: ClassVar[str | None] = "heads"
    references: ClassVar[tuple[str, ...]] = ("positions", "grid")
    measured: ClassVar[tuple[str, ...]] = ("grid",)
    or_values: ClassVar[tuple[str, ...]] = ("grid",)
    traits: ClassVar[Traits] = Traits(contiguous=True, keeps_variance=True)
    keeps_positions: ClassVar[bool] = True

    heads: PositiveInt = Field(1, description="Number of heads.")
    theta: Annotated[float, Field(ge=1, le=ARGUMENT)] = Field(10000.0, description="Base of the wavelengths.")
    partial: Annotated[int, Field(ge=2, le=AXIS)] | Annotated[float, Field(gt=0, le=1)] = Field(
        1.0, description="Share of each head's channels that turn; an integer above 1 is their number."
    )
    side: Literal["first", "last"] = Field("first", description="Which channels of a head turn.")
    interleaved: bool = Field(False, description="Pair neighbours instead of the two halves.")
    scaling: Scaling | None = Field(None, description="How positions are stretched to longer sequences.")
    positions: str | None = Field(None, description="Reference to ids that are the positions, instead of 0, 1, ….")
    grid: Annotated[tuple[PositiveInt, PositiveInt], Field()] | str | None = Field(
        None, description="Height and width of a map whose positions the tokens are, or a reference to one."
    )
    origin: Literal["index", "centered"] = Field(
        "index", description="`centered` coordinates of a `grid` go from -2π to 2π."
    )
    skip: NaturalInt = Field(0, description="Number of leading tokens that stay as they are.")
    head_dim: PositiveInt | None = Field(None, description="Channels of a head; those behind all heads pass.")

    @model_validator(mode="after")
    def _sensible(self) -> "Rope":
        if self.grid is not None and (self.positions is not None or self.scaling is not None):
            raise ValueError("`grid` has neither `positions` nor `scaling`")
        if self.grid is None and self.origin == "centered":
            raise ValueError("`origin: centered` is for a `grid`")
        if self.scaling is not None and self.scaling.type == "yarn" and self.theta == 1:
            raise ValueError("`scaling` of `type: yarn` needs a `theta` above 1")
        return self

    def _turned(self, x: TensorType) -> tuple[int, int]:
        """The channels of a head, and how many of them turn."""
        if self.head_dim is None:
            d = divides("rope", self.heads, x.channels)
        elif self.heads * self.head_dim > x.channels:
            message = f"{self.heads} heads of {self.head_dim} channels are more than the {x.channels} of `rope`"
            raise ShapeError("A404", message, "channels behind all heads pass", "head_dim")
        else:
            d = self.head_dim
        # as a decimal number: 0.58 · 100 is 58
        share = self.partial if isinstance(self.partial, int) else int(Fraction(str(self.partial)) * d)
        step = 2 if self.grid is None else 4
        m = share // step * step
        if share > d or m == 0:
            message = f"`rope` would turn {share} of the {d} channels of a head"
            help = f"from {step} to {d} channels can turn" if d >= step else f"a head needs at least {step} channels"
            raise ShapeError("A406", message, help, "partial" if d >= step else "heads")
        return d, m

    def _places(self, *inputs: TensorType) -> Agreed:
        """The conditions under which positions, or a grid, are those of the tokens."""
        x, agreed = inputs[0], Agreed("rope")
        if self.positions is not None:
            given = inputs[1]
            if given.vocab is None:
                message = f"`positions` of `rope` takes ids, found {given}"
                raise ShapeError("A402", message, "declare them as `{vocab: 4096, length: L}`", "positions")
            if len(given.size) not in (1, len(x.size)):
                message = f"`positions` is {given}, but the tokens are {x}"
                raise ShapeError("A405", message, "give one position for each token", "positions")
            agreed.fits(given.size, x.size[len(x.size) - len(given.size) :], given, "positions")
        if self.grid is not None:
            grid = inputs[-1].size if isinstance(self.grid, str) else self.grid
            if len(grid) != 2:
                raise ShapeError("A405", f"`grid` of `rope` needs two sizes, found {inputs[-1]}", "use a map", "grid")
            agreed.equal((numel(grid) + self.skip,), x.size[-1:], "tokens of the grid", "grid")
        return agreed

    def infer(self, *inputs: TensorType) -> TensorType:
        x = inputs[0]
        channelled("rope", x)
        channels_last("rope", x)
        if x.is_vector:
            raise ShapeError("A402", "`rope` needs a sequence, found a vector", "use a value with a size")
        self._turned(x)
        if isinstance(x.size[-1], int) and x.size[-1] < self.skip:
            raise ShapeError("A406", f"`skip` {self.skip} is more than the {x.size[-1]} tokens", "skip fewer", "skip")
        self._places(*inputs)
        return x

    def constraints(self, *inputs: TensorType) -> dict[str, int]:
        return self._places(*inputs).divisors

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        x = inputs[0]
        _, turned = self._turned(x)
        positions = x.size[-1:] if self.positions is None else inputs[1].size
        count = numel((*positions[:-1], positions[-1] - self.skip))
        # a cosine and a sine for each pair of channels
        angles = count * turned * BYTES[x.dtype]
        return Kept(own=angles) if self.positions is not None else Kept(once=angles)

    def lower(self, *inputs: TensorType) -> Call:
        x = inputs[0]
        d, m = self._turned(x)
        given: dict[str, Any] = {}
        if self.scaling is not None:
            given["scaling"] = self.scaling.pairs
        if self.positions is not None:
            given["positions_axes"] = len(x.size) - len(inputs[1].size)
        if self.grid is not None:
            is_reference = isinstance(self.grid, str)
            given["grid"] = inputs[-1].first_axis if is_reference else self.grid
            given["centered"] = self.origin == "centered"
        if self.skip:
            given["skip"] = self.skip
        if self.heads * d != x.channels:
            given["rest"] = x.channels - self.heads * d
        return module(
            f"{MODULES}.Rotary",
            heads=self.heads,
            head_dim=d,
            turned=m,
            theta=self.theta,
            last=self.side == "last",
            interleaved=self.interleaved,
            **given,
        )

    def full(self, *inputs: TensorType) -> "Rope":
        scaling = None if self.scaling is None else Scaling(**dict(self.scaling.pairs))
        return self.model_copy(update={"scaling": scaling})
