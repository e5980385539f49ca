"""A708: matrix units of accelerators work on multiples of eight channels (NVIDIA, Deep Learning Performance Guide)."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Diagnostic, Span
from archspec.lint.flow import Flow, advice, is_layer

UNIT = 8


def channels_of_eight(flow: Flow) -> Iterator[tuple[Diagnostic, Span]]:
    """Hidden channels that waste a part of each unit; what the network receives and returns is the data's."""
    returned = {flow.maker.get(value) for value in flow.graph.outputs.values()}
    for node in flow.nodes:
        kind = node.output.type
        if kind is None or not is_layer(node) or kind.channels % UNIT == 0 or node in returned or kind.channels < UNIT:
            continue
        after = flow.only_taker(node)
        if after is not None and after in returned and after.op.name == "act":
            continue
        message = f"{kind.channels} channels are not a multiple of {UNIT}"
        nearest = round(kind.channels / UNIT) * UNIT
        yield advice("A708", node, message, f"{nearest} channels cost no more time on most accelerators")
