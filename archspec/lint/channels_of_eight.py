"""A708: matrix units of accelerators work on multiples of eight channels (NVIDIA, Deep Learning Performance Guide)."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Diagnostic
from archspec.graph.nodes import Node
from archspec.lint.flow import Flow, advice

UNIT = 8


def channels_of_eight(flow: Flow) -> Iterator[Diagnostic]:
    """Hidden channels that waste a part of each unit, where a layer chooses them."""
    uneven = [node for node in flow.nodes if node.traits.layer and _is_uneven(node)]
    bound = _returned(flow) | _gates(flow) if uneven else set()
    inputs = set(flow.graph.inputs.values())
    for node in uneven:
        kind = node.output.type
        if kind is None or node in bound:
            continue
        kept = node.source is not None and node.source not in inputs and node.types[0].channels == kind.channels
        if not kept and not _becomes_size(flow, node):
            more = -(-kind.channels // UNIT) * UNIT
            message = f"{kind.channels} channels are not a multiple of {UNIT}"
            yield advice("A708", node, message, f"{more} channels take no more time on most accelerators")


def _is_uneven(node: Node) -> bool:
    """Whether the channels of what a node makes fill some units and a part of another."""
    kind = node.output.type
    return kind is not None and kind.channels >= UNIT and kind.channels % UNIT != 0


def _returned(flow: Flow) -> set[Node]:
    """The nodes whose channels the network returns, which are the data's."""
    found: set[Node] = set()
    for node in reversed(flow.nodes):
        taker = flow.only_taker(node)
        through = taker in found and not taker.traits.layer and not taker.traits.join if taker else False
        if through or node.output in flow.returned:
            found.add(node)
    return found


def _gates(flow: Flow) -> set[Node]:
    """The nodes that make a factor per channel, such as those of squeeze and excitation: they cost next to nothing."""
    found: set[Node] = set()
    for node in reversed(flow.nodes):
        taker, kind = flow.only_taker(node), node.output.type
        if taker is None or kind is None or any(n != 1 for n in kind.size):
            continue
        if taker.traits.join == "product" or (taker in found and not taker.traits.join):
            found.add(node)
    return found


def _becomes_size(flow: Flow, node: Node) -> bool:
    """Whether what a layer makes is a size, as in a mixer: there are as many positions as the input has."""
    taker = flow.only_taker(node)
    while taker is not None and taker.traits.passes:
        taker = flow.only_taker(taker)
    if taker is None or not taker.traits.rearranges or taker.output.type is None or node.output.type is None:
        return False
    return node.output.type.channels in taker.output.type.size
