"""A drawing, and its texts for Mermaid and for Graphviz."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from archspec.escape import inline
from archspec.records import record
from archspec.reports.draw.parts import Box, Part, boxes


@record
class _Style:
    """How a language writes boxes of each kind and frames: `{id}` and `{text}` stand for those of one."""

    box: dict[str, str]
    frame: str
    end: str
    line: str
    marks: re.Pattern[str]
    mark: Callable[[str], str]

    def text(self, text: str) -> str:
        """A text as it stands in quotes, without its marks being any."""
        return self.marks.sub(lambda found: self.mark(found[0]), inline(text))


_NAMED = {'"': "quot", "<": "lt", ">": "gt"}
_FOR_MERMAID = re.compile(r"[#\"<>&`*%$@]|\\(?=n)|:(?=\S)|\](?=\()|(?<=www)\.|~(?=~)|(?<![^\W_])_|_(?![^\W_])")
"""What would end a text in Mermaid, or be markup, a link or a directive in it."""

_MERMAID = _Style(
    {"end": '{id}(["{text}"])', "node": '{id}["{text}"]', "scope": '{id}[["{text}"]]'},
    'subgraph {id}["{text}"]',
    "end",
    "<br>",
    _FOR_MERMAID,
    lambda mark: f"#{_NAMED.get(mark, ord(mark))};",
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
    re.compile(r'[\\"&]'),
    lambda mark: "&amp;" if mark == "&" else f"\\{mark}",
)


@record
class Drawing:
    """A picture of a network: its parts in the order in which they run, and arrows from box to box, by their paths.

    `mermaid()`, and `str()`, is a flowchart in Mermaid, which GitHub and many editors show as a picture; `dot()` is a
    graph for Graphviz, whose `dot -Tsvg` makes one of it.
    """

    name: str
    parts: tuple[Part, ...]
    arrows: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return self.mermaid()

    def mermaid(self) -> str:
        """A flowchart, from top to bottom; blocks and stages are subgraphs."""
        arrows = [f"  {start} --> {end}" for start, end in self._arrows()]
        return "\n".join(["flowchart TB", *_lines(self.parts, self._ids(), _MERMAID), *arrows, ""])

    def dot(self) -> str:
        """A directed graph, from top to bottom; blocks and stages are clusters."""
        head = [
            f'digraph "{_DOT.text(self.name)}" {{',
            "  node [shape=box, fontname=Helvetica]",
            "  graph [fontname=Helvetica]",
        ]
        arrows = [f"  {start} -> {end}" for start, end in self._arrows()]
        return "\n".join([*head, *_lines(self.parts, self._ids(), _DOT), *arrows, "}", ""])

    def _ids(self) -> dict[str, str]:
        return {box.path: f"n{number}" for number, box in enumerate(boxes(*self.parts))}

    def _arrows(self) -> list[tuple[str, str]]:
        ids = self._ids()
        return [(ids[start], ids[end]) for start, end in self.arrows]


def _lines(parts: tuple[Part, ...], ids: dict[str, str], style: _Style, indent: str = "  ") -> Iterator[str]:
    for part in parts:
        if isinstance(part, Box):
            text = style.line.join(style.text(line) for line in (_title(part), part.shape) if line)
            yield indent + style.box[part.kind].format(id=ids[part.path], text=text)
        else:
            # no other frame of this depth begins with the same box
            id = f"s{len(indent) // 2}_{ids[next(boxes(part)).path]}"
            yield indent + style.frame.format(id=id, text=style.text(_title(part)))
            yield from _lines(part.parts, ids, style, indent + "  ")
            yield indent + style.end


def _title(part: Part) -> str:
    """`conv1: conv 64, kernel 7`; a name that only repeats what it is is left out."""
    what = f"{part.what} × {part.times}" if part.times > 1 else part.what
    if not what:
        return part.name
    return what if what.split()[0] == part.name else f"{part.name}: {what}"
