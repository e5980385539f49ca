"""The intermediate representation: a whole network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

from archspec.graph.fingerprint import fingerprint
from archspec.graph.keys import in_order
from archspec.graph.needed import settle
from archspec.graph.nodes import Node, Scope, Value
from archspec.graph.printer import show
from archspec.types.call import Weight
from archspec.types.sizes import Size, total
from archspec.types.tensor import Factor

_BYTES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int64": 8}


@dataclass(frozen=True, slots=True)
class Feature:
    """What is known of a feature level: its name, channels, and how many positions of the input one of its spans.

    `stride` is a number where it is the same for every dimension, and None where it is hidden, as in a sequence of
    patches.
    """

    name: str
    channels: int
    stride: Factor | tuple[Factor, ...] | None


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


@dataclass(frozen=True, slots=True, repr=False)
class Graph:
    """A whole network. `inputs` and `outputs` map names to values; `single` says that one value is returned itself.

    `params` are the values of the spec's parameters, `levels` the outputs of its stages in order; `constraints` says of
    which numbers symbolic sizes must be multiples; `renames` are the patterns and replacements that make keys of
    foreign weights the network's, `left_out` the keys of the parts that feature levels do not need. `str(graph)` is a
    printed form that is stable.

    What leads to no output has its weights and their keys, and does not run: costs but the number of parameters leave
    it out.
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

    def __post_init__(self) -> None:
        settle(self.root, dict.fromkeys(self.outputs.values()))
        # a network takes all its inputs, used or not
        self.root.takes = self.root.inputs

    def __str__(self) -> str:
        return show(self.name, self.params, self.inputs, self.root, self.outputs)

    def __repr__(self) -> str:
        return f"Graph({self.name!r})"

    def __deepcopy__(self, memo: dict[int, Any]) -> Graph:
        """Itself: copies of a module share what describes them."""
        return self

    @property
    def fingerprint(self) -> str:
        """A SHA-256 of the architecture, however its spec was written."""
        keys = (key for key, _ in self.weights())
        return fingerprint(self.inputs, self.nodes(), keys, self.outputs, self.single)

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
        found = in_order((path, item.weights if isinstance(item, Node) else ()) for path, item in self.items())
        if self.dtype == "float32":
            return found
        return [
            (key, replace(weight, dtype=self.dtype) if weight.dtype == "float32" else weight) for key, weight in found
        ]

    @property
    def parameter_count(self) -> int:
        """The number of trainable values."""
        return self.root.parameter_count

    @property
    def macs(self) -> Size:
        """The multiply-adds of all that runs for one sample."""
        return self.root.macs

    @property
    def dtype(self) -> str:
        """The type of the weights: that of the first input which is no token ids."""
        types = (value.type for value in self.inputs.values())
        return next((kind.dtype for kind in types if kind is not None and kind.vocab is None), "float32")

    @property
    def activations(self) -> Size:
        """The bytes of the outputs of all nodes that run for one sample."""
        outputs = (node.output.type for node in self.root.running())
        return total(prod(kind.shape) * _BYTES[kind.dtype] for kind in outputs if kind is not None)

    @property
    def depth(self) -> int:
        """The number of layers that multiply by weights on the longest path from input to output."""
        deepest: dict[Value, int] = {}
        for node in self.root.running():
            before = max((deepest.get(value, 0) for value in node.inputs), default=0)
            deepest[node.output] = before + bool(node.weights and node.macs != 0)
        return max((deepest.get(value, 0) for value in self.outputs.values()), default=0)
