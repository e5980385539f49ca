"""What the walk saw at each node, for whoever tells it beside the text: the names in scope and their values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from archspec.compiler.here import Here
from archspec.compiler.names import Entry, Lookup
from archspec.diagnostics import Span
from archspec.graph.nodes import Node, Scope
from archspec.language import NodeSpec, Template, TemplateError, Unknown

_VISITS = 64
"""Visits of one node that are kept: those of a block in a long stage are much alike."""


class Visit(NamedTuple):
    """One time that the walk came to a node: its surroundings, and how many names each scope around had by then."""

    node: NodeSpec
    here: Here
    counts: tuple[int, ...]

    def value(self, template: Template) -> Any:
        """The value of a template here; None where it has none, or is one that a mistake hides."""
        try:
            return template.evaluate(self.here.environment())
        except (TemplateError, Unknown):
            return None

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
    """The visits of a compilation, by the place of the node's name."""

    visits: dict[Span, list[Visit]] = field(default_factory=dict)

    def visit(self, node: NodeSpec, here: Here) -> None:
        """Keep one more."""
        found = self.visits.setdefault(node.span, [])
        if len(found) < _VISITS:
            found.append(Visit(node, here, tuple([len(lookup.entries) for lookup in _outward(here)])))
