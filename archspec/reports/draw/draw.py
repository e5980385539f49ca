"""From a graph to its drawing."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import field

from archspec.graph.graph import Graph
from archspec.graph.nodes import Node, Scope, Value
from archspec.ops.written import explicit_arguments, literal
from archspec.records import record
from archspec.reports.contents import contents
from archspec.reports.draw.drawing import Drawing
from archspec.reports.draw.fold import fold
from archspec.reports.draw.parts import Box, Frame, Part
from archspec.reports.summary.rows import noted, shares
from archspec.types.figures import figure, shortened
from archspec.types.tensor import shape_text


def draw(graph: Graph, depth: int | None = None) -> Drawing:
    """The drawing of a graph down to a depth; blocks in a row that are equal at every depth are one (`× 4`)."""
    pen = _Pen(contents(graph.root))
    parts = [*pen.inputs(graph.inputs), *pen.parts(graph.root, "", depth), *pen.outputs(graph.outputs)]
    return Drawing(graph.name, *fold(parts, pen.arrows, pen.shown))


@record
class _Pen:
    """What is drawn so far: the paths of the boxes where values are made, the arrows, in their order, and the contents
    of the scopes that are shown, by their paths."""

    contents: Mapping[Scope, Hashable]
    homes: dict[Value, str] = field(default_factory=dict)
    arrows: dict[tuple[str, str], None] = field(default_factory=dict)
    shown: dict[str, Hashable] = field(default_factory=dict)

    def inputs(self, values: Mapping[str, Value]) -> Iterator[Box]:
        """A box for each input, whose path is none in the module."""
        for name, value in values.items():
            self.homes[value] = f"input:{name}"
            yield Box(self.homes[value], name, "", _shape(value), "end")

    def outputs(self, values: Mapping[str, Value]) -> Iterator[Box]:
        """A box for each output."""
        for name, value in values.items():
            path = f"output:{name}"
            self.arrow(value, path)
            yield Box(path, name, "", _shape(value), "end")

    def parts(self, scope: Scope, prefix: str, depth: int | None) -> Iterator[Part]:
        """The parts of a scope that compute anything. Depth is bounded by the compiler."""
        for item in scope.body:
            path = prefix + item.name
            if isinstance(item, Node):
                self.run(item, path)
                yield Box(path, item.name, _noted(_call(item), shares(item, scope)), _shape(item.output), "node")
                continue
            self.shown[path], label = self.contents[item], _noted(item.label, shares(item, scope))
            if depth == 1:
                nodes = list(item.nodes())
                for node in nodes:
                    self.run(node, path)
                if nodes:
                    yield Box(path, item.name, _noted(label, noted(item)), _shape(item.output), "scope")
            elif inner := tuple(self.parts(item, f"{path}.", depth and depth - 1)):
                yield Frame(path, item.name, _noted(label, item.note), inner)

    def run(self, node: Node, path: str) -> None:
        """A node at work in the box of a path."""
        for value in node.inputs:
            self.arrow(value, path)
        self.homes.update(dict.fromkeys(node.outputs, path))

    def arrow(self, value: Value, path: str) -> None:
        """A value that flows to the box of a path."""
        if self.homes[value] != path:
            self.arrows[self.homes[value], path] = None


def _shape(value: Value) -> str:
    return "" if value.type is None else shape_text(value.type.shape)


def _noted(what: str, note: str) -> str:
    return f"{what} ({note})" if note else what


def _short(value: float) -> str:
    return figure(value).removesuffix(".0")


def _call(node: Node) -> str:
    """An op with the arguments that are not its defaults, the principal one without its name."""
    op, words = node.op, node.facts.words
    if _call not in words:
        texts = (
            f"{name} {shortened(literal(value, _short))}".removeprefix(f"{op.principal} ")
            for name, value in explicit_arguments(op).items()
        )
        words[_call] = f"{op.name} {', '.join(texts)}".rstrip()
    return str(words[_call])
