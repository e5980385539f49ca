"""What the page tells beside the picture: the findings, and what has changed since the network was last sound."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from archspec.diagnostics import Diagnostic
from archspec.diagnostics.text import render
from archspec.escape import json_text
from archspec.graph import Graph
from archspec.pages.compare import compare_svg
from archspec.pages.html import html
from archspec.records import record
from archspec.reports import diff, summarize
from archspec.reports.diff import sentences


@record
class State:
    """One state of a network, whose file is called `name`. `graph` is that of the last sound text, and `before` the one
    before it; `stale` says that the text is not sound now."""

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

    def page(self) -> str:
        """The page of the network that was sound last; none before there was one."""
        return "" if self.graph is None else html(self.graph)

    def to_json(self) -> str:
        """One object for the page, of texts alone."""
        found: dict[str, Any] = {
            "name": self.name,
            "stale": self.stale,
            "totals": summarize(self.graph, depth=0).totals if self.graph is not None else "",
            "findings": [{"severity": one.severity, "code": one.code, "text": render([one])} for one in self.findings],
            **self._changes(),
        }
        return json_text(found, ascii=True)

    def _changes(self) -> dict[str, Any]:
        """What has changed since the network was last sound, in words, and in a picture of both."""
        if self.graph is None or self.before is None or self.stale:
            return {"changes": [], "picture": ""}
        found = diff(self.before, self.graph)
        if found.same:
            return {"changes": [], "picture": ""}
        told = [" ".join(row).strip() for row in sentences.changes(found)]
        picture = compare_svg(self.before, self.graph, found, ("before", "now"))
        return {"changes": [sentences.RENAMED] if found.renamed else told, "picture": picture}
