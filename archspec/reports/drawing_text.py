"""A drawing as text for Mermaid and for Graphviz."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from archspec.reports.drawing import Box, Drawing, Part, boxes


@dataclass(frozen=True, slots=True)
class _Style:
    """How a language writes boxes of each kind and frames: `{id}` and `{text}` stand for those of one."""

    box: dict[str, str]
    frame: str
    end: str
    line: str
    escape: Callable[[str], str]


_MERMAID = _Style(
    {"end": '{id}(["{text}"])', "node": '{id}["{text}"]', "scope": '{id}[["{text}"]]'},
    'subgraph {id}["{text}"]',
    "end",
    "<br>",
    lambda text: text.replace("#", "#35;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;"),
)
_DOT = _Style(
    {
        "end": '{id} [label="{text}", style=rounded]',
        "node": '{id} [label="{text}"]',
        "scope": '{id} [label="{text}", peripheries=2]',
    },
    'subgraph cluster_{id} {{ label="{text}"',
    "}",
    "\\n",
    lambda text: text.replace("\\", "\\\\").replace('"', '\\"'),
)


def mermaid(drawing: Drawing) -> str:
    """A flowchart, from top to bottom; blocks and stages are subgraphs."""
    ids = _ids(drawing)
    arrows = [f"  {ids[start]} --> {ids[end]}" for start, end in drawing.arrows]
    return "\n".join(["flowchart TB", *_lines(drawing.parts, ids, _MERMAID), *arrows, ""])


def dot(drawing: Drawing) -> str:
    """A directed graph, from top to bottom; blocks and stages are clusters."""
    ids = _ids(drawing)
    head = [f'digraph "{drawing.name}" {{', "  node [shape=box, fontname=Helvetica]", "  graph [fontname=Helvetica]"]
    arrows = [f"  {ids[start]} -> {ids[end]}" for start, end in drawing.arrows]
    return "\n".join([*head, *_lines(drawing.parts, ids, _DOT), *arrows, "}", ""])


def _ids(drawing: Drawing) -> dict[str, str]:
    return {box.path: f"n{number}" for number, box in enumerate(boxes(*drawing.parts))}


def _lines(parts: tuple[Part, ...], ids: dict[str, str], style: _Style, indent: str = "  ") -> Iterator[str]:
    for part in parts:
        first = next(boxes(part))
        if isinstance(part, Box):
            text = style.line.join(style.escape(line) for line in (_title(part), part.shape) if line)
            yield indent + style.box[part.kind].format(id=ids[part.path], text=text)
        else:
            # Every frame begins with another box, or is the only part of the frame around it.
            depth = len(indent) // 2
            text = style.escape(_title(part))
            yield indent + style.frame.format(id=f"s{depth}_{ids[first.path]}", text=text)
            yield from _lines(part.parts, ids, style, indent + "  ")
            yield indent + style.end


def _title(part: Part) -> str:
    """`conv1: conv 64, kernel 7`; a name that only repeats what it is is left out."""
    what = f"{part.what} × {part.times}" if part.times > 1 else part.what
    return what if what.split()[:1] in ([], [part.name]) and what else f"{part.name}: {what}".removesuffix(": ")
