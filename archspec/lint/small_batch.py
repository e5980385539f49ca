"""A701: batch statistics of a small batch are noise (Wu and He 2018, Group Normalization, figure 1)."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Diagnostic
from archspec.lint.flow import Flow, advice
from archspec.lint.single_value import is_single

BATCH_SIZE = 8


def small_batch(flow: Flow) -> Iterator[Diagnostic]:
    """BatchNorm where the batch is known to be small; one finding for the network."""
    if flow.batch_size is None or flow.batch_size >= BATCH_SIZE:
        return
    for node in flow.nodes:
        if node.traits.norm == "batch" and not is_single(flow, node):
            message = f"BatchNorm with a batch of {flow.batch_size}: its statistics are noisy below {BATCH_SIZE}"
            yield advice("A701", node, message, "use `norm: group`, or `norm: layer` on vectors and sequences")
            return
