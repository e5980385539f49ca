"""What a network knows of weights from elsewhere, without their values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from archspec.graph.graph import Graph
from archspec.graph.nodes import Node, Value
from archspec.types.sizes import Size
from archspec.weights.rename import Rename


@dataclass(frozen=True, slots=True)
class Grid:
    """What the positions of an embedding are: `tokens` in front, such as a class token, then a grid of this size."""

    tokens: int
    size: tuple[Size, ...]


@dataclass(frozen=True, slots=True)
class Foreign:
    """How to rename weights from elsewhere, which convolutions see the network's input, and which embeddings its
    positions.

    `surplus` are keys of the whole network that this part of it has left out: files may have them.
    """

    renames: tuple[Rename, ...] = ()
    first: tuple[str, ...] = ()
    positions: Mapping[str, Grid] = field(default_factory=dict)
    surplus: frozenset[str] = frozenset()


def foreign(graph: Graph) -> Foreign:
    """What a graph knows of weights from elsewhere."""
    renames = tuple(Rename(*pair) for pair in graph.renames)
    return Foreign(renames, tuple(_first_convolutions(graph)), _positions(graph), frozenset(graph.left_out))


def _first_convolutions(graph: Graph) -> Iterable[str]:
    """The keys of the weights of convolutions, without groups, that see the channels of an input."""
    seen: set[Value] = set(graph.inputs.values())
    for path, node in graph.nodes():
        if len(node.inputs) != 1 or node.of is not None:
            continue
        (before,) = node.inputs
        if before not in seen or before.type is None or node.output.type is None:
            continue
        kernel = node.kernel
        if kernel and len(kernel) > 1 and kernel[0] == before.type.channels:
            yield f"{path}.weight"
        elif not node.weights and before.type.channels == node.output.type.channels:
            seen.add(node.output)


def _positions(graph: Graph) -> dict[str, Grid]:
    """The keys of position embeddings, with what their positions are."""
    grids: dict[Value, Grid] = {}
    found = {}
    for path, node in graph.nodes():
        grid = _grid(node, grids)
        if grid is not None:
            grids[node.output] = grid
        if grid is not None and node.traits.positions and node.of is None and _is_whole(node):
            found[path] = grid
    return found


def _is_whole(node: Node) -> bool:
    """Whether an embedding has a vector for each position of its sequence, and no more: (1, L, C)."""
    kind, (weight, *_) = node.output.type, node.weights
    return kind is not None and len(weight.shape) == 3 and weight.shape[1] == kind.size[0]


def _grid(node: Node, grids: Mapping[Value, Grid]) -> Grid | None:
    """What the positions of a node's output are, where that is a sequence."""
    kind, before = node.output.type, node.source
    if kind is None or before is None or len(kind.size) != 1 or kind.channels_first:
        return None
    merged = node.op.merged(*node.types)
    if merged:
        return Grid(0, merged)
    known = grids.get(before, Grid(0, before.type.size if before.type else ()))
    if node.traits.tokens:
        return Grid(known.tokens + getattr(node.op, "count", node.traits.tokens), known.size)
    kept = before.type is not None and before.type.size == kind.size
    return known if kept else Grid(0, kind.size)
