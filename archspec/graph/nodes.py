"""Values, nodes and scopes, as the file nests them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from archspec.diagnostics.span import Span
from archspec.graph.facts import Facts, facts
from archspec.ops.base import Op
from archspec.ops.initializers import Init
from archspec.ops.traits import Traits
from archspec.types.call import Call, Weight
from archspec.types.kept import Kept, held
from archspec.types.sizes import Size, total
from archspec.types.tensor import TensorType

Kind = Literal["network", "block", "stage", "seq", "repeat", "residual", "parallel", "branch", "shortcut", "within"]


def _bytes(kind: TensorType) -> Size:
    """The bytes of a value for one sample, of which there may be several windows."""
    return held(kind) * (1 if kind.frame is None else kind.frame.count)


class Site(Protocol):
    """The call of a block: its name, and where it stands."""

    @property
    def block(self) -> str: ...

    @property
    def span(self) -> Span: ...

    def chain(self) -> Sequence[Site]:
        """The calls from the outermost to this."""


@dataclass(eq=False, slots=True, repr=False)
class Value:
    """A tensor that flows. `scope` is where it is made; `type` is None where an error hides it."""

    type: TensorType | None
    scope: Scope | None


@dataclass(eq=False, slots=True, repr=False)
class Node:
    """One op at its place.

    `name` is its path below the scope, dotted where the file names containers. `op` is an instance of an op class;
    `init` maps weight names to initializers. `span` is where it stands in the file, `site` the chain of calls that led
    there, `note` why it was inserted. `conditions` are the symbolic sizes that must be multiples of a number for it.
    `more` are further values that it gives, as its op has `more`. `runs` is false where nothing needs what it gives,
    which is decided once the graph is whole: the node then keeps its weights and computes nothing.

    With `of` it runs the module of an earlier node, and has no weights of its own; `again` are those that run its own.
    Weights that are `tied` are those of other nodes: of each by name, the node that owns it and its name there.
    """

    name: str
    op: Op
    inputs: tuple[Value, ...]
    output: Value
    init: Mapping[str, Init] = field(default_factory=dict)
    span: Span | None = None
    note: str = ""
    site: Site | None = None
    conditions: tuple[tuple[str, int], ...] = ()
    more: tuple[Value, ...] = ()
    of: Node | None = None
    tied: Mapping[str, tuple[Node, str]] = field(default_factory=dict)
    again: list[Node] = field(default_factory=list, init=False)
    runs: bool = field(init=False)
    _traits: Traits | None = field(default=None, init=False)

    def __repr__(self) -> str:
        return f"Node({self.name!r}, {self.label!r})"

    def __getstate__(self) -> tuple[None, dict[str, Any]]:
        """What a pickle holds: not the calls that led here, which hold whole definitions."""
        state = {name: getattr(self, name) for name in self.__slots__}
        return None, {**state, "site": None}

    @property
    def label(self) -> str:
        """What it is: the name of its op."""
        return self.op.name

    @property
    def source(self) -> Value | None:
        """The value that it works on; None where it makes one of its own."""
        return self.inputs[0] if self.inputs else None

    @property
    def traits(self) -> Traits:
        """What its op is like; remembered, since every piece of advice asks for it."""
        if self._traits is None:
            self._traits = self.op.traits
        return self._traits

    @property
    def takes(self) -> tuple[Value, ...]:
        """The values that it is called with."""
        return self.inputs

    @property
    def beside(self) -> bool:
        """Whether the value that it makes stands beside the current one, which stays."""
        return self.op.beside

    @property
    def outputs(self) -> tuple[Value, ...]:
        """All values that it makes."""
        return (self.output, *self.more) if self.more else (self.output,)

    @property
    def gives(self) -> tuple[Value, ...]:
        """The values that it returns."""
        return self.outputs

    @property
    def types(self) -> tuple[TensorType, ...]:
        """The types of the inputs."""
        return tuple([value.type for value in self.inputs if value.type is not None])

    @property
    def facts(self) -> Facts:
        """What it has in common with all nodes of this op and these types."""
        return facts(self.op, self.output.type, self.types)

    @property
    def weights(self) -> tuple[Weight, ...]:
        """Its parameters and buffers, those that are tied among them; one that runs another's module has none."""
        return self.facts.weights if self.of is None else ()

    @property
    def kernel(self) -> tuple[int, ...] | None:
        """The shape of its `weight` behind the output channels: the input channels that each of them sees, and the size
        of a kernel. None where the weight does not begin with output channels, as in a transposed convolution."""
        if self.traits.output_axis != 0:
            return None
        shapes = (weight.shape for weight in self.facts.weights if weight.name == "weight")
        return next((shape[1:] for shape in shapes if len(shape) > 1), None)

    @property
    def call(self) -> Call:
        """Its lowering."""
        return self.facts.call

    @property
    def parameter_count(self) -> int:
        """The number of its trainable values, those of other nodes left out."""
        if self.of is not None:
            return 0
        if self.tied:
            return sum(weight.numel for weight in self.weights if weight.trainable and weight.name not in self.tied)
        return self.facts.params

    @property
    def activations(self) -> Size:
        """The bytes of the values that it returns, for one sample."""
        types = (value.type for value in self.gives)
        return total(_bytes(kind) for kind in types if kind is not None)

    @property
    def macs(self) -> Size:
        """Its multiply-adds for one sample."""
        return self.facts.macs

    @property
    def kept(self) -> Kept:
        """What it keeps until its gradient is computed."""
        return self.facts.kept

    def initializer(self, weight: Weight) -> Init | None:
        """How one of its weights starts: as the spec says, or else as its op does; None where torch does."""
        rule: Init | None = self.init.get(weight.initialized_as) or weight.init
        return rule


