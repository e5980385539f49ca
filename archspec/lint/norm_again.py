"""A718: statistics of a batch normalization that runs again mix what it sees in all places (Tan et al. 2020,
EfficientDet: its heads share convolutions, and each level has normalizations of its own)."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Diagnostic
from archspec.lint.flow import Flow, advice


def norm_again(flow: Flow) -> Iterator[Diagnostic]:
    """BatchNorm that runs on several values, one finding for each run but the first."""
    for node in flow.nodes:
        if node.of is not None and node.traits.norm == "batch" and node.runs:
            message = "this BatchNorm runs again: in evaluation it has one mean and variance for all the places"
            help = "reuse what has weights, and give each place a `norm` of its own, or use `norm: group`"
            yield advice("A718", node, message, help)
