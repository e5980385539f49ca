"""A709: half of an odd size is no size.

Windows of an odd kernel still lie evenly on it, more evenly than on an even size (Alsallakh et al. 2021, Mind the Pad);
those of an even kernel miss the last row, and what is doubled later is a row more or less than it was.
"""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Diagnostic
from archspec.graph.nodes import Node
from archspec.lint.flow import Flow, advice


def odd_size(flow: Flow) -> Iterator[Diagnostic]:
    """A stride of 2 on an odd size that loses its last row, or does not get its size back."""
    enlarged = {
        n
        for node in flow.nodes
        if node.traits.enlarges and node.output.type is not None
        for n in node.output.type.size
        if isinstance(n, int)
    }
    for node in flow.nodes:
        for axis, n in () if node.traits.enlarges else _odd(node):
            back = None if n in enlarged else next((m for m in (n + 1, n - 1) if m in enlarged), None)
            if back is not None or _misses(node, axis):
                what = "the last row is never used" if back is None else f"it comes back as {back}"
                message = f"a stride of 2 halves the odd size {n} of {node.types[0]}: {what}"
                yield advice("A709", node, message, "choose an input size that stays even down to here")
                break


def _odd(node: Node) -> Iterator[tuple[int, int]]:
    """The axes of a node on which a stride of 2 halves an odd size, with that size."""
    before, after = node.source.type if node.source else None, node.output.type
    if before is None or after is None or after.stride is before.stride:
        return
    for axis, factor in enumerate(after.stride.over(before.stride) or ()):
        n = before.size[axis]
        if factor == 2 and isinstance(n, int) and n % 2 and n > 1:
            yield axis, n


def _misses(node: Node, axis: int) -> bool:
    """Whether no window of a stride of 2 sees the last row of an odd size: only even kernels without padding do."""
    given = {"dilation": 1, **dict(iter(node.op))}
    if given.get("ceil_mode"):
        return False
    axes = (given.get(name) for name in ("kernel", "padding", "dilation"))
    kernel, padding, dilation = (value[axis] if isinstance(value, tuple) else value for value in axes)
    return isinstance(kernel, int) and isinstance(dilation, int) and padding == 0 and dilation * (kernel - 1) % 2 == 1
