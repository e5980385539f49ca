"""A709: a stride that halves an odd size drops or pads a row, and no upsampling brings it back."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Diagnostic, Span
from archspec.lint.flow import Flow, advice

_STRIDED = ("conv", "max_pool", "avg_pool")


def odd_size(flow: Flow) -> Iterator[tuple[Diagnostic, Span]]:
    """A stride of 2 on an odd size."""
    for node in flow.nodes:
        if node.op.name not in _STRIDED or not node.types or node.output.type is None:
            continue
        before, after = node.types[0], node.output.type
        factors = after.stride.over(before.stride) or ()
        odd = [
            n for n, f in zip(before.size, factors, strict=False) if f == 2 and isinstance(n, int) and n % 2 and n > 1
        ]
        if odd:
            message = f"a stride of 2 halves the odd size {odd[0]} of {before}"
            yield advice("A709", node, message, "choose an input size that stays even down to here")
