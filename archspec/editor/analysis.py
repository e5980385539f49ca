"""One analysis of a text: all that the answers are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from archspec.compiler.trace import Trace, Visit
from archspec.diagnostics import Diagnostic, Source, Span
from archspec.editor.text import Text
from archspec.graph import Graph, Node, Scope
from archspec.language import NodeSpec, Spec
from archspec.source import Tree


@dataclass(frozen=True, eq=False)
class Analysis:
    """What is known of a file: its own `tree`, None where its text is broken, the spec that it is with what it extends
    and includes, the graph of that where it is sound, and all `findings`, some of which stand in other files.

    `trace` has what the compiler saw at each node.
    """

    path: Path
    text: Text
    spec: Spec
    tree: Tree | None
    graph: Graph | None
    findings: tuple[Diagnostic, ...]
    trace: Trace = field(default_factory=Trace)

    @property
    def source(self) -> object:
        """The source of the spans that stand in the file itself."""
        return self.spec.source

    def text_of(self, source: Source) -> Text:
        """The text of any of the files that it was read from."""
        return self.text if source is self.spec.source else Text(source.text)

    @cached_property
    def files(self) -> frozenset[Path]:
        """The real paths of the files that it was read from, and of those that it names and that are missing."""
        return frozenset(path.resolve() for path in self.spec.files)

    @cached_property
    def items(self) -> Mapping[Span, tuple[Node | Scope, ...]]:
        """The nodes and modules that were made at each place: one for each time that a block was called, and so on."""
        found: dict[Span, list[Node | Scope]] = {}
        stack: list[Node | Scope] = [self.graph.root] if self.graph is not None else []
        while stack:
            item = stack.pop()
            if item.span is not None:
                found.setdefault(item.span, []).append(item)
            if isinstance(item, Scope):
                stack += reversed(item.body)
        return {span: tuple(items) for span, items in found.items()}

    @cached_property
    def _named(self) -> Mapping[Span, Span]:
        """Where the name of a node stands, by where all of it does: modules know the latter."""
        return {visits[0].node.whole: span for span, visits in self.trace.visits.items()}

    def node_at(self, span: Span) -> NodeSpec | None:
        """The node whose name stands at a place, or all of which does."""
        visits = self.visits(span) or self.visits(self._named.get(span, span))
        return visits[0].node if visits else None

    def visits(self, span: Span) -> tuple[Visit, ...]:
        """What the compiler saw at the node whose name stands there."""
        return tuple(self.trace.visits.get(span, ()))
