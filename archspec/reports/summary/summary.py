"""The summary: the rows of a network and its totals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from html import escape

from archspec.escape import line
from archspec.graph.graph import Graph
from archspec.records import record
from archspec.reports.contents import contents
from archspec.reports.summary.details import detailed
from archspec.reports.summary.rows import Row, rows
from archspec.reports.summary.text import table
from archspec.reports.table import html, plain
from archspec.types.figures import byte_size, number
from archspec.types.sizes import Size
from archspec.types.tensor import shape_text


@record
class Summary:
    """The rows of a network and its totals, for one sample; `str()` is a plain table.

    `inputs` and `outputs` are shapes without the batch, by name; `buffers` counts the values that are not trained, and
    `constraints` says of which numbers the symbolic sizes must be multiples. Where details were asked
    for, `activations` are the bytes of all intermediate values, `depth` the layers with weights on the longest path,
    `size` the bytes of the weights.
    """

    name: str
    inputs: dict[str, tuple[Size, ...]]
    outputs: dict[str, tuple[Size, ...]]
    rows: tuple[Row, ...]
    params: int
    buffers: int
    macs: Size
    constraints: dict[str, int] = field(default_factory=dict)
    activations: Size = 0
    depth: int = 0
    size: int = 0

    @property
    def totals(self) -> str:
        """One line: parameters, multiply-adds, and the shapes at both ends."""
        return self.totals_with(())

    def totals_with(self, keys: Iterable[str]) -> str:
        """The same with what a table of these columns tells besides: `activations`, `layers` and `size`."""
        told = {
            "activations": f", {byte_size(self.activations) or '0 B'} of activations",
            "layers": f", depth {self.depth:,}",
            "size": f", {byte_size(self.size) or '0 B'} of weights",
        }
        more = "".join(told.get(key, "") for key in keys)
        ends = (" and ".join(map(shape_text, sizes.values())) for sizes in (self.inputs, self.outputs))
        needs = "".join(f", {divisor} | {name}" for name, divisor in self.constraints.items())
        return f"{self.params:,} parameters, {number(self.macs) or 0} MACs{more}, {' → '.join(ends)}{needs}"

    def __str__(self) -> str:
        return "\n".join([line(self.name), plain(table(self.rows)), line(self.totals)])

    def _repr_html_(self) -> str:
        """The same as a notebook shows it."""
        name, totals = (escape(line(text)) for text in (self.name, self.totals))
        return f"<p><b>{name}</b></p>{html(table(self.rows))}<p>{totals}</p>"


def summarize(graph: Graph, depth: int | None = None, details: bool = False) -> Summary:
    """The rows of a graph down to a depth; blocks in a row that are equal at every depth are one (`× 4`).

    With `details`, rows have them: inputs, kernels, arguments, bytes and depths.
    """
    found = detailed(graph) if details else None
    activations, size = found.bytes_of(graph.root) if found else (0, 0)
    return Summary(
        graph.name,
        {name: value.type.shape for name, value in graph.inputs.items() if value.type},
        {name: value.type.shape for name, value in graph.outputs.items() if value.type},
        tuple(rows(graph.root, "", 0, depth, contents(graph.root), found)) if depth != 0 else (),
        graph.parameter_count,
        sum(weight.numel for _, node in graph.nodes() for weight in node.weights if not weight.trainable),
        graph.macs,
        dict(graph.constraints),
        activations,
        graph.depth if found else 0,
        size,
    )
