"""The intermediate representation: values, nodes and scopes, as the file nests them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any, Literal

from archspec.graph.call import Call, Weight
from archspec.graph.keys import in_order
from archspec.graph.types import TensorType

_BYTES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int64": 8}

MOST_INPUTS = 6
"""Named inputs of a network: each number of them is a signature of its own in the module."""

Kind = Literal["network", "block", "stage", "seq", "repeat", "residual", "parallel", "branch", "shortcut"]


@dataclass(eq=False, slots=True, repr=False)
class Value:
    """A tensor that flows. `scope` is where it is made; `type` is None where an error hides it."""

    type: TensorType | None
    scope: Scope | None


@dataclass(eq=False, slots=True, repr=False)
class Node:
    """One op at its place.

    `name` is its path below the scope, dotted where the file names containers. `op` is an instance of an op class;
    `init` maps weight names to initializers. `span` is where it stands in the file, `site` the
    chain of calls that led there, `note` why it was inserted.
    """

    name: str
    op: Any
    inputs: tuple[Value, ...]
    output: Value
    init: Mapping[str, Any] = field(default_factory=dict)
    span: Any = None
    note: str = ""
    site: Any = None

    @property
    def label(self) -> str:
        """What it is: the name of its op."""
        return str(self.op.name)

    @property
    def types(self) -> tuple[TensorType, ...]:
        """The types of the inputs."""
        return tuple(value.type for value in self.inputs if value.type is not None)

    @property
    def weights(self) -> tuple[Weight, ...]:
        """Its parameters and buffers."""
        found: tuple[Weight, ...] = self.op.weights(*self.types)
        return found

    @property
    def call(self) -> Call:
        """Its lowering."""
        found: Call = self.op.lower(*self.types)
        return found

    @property
    def parameter_count(self) -> int:
        """The number of its trainable values."""
        return sum(weight.numel for weight in self.weights if weight.trainable)

    @property
    def macs(self) -> Any:
        """Its multiply-adds for one sample."""
        return self.op.macs(self.output.type, *self.types)

    def initializer(self, weight: Weight) -> Any:
        """How one of its weights starts: as the spec says, or else as its op does; None where torch does."""
        return self.init.get(weight.name) or weight.init


@dataclass(eq=False, slots=True, repr=False)
class Scope:
    """A module: nodes and scopes in the order in which they run.

    `inputs` are the values it receives and `output` is the one it returns. Values from further out that something
    inside refers to are `captures`, further inputs; values inside that something further out refers to are `exports`,
    further outputs. `block` is the name of the block whose call it is, `arguments` are the values of its parameters
    that are numbers, texts, lists or references.
    """

    name: str
    kind: Kind
    inputs: tuple[Value, ...]
    parent: Scope | None = None
    numbered: bool = False
    block: str = ""
    note: str = ""
    span: Any = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    body: list[Node | Scope] = field(default_factory=list)
    captures: list[Value] = field(default_factory=list)
    exports: list[Value] = field(default_factory=list)
    output: Value = field(init=False)

    def __post_init__(self) -> None:
        self.output = self.inputs[0]

    @property
    def label(self) -> str:
        """What it is: the name of its block, or its kind."""
        return self.block or self.kind

    def nodes(self) -> Iterator[Node]:
        """Every node inside, in the order in which they run."""
        stack: list[Node | Scope] = [self]
        while stack:
            item = stack.pop()
            if isinstance(item, Node):
                yield item
            else:
                stack += reversed(item.body)

    @property
    def parameter_count(self) -> int:
        """The number of trainable values inside."""
        return sum(node.parameter_count for node in self.nodes())

    @property
    def macs(self) -> Any:
        """The multiply-adds of all inside for one sample."""
        return sum(node.macs for node in self.nodes())

    def receive(self, value: Value) -> Value:
        """Make a value usable here, passing it along the modules between the place where it is made and this one."""
        if value.scope is self or value in self.inputs:
            return value
        ours = list(_outward(self))
        for scope in _outward(value.scope):
            if scope in ours:
                break
            if scope.output is not value and value not in scope.exports:
                scope.exports.append(value)
        else:
            scope = None
        for inner in ours:
            if inner is scope or value in inner.inputs or value in inner.captures:
                break
            inner.captures.append(value)
        return value


def _outward(scope: Scope | None) -> Iterator[Scope]:
    while scope is not None:
        yield scope
        scope = scope.parent


@dataclass(frozen=True, slots=True)
class Feature:
    """What is known of a feature level: its name, channels, and how many positions of the input one of its spans.

    `stride` is a number where it is the same for every dimension, and None where it is hidden, as in a sequence of
    patches.
    """

    name: str
    channels: int
    stride: Any


@dataclass(frozen=True, slots=True)
class Level:
    """The output of a stage: a feature level."""

    name: str
    value: Value

    @property
    def feature(self) -> Feature:
        """What is known of it, in a sound graph."""
        kind = self.value.type
        assert kind is not None
        factors = kind.stride.factors
        known = kind.stride.origin == 0 and bool(factors)
        stride = None if not known else factors[0] if len(set(factors)) == 1 else factors
        return Feature(self.name, kind.channels, stride)


@dataclass(frozen=True, slots=True)
class Graph:
    """A whole network. `inputs` and `outputs` map names to values; `single` says that one value is returned itself.

    `params` are the values of the spec's parameters, `levels` the outputs of its stages in order; `constraints` says of
    which numbers symbolic sizes must be multiples; `renames` are the patterns and replacements that make keys of
    foreign weights the network's, `left_out` the keys of the parts that feature levels do not need. `str(graph)` is a
    printed form that is stable.
    """

    name: str
    root: Scope
    inputs: dict[str, Value]
    outputs: dict[str, Value]
    single: bool
    params: dict[str, Any]
    levels: tuple[Level, ...] = ()
    reference: str = ""
    constraints: Mapping[str, int] = field(default_factory=dict)
    renames: tuple[tuple[str, str], ...] = ()
    left_out: tuple[str, ...] = ()

    def __str__(self) -> str:
        from archspec.graph.printer import show

        return show(self)

    @property
    def fingerprint(self) -> str:
        """A SHA-256 of the architecture, however its spec was written."""
        from archspec.graph.printer import fingerprint

        return fingerprint(self)

    def items(self) -> Iterator[tuple[str, Node | Scope]]:
        """Every node and scope with its path in the module, in the order in which they run; a scope before its body."""
        stack: list[tuple[str, Iterator[Node | Scope]]] = [("", iter(self.root.body))]
        while stack:
            prefix, body = stack[-1]
            item = next(body, None)
            if item is None:
                stack.pop()
                continue
            path = prefix + item.name
            if isinstance(item, Scope):
                stack.append((f"{path}.", iter(item.body)))
            yield path, item

    def nodes(self) -> Iterator[tuple[str, Node]]:
        """Every node with its path in the module, in the order in which they run."""
        for path, item in self.items():
            if isinstance(item, Node):
                yield path, item

    def weights(self) -> list[tuple[str, Weight]]:
        """The keys of `state_dict` in order, each with its shape: a scope's own parameters before its children."""
        return in_order((path, item.weights if isinstance(item, Node) else ()) for path, item in self.items())

    @property
    def parameter_count(self) -> int:
        """The number of trainable values."""
        return self.root.parameter_count

    @property
    def macs(self) -> Any:
        """The multiply-adds for one sample."""
        return self.root.macs

    @property
    def dtype(self) -> str:
        """The type of the weights: that of the first input which is no token ids."""
        types = (value.type for value in self.inputs.values())
        return next((kind.dtype for kind in types if kind is not None and kind.vocab is None), "float32")

    @property
    def activations(self) -> Any:
        """The bytes of the outputs of all nodes for one sample."""
        outputs = (node.output.type for node in self.root.nodes())
        return sum(prod(kind.shape) * _BYTES[kind.dtype] for kind in outputs if kind is not None)

    @property
    def depth(self) -> int:
        """The number of layers that multiply by weights on the longest path from input to output."""
        deepest: dict[Value, int] = {}
        for node in self.root.nodes():
            before = max((deepest.get(value, 0) for value in node.inputs), default=0)
            deepest[node.output] = before + bool(node.weights and node.macs != 0)
        return max((deepest.get(value, 0) for value in self.outputs.values()), default=0)
