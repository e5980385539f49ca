"""What a network knows of weights from elsewhere, without their values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field

from archspec.errors import WeightsError
from archspec.graph.graph import Graph
from archspec.graph.nodes import Node, Value
from archspec.graph.rules import Rules
from archspec.records import record
from archspec.types.call import Weight
from archspec.types.sizes import Size
from archspec.weights.contents import Contents
from archspec.weights.stored import Stored


@record
class Grid:
    """What the positions of an embedding are: `tokens` in front, such as a class token, then a grid of this size."""

    tokens: int
    size: tuple[Size, ...]


@record
class Foreign:
    """What to do with weights from elsewhere, which convolutions see an input of the network, with its name where there
    are several, and which embeddings its positions.

    `surplus` are tensors of the whole network that this part of it has left out: files may have them. `ties` are keys
    that are one tensor with another, which stands earlier: files may have either.
    """

    rules: Rules = field(default_factory=Rules)
    first: Mapping[str, str] = field(default_factory=dict)
    positions: Mapping[str, Grid] = field(default_factory=dict)
    surplus: Mapping[str, Stored] = field(default_factory=dict)
    ties: Mapping[str, str] = field(default_factory=dict)


def stored(weights: Iterable[tuple[str, Weight]]) -> dict[str, Stored]:
    """The tensors of a network by key."""
    return {key: Stored(weight.shape, weight.dtype) for key, weight in weights}


def foreign(graph: Graph) -> Foreign:
    """What a graph knows of weights from elsewhere."""
    return Foreign(
        graph.rules, dict(_first_convolutions(graph)), _positions(graph), stored(graph.left_out.items()), graph.ties()
    )


def is_own(contents: Contents, wanted: Mapping[str, Stored], own: Foreign, chosen: bool | None = None) -> bool:
    """Whether a file was saved from the network itself, so that the rules of its spec do not apply.

    It was if archspec wrote it, or if all its keys and shapes are the network's and no rule changes values; `chosen`
    says so, whatever the file looks like. Raises `WeightsError` where nothing tells.
    """
    if chosen is not None:
        return chosen
    if contents.marked:
        return True
    known = {**own.surplus, **wanted}
    alike = all(key in known and known[key].shape == tensor.shape for key, tensor in contents.tensors.items())
    if alike and own.rules.of_values:
        raise WeightsError(
            f"{contents.name} has keys and shapes of the network already, so nothing tells whether it was saved from "
            "it or is to be changed by the rules of the spec: pass `--own` to load it as it is, or `--foreign` to "
            "apply `weights` of the spec (`own=True` or `own=False` in Python)"
        )
    return alike


def _first_convolutions(graph: Graph) -> Iterable[tuple[str, str]]:
    """The keys of the weights of convolutions, without groups, that see the channels of an input, and which."""
    seen = {value: name if len(graph.inputs) > 1 else "" for name, value in graph.inputs.items()}
    for path, node in graph.nodes():
        if len(node.inputs) != 1 or node.of is not None:
            continue
        (before,) = node.inputs
        if before not in seen or before.type is None or node.output.type is None:
            continue
        kernel = node.kernel
        if kernel and len(kernel) > 1 and kernel[0] == before.type.channels:
            yield f"{path}.weight", seen[before]
        elif not node.weights and before.type.channels == node.output.type.channels:
            seen[node.output] = seen[before]


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
        return Grid(known.tokens + node.traits.tokens, known.size)
    kept = before.type is not None and before.type.size == kind.size
    return known if kept else Grid(0, kind.size)
