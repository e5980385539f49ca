"""The findings in a text, as an editor shows them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from archspec.diagnostics import Diagnostic, Source, Span
from archspec.diagnostics.catalogue import codes, page_file
from archspec.diagnostics.finding import Severity
from archspec.editor.analysis import Analysis
from archspec.editor.text import Range, Text
from archspec.editor.workspace import Workspace
from archspec.language.bundled_files import bundled_blocks


class Place(NamedTuple):
    """A range in a file, whose text it is a range of; `readonly` is what is installed with archspec."""

    path: Path
    range: Range
    text: Text
    readonly: bool = False


class Related(NamedTuple):
    """A second place that explains a problem."""

    place: Place
    label: str


class Problem(NamedTuple):
    """A finding where it shows in a text. `page` is the file that explains its code; `finding` is all of it."""

    range: Range
    severity: Severity
    code: str
    message: str
    related: tuple[Related, ...]
    page: Path | None
    finding: Diagnostic


def problems(workspace: Workspace, path: Path) -> tuple[Problem, ...]:
    """All findings about an open text, in its order. One that stands in another file shows where this one names that,
    with its own place as a related one."""
    analysis = workspace.analysis(path)
    return tuple(sorted((_problem(one, analysis) for one in analysis.findings), key=lambda one: one.range))


def _problem(finding: Diagnostic, analysis: Analysis) -> Problem:
    span = finding.span or analysis.spec.source.start
    home = next((at for at in _way(span) if at.source is analysis.spec.source), analysis.spec.source.start)
    related = [Related(place_of(one.span, analysis), one.label) for one in finding.related]
    if home is not span:
        related.insert(0, Related(place_of(span, analysis), finding.label or "here"))
    label = finding.label if home is span else ""
    return _told(finding, home, analysis.text, tuple(related), label)


def settings_problems(workspace: Workspace) -> dict[Path, tuple[Text, tuple[Problem, ...]]]:
    """What is wrong in the settings of the projects of the open texts: of each file, its text and the problems."""
    found: dict[Path, tuple[Text, tuple[Problem, ...]]] = {}
    for finding in workspace.settings_findings:
        if finding.span is not None:
            path = Path(finding.span.source.name).resolve()
            text, others = found.get(path, (Text(finding.span.source.text), ()))
            found[path] = text, (*others, _told(finding, finding.span, text, ()))
    return found


def _told(finding: Diagnostic, span: Span, text: Text, related: tuple[Related, ...], label: str = "") -> Problem:
    """A finding that shows at a place of a text."""
    parts = [finding.message, label, f"help: {finding.help}" if finding.help else ""]
    page = page_file(finding.code) if finding.code in codes() else None
    message = "\n".join(filter(None, parts))
    return Problem(_shown(text.range(span), text), finding.severity, finding.code, message, related, page, finding)


def _way(span: Span) -> list[Span]:
    """A place, and those in other files that lead there."""
    return [span, *(source.via for source in span.source.way if source.via is not None)]


def _shown(range: Range, text: Text) -> Range:
    """An empty range as the character at it, or before it, so that something is seen."""
    if range.start != range.end:
        return range
    line, _ = text.position(range.start)
    start, end = text.starts[line - 1], text.ends[line - 1]
    return Range(range.start, range.start + 1) if range.start < end else Range(max(range.start - 1, start), range.end)


def place_of(span: Span, analysis: Analysis) -> Place:
    """A place in any of the files that a spec is read from."""
    path = path_of(span.source, analysis)
    text = analysis.text if span.source is analysis.spec.source else Text(span.source.text)
    return Place(path, text.range(span), text, span.source.bundled)


def path_of(source: Source, analysis: Analysis) -> Path:
    """The real path of a file, those that are installed among them."""
    if source.path is not None:
        return source.path.resolve()
    for path, (other, _) in analysis.spec.texts.items():
        if other is source:
            return path
    name = Path(source.name).stem
    return bundled_blocks().get(name, analysis.path)
