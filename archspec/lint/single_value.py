"""A706: the mean over one value is that value, and nothing is left of it (torch refuses to train BatchNorm so)."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Diagnostic
from archspec.graph.nodes import Node
from archspec.lint.flow import Flow, advice, called

_OVER = {"batch": "channel", "layer": "position", "rms": "position"}
_HELP = {
    "batch": "train with a larger batch, use `norm: layer`, or normalize where the map is larger",
    "layer": "use `norm: batch`, or normalize where there are more channels",
    "rms": "use `norm: batch`, or normalize where there are more channels",
}


def single_value(flow: Flow) -> Iterator[Diagnostic]:
    """A norm whose every mean is over one value."""
    for node in flow.nodes:
        norm = node.traits.norm
        if norm and is_single(flow, node):
            batch = " in a batch of one" if norm == "batch" else ""
            message = f"`{called(node)}` normalizes a single value per {_OVER[norm]} of {node.types[0]}{batch}"
            yield advice("A706", node, f"{message}: it becomes zero", _HELP[norm])


def is_single(flow: Flow, node: Node) -> bool:
    """Whether a node normalizes single values: one position where it averages over them, or one channel."""
    kind = node.inputs[0].type
    norm = node.traits.norm
    if kind is None or norm not in _OVER:
        return False
    if norm != "batch":
        return kind.channels == 1
    return flow.batch_size == 1 and all(n == 1 for n in kind.size)
