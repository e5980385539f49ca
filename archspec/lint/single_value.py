"""A706: a mean over one value is that value (torch refuses to train so)."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Diagnostic, Span
from archspec.lint.flow import Flow, advice, is_norm


def single_value(flow: Flow) -> Iterator[tuple[Diagnostic, Span]]:
    """A norm over positions where there is one: on 1 × 1 maps, or in a batch of one."""
    for node in flow.nodes:
        kind = node.types[0] if node.types else None
        if kind is None or not all(n == 1 for n in kind.size):
            continue
        if is_norm(node, "instance") or (is_norm(node, "batch") and flow.batch_size == 1):
            message = f"`norm: {node.op.type}` sees a single value per channel of {kind}, and gives zero for it"
            yield advice("A706", node, message, "use `layer` or `group`, or normalize where the map is larger")
