"""What the page tells beside the picture: the findings, and what has changed since the network was last sound."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from archspec.diagnostics import Diagnostic
from archspec.diagnostics.text import render
from archspec.escape import json_text
from archspec.graph import Graph
from archspec.records import record
from archspec.reports import diff, summarize
from archspec.reports.diff import sentences


@record
class State:
    """One state of a network. `graph` is that of the last sound text, and `before` the one before it; `name` is what its
    file is called, and `stale` says that the text is not sound now."""

    name: str
    findings: tuple[Diagnostic, ...]
    graph: Graph | None = None
    before: Graph | None = None
    stale: bool = False

    def after(self, findings: Iterable[Diagnostic], graph: Graph | None) -> State:
        """The state once the text is another: what was sound last stays where this one is not."""
        if graph is None:
            return State(self.name, tuple(findings), self.graph, self.before, True)
        return State(self.name, tuple(findings), graph, self.graph)

    def to_json(self) -> str:
        """One object for the page, of texts alone."""
        found: dict[str, Any] = {
            "name": self.name,
            "stale": self.stale,
            "totals": summarize(self.graph, depth=0).totals if self.graph is not None else "",
            "findings": [{"severity": one.severity, "code": one.code, "text": render([one])} for one in self.findings],
            "changes": self._changes(),
        }
        return json_text(found, ascii=True)

    def _changes(self) -> list[str]:
        if self.graph is None or self.before is None or self.stale:
            return []
        found = diff(self.before, self.graph)
        if found.renamed:
            return [sentences.RENAMED]
        return [" ".join(row).strip() for row in sentences.changes(found)]
