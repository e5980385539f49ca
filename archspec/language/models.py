"""The pydantic models of a file: what each key may hold. JSON Schema is generated from them.

A value that is a list of nodes, or that may hold expressions, is opaque here: it is read by `nodes` or computed by the
compiler, and validated by these models once it has its final value.
"""

from typing import Annotated, Any, ClassVar, Literal, TypeAlias, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from archspec.identifiers import NAME, VARIABLE
from archspec.limits import NAME_LENGTH
from archspec.ops.base import PositiveInt
from archspec.records import record

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


@record
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


def _version(value: Any) -> Any:
    if type(value) is not int:  # to Python, `true` equals 1
        raise PydanticCustomError("literal_error", "the version is a number")
    return value


class Model(BaseModel):
    """The base of all: exact types, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


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
