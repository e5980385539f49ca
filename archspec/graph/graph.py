"""The intermediate representation: a whole network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from typing import Any

from archspec.diagnostics.span import Span
from archspec.graph.fingerprint import fingerprint
from archspec.graph.keys import in_order
from archspec.graph.needed import settle
from archspec.graph.nodes import Node, Scope, Value
from archspec.graph.printer import show
from archspec.graph.rules import Rules
from archspec.records import record
from archspec.shown import graph_html
from archspec.types.call import Weight
from archspec.types.kept import BYTES
from archspec.types.sizes import Size, total
from archspec.types.tensor import Factor


@record
class Feature:
    """What is known of a feature level: its name, channels, and how many positions of the input one of its spans.

    `stride` is a number where it is the same for every dimension, and None where it is hidden, as in a sequence of
    patches.
    """

    name: str
    channels: int
    stride: Factor | tuple[Factor, ...] | None


@record
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


@record(repr=False)
class Graph:
    """A whole network. `inputs` and `outputs` map names to values; `single` says that one value is returned itself.

    `params` are the values of the spec's parameters, `levels` the outputs of its stages in order; `constraints` says of
    which numbers symbolic sizes must be multiples; `rules` make foreign weights the network's, `left_out` are the
    weights of the parts that feature levels do not need, by key; `declared` are the places of the inputs, `lint` is
    what the spec says of advice.
    `str(graph)` is a printed form that is stable.

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
    rules: Rules = field(default_factory=Rules)
    left_out: Mapping[str, Weight] = field(default_factory=dict)
    declared: Mapping[str, Span] = field(default_factory=dict)
    lint: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        settle(self.root, dict.fromkeys(self.outputs.values()))
        # a network takes all its inputs, used or not
        self.root.takes, self.root.runs = self.root.inputs, True

    def __str__(self) -> str:
        return show(self.name, self.params, self.inputs, self.root, self.outputs)

    def __repr__(self) -> str:
        return f"Graph({self.name!r})"

    def _repr_html_(self) -> str:
        """The same as a notebook shows it."""
        return graph_html(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Graph:
        """Itself: copies of a module share what describes them."""
        return self

    @property
    def fingerprint(self) -> str:
        """A SHA-256 of the architecture, however its spec was written."""
        keys = (key for key, _ in self.weights())
        return fingerprint(self.inputs, self.nodes(), keys, self.outputs, self.single)

    def ties(self) -> dict[str, str]:
        """The keys of weights that are tied, each with the key of the weight that it is."""
        paths = {node: path for path, node in self.nodes()}
        return {
            weight.key(path): next(w for w in owner.weights if w.name == name).key(paths[owner])
            for node, path in paths.items()
            for weight in node.weights
            if weight.name in node.tied
            for owner, name in [node.tied[weight.name]]
        }

    @property
    def weight_bytes(self) -> int:
        """The bytes of all weights, those that are tied once."""
        tied = self.ties()
        return sum(weight.numel * BYTES[weight.dtype] for key, weight in self.weights() if key not in tied)

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

    def names(self) -> dict[Value, str]:
        """The name of every value: that of an input, or the path of the node that makes it."""
        found = {value: name for name, value in self.inputs.items()}
        for path, node in self.nodes():
            found[node.output] = path
            found |= {value: f"{path}.{name}" for value, name in zip(node.more, node.op.more, strict=True)}
        return found

    def weights(self) -> list[tuple[str, Weight]]:
        """The keys of `state_dict` in order, each with its shape: a scope's own parameters before its children."""
        # what runs again has no module of its own
        items = ((path, item) for path, item in self.items() if item.of is None)
        found = in_order((path, item.weights if isinstance(item, Node) else ()) for path, item in items)
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
        return total(node.activations for node in self.root.nodes(running=True))

    @property
    def depth(self) -> int:
        """The number of layers that multiply by weights on the longest path from input to output."""
        depths = self.depths()
        return max((depths.get(value, 0) for value in self.outputs.values()), default=0)

    def depths(self) -> dict[Value, int]:
        """The same for every value that is made on the way."""
        deepest: dict[Value, int] = {}
        for node in self.root.nodes(running=True):
            before = max((deepest.get(value, 0) for value in node.inputs), default=0)
            after = before + bool(node.facts.weights and node.macs != 0)
            deepest.update(dict.fromkeys(node.outputs, after))
        return deepest
