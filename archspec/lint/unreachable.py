"""A714: what runs for nothing. Its weights get no gradient, which `DistributedDataParallel` refuses to train with
(torch, `find_unused_parameters`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archspec.diagnostics import Diagnostic
from archspec.graph.nodes import Node
from archspec.lint.flow import Flow, Origins, advice


def unreachable(flow: Flow) -> Iterator[Diagnostic]:
    """The last nodes of every way that ends before an output, but owners of weights that others run with."""
    return _unused(flow, own=False)


def idle(flow: Flow) -> Iterator[Diagnostic]:
    """Values of their own that nothing takes: of published weights, training alone may take them."""
    return _unused(flow, own=True)


def _unused(flow: Flow, own: bool) -> Iterator[Diagnostic]:
    """Nodes whose values nothing takes, those that take none themselves or the others; the parts of a `split` are no
    nodes of the file."""
    suspects = [n for n in flow.nodes if own != bool(n.inputs) and flow.taken.isdisjoint(n.outputs)]
    if not suspects:
        return
    running = set(flow.graph.root.nodes(running=True))
    owners = {owner for node in running for owner, _ in node.tied.values()}
    # of a module that runs again, not every run needs all
    used = {node.of or node for node in flow.nodes if not flow.taken.isdisjoint(node.outputs)}
    dead = [node for node in flow.nodes if node not in running]
    origins, counts = Origins.of_nodes(dead), {node: node.parameter_count for node in dead}
    for node in suspects:
        # a part stands where its `parallel` does
        is_part = node.traits.part and (node.span is None or node.span.text != node.op.name)
        if is_part or node.op.inserted or node in owners or (node.of or node) in used:
            continue
        message = f"the output of this `{node.op.name}` is never used"
        if idle := _parameters_for_nothing(node, origins, counts):
            message += f": {idle:,} parameter{' is' if idle == 1 else 's are'} for nothing"
        help = "add it to `outputs`, use it by `from` or in a join, or remove the nodes that lead to it"
        if node.span is not None and node.span.source.via is not None:
            help = "add it to `outputs`, or build with `--features`, which leaves out what no output needs"
        yield advice("A714", node, message, help)


def _parameters_for_nothing(last: Node, origins: Origins, counts: Mapping[Node, int]) -> int:
    """The parameters of a node and of those that lead to it alone; 0 where that takes too long."""
    if origins.exhausted:
        return 0
    nodes = {origins.makers[value] for value in origins.of(last.output) if value in origins.makers}
    return sum(map(counts.__getitem__, nodes))
