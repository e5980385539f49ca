"""Combinators: what each key of a node with nodes inside may hold."""

from functools import cache
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from archspec.language.models import (
    PARAMETER,
    REF,
    ActDefault,
    Anything,
    Holds,
    Kind,
    Model,
    Name,
    NodeList,
    NormDefault,
)
from archspec.limits import PARTS, TURNS
from archspec.ops.axis import Dimension
from archspec.ops.base import NaturalInt, PositiveInt, Probability

Merge: TypeAlias = Literal["add", "mul", "concat"]


class Combinator(Model):
    """The arguments of a node that has nodes inside.

    `principal` is what a bare value stands for, and `later` are the keys that are computed for each block of a stage
    anew, as are those that the model does not name.
    """

    principal: ClassVar[str | None] = None
    later: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def kinds(cls) -> dict[str, Kind]:
        """What each key holds."""
        return _kinds(cls)

    @classmethod
    def lists(cls) -> list[str]:
        """The keys that hold lists of nodes."""
        return [key for key, kind in _kinds(cls).items() if kind == "nodes"]


@cache
def _kinds(model: type[BaseModel]) -> dict[str, Kind]:
    marked = {
        field.alias or name: [mark.kind for mark in field.metadata if isinstance(mark, Holds)]
        for name, field in model.model_fields.items()
    }
    return {key: kinds[0] if kinds else "value" for key, kinds in marked.items()}


class Seq(Combinator):
    """Run nodes in order."""

    principal: ClassVar[str | None] = "layers"

    layers: NodeList = Field(description="The nodes.")


class Repeat(Combinator):
    """Repeat nodes."""

    times: NaturalInt = Field(description="Number of repetitions.")
    as_: Annotated[str, Field(pattern=PARAMETER)] = Field(
        "index", alias="as", description="Name of the counter in expressions, from 0."
    )
    layers: NodeList = Field(description="The nodes.")
    share: bool = Field(False, description="Run what has weights of the first turn again in the others.")


class Residual(Combinator):
    """Join the output of a body with its input (He et al. 2015)."""

    principal: ClassVar[str | None] = "body"

    body: NodeList = Field(description="Nodes of the residual function.")
    shortcut: Annotated[Any, WithJsonSchema({REF: "shortcut"}), Holds("shortcut")] = Field(
        "auto", description="Path of the input; `auto` projects where the stride or the channels change."
    )
    merge: Merge = Field("add", description="How to join input and body.")
    drop_path: Probability = Field(0, description="Probability of dropping the body of a sample in training.")
    after: NodeList = Field(None, description="Nodes after the join.")
    dim: Dimension = Field(
        "channels", description="Where `concat` joins: `channels`, or the index of a size dimension, from 0."
    )

    @model_validator(mode="after")
    def _sensible(self) -> "Residual":
        _has_its_merge(self)
        return self


Policy: TypeAlias = Literal["auto", "pool", "pad", "matching", "identity", "none", "always"]


class Shortcut(Model):
    """The shortcut of a residual."""

    example: ClassVar[str] = "`{policy: auto, name: downsample}`, or `{policy: always, layers: […]}`"

    policy: Policy = Field("auto", description="When to insert a projection, and which one.")
    name: Name | None = Field(None, description="Name of the shortcut's module. Default: `shortcut`.")
    norm: NormDefault = Field(None, description="Normalization of a projection. Default: the current one.")
    side: Literal["after", "both"] = Field("after", description="Where `pad` adds zero channels.")
    layers: NodeList = Field(None, description="Nodes to use instead of a projection.")
    single: bool = Field(False, description="Register the one layer under the name of the shortcut itself.")

    @model_validator(mode="after")
    def _sensible(self) -> "Shortcut":
        if self.policy == "always" and self.layers is None:
            raise ValueError("`policy: always` needs `layers`, the nodes of the shortcut")
        if self.layers is not None and self.policy not in ("auto", "always"):
            raise ValueError(f"`layers` go with `policy: auto` or `always`, not with `{self.policy}`")
        if self.side != "after" and self.policy != "pad":
            raise ValueError("`side` belongs to `policy: pad`")
        return self


