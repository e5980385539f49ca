"""Hints beside a text: the shape after each node, the values of expressions, the projections that were inserted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from archspec.diagnostics import Span
from archspec.editor.analysis import Analysis
from archspec.editor.kept import kept
from archspec.editor.moves import Moves
from archspec.editor.occurrences import Lines
from archspec.editor.shapes import Shape, compact, shapes_of, told
from archspec.editor.text import Range, Text
from archspec.editor.values import computed_by, name_of, nodes_near
from archspec.editor.workspace import Workspace
from archspec.escape import escaped
from archspec.graph import Node
from archspec.language import NodeSpec
from archspec.types.tensor import shape_text

Kind: TypeAlias = Literal["value", "shape", "projection"]

_SEQUENCES = ("seq", "repeat")
"""What gives the shape of its last node, which has its hint beside it where both are in one line."""
_ORDER = ("value", "shape", "projection")
_SCREEN = 300
"""Lines for which hints are made alone; of more, all are made at once, and kept."""
_LISTED = 12
"""Shapes or projections that a tooltip lists."""


class Hint(NamedTuple):
    """A few words beside a text, at an offset; the tooltip has more."""

    offset: int
    text: str
    tooltip: str
    kind: Kind


class _Placed(NamedTuple):
    """A hint about the name at a range; it stands at the end of its line, or at the end of `own`."""

    name: Range
    own: Range | None
    text: str
    tooltip: str
    kind: Kind


def hints(workspace: Workspace, path: Path, range: Range) -> tuple[Hint, ...]:
    """The hints in a range of an open text, in their order; while it is broken, those that were last known."""
    analysis = workspace.sound(path)
    if analysis is None:
        return ()
    text = workspace.text(path)
    moves = Moves(analysis.text.text, text.text)
    lines = _lines_then(text, analysis.text, range)
    is_part = lines[1] - lines[0] < _SCREEN
    found: list[Hint] = []
    for one in _placed(analysis, lines) if is_part else _all(analysis):
        name = moves.range(one.name)
        own = moves.range(one.own) if one.own is not None else None
        if name is None or (one.own is not None and own is None):
            continue
        offset = own.end if own is not None else text.ends[text.position(name.start)[0] - 1]
        if range.has(offset):
            found.append(Hint(offset, one.text, one.tooltip, one.kind))
    return tuple(sorted(dict.fromkeys(found), key=lambda hint: (hint.offset, _ORDER.index(hint.kind))))


def _lines_then(text: Text, then: Text, range: Range) -> Lines:
    """The lines that a range of a text had in an earlier one; where its ends were edited, those around."""
    moves, first, last = Moves(text.text, then.text), *(text.position(offset)[0] for offset in range)
    start = end = None
    while first > 1 and (start := moves.offset(text.starts[first - 1])) is None:
        first -= 1
    while last < len(text.ends) and (end := moves.offset(text.ends[last - 1])) is None:
        last += 1
    return then.position(start or 0)[0], then.position(len(then.text) if end is None else end)[0]


@kept
def _all(analysis: Analysis) -> tuple[_Placed, ...]:
    """All hints of a text, as it was analysed."""
    return tuple(_placed(analysis, (1, len(analysis.text.starts))))


def _placed(analysis: Analysis, lines: Lines) -> Iterator[_Placed]:
    """The hints of what stands in some lines of a text, as it was analysed."""
    nodes = nodes_near(analysis, lines)
    for span, one in computed_by(analysis, nodes, lines).items():
        text = one.told
        if text:
            at = analysis.text.range(span)
            yield _Placed(at, at, f"= {text}", "The value of this expression", "value")
    starts, inserted = Counter(node.span.line for node in nodes), _projections(analysis, nodes)
    for node in nodes:
        yield from _of_node(analysis, node, starts[node.span.line] == 1, inserted.get(node.whole, []))


def _of_node(analysis: Analysis, node: NodeSpec, alone: bool, notes: list[tuple[str, str]]) -> Iterator[_Placed]:
    """The hints of a node, which may be alone in its line."""
    shapes = shapes_of(analysis, node)
    name = analysis.text.range(name_of(node))
    own = None if alone else Range(name.start, max(name.end, analysis.text.range(node.whole).end))
    if shapes and (alone or node.op not in _SEQUENCES):
        text = told(shapes)
        yield _Placed(name, own, text if alone else compact(text), _tooltip(node, shapes), "shape")
    if notes:
        yield _Placed(name, own, _inserted(analysis, node, notes), _listed(notes), "projection")


def _tooltip(node: NodeSpec, shapes: tuple[Shape, ...]) -> str:
    head = f"The output of `{escaped(node.op)}`, without the batch"
    counts = Counter(shapes)
    if len(counts) == 1:
        return head
    listed = [f"{shape_text(shape)} ({count} ×)" if count > 1 else shape_text(shape) for shape, count in counts.items()]
    more = [f"and {len(listed) - _LISTED} more"] if len(listed) > _LISTED else []
    return "\n".join([f"{head}:", *listed[:_LISTED], *more])


def _inserted(analysis: Analysis, node: NodeSpec, notes: list[tuple[str, str]]) -> str:
    """`projection: stride 2`; where not all runs have one, how many do."""
    different = dict.fromkeys(note for _, note in notes)
    joins = sum(isinstance(item, Node) and bool(item.traits.join) for item in analysis.items.get(node.span, ()))
    among = f" in {len(notes)} of {joins} calls" if joins > len(notes) and node.op == "residual" else ""
    if len(different) == 1:
        return f"projection{among}: {notes[0][1]}"
    return f"projection{among or f' in {len(notes)} ' + ('blocks' if node.op == 'stage' else 'calls')}"


def _listed(notes: list[tuple[str, str]]) -> str:
    more = [f"and {len(notes) - _LISTED} more"] if len(notes) > _LISTED else []
    listed = [f"{escaped(path)}: {note}" for path, note in notes[:_LISTED]]
    return "\n".join(["The shortcut is projected, since the body changes:", *listed, *more])


def _projections(analysis: Analysis, nodes: tuple[NodeSpec, ...]) -> dict[Span, list[tuple[str, str]]]:
    """The projections, each with its path and why it is there, by the innermost node of the file that led to it, for
    some nodes."""
    found: dict[Span, list[tuple[str, str]]] = {}
    homes = _homes(nodes)
    for path, note, places in _inserted_at(analysis):
        home = next((homes.get(span) for span in places), None)
        if home is not None:
            found.setdefault(home.whole, []).append((path, note))
    return found


@kept
def _inserted_at(analysis: Analysis) -> list[tuple[str, str, tuple[Span, ...]]]:
    """The path of each projection, why it is there, and the places in the file that led to it, the innermost first."""
    graph = analysis.graph
    found = []
    for path, item in graph.items() if graph is not None else ():
        around = item.output.scope if isinstance(item, Node) else item.parent
        is_part = isinstance(item, Node) and around is not None and around.kind == "shortcut"
        if not item.note or is_part:
            continue
        spans = [item.span]
        while around is not None:
            spans.append(around.span)
            around = around.parent
        own = tuple(span for span in spans if span is not None and span.source is analysis.source)
        found.append((path, item.note, own))
    return found


def _homes(nodes: tuple[NodeSpec, ...]) -> dict[Span, NodeSpec]:
    """The residuals, calls and stages among nodes by the places that what is made of them has."""
    found: dict[Span, NodeSpec] = {}
    for node in nodes:
        found[node.whole] = found[node.span] = node
        for key in ("shortcut", "block"):
            if key in node.arguments and node.op in ("residual", "stage"):
                at = node.arguments[key]
                found[at.at if key == "shortcut" else at.whole] = node
    return found
