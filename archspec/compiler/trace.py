"""What the walk saw at each node, for whoever tells it beside the text: the names in scope and their values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from archspec.compiler.here import Here, sizes
from archspec.compiler.names import Entry, Lookup
from archspec.compiler.passed import Reference
from archspec.diagnostics import Span
from archspec.graph.nodes import Node, Scope, Value
from archspec.language import NodeSpec, Template, TemplateError, Unknown
from archspec.ops import JOINS
from archspec.types.sizes import Size

VISITS = 64
"""Visits of one node that are kept: the first ones, and the last."""


class Visit(NamedTuple):
    """One time that the walk came to a node: its surroundings, and how many names each scope around had by then."""

    node: NodeSpec
    here: Here
    counts: tuple[int, ...]

    def value(self, template: Template) -> Any:
        """The value of a template here; None where it has none, or is one that a mistake hides."""
        environment = self.here.environment()
        if not template.names.keys().isdisjoint(("in_channels", "in_size")):
            environment |= sizes("in", self.received)
        try:
            return None if template.broken else template.evaluate(environment)
        except (TemplateError, Unknown, LookupError):
            return None

    @property
    def received(self) -> Value:
        """The value that the node receives: what its `from` names, if it has one."""
        source = self.node.source
        if source is None or self.node.op in JOINS:
            return self.here.value
        try:
            text = source.template.evaluate(self.here.environment())
        except (TemplateError, Unknown, LookupError):
            return self.here.current
        if isinstance(text, Reference):
            return text.value
        found = None if text in (None, ".") else self.here.lookup.find(str(text))
        return found if isinstance(found, Value) else self.here.current

    def names(self) -> Iterator[str]:
        """The names of nodes that a reference here finds, from here outward: those that ran before."""
        yield "input"
        for lookup, count in zip(_outward(self.here), self.counts, strict=True):
            yield from [*lookup.entries][:count][::-1]

    def made_by(self, text: str) -> Node | Scope | None:
        """The node or module that a reference here names."""
        found = self.here.lookup.entry(text)
        return found.item if isinstance(found, Entry) else None


def _outward(here: Here) -> Iterator[Lookup]:
    lookup: Lookup | None = here.lookup
    while lookup is not None:
        yield lookup
        lookup = lookup.outer


@dataclass(slots=True)
class Trace:
    """What happened in a compilation, by the place of each node's name: the visits, and the shapes that it gave.

    What is copied is not walked again: equal calls are seen once or twice.
    """

    visits: dict[Span, list[Visit]] = field(default_factory=dict)
    shapes: dict[Span, dict[tuple[Size, ...], None]] = field(default_factory=dict)

    def clear(self) -> None:
        """Forget all: the compilation begins anew."""
        self.visits.clear()
        self.shapes.clear()

    def visit(self, node: NodeSpec, here: Here) -> None:
        """Keep one more visit."""
        found = self.visits.setdefault(node.span, [])
        if len(found) == VISITS:
            found.pop()
        found.append(Visit(node, here, tuple([len(lookup.entries) for lookup in _outward(here)])))

    def made(self, node: NodeSpec, value: Value) -> None:
        """Remember the shape that a node gives."""
        if value.type is not None:
            self.shapes.setdefault(node.span, {})[value.type.shape] = None
