"""A707: dropout shifts the variance that BatchNorm learned (Li et al. 2018, Understanding the Disharmony …)."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Diagnostic, Span
from archspec.graph.graph import Node
from archspec.lint.flow import Flow, advice, is_norm

_KEEPS = ("act", "conv", "linear")


def dropout_before_norm(flow: Flow) -> Iterator[tuple[Diagnostic, Span]]:
    """Dropout whose output meets a BatchNorm before any join."""
    for node in flow.nodes:
        if node.op.name != "dropout" or not node.op.p:
            continue
        after = _next(flow, node)
        while after is not None and after.op.name in _KEEPS:
            after = _next(flow, after)
        if after is not None and is_norm(after, "batch"):
            message = "dropout before BatchNorm: the variance it learns while training is not that of evaluation"
            yield advice("A707", node, message, "put dropout after the last BatchNorm, or use `norm: layer`")


def _next(flow: Flow, node: Node) -> Node | None:
    taker = flow.only_taker(node)
    return taker if taker is not None and len(taker.inputs) == 1 else None
