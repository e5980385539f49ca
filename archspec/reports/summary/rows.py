"""The rows of a network: a node, block or stage each, with its shape, parameters and multiply-adds."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from archspec.graph.graph import BYTES, activations
from archspec.graph.nodes import Node, Scope, Value
from archspec.ops.base import per_axis
from archspec.ops.written import explicit_arguments
from archspec.types.call import Weight
from archspec.types.sizes import Size


@dataclass(frozen=True, slots=True)
class Row:
    """One line: a node, or a scope with everything in it.

    `path` is the path in the module, `depth` the level below the network, `shape` that of the output without the batch;
    `times` is how many equal siblings in a row it stands for, `leaf` whether it is a node. `params` counts the
    trainable values of one, `macs` its multiply-adds for one sample, a formula where sizes are symbolic. `note` says
    why it was inserted, or what a projection in it is for. `layers` counts the layers with weights on the longest path
    from the input to its output; what else is told follows from the `item` itself, which `runs` or not.
    """

    path: str
    op: str
    depth: int
    shape: tuple[Size, ...]
    params: int
    macs: Size
    times: int = 1
    note: str = ""
    leaf: bool = False
    layers: int = field(default=0, compare=False)
    item: Node | Scope | None = field(default=None, compare=False, repr=False)
    runs: bool = field(default=True, compare=False, repr=False)

    @property
    def inputs(self) -> tuple[tuple[Size, ...], ...]:
        """The shapes of what it receives, without the batch."""
        return tuple(value.type.shape for value in (self.item.takes if self.item else ()) if value.type)

    @property
    def kernel(self) -> tuple[int, ...]:
        """The window of a convolution or pooling, a number for each dimension; empty for anything else."""
        if not isinstance(self.item, Node) or self.item.output.type is None:
            return ()
        kernel = getattr(self.item.op, "kernel", None)
        return per_axis(kernel, len(self.item.output.type.size), "kernel") if kernel else ()

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of an op that are not its defaults, or those of a block's call."""
        if isinstance(self.item, Node):
            return explicit_arguments(self.item.op)
        return dict(self.item.arguments) if self.item else {}

    @property
    def activations(self) -> Size:
        """The bytes of the outputs of all nodes in it that run, for one sample."""
        if self.item is None or not (self.runs and self.item.runs):
            return 0
        return activations([self.item] if isinstance(self.item, Node) else self.item.running())

    @property
    def size(self) -> int:
        """The bytes of its weights, trained or not."""
        nodes = () if self.item is None else [self.item] if isinstance(self.item, Node) else self.item.nodes()
        return sum(weight.numel * BYTES[_dtype(weight, node)] for node in nodes for weight in node.weights)


def _dtype(weight: Weight, node: Node) -> str:
    """The type that a weight has in the network: that of what the node makes, unless its op says otherwise."""
    kind = node.output.type
    return kind.dtype if kind and weight.dtype == "float32" else weight.dtype


def rows(
    scope: Scope,
    prefix: str,
    level: int,
    depth: int | None,
    contents: Mapping[Scope, Hashable],
    layers: Mapping[Value, int],
    runs: bool = True,
) -> Iterator[Row]:
    """The rows of the children of a scope, which itself `runs` or not; a run of equal ones is one row with those inside
    it. `layers` are those on the longest path to a value."""
    if depth is not None and level >= depth:
        return
    for _, run in groupby(scope.body, lambda item: item if isinstance(item, Node) else contents[item]):
        first, *others = run
        head = row(first, prefix, level, runs and first.runs)
        last = layers.get((others[-1] if others else first).output, 0)
        path = f"{head.path} … {others[-1].name}" if others else head.path
        yield replace(head, path=path, times=1 + len(others), layers=last)
        if isinstance(first, Scope):
            yield from rows(first, f"{head.path}.", level + 1, depth, contents, layers, runs and first.runs)


def row(item: Node | Scope, prefix: str = "", level: int = 0, runs: bool = True) -> Row:
    """The row of one item; `prefix` is the path of the scope around it with a dot, `level` how deep that lies. What
    does not run costs no multiply-adds."""
    shape = item.output.type.shape if item.output.type else ()
    leaf = isinstance(item, Node)
    macs = item.macs if runs else 0
    note, path = noted(item), prefix + item.name
    return Row(path, item.label, level, shape, item.parameter_count, macs, note=note, leaf=leaf, item=item, runs=runs)


def noted(item: Node | Scope) -> str:
    """Why an item was inserted, or what the projections right inside a scope are for; empty where none was."""
    if isinstance(item, Node) or item.kind == "shortcut":
        return item.note
    notes = [item.note for item in item.body if isinstance(item, Scope) and item.kind == "shortcut" and item.note]
    return "; ".join(f"projection: {note}" for note in notes)