@dataclass(eq=False, slots=True, repr=False)
class Scope:
    """A module: nodes and scopes in the order in which they run.

    `inputs` are the values it receives and `output` is the one it returns. Values from further out that something
    inside refers to are `captures`, further inputs; values inside that something further out refers to are `exports`,
    further outputs. `block` is the name of the block whose call it is, `arguments` are the values of its parameters
    that are numbers, texts, lists or references.

    What runs is decided once the graph is whole: `takes` are those of the inputs and captures that are needed inside,
    `gives` those of output and exports that are needed outside, and `runs` is false where none is.

    With `of` it is an earlier module run again, and has no weights of its own; `again` are those that run this one.
    They have the same items in the same order, and take and give as many values: each has its place by what it is for,
    and a value that is for two things in one run may stand in two places.
    """

    name: str
    kind: Kind
    inputs: tuple[Value, ...]
    parent: Scope | None = None
    numbered: bool = False
    block: str = ""
    note: str = ""
    span: Span | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    body: list[Node | Scope] = field(default_factory=list)
    captures: dict[Value, None] = field(default_factory=dict)
    exports: dict[Value, None] = field(default_factory=dict)
    of: Scope | None = None
    again: list[Scope] = field(default_factory=list, init=False)
    output: Value = field(init=False)
    takes: tuple[Value, ...] = field(init=False)
    gives: tuple[Value, ...] = field(init=False)
    runs: bool = field(init=False)
    _costs: tuple[int, Size] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.output = self.inputs[0]

    def __repr__(self) -> str:
        return f"Scope({self.name!r}, {self.label!r})"

    @property
    def label(self) -> str:
        """What it is: the name of its block, or its kind."""
        return self.block or self.kind

    @property
    def beside(self) -> bool:
        """Whether its value stands beside the current one; it never does."""
        return False

    @property
    def family(self) -> tuple[Scope, ...]:
        """All runs of its module, the first in front."""
        first = self.of or self
        return (first, *first.again)

    def nodes(self, running: bool = False) -> Iterator[Node]:
        """Every node inside, in the order in which they run; or those alone that are `running` when this is called."""
        stack: list[Node | Scope] = [self]
        while stack:
            item = stack.pop()
            if isinstance(item, Node):
                yield item
            else:
                stack += [inner for inner in reversed(item.body) if not running or inner.runs]

    @property
    def parameter_count(self) -> int:
        """The number of trainable values inside."""
        return self._summed()[0]

    @property
    def macs(self) -> Size:
        """The multiply-adds of all that runs inside for one sample."""
        return self._summed()[1]

    def settled(self, gives: tuple[Value, ...]) -> None:
        """Keep what is needed outside of what it makes; what its contents cost may be other than before."""
        self.gives, self._costs = gives, None

    def _summed(self) -> tuple[int, Size]:
        """Trainable values and multiply-adds inside: those of the items, of which each scope has summed its own once.

        Depth is bounded by the compiler.
        """
        if self._costs is None:
            macs = total(item.macs for item in self.body if item.runs)
            self._costs = sum([item.parameter_count for item in self.body]), macs
        return self._costs

    def receive(self, value: Value) -> Value:
        """Make a value usable here, passing it along the modules between the place where it is made and this one."""
        if value.scope is self or value in self.inputs:
            return value
        ours = list(_outward(self))
        for scope in _outward(value.scope):
            if scope in ours:
                break
            if scope.output is not value and value not in scope.exports:
                scope.exports[value] = None
        else:
            scope = None
        for inner in ours:
            if inner is scope or value in inner.inputs or value in inner.captures:
                break
            inner.captures[value] = None
        return value


def link(run: Node | Scope, first: Node | Scope) -> None:
    """Let one run the module of another, with all that stands in both."""
    first = first.of or first
    if isinstance(run, Scope):
        assert isinstance(first, Scope)
        for inner, other in zip(run.body, first.body, strict=True):
            link(inner, other)
        run.of = first
        first.again.append(run)
    else:
        assert isinstance(first, Node)
        run.of, run.init = first, {}
        first.again.append(run)


def _outward(scope: Scope | None) -> Iterator[Scope]:
    while scope is not None:
        yield scope
        scope = scope.parent
