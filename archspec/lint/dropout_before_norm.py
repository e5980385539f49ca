"""A707: dropout shifts the variance that BatchNorm learned (Li et al. 2018, Understanding the Disharmony …)."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Diagnostic
from archspec.graph.nodes import Node
from archspec.lint.flow import Flow, advice
from archspec.types.figures import figure


def dropout_before_norm(flow: Flow) -> Iterator[Diagnostic]:
    """Dropout whose output meets a BatchNorm before any join or other norm."""
    dropouts = [node for node in flow.nodes if node.traits.dropout]
    meets: set[Node] = set()
    for node in reversed(flow.nodes) if dropouts else ():
        taker = flow.only_taker(node)
        if taker is not None and (taker.traits.norm == "batch" or (taker in meets and _keeps(taker))):
            meets.add(node)
    for node in dropouts:
        if node in meets:
            share = figure(node.traits.dropout)
            message = f"dropout of {share} before BatchNorm: its variance differs between training and evaluation"
            yield advice("A707", node, message, "put dropout after the last BatchNorm, or use `norm: layer`")


def _keeps(node: Node) -> bool:
    """Whether the variance of what a node makes still depends on that of the one value it takes."""
    return node.traits.layer or node.traits.keeps_variance
