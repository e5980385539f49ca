"""What every op is: its arguments, its shape rule, its weights, its cost and its lowering, in one class."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from math import lcm, prod
from typing import Annotated, Any, ClassVar, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from archspec.limits import ARGUMENT, AXIS, TENSOR_VALUES, WINDOW
from archspec.ops.traits import Traits
from archspec.records import record
from archspec.types.call import Call, Weight
from archspec.types.kept import Kept
from archspec.types.sizes import Size
from archspec.types.tensor import TensorType, shape_text

PositiveInt: TypeAlias = Annotated[int, Field(ge=1, le=AXIS)]
NaturalInt: TypeAlias = Annotated[int, Field(ge=0, le=AXIS)]
_Step: TypeAlias = Annotated[int, Field(ge=1, le=WINDOW)]
_StepFromZero: TypeAlias = Annotated[int, Field(ge=0, le=WINDOW)]
PerAxis: TypeAlias = _Step | Annotated[tuple[_Step, ...], Field(min_length=1, max_length=3)]
PerAxisFromZero: TypeAlias = _StepFromZero | Annotated[tuple[_StepFromZero, ...], Field(min_length=1, max_length=3)]
Real: TypeAlias = Annotated[float, Field(ge=-ARGUMENT, le=ARGUMENT)]
Probability: TypeAlias = Annotated[float, Field(ge=0, le=1)]


MODULES, FUNCTIONS = "archspec.torch_backend.modules", "archspec.torch_backend.functions"
"""Where what torch lacks is to be found."""


class ShapeError(Exception):
    """An op that cannot take the values it is given.

    `argument` is the argument to point at, where one is to blame; `code` the rule that is broken.
    """

    def __init__(self, code: str, message: str, help: str = "", argument: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help
        self.argument = argument


class Misplaced(ValueError):
    """An argument that does not belong to the others; raised by validators, and pointed at."""

    def __init__(self, argument: str, kind: str, takes: tuple[str, ...]) -> None:
        known = ", ".join(f"`{name}`" for name in takes) or "no arguments"
        super().__init__(f"`{argument}` does not apply to `type: {kind}`, which takes {known}")
        self.argument = argument


@record
class Gap:
    """What some formats of export cannot say of a node: the rule that it breaks, a sentence that begins with the node's
    name, and the way out."""

    formats: tuple[str, ...]
    code: str
    what: str
    help: str


_NO_TRAITS = Traits()


class Op(BaseModel):
    """An operation with its arguments.

    A subclass gives `name`, the `principal` argument that a bare value stands for, its fields, and the rules `infer`,
    `weights`, `macs` and `lower`; the others where an op needs them. Rules take the tensor types of the inputs, first
    that of the current value, then those of the arguments that are `references`, and know nothing of torch.

    One that is `beside` makes a value of its own, which is the same for every sample and must have a name: the current
    value stays. It receives the current value only where it `takes_value`. `more` names the values that it gives
    besides its output, as in `NAME.state`. References that are `measured` only give sizes; those of `or_values` may be
    a number, a list or a truth value instead, and those among `zeros` are zeros unless given. It `keeps_positions`
    where its output has those of its input, in their order. One that is `inserted` has no name in specs, as a part of a
    combinator, and arguments that are `implied` are set by the compiler alone; some `begins` the layers of the
    combinator, another `ends` them. Beside one that stands `instead`, none is required.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    name: ClassVar[str]
    principal: ClassVar[str | None] = None
    references: ClassVar[tuple[str, ...]] = ()
    measured: ClassVar[tuple[str, ...]] = ()
    zeros: ClassVar[tuple[str, ...]] = ()
    or_values: ClassVar[tuple[str, ...]] = ()
    more: ClassVar[tuple[str, ...]] = ()
    beside: ClassVar[bool] = False
    inserted: ClassVar[bool] = False
    begins: ClassVar[bool] = False
    ends: ClassVar[bool] = False
    implied: ClassVar[tuple[str, ...]] = ()
    instead: ClassVar[tuple[str, ...]] = ()

    @property
    def keeps_positions(self) -> bool:
        """Whether the output has the positions of the input, in their order; a class variable, as `traits`."""
        return False

    @property
    def takes_value(self) -> bool:
        """Whether it receives the current value."""
        return True

    @property
    def referred(self) -> tuple[str, ...]:
        """The arguments that are references, in the order of the values that they give."""
        return tuple([name for name in self.references if isinstance(getattr(self, name), str)])

    def _values(self, inputs: tuple[TensorType, ...]) -> dict[str, TensorType]:
        """Of those inputs, the values that are referred to, by the arguments that do."""
        return dict(zip(self.referred, inputs[1:], strict=True))

    @property
    def traits(self) -> Traits:
        """What it is like; a class variable, where no argument has a say."""
        return _NO_TRAITS

    def infer(self, *inputs: TensorType) -> TensorType:
        """The type of the output. Raises `ShapeError` where the inputs do not fit."""
        return inputs[0]

    def has_batch(self, *inputs: TensorType) -> bool:
        """Whether the output differs from sample to sample: where an input does that is not just measured."""
        names = [*[""] * (len(inputs) - len(self.referred)), *self.referred]
        return any(kind.batch for kind, name in zip(inputs, names, strict=True) if name not in self.measured)

    def in_seam(self) -> "Op | None":
        """The same op in the windows of a shifted `within`, which takes last which of their positions see each other;
        None for one that does not look at other positions."""
        return None

    def infer_more(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        """The types of the further values that it gives, where they fit."""
        return ()

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        """The parameters and buffers, in the order of `state_dict`."""
        return ()

    def macs(self, output: TensorType, *inputs: TensorType) -> Size:
        """Multiply-adds of matrix products and convolutions for one sample, as `torch.utils.flop_counter` counts."""
        return 0

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        """What it keeps in training until its gradient is computed, weights left out: unless an op says otherwise, all
        that it takes and gives."""
        return Kept(tuple(range(len(inputs))), output=True)

    def lower(self, *inputs: TensorType) -> Call:
        """The module or function that computes it."""
        raise TypeError(f"{type(self).__name__} has no lowering")

    def full(self, *inputs: TensorType) -> "Op":
        """The same op with every default written out: what it computes is the same."""
        return self

    def merged(self, *inputs: TensorType) -> tuple[Size, ...]:
        """The sizes that the one axis of positions in its output is made of, the slowest first; empty where it only
        passes an axis on."""
        return ()

    def constraints(self, *inputs: TensorType) -> dict[str, int]:
        """The divisors that symbolic sizes must have for the inputs to fit; empty for most ops."""
        return {}

    def minima(self, *inputs: TensorType) -> list[tuple[Size, int]]:
        """The numbers that symbolic sizes must at least be for the inputs to fit; empty for most ops."""
        return []

    def gaps(self, *inputs: TensorType) -> Iterable[Gap]:
        """What formats of export cannot say of it where the inputs fit; nothing, for most ops."""
        return ()

    @classmethod
    def weight_names(cls) -> tuple[str, ...]:
        """The names that `init` may set on a node of this op; an empty name is the node's only parameter."""
        return ()


class Typed(Op):
    """An op of several types with arguments of their own. What a node leaves out, the default gives that a spec, a
    stage or a call sets under the op's name; `usual` is the one to suggest where there is none."""

    usual: ClassVar[str]

    @classmethod
    @abstractmethod
    def takes(cls, type: str) -> tuple[str, ...]:
        """The arguments that belong to a type; none for a type that there is not."""


def count(number: int, what: str) -> str:
    """A number of things, in words."""
    return f"{number} {what}{'s' * (number != 1)}"


def per_axis(value: int | tuple[int, ...], dimensions: int, argument: str) -> tuple[int, ...]:
    """A number, or one for each dimension, as one for each dimension."""
    if isinstance(value, int):
        return (value,) * dimensions
    if len(value) != dimensions:
        raise ShapeError(
            "A405",
            f"`{argument}` has {count(len(value), 'value')} for {count(dimensions, 'dimension')}",
            "give one number" + (f", or {dimensions}" if dimensions > 1 else ""),
            argument,
        )
    return tuple(value)


def short(value: Any) -> Any:
    """One number for each dimension as one number, where all are equal."""
    alike = isinstance(value, tuple) and len(set(value)) == 1 and not isinstance(value[0], tuple)
    return value[0] if alike else value


def channelled(op: str, x: TensorType, number: bool = False) -> None:
    """Raise a `ShapeError` for token ids, which have no channels, and for a number, unless that will do."""
    if x.vocab is not None:
        raise ShapeError("A402", f"`{op}` cannot take token ids", "put `embedding` before it")
    if x.is_number and not number:
        raise ShapeError("A402", f"`{op}` needs a value with channels, found a number", "a join repeats it")


def varied(op: str, x: TensorType) -> None:
    """Raise a `ShapeError` for a value that is the same for every sample."""
    if not x.batch:
        help = "remove it, or take a value that comes from an input"
        raise ShapeError("A402", f"`{op}` needs a value that differs from sample to sample", help)


def spatial(op: str, x: TensorType, least: int = 1) -> int:
    """The number of dimensions of a channels-first value, or a `ShapeError` for any other."""
    channelled(op, x)
    if len(x.size) < least:
        raise ShapeError("A402", f"`{op}` needs a value with a size, found a vector of {x.channels} channels", _VECTOR)
    if not x.channels_first:
        raise ShapeError(
            "A402", f"`{op}` needs channels first, found {x} with channels last", "use `rearrange` to move the channels"
        )
    if len(x.size) > 3:
        raise ShapeError("A402", f"`{op}` takes 1 to 3 dimensions, found {len(x.size)}", _RESHAPE)
    return len(x.size)


_RESHAPE = "`rearrange` merges axes: `n c a b h w -> n c (a b) h w`"
_VECTOR = "use `linear` on a vector, or give `input` a size such as [3, 224, 224]"


def sequence_length(op: str, x: TensorType) -> Size:
    """The length of a value with one size dimension, or a `ShapeError` for any other."""
    channelled(op, x)
    if len(x.size) != 1:
        axes = " ".join("thw"[-len(x.size) :] if 0 < len(x.size) < 4 else (f"x{i}" for i in range(1, len(x.size) + 1)))
        before = f"c {axes}" if x.channels_first else f"{axes} c"
        pattern = f"n {before} -> n ({axes}) c" if axes else "n c -> n 1 c"
        raise ShapeError("A402", f"`{op}` takes a sequence, found {x}", f"use `rearrange: {pattern}`")
    return x.size[0]


def channels_last(op: str, x: TensorType) -> None:
    """Raise a `ShapeError` for a value with channels first."""
    if x.channels_first:
        raise ShapeError("A402", f"`{op}` needs channels last, found {x} with channels first", "use `rearrange`")


def positive(op: str, size: tuple[Size, ...], x: TensorType) -> tuple[Size, ...]:
    """The output size, or a `ShapeError` where nothing is left of an axis."""
    if any(n < 1 for n in size):
        raise ShapeError(
            "A403",
            f"the output of `{op}` for {x} would be empty, with the size {shape_text(size)}",
            "use a smaller kernel, more padding, less stride, or a larger input",
        )
    return size


def concrete(op: str, size: Size) -> int:
    """The size as a number, or a `ShapeError` where it is symbolic and weights or channels need it."""
    if not isinstance(size, int):
        help = "give the input a number for that dimension, or reduce it first, as `global_pool` does"
        raise ShapeError("A407", f"`{op}` needs a fixed size, found {size}", help)
    return size


def sized(what: str, shape: tuple[Size, ...]) -> None:
    """Raise a `ShapeError` for a tensor that no machine can hold, and torch cannot even describe."""
    if any(n > AXIS for n in shape) or numel(shape) > TENSOR_VALUES:
        help = "an axis has at most 2^31 - 1 positions, a tensor 2^40 values"
        raise ShapeError("A408", f"{what} would have the shape {shape_text(shape)}, which is too large", help)


def demand(divisors: dict[str, int], more: Mapping[str, int] | None) -> None:
    """Add to the divisors of symbolic sizes what else they must be multiples of, if anything."""
    for name, divisor in (more or {}).items():
        divisors[name] = lcm(divisors.get(name, 1), divisor)


def numel(shape: tuple[Size, ...]) -> Size:
    """The number of elements of a shape."""
    return prod(shape)
