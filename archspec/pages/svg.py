"""A layout as SVG: text that any program draws, with generic fonts, and no script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from html import escape
from typing import TypeAlias

from archspec.pages.faces import Face, Showing, face, heading
from archspec.pages.layout import Layout, Piece, Placed, Tip
from archspec.pages.picture import Picture
from archspec.records import record

_TIP, _HALF, _DOT, _CORNER = 7, 3, 2, 4


At: TypeAlias = tuple[int, int]


@record
class Marks:
    """What became of boxes, by frame and box, and of nets, by frame and net: `added`, `removed` or `changed`."""

    boxes: Mapping[At, str] = field(default_factory=dict)
    nets: Mapping[At, str] = field(default_factory=dict)


_NONE = Marks()
SIGNS = {"added": "+", "removed": "−", "changed": "~"}


def drawing(picture: Picture, placed: Layout, showing: Showing, marks: Marks = _NONE) -> str:
    """The boxes and nets of a layout, as elements of an SVG."""
    frames = [box for box in placed.boxes if box.is_open]
    boxes = [box for box in placed.boxes if not box.is_open]
    return "".join(
        [
            *(_frame(picture, box) for box in frames),
            *_nets(picture, placed.pieces, marks.nets),
            *(_tip(tip, marks.nets) for tip in placed.tips),
            *(_box(picture, box, showing) for box in boxes),
            *(
                _mark(box, marks.boxes[box.frame, box.box])
                for box in placed.boxes
                if (box.frame, box.box) in marks.boxes
            ),
        ]
    )


def text(x: int, y: int, content: str, kind: str = "") -> str:
    """A line of text; all of it is data."""
    kinds = f' class="{kind}"' if kind else ""
    return f'<text x="{x}" y="{y}"{kinds}>{escape(content)}</text>'


def _frame(picture: Picture, at: Placed) -> str:
    box = picture.frames[at.frame].boxes[at.box]
    return (
        f'<g class="frame"><title>{escape(box.path)}</title>'
        f'<rect x="{at.x}" y="{at.y}" width="{at.width}" height="{at.height}" rx="6"/>'
        f'<path class="head" d="M{at.x} {at.y + 20}h{at.width}"/>'
        f"{text(at.x + at.width // 2, at.y + 14, heading(box), 'b')}</g>"
    )


def _mark(at: Placed, kind: str) -> str:
    """A line around a box, and a sign for whoever sees no colours."""
    around = f'x="{at.x - 3}" y="{at.y - 3}" width="{at.width + 6}" height="{at.height + 6}" rx="7"'
    sign = text(at.x - 10, at.y + 13, SIGNS[kind], "b")
    return f'<g class="{kind}"><title>{kind}</title><rect {around}/>{sign}</g>'


def _box(picture: Picture, at: Placed, showing: Showing) -> str:
    box = picture.frames[at.frame].boxes[at.box]
    said = face(box, showing)
    middle = at.x + at.width // 2
    if said.is_round and at.width == at.height:
        shape = f'<circle cx="{middle}" cy="{at.y + at.height // 2}" r="{at.width // 2}"/>'
    else:
        corner = at.height // 2 if box.kind in {"end", "join"} and not said.lines else _CORNER
        shape = f'<rect x="{at.x}" y="{at.y}" width="{at.width}" height="{at.height}" rx="{corner}"/>'
        if box.times > 1:
            behind = f'<rect class="more" x="{at.x + 4}" y="{at.y + 4}"'
            shape = f'{behind} width="{at.width}" height="{at.height}" rx="{corner}"/>{shape}'
    return f'<g class="{box.kind}"><title>{escape(box.path)}</title>{shape}{lines(at, said)}</g>'


def lines(at: Placed, said: Face) -> str:
    """The text of a box, in its middle."""
    middle = at.x + at.width // 2
    y = at.y + (at.height - 15 - 13 * len(said.lines)) // 2 + 12
    found = [text(middle, y, said.title)]
    for line in said.lines:
        y += 13
        found.append(text(middle, y, line, "s"))
    return "".join(found)


def _nets(picture: Picture, pieces: Sequence[Piece], marks: Mapping[At, str]) -> Iterable[str]:
    """Each net as one path, with a dot where it branches."""
    nets: dict[tuple[int, int], list[Piece]] = {}
    for piece in pieces:
        nets.setdefault((piece.frame, piece.net), []).append(piece)
    for (frame, net), parts in nets.items():
        kind = f" {marks[frame, net]}" if (frame, net) in marks else ""
        dashed = " dashed" if picture.frames[frame].nets[net].dashed else ""
        path = "".join(_stroke(part) for part in parts)
        yield f'<path class="net{dashed}{kind}" d="{path}"/>'
        for x, y in branches(parts):
            yield f'<circle class="dot{kind}" cx="{x}" cy="{y}" r="{_DOT}"/>'


def _stroke(part: Piece) -> str:
    end = f"H{part.to_x}" if part.y == part.to_y else f"V{part.to_y}"
    return f"M{part.x} {part.y}{end}"


def branches(parts: Sequence[Piece]) -> list[tuple[int, int]]:
    """Where three pieces of a net meet, or more."""
    arms: dict[tuple[int, int], set[tuple[int, int]]] = {}
    for part in parts:
        across = int(part.y == part.to_y)
        arms.setdefault((part.x, part.y), set()).add((across, 1 - across))
        arms.setdefault((part.to_x, part.to_y), set()).add((-across, across - 1))
    for part in parts:
        if part.y == part.to_y:
            for (x, y), found in arms.items():
                if y == part.y and part.x < x < part.to_x:
                    found |= {(1, 0), (-1, 0)}
        else:
            for (x, y), found in arms.items():
                if x == part.x and part.y < y < part.to_y:
                    found |= {(0, 1), (0, -1)}
    return [point for point, found in arms.items() if len(found) > 2]


def _tip(tip: Tip, marks: Mapping[At, str]) -> str:
    """An arrow's head, which ends at its box."""
    kind = f" {marks[tip.frame, tip.net]}" if (tip.frame, tip.net) in marks else ""
    wing_x, wing_y = tip.down * _HALF, tip.right * _HALF
    x, y = tip.x - tip.right * _TIP, tip.y - tip.down * _TIP
    return f'<path class="tip{kind}" d="M{tip.x} {tip.y}L{x - wing_x} {y - wing_y}L{x + wing_x} {y + wing_y}Z"/>'
