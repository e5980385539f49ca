"""A714: what runs for nothing. Its weights get no gradient, which `DistributedDataParallel` refuses to train with
(torch, `find_unused_parameters`)."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import Diagnostic
from archspec.lint.flow import Flow, advice


def unreachable(flow: Flow) -> Iterator[Diagnostic]:
    """The last nodes of every way that ends before an output; the parts of a `split` are no nodes of the file."""
    taken = {value for node in flow.nodes for value in node.inputs}
    for node in flow.nodes:
        # a part stands where its `parallel` does
        is_part = node.traits.part and (node.span is None or node.span.text != node.op.name)
        is_used = any(value in taken or value in flow.returned for value in node.outputs)
        if not is_used and not is_part and not node.op.inserted:
            help = "add it to `outputs`, use it by `from` or in a join, or remove the nodes that lead to it"
            yield advice("A714", node, f"the output of this `{node.op.name}` is never used", help)
