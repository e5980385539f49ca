"""The pydantic models of a file: what each key may hold. JSON Schema is generated from them.

A value that is a list of nodes, or that may hold expressions, is opaque here: it is read by `nodes` or computed by the
compiler, and validated by these models once it has its final value.
"""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from archspec.identifiers import NAME, VARIABLE
from archspec.limits import NAME_LENGTH, PARTS, TURNS
from archspec.ops.axes import Dimension
from archspec.ops.base import NaturalInt, PositiveInt, Probability

IDENTIFIER = f"^{NAME}$"
PARAMETER = f"^{VARIABLE}$"
NODE = r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$"
CODE = r"^[A-Z][0-9]{3}$"

OF_NODES = "use letters, digits, `_` and `-`, and dots between parts"
"""What to say of a name that is none of a node or an output."""

OF_PARTS = "use letters, digits, `_` and `-`"
"""What to say of a name that is none of a part."""

SECTIONS = ("stem", "stages", "head")
"""The keys of a network in parts, in their order; `layers` is there instead of them."""
OF_BLOCKS = ("archspec", "blocks", "include", "$schema")
"""The keys of a file of blocks, which others include."""

REF = "x-archspec-ref"
"""Marks a part of the JSON Schema that is defined once for all: pydantic follows only references it made itself."""


Kind: TypeAlias = Literal["value", "nodes", "shortcut", "branches", "overrides"]
"""What a key of a combinator holds: a value to compute, or what is read into a record of its own."""


@dataclass(frozen=True, slots=True)
class Holds:
    """Marks a field of a combinator that holds no plain value."""

    kind: Kind


def _opaque(schema: dict[str, Any]) -> Any:
    return Annotated[Any, PlainValidator(lambda value: value), WithJsonSchema(schema)]


NodeList: TypeAlias = Annotated[_opaque({REF: "nodes"}), Holds("nodes")]  # type: ignore[valid-type]
NormDefault: TypeAlias = _opaque({REF: "norm"})  # type: ignore[valid-type]
ActDefault: TypeAlias = _opaque({REF: "act"})  # type: ignore[valid-type]
Anything: TypeAlias = _opaque({})  # type: ignore[valid-type]
Identifier: TypeAlias = Annotated[str, Field(pattern=IDENTIFIER, max_length=NAME_LENGTH)]
Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=1000)]
Symbol: TypeAlias = Annotated[str, Field(pattern=PARAMETER, max_length=NAME_LENGTH)]
Limit: TypeAlias = Annotated[int, Field(ge=0, le=2**63)]
Merge: TypeAlias = Literal["add", "mul", "concat"]


def _version(value: Any) -> Any:
    if type(value) is not int:  # to Python, `true` equals 1
        raise PydanticCustomError("literal_error", "the version is a number")
    return value


