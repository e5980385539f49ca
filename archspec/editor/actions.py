"""What can be done about a finding at once: its fix, the remedy that its help tells, or to ignore it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from archspec.diagnostics import Diagnostic, Fix
from archspec.editor.analysis import Analysis
from archspec.editor.edits import Edit, edited
from archspec.editor.problems import Problem, path_of, problems
from archspec.editor.remedies import remedies
from archspec.editor.text import Range
from archspec.editor.workspace import Workspace
from archspec.escape import escaped
from archspec.source import Mapping as Section
from archspec.source import Scalar, Sequence

Kind: TypeAlias = Literal["quickfix", "source.fixAll"]

_TRIALS = 12
"""Remedies of one finding that are tried."""


_LONGEST = 120
"""Characters of a title."""


class Action(NamedTuple):
    """What can be done: a title, the edits of each file, and the finding that goes with them. What only corrects a
    mistype is `preferred`."""

    title: str
    kind: Kind
    edits: Mapping[Path, tuple[Edit, ...]]
    finding: Diagnostic | None = None
    preferred: bool = False


def actions(workspace: Workspace, path: Path, range: Range) -> tuple[Action, ...]:
    """What can be done about the findings in a range of an open text. A remedy is there only if it mends: it has been
    tried, the finding was gone, and no error came in its place."""
    analysis = workspace.analysis(path)
    found = [one for one in problems(workspace, path) if one.range.start <= range.end and range.start <= one.range.end]
    told = [action for one in found for action in _about(one, workspace, analysis)]
    every = _all_fixes(workspace, path, analysis)
    return (*told, every) if every is not None else tuple(told)


def _about(problem: Problem, workspace: Workspace, analysis: Analysis) -> Iterator[Action]:
    finding = problem.finding
    if finding.fix is not None and not finding.fix.span.source.bundled:
        title = _shown(f"Replace `{finding.fix.span.text}` with `{finding.fix.text}`")
        yield Action(title, "quickfix", _edits([finding.fix], analysis), finding, True)
    elif finding.span is not None and finding.span.source is analysis.spec.source:
        for title, edit in dict.fromkeys(islice(remedies(finding, analysis), _TRIALS)):
            if _mends(finding, (edit,), workspace, analysis):
                yield Action(_shown(title), "quickfix", {analysis.path: (edit,)}, finding)
    if finding.severity == "warning" and finding.code.startswith("A7"):
        ignored = ignoring(finding.code, analysis)
        if ignored is not None and _mends(finding, (ignored,), workspace, analysis):
            yield Action(f"Ignore {finding.code} in this file", "quickfix", {analysis.path: (ignored,)}, finding)


def _shown(title: str) -> str:
    """A title in one line, whatever stands in the text."""
    shown = escaped(title)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


def _all_fixes(workspace: Workspace, path: Path, analysis: Analysis) -> Action | None:
    """All fixes in the text itself at once, where there are several."""
    fixes = [one.fix for one in analysis.findings if one.fix is not None]
    own = [fix for fix in fixes if fix.span.source is analysis.spec.source]
    return Action("Fix all that can be fixed safely", "source.fixAll", _edits(own, analysis)) if own else None


def _edits(fixes: Iterable[Fix], analysis: Analysis) -> dict[Path, tuple[Edit, ...]]:
    """The edits of fixes by file; of two that overlap, the first."""
    found: dict[Path, list[Edit]] = {}
    for fix in sorted(set(fixes), key=lambda fix: fix.span[1:]):
        own = found.setdefault(path_of(fix.span.source, analysis), [])
        edit = Edit(analysis.text_of(fix.span.source).range(fix.span), fix.text)
        if not own or own[-1].range.end <= edit.range.start:
            own.append(edit)
    return {path: tuple(edits) for path, edits in found.items()}


def _mends(finding: Diagnostic, edits: tuple[Edit, ...], workspace: Workspace, analysis: Analysis) -> bool:
    """Whether edits of the text take a finding away, and bring no error."""
    trial = Workspace()
    for path in workspace.paths:
        trial.put(path, workspace.text(path).text)
    trial.put(analysis.path, edited(analysis.text.text, edits))
    before, after = (_counted(one.findings) for one in (analysis, trial.analysis(analysis.path)))
    key = (finding.code, finding.severity)
    fewer = after.get(key, 0) < before.get(key, 0)
    return fewer and all(count <= before.get(one, 0) for one, count in after.items() if one[1] == "error")


def _counted(findings: Iterable[Diagnostic]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for one in findings:
        found[one.code, one.severity] = found.get((one.code, one.severity), 0) + 1
    return found


def ignoring(code: str, analysis: Analysis) -> Edit | None:
    """A code more in `lint: {ignore: […]}`, in the style of the file; None where there can be none."""
    tree, text = analysis.tree, analysis.text
    if not isinstance(tree, Section) or analysis.spec.lacks:
        return None
    lint = tree.get("lint")
    if isinstance(lint, Section):
        listed = lint.get("ignore")
        if isinstance(listed, Sequence):
            return _item(code, listed, analysis)
        return None if listed is not None else _entry(f"ignore: [{code}]", lint, analysis)
    if lint is not None and not (isinstance(lint, Scalar) and lint.value is None):
        return None
    if lint is not None or text.text[text.range(tree.span).start : text.range(tree.span).start + 1] == "{":
        return None
    end = len(text.text)
    start = "" if not text.text or text.text[-1] in "\r\n" else text.line_break
    return Edit(Range(end, end), f"{start}lint: {{ignore: [{code}]}}{text.line_break}")


def _item(code: str, listed: Sequence, analysis: Analysis) -> Edit | None:
    """A further item of a list, in brackets or below the others."""
    text, at = analysis.text, analysis.text.range(listed.span)
    if text.text[at.start : at.start + 1] == "[":
        comma = ", " if listed.items else ""
        last = text.range(listed.items[-1].span).end if listed.items else at.end - 1
        return Edit(Range(last, last), f"{comma}{code}")
    if not listed.items:
        return None
    below = text.range(listed.items[-1].span)
    line = text.line(text.position(below.start)[0])
    end = text.ends[text.position(below.end)[0] - 1]
    dash = line[: len(line) - len(line.lstrip())]
    return Edit(Range(end, end), f"{text.line_break}{dash}- {code}") if line.lstrip().startswith("- ") else None


def _entry(entry: str, section: Section, analysis: Analysis) -> Edit | None:
    """A further entry of a mapping, in braces or above the others."""
    text, at = analysis.text, analysis.text.range(section.span)
    if text.text[at.start : at.start + 1] == "{":
        comma = ", " if section.entries else ""
        return Edit(Range(at.start + 1, at.start + 1), entry + comma)
    number, column = text.position(at.start)
    indent = text.line(number)[: column - 1]
    return None if indent.strip() else Edit(Range(at.start, at.start), f"{entry}{text.line_break}{indent}")
