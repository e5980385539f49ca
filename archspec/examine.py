"""One examination of a spec: its graph, and everything found on the way."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, NamedTuple

from archspec.compiler import analyze, check, check_budget, check_exports
from archspec.diagnostics import Collector
from archspec.graph import Graph
from archspec.language import Spec

if TYPE_CHECKING:
    from archspec.compiler.inputs import InputSize
    from archspec.compiler.trace import Trace


class Examined(NamedTuple):
    """What there is to know of a spec. Without a `graph`, it has errors or is a file of blocks."""

    spec: Spec
    graph: Graph | None
    collector: Collector


def examine(
    spec: Spec,
    params: Mapping[str, object] | None = None,
    input_size: InputSize = None,
    batch_size: int | None = None,
    exports: Collection[str] = (),
    trace: Trace | None = None,
) -> Examined:
    """Compile a spec, enforce its budget and give advice; of a file of blocks alone, check the blocks.

    Arguments as for `archspec.validate`; what the compiler sees goes into `trace`.
    """
    if spec.lacks:
        return Examined(spec, None, _of_blocks(spec))
    graph, collector = analyze(spec, params, input_size, trace=trace)
    if graph is not None:
        from archspec.lint import Flow, lint
        from archspec.lint.over import Over
        from archspec.lint.slips import slips
        from archspec.lint.unused import unused

        check_budget(spec, graph, collector)
        check_exports(graph, exports, collector)
        over = Over(spec)
        flow = Flow(graph, batch_size or spec.lint.batch_size)
        for diagnostic in (*unused(spec, flow.taken_inputs), *slips(spec, flow)):
            if diagnostic.code not in spec.lint.ignore:
                collector.add(over(diagnostic), diagnostic.span)
        lint(flow, collector, spec.lint.ignore, spec)
    return Examined(spec, graph, collector)


def _of_blocks(spec: Spec) -> Collector:
    """The findings in a file of blocks."""
    collector = check(spec)
    if not collector.errors:
        from archspec.lint.unused import unused_in_blocks

        for diagnostic in unused_in_blocks(spec):
            collector.add(diagnostic)
    return collector
