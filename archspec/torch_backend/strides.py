"""Memory that torch's convolutions are not safe with.

On a CPU, a convolution of kernel 1 with a stride writes beyond its memory in the backward pass, where the channels of
its input lie last in memory (torch 2.13, oneDNN). So they do behind a view that moved them to the front.
"""

from __future__ import annotations

from archspec.graph.graph import Graph
from archspec.graph.nodes import Node, Value
from archspec.ops.base import short

_CONVOLUTIONS = tuple(f"torch.nn.Conv{dimensions}d" for dimensions in (1, 2, 3))


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
        elif not node.traits.contiguous or not moved.isdisjoint(node.inputs):
            moved.add(node.output)
    return found


def _is_point(node: Node) -> bool:
    call = node.call
    kernel, stride = (short(call.arguments.get(name, 1)) for name in ("kernel_size", "stride"))
    return call.target in _CONVOLUTIONS and kernel == 1 and stride != 1
