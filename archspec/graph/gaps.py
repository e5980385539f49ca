"""What formats of export cannot hold of a network, as far as its graph tells: the exporters refuse just that."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from archspec.diagnostics.span import Span
from archspec.formats import HIDING, ONE_FILE, TRACED
from archspec.graph.graph import Graph
from archspec.ops.base import Gap
from archspec.records import record

_ONNX = ("onnx",)


@record
class Beyond:
    """A gap in what some formats can hold, of the `subject` that begins its sentence, and its place."""

    gap: Gap
    subject: str
    span: Span | None

    @property
    def code(self) -> str:
        """The rule that it breaks."""
        return self.gap.code

    @property
    def message(self) -> str:
        """What the formats cannot hold, without the way out."""
        return f"{self.subject} {self.gap.what}, which {' and '.join(self.gap.formats)} cannot hold"

    @property
    def way_out(self) -> str:
        """What to change, or what to export instead."""
        return f"{self.gap.help}, or export {'safetensors or python' if 'pt2' in self.gap.formats else 'pt2'}"

    def __str__(self) -> str:
        place = f" ({self.span})" if self.span else ""
        return f"{self.subject}{place} {self.message.removeprefix(f'{self.subject} ')}; {self.way_out}"


def beyond(graph: Graph, formats: Collection[str]) -> Iterator[Beyond]:
    """All that one of these formats cannot hold, each with those that cannot."""
    for found in (*_of_nodes(graph), *_of_onnx(graph)):
        if told := tuple(name for name in found.gap.formats if name in formats):
            yield replace(found, gap=replace(found.gap, formats=told))


def _of_nodes(graph: Graph) -> Iterator[Beyond]:
    for path, node in graph.nodes():
        if node.runs:
            for gap in node.op.gaps(*node.types):
                yield Beyond(gap, f"`{path}`", node.span)
        first = path.partition(".")[0]
        if first in HIDING and node.weights:
            what = f"have a key that starts with `{first}`, as an attribute of torch's traced modules"
            help = f"choose another name than `{first}`"
            yield Beyond(Gap(TRACED, "A311", what, help), f"the weights of `{path}`", node.span)


def _of_onnx(graph: Graph) -> Iterator[Beyond]:
    for name in sorted(graph.inputs.keys() & graph.outputs.keys()):
        what = "is an input and an output, two values of one name"
        gap = Gap(_ONNX, "A502", what, "choose another name for the output")
        yield Beyond(gap, f"`{name}`", graph.declared.get(name))
    size = graph.weight_bytes
    if size > ONE_FILE:
        what = f"have {size / 2**30:.1f} GiB, more than the 2 GiB of one file"
        yield Beyond(Gap(_ONNX, "A502", what, "make the network smaller"), "the weights", None)