class Parallel(Combinator):
    """Run branches on the value, or each on a part of its channels, and join them (Szegedy et al. 2014)."""

    principal: ClassVar[str | None] = "branches"

    branches: Annotated[Any, WithJsonSchema({REF: "branches"}), Holds("branches")] = Field(
        None, description="Branches: a mapping with names, or a list without."
    )
    times: Annotated[int, Field(ge=1, le=TURNS)] | None = Field(
        None, description="How often `layers` run, each time on the value, instead of `branches`."
    )
    as_: Annotated[str, Field(pattern=PARAMETER)] = Field(
        "index", alias="as", description="Name of the counter in expressions, from 0."
    )
    layers: NodeList = Field(None, description="The nodes of each branch, with `times`.")
    merge: Merge = Field("concat", description="How to join the branches.")
    split: bool | Annotated[tuple[PositiveInt, ...], Field(min_length=1)] = Field(
        False, description="Divide the channels among the branches: `true` for equal parts, or a list of parts."
    )
    dim: Dimension = Field(
        "channels", description="Where `concat` joins: `channels`, or the index of a size dimension, from 0."
    )

    @model_validator(mode="after")
    def _sensible(self) -> "Parallel":
        given = self.model_fields_set
        if "branches" in given and ("layers" in given or self.times is not None):
            raise ValueError("it has `branches`, or `times` and `layers`")
        needed = ("times", "layers") if "layers" in given or self.times is not None else ("branches",)
        for key in needed:
            if key not in given:
                raise PydanticCustomError("missing", "Field required", {"key": key})
        _has_its_merge(self)
        return self


def _has_its_merge(combinator: Residual | Parallel) -> None:
    if combinator.dim != "channels" and combinator.merge != "concat":
        raise ValueError("`dim` belongs to `merge: concat`")


_ONE: list[Any] = ["string", "integer", "null"]
"""A reference in a list of them. A list in it is taken apart, and null is left out."""


class Join(Combinator):
    """Join values by reference; `.` is the current value."""

    principal: ClassVar[str | None] = "from"

    from_: Annotated[tuple[Any, ...], Field(min_length=1, max_length=1000)] = Field(
        alias="from",
        description="References to the values.",
        json_schema_extra={"items": {"type": [*_ONE, "array"], "items": {"type": _ONE}}},
    )


class Concat(Join):
    """Join values one after the other, on the channels or a size dimension."""

    dim: Dimension = Field("channels", description="`channels`, or the index of a size dimension, from 0.")


class Einsum(Join):
    """The product of several values in the words of einops. All other keys are the sizes of axes."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, PositiveInt]

    pattern: str = Field(description="Einops pattern, such as `n q (g c), n k (g c) -> n g q k`.", max_length=1000)
    channels: str = Field("c", description="Channel axis of the result.", max_length=100)


class Slot(Combinator):
    """Run the nodes passed as a parameter of type `layers`."""

    principal: ClassVar[str | None] = "parameter"

    parameter: str = Field(description="Parameter of the block.")


class Split(Combinator):
    """Name parts of the channels; the current value stays."""

    principal: ClassVar[str | None] = "parts"

    parts: (
        Annotated[tuple[str, ...], Field(min_length=1, max_length=PARTS)]
        | Annotated[dict[str, PositiveInt], Field(min_length=1, max_length=PARTS)]
    ) = Field(description="Names, for equal parts, or a mapping from names to channels.")


class Within(Combinator):
    """Run nodes on the value in windows, whose axes join the batch meanwhile (Liu et al. 2021). All other keys are the
    sizes of axes."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, PositiveInt]

    pattern: str = Field(description="Einops pattern, such as `n c (a p) (b q) -> (n a b) c p q`.", max_length=1000)
    shift: NaturalInt | tuple[NaturalInt, ...] = Field(
        0, description="Positions to roll the axes by that the pattern takes apart: one number, or one for each."
    )
    layers: NodeList = Field(description="The nodes.")


class Reuse(Combinator):
    """Run an earlier module again, with its weights. All other keys are references that the module is given anew."""

    model_config = ConfigDict(extra="allow")
    principal: ClassVar[str | None] = "of"

    of: str | int = Field(description="Reference to the module.")


class Stage(Combinator):
    """Repeat a block. All other keys are arguments of the block."""

    model_config = ConfigDict(extra="allow")
    later: ClassVar[tuple[str, ...]] = ("stride", "names")

    block: Name | None = Field(None, description="Name of the block.")
    depth: NaturalInt = Field(1, description="Number of blocks.")
    stride: Anything = Field(None, description="Stride of the first block; the others have stride 1.")
    first: Annotated[Any, WithJsonSchema({"type": "object"}), Holds("overrides")] = Field(
        None, description="Arguments of the first block only."
    )
    names: str | None = Field(None, description="Names of the blocks, such as `layer$(index + 1)`.")
    with_: Annotated[Any, WithJsonSchema({"type": "object"}), Holds("overrides")] = Field(
        None, alias="with", description="Arguments of the block that are named like a key of stages."
    )
    norm: NormDefault = Field(None, description="Default normalization in the stage.")
    act: ActDefault = Field(None, description="Default activation in the stage.")
    layers: NodeList = Field(None, description="Nodes to use instead of a block.")


COMBINATORS: dict[str, type[Combinator]] = {
    "seq": Seq,
    "repeat": Repeat,
    "residual": Residual,
    "parallel": Parallel,
    "add": Join,
    "mul": Join,
    "concat": Concat,
    "sub": Join,
    "div": Join,
    "einsum": Einsum,
    "slot": Slot,
    "stage": Stage,
    "reuse": Reuse,
    "split": Split,
    "within": Within,
}