class Model(BaseModel):
    """The base of all: exact types, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


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
        if self.dim != "channels" and self.merge != "concat":
            raise ValueError("`dim` belongs to `merge: concat`")
        return self


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

ParameterType: TypeAlias = Literal["int", "float", "bool", "str", "list", "layers", "ref", "refs"]
TYPES: tuple[str, ...] = get_args(ParameterType)
Plain: TypeAlias = bool | int | float | str | list[Any] | tuple[Any, ...]


class Parameter(Model):
    """A parameter in full."""

    type: ParameterType | None = Field(None, description="Type of the values.")
    default: Any = Field(None, description="Default value; may be an expression.")
    min: float | None = Field(None, description="Minimum value.")
    max: float | None = Field(None, description="Maximum value.")
    choices: tuple[Plain, ...] | None = Field(None, description="Allowed values.")
    description: str | None = Field(None, description="Description of the parameter.")


class Input(Model):
    """An input in full: a tensor, or token ids."""

    example: ClassVar[str] = "`{channels: 3, size: [224, 224]}`, or `{vocab: 32000, length: 128}` for token ids"

    channels: PositiveInt | None = Field(None, description="Number of channels.")
    size: tuple[PositiveInt | Symbol, ...] | PositiveInt | Symbol = Field(
        (), description="Sizes; a name makes a size symbolic."
    )
    layout: Literal["channels_first", "channels_last"] | None = Field(None, description="Position of the channel axis.")
    dtype: Literal["float32", "float64", "float16", "bfloat16", "int64"] | None = Field(None, description="Data type.")
    vocab: PositiveInt | None = Field(None, description="Number of different token ids.")
    length: PositiveInt | Symbol | None = Field(None, description="Number of tokens.")

    @model_validator(mode="after")
    def _one_kind(self) -> "Input":
        tokens = self.vocab is not None or self.length is not None
        if tokens and (self.vocab is None or self.length is None or self.channels is not None or self.size != ()):
            raise ValueError("token ids have `vocab` and `length`, and no channels")
        if not tokens and self.channels is None:
            raise ValueError("an input has `channels`, or `vocab` and `length` for token ids")
        if tokens and (self.layout or self.dtype not in (None, "int64")):
            raise ValueError("token ids have no layout, and the dtype int64")
        if not tokens and self.dtype == "int64":
            raise ValueError("`dtype: int64` is for token ids, which have `vocab` and `length`")
        return self


class Budget(Model):
    """Limits that validation enforces. Each is a maximum."""

    params: Limit | None = Field(None, description="Trainable values.")
    macs: Limit | None = Field(None, description="Multiply-adds for one sample.")
    activations: Limit | None = Field(None, description="Bytes of all intermediate values of one sample.")
    depth: Limit | None = Field(None, description="Layers with weights on the longest path.")


class Lint(Model):
    """Settings for warnings."""

    ignore: tuple[Annotated[str, Field(pattern=CODE)], ...] = Field((), description="Codes of warnings to ignore.")
    batch_size: PositiveInt | None = Field(None, description="Batch size in training.")


class Weights(Model):
    """How to read published weights: rules, in the order in which they are applied."""

    ignore: Anything = Field(None, description="Regular expressions for keys of published weights to leave out.")
    rename: Anything = Field(
        None, description="Regular expressions for keys of published weights, each with a replacement."
    )
    transpose: Anything = Field(None, description="Regular expressions for keys of matrices to transpose.")
    add: Anything = Field(None, description="Regular expressions for keys, each with a number to add to the values.")
    split: Anything = Field(
        None, description="Regular expressions for keys, each with replacements: the keys of the parts of the tensor."
    )
    concat: Anything = Field(
        None, description="Regular expressions for keys of the network, each with replacements: the keys of the parts."
    )
    reshape: Anything = Field(None, description="Regular expressions for keys of tensors to reshape to the network's.")


class Block(Model):
    """A block definition."""

    description: str | None = Field(None, description="Short description.")
    params: Anything = Field(None, description="Parameters; a bare value sets the first one.")
    numbered: bool = Field(False, description="Number the unnamed children.")
    inline: bool = Field(False, description="Let the scope around name and number the nodes.")
    layers: NodeList = Field(description="Nodes of the block.")

    @model_validator(mode="after")
    def _one_scope(self) -> "Block":
        if self.numbered and self.inline:
            raise ValueError("`inline` lets the scope around number the nodes, so `numbered` does not go with it")
        return self


class File(Model):
    """A file: one network, or blocks to include."""

    archspec: Annotated[Literal[1], BeforeValidator(_version)] = Field(description="Version of the language.")
    name: Identifier | None = Field(None, description="Identifier of the network; artifacts are named after it.")
    description: str | None = Field(None, description="Short description.")
    reference: str | None = Field(None, description="Where the architecture comes from.")
    extends: str | None = Field(None, description="Spec to start from: a bundled name or a relative path.")
    include: tuple[str, ...] = Field((), description="Files with blocks, relative to this one.")
    params: Anything = Field(None, description="Named values that callers can override.")
    input: Anything = Field(None, description="Shape of the input.")
    inputs: Anything = Field(None, description="Several named inputs.")
    norm: NormDefault = Field(None, description="Default normalization.")
    act: ActDefault = Field(None, description="Default activation.")
    defaults: Anything = Field(None, description="Default arguments of ops and blocks.")
    init: Anything = Field(None, description="Initialization of the weights of ops.")
    blocks: Anything = Field(None, description="Block definitions.")
    stem: NodeList = Field(None, description="Nodes before the stages.")
    stages: Anything = Field(None, description="Stages of the network.")
    head: NodeList = Field(None, description="Nodes after the stages.")
    layers: NodeList = Field(None, description="The network as one list of nodes.")
    outputs: Anything = Field(None, description="Named outputs, each with a reference.")
    budget: Anything = Field(None, description="Limits that validation enforces.")
    lint: Anything = Field(None, description="Settings for warnings.")
    weights: Anything = Field(None, description="How to read published weights.")
    schema_: str | None = Field(None, alias="$schema", description="The JSON Schema, for editors.")
