"""A707: dropout shifts the variance that BatchNorm learned (Li et al. 2018, Understanding the Disharmony …)."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Diagnostic
from archspec.graph.nodes import Node
from archspec.lint.flow import Flow, advice, is_layer, is_norm
from archspec.types.figures import figure

_KEEPS = (
    "act", "flatten", "rearrange", "identity", "max_pool", "avg_pool", "global_pool", "adaptive_pool", "pad",
    "upsample", "pixel_shuffle",
)  # fmt: skip


def dropout_before_norm(flow: Flow) -> Iterator[Diagnostic]:
    """Dropout whose output meets a BatchNorm before any join or other norm."""
    dropouts = [node for node in flow.named("dropout") if node.op.p]
    meets: set[Node] = set()
    for node in reversed(flow.nodes) if dropouts else ():
        taker = flow.only_taker(node)
        if taker is not None and (is_norm(taker, "batch") or (taker in meets and _keeps(taker))):
            meets.add(node)
    for node in dropouts:
        if node in meets:
            message = (
                f"dropout of {figure(node.op.p)} before BatchNorm: its variance in training is not that of evaluation"
            )
            yield advice("A707", node, message, "put dropout after the last BatchNorm, or use `norm: layer`")


def _keeps(node: Node) -> bool:
    """Whether the variance of what a node makes still depends on that of the one value it takes."""
    return is_layer(node) or node.op.name in _KEEPS or (node.op.name == "dropout" and not node.op.p)
