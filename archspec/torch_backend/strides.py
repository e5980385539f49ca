"""Memory that torch's convolutions are not safe with.

On a CPU, a convolution of kernel 1 with a stride writes beyond its memory in the backward pass, where the channels of
its input lie last in memory (torch 2.13, oneDNN). So they do behind a view that moved them to the front.
"""

from __future__ import annotations

from archspec.graph.graph import Graph
from archspec.graph.nodes import Node, Value


def strided_points(graph: Graph) -> list[str]:
    """The paths of convolutions of kernel 1 with a stride that may receive channels which lie last in memory."""
    moved: set[Value] = set()
    found: list[str] = []
    for path, node in graph.nodes():
        kind = node.output.type
        if kind is None or not kind.channels_first:
            continue
        if _is_point(node) and node.inputs[0] in moved:
            # what is made contiguous gives what is contiguous
            found.append(path)
        elif _moves(node) or not moved.isdisjoint(node.inputs):
            moved.add(node.output)
    return found


def _is_point(node: Node) -> bool:
    given = node.call.arguments
    return node.op.name == "conv" and set(given["kernel_size"]) == {1} and set(given["stride"]) != {1}


def _moves(node: Node) -> bool:
    return node.op.name == "rearrange" or (node.op.name == "norm" and node.op.type in ("layer", "rms"))
