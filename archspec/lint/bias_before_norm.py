"""A703: a normalization takes the mean away, and a bias before it with it (Ioffe and Szegedy 2015, section 3.2)."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Diagnostic
from archspec.lint.flow import Flow, advice


def bias_before_norm(flow: Flow) -> Iterator[Diagnostic]:
    """A bias that only a batch or instance norm sees, which subtracts the mean of each channel."""
    for node in flow.nodes:
        taker = flow.only_taker(node) if node.traits.layer and getattr(node.op, "bias", False) else None
        if taker is not None and taker.traits.norm in ("batch", "instance"):
            message = f"the bias of this `{node.op.name}` has no effect: the norm after it subtracts the mean"
            yield advice("A703", node, message, f"`{node.op.name}: {{…, bias: false}}`, or `defaults` for all of them")
