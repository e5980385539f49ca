"""What else there is to tell of a row: what it receives, its arguments, its bytes, and how deep it lies."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from archspec.graph.graph import Graph
from archspec.graph.nodes import Node, Scope, Value
from archspec.ops.base import per_axis
from archspec.ops.written import explicit_arguments
from archspec.records import record
from archspec.types.kept import BYTES
from archspec.types.sizes import Size, total


@record
class Details:
    """Of a node, or of a scope with everything in it.

    `inputs` are the shapes of what it receives, without the batch. `kernel` is the window of a convolution or pooling,
    a number for each dimension; `arguments` are those of an op that are not its defaults, or those of a block's call,
    a reference as the path of what it refers to.
    `activations` are the bytes of the outputs of all nodes in it that run, for one sample; `size` those of its weights,
    trained or not. `layers` counts the layers with weights on the longest path from the input to its output.
    """

    inputs: tuple[tuple[Size, ...], ...] = ()
    kernel: tuple[int, ...] = ()
    arguments: tuple[tuple[str, Any], ...] = ()
    activations: Size = 0
    size: int = 0
    layers: int = 0


NONE = Details()


@record
class Detailed:
    """The details of the parts of a graph; what a scope comes to is summed once, from what those in it come to."""

    dtype: str
    depths: dict[Value, int]
    names: dict[Value, str]
    costs: dict[Scope, tuple[Size, int]] = field(default_factory=dict)

    def of(self, item: Node | Scope, last: Node | Scope, runs: bool) -> Details:
        """Of an item, which `runs` or not; `last` is the last of a run of equal ones."""
        inputs = tuple(value.type.shape for value in item.takes if value.type)
        activations, size = self.bytes_of(item)
        arguments = explicit_arguments(item.op) if isinstance(item, Node) else item.arguments
        told = tuple([(key, self.names[v] if isinstance(v, Value) else v) for key, v in arguments.items()])
        layers = self.depths.get(last.output, 0)
        return Details(inputs, _kernel(item), told, activations if runs else 0, size, layers)

    def bytes_of(self, item: Node | Scope) -> tuple[Size, int]:
        """The bytes of the activations, if it runs, and of the weights. Depth is bounded by the compiler."""
        if isinstance(item, Node):
            own = (weight for weight in item.weights if weight.name not in item.tied)
            return item.activations, sum(weight.numel * BYTES[self._dtype(weight.dtype)] for weight in own)
        if item not in self.costs:
            inside = [(inner.runs, *self.bytes_of(inner)) for inner in item.body]
            activations = total(activations for runs, activations, _ in inside if runs)
            self.costs[item] = activations, sum(size for _, _, size in inside)
        return self.costs[item]

    def _dtype(self, dtype: str) -> str:
        """The type that a weight has in the network."""
        return self.dtype if dtype == "float32" else dtype


def detailed(graph: Graph) -> Detailed:
    """What there is to tell of the parts of a graph."""
    return Detailed(graph.dtype, graph.depths(), graph.names())


def _kernel(item: Node | Scope) -> tuple[int, ...]:
    if not isinstance(item, Node) or item.output.type is None:
        return ()
    kernel = getattr(item.op, "kernel", None)
    return per_axis(kernel, len(item.output.type.size), "kernel") if kernel else ()
