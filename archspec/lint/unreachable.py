"""A714: what runs for nothing. Its weights get no gradient, which `DistributedDataParallel` refuses to train with
(torch, `find_unused_parameters`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archspec.diagnostics import Diagnostic
from archspec.graph.nodes import Node, Value
from archspec.lint.flow import Flow, advice


def unreachable(flow: Flow) -> Iterator[Diagnostic]:
    """The last nodes of every way that ends before an output; the parts of a `split` are no nodes of the file."""
    taken = flow.returned.union(*(node.inputs for node in flow.nodes))
    running = set(flow.graph.root.nodes(running=True))
    makers = {node.output: node for node in flow.nodes if node not in running}
    for node in flow.nodes:
        # a part stands where its `parallel` does
        is_part = node.traits.part and (node.span is None or node.span.text != node.op.name)
        if is_part or node.op.inserted or not taken.isdisjoint(node.outputs):
            continue
        message = f"the output of this `{node.op.name}` is never used"
        if idle := sum(before.parameter_count for before in _idle(node, makers)):
            message += f": {idle:,} parameters are for nothing"
        help = "add it to `outputs`, use it by `from` or in a join, or remove the nodes that lead to it"
        if node.span is not None and node.span.source.via is not None:
            help = "add it to `outputs`, or build with `--features`, which leaves out what no output needs"
        yield advice("A714", node, message, help)


def _idle(last: Node, makers: Mapping[Value, Node]) -> set[Node]:
    """The nodes that lead to one, of those that `makers` are."""
    found: set[Node] = set()
    waiting = [last]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += [makers[value] for value in node.inputs if value in makers]
    return found
