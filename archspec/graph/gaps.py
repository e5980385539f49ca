"""What formats of export cannot hold of a network, as far as its graph tells: the exporters refuse just that."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from archspec.diagnostics.span import Span
from archspec.formats import HIDING, ONE_FILE, TRACED
from archspec.graph.graph import Graph
from archspec.records import record

_ONNX = ("onnx",)


@record
class Beyond:
    """Something that `formats` cannot hold: a rule, `what` it is in a sentence that begins with the `subject`, its
    place, and the way out."""

    formats: tuple[str, ...]
    code: str
    subject: str
    what: str
    help: str
    span: Span | None

    @property
    def message(self) -> str:
        """What the formats cannot hold, without the way out."""
        return f"{self.subject} {self.what}, which {' and '.join(self.formats)} cannot hold"

    @property
    def way_out(self) -> str:
        """What to change, or what to export instead."""
        return f"{self.help}, or export {'safetensors or python' if 'pt2' in self.formats else 'pt2'}"

    def __str__(self) -> str:
        place = f" ({self.span})" if self.span else ""
        return f"{self.subject}{place} {self.message.removeprefix(f'{self.subject} ')}; {self.way_out}"


def beyond(graph: Graph, formats: Collection[str]) -> Iterator[Beyond]:
    """All that one of these formats cannot hold, each with those that cannot."""
    for found in (*_of_nodes(graph), *_of_onnx(graph)):
        if told := tuple(name for name in found.formats if name in formats):
            yield Beyond(told, found.code, found.subject, found.what, found.help, found.span)


def _of_nodes(graph: Graph) -> Iterator[Beyond]:
    for path, node in graph.nodes():
        if node.runs:
            for gap in node.op.gaps(*node.types):
                yield Beyond(gap.formats, gap.code, f"`{path}`", gap.what, gap.help, node.span)
        first = path.partition(".")[0]
        if first in HIDING and node.weights:
            what = f"have a key that starts with `{first}`, as an attribute of torch's traced modules"
            help = f"choose another name than `{first}`"
            yield Beyond(TRACED, "A311", f"the weights of `{path}`", what, help, node.span)


def _of_onnx(graph: Graph) -> Iterator[Beyond]:
    for name in sorted(graph.inputs.keys() & graph.outputs.keys()):
        what = "is an input and an output, two values of one name"
        yield Beyond(_ONNX, "A502", f"`{name}`", what, "choose another name for the output", graph.declared.get(name))
    size = graph.weight_bytes
    if size > ONE_FILE:
        what = f"have {size / 2**30:.1f} GiB, more than the 2 GiB of one file"
        yield Beyond(_ONNX, "A502", "the weights", what, "make the network smaller", None)
