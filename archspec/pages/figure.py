"""A figure: the network as a column, beside it each kind of block that it calls more than once, and a legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from math import inf

from archspec.errors import UsageError
from archspec.graph.graph import Graph
from archspec.pages.arrange import Arrangement
from archspec.pages.definitions import defined
from archspec.pages.faces import SMALL, Showing, short, sizes
from archspec.pages.frames import picture
from archspec.pages.layout import Layout, Piece, flat, layout
from archspec.pages.letters import text_width
from archspec.pages.open import kinds, opened
from archspec.pages.picture import Kind, Picture
from archspec.pages.plan import Plan
from archspec.pages.style import NAMES, Theme, stylesheet
from archspec.pages.svg import drawing, text
from archspec.records import record

_WIDE = 1000
"""The width of a network of which no more is open by default."""
_MARGIN, _APART, _STUB, _SWATCH, _LEGEND = 12, 36, 14, 12, 20
_PIXELS = 96 / 25.4
"""Units to a millimetre."""
_LEAST = 8 / SMALL
"""How much a figure may be scaled down: 6 points are 8 units."""


@record
class Options:
    """How a figure is drawn.

    `depth` is the number of levels that are open; without one all are but blocks that are called more than once, which
    are drawn beside the network. `paths` are open in any case. `width` is that of the figure in millimetres.
    """

    depth: int | None = None
    paths: tuple[str, ...] = ()
    fuse: bool = True
    showing: Showing = Showing()
    theme: Theme = "auto"
    width: float | None = None
    legend: bool = True


DEFAULT = Options()


@record
class Part:
    """A layout at its place in a figure."""

    layout: Layout
    x: int
    y: int


def svg(graph: Graph, options: Options = DEFAULT) -> str:
    """The figure of a network as SVG. Raises `UsageError` for a path where nothing opens, and for a width in which the
    text would be smaller than 6 points."""
    if options.width is not None and not 0 < options.width < inf:
        raise UsageError(f"`width` must be a number of millimetres, found {options.width}")
    found = picture(graph, options.fuse)
    known = kinds(found)
    frames = opened(found, known, options.depth, options.paths)
    room = None if options.width is None else int(options.width * _PIXELS / _LEAST) - 2 * _MARGIN
    if options.depth is None and not options.paths:
        frames = _coarser(found, options.showing, frames, room or _WIDE)
    if options.depth is None:
        with_definitions = defined(found, known, frames)
        found, frames = with_definitions.picture, with_definitions.opened
    trunk, *others = _parts(found, options.showing, frames, options.depth is None)
    if room is not None and trunk.width > room:
        least = (trunk.width + 2 * _MARGIN) * _LEAST / _PIXELS
        raise UsageError(
            f"`{graph.name}` needs {least:.0f} mm for text of 6 points, found {options.width:g} mm: "
            "open less of it, as `--depth 1` does, or show less in boxes"
        )
    fitting = [part for part in others if room is None or part.width <= room]
    return _document(found, _packed([trunk, *fitting], room), options)


def _coarser(found: Picture, showing: Showing, frames: frozenset[int], room: int) -> frozenset[int]:
    """The frames that are open, without the widest of them as long as the network is wider than there is room."""
    measured = sizes(found, showing)
    while True:
        drawn = layout(found, measured, frames)
        opened_boxes = [box for box in drawn.boxes if box.is_open]
        if drawn.width <= room or not opened_boxes:
            return frames
        widest = max(opened_boxes, key=lambda box: box.width)
        frames -= {found.frames[widest.frame].boxes[widest.box].frame}


def _parts(found: Picture, showing: Showing, frames: frozenset[int], with_definitions: bool) -> list[Layout]:
    """The layout of the network, and those of its definitions, which have ends that lead out of them."""
    measured = sizes(found, showing)
    parts = [layout(found, measured, frames)]
    if with_definitions:
        last = len(found.frames) - 1
        arrangement = Arrangement(found, measured, frames)
        for box in range(len(found.frames[last].boxes)):
            parts.append(_with_ends(found, flat(arrangement.block(last, Plan("box", box))), last, box))
    return parts


def _with_ends(found: Picture, drawn: Layout, frame: int, box: int) -> Layout:
    """A definition with a piece of each net that enters or leaves it."""
    nets = found.frames[frame].nets
    numbers = {net.value: number for number, net in enumerate(nets) if net.source == box}
    pieces = [Piece(frame, tip.net, tip.x, -_STUB, tip.x, 0) for tip in drawn.tips if tip.frame == frame]
    inner = found.frames[found.frames[frame].boxes[box].frame]
    for piece in drawn.pieces:
        if piece.to_y == drawn.height and piece.x == piece.to_x:
            value = inner.nets[piece.net].value
            pieces.append(Piece(frame, numbers[value], piece.x, drawn.height, piece.x, drawn.height + _STUB))
    return replace(drawn, pieces=(*drawn.pieces, *pieces))


def _packed(parts: Sequence[Layout], room: int | None) -> list[Part]:
    """The network on the left, the others in columns on its right where there is room for that, or else below it."""
    trunk, *others = parts
    placed = [Part(trunk, 0, 0)]
    if not others:
        return placed
    columns = _columns(others, max(trunk.height, *(part.height for part in others)))
    width = trunk.width + sum(_APART + max(part.width for part in column) for column in columns)
    if room is None or width <= room:
        x = trunk.width + _APART
        for column in columns:
            y = 0
            for part in column:
                placed.append(Part(part, x, y + _STUB))
                y += part.height + _APART + _STUB
            x += max(part.width for part in column) + _APART
        return placed
    x, y, height = 0, trunk.height + _APART, 0
    for part in others:
        if x and x + part.width > room:
            x, y, height = 0, y + height + _APART, 0
        placed.append(Part(part, x, y + _STUB))
        x, height = x + part.width + _APART, max(height, part.height + 2 * _STUB)
    return placed


def _columns(parts: Sequence[Layout], height: int) -> list[list[Layout]]:
    columns: list[list[Layout]] = [[]]
    y = 0
    for part in parts:
        if y and y + part.height > height:
            columns.append([])
            y = 0
        columns[-1].append(part)
        y += part.height + _APART + _STUB
    return columns


def _document(found: Picture, parts: Sequence[Part], options: Options) -> str:
    width = max(part.x + part.layout.width for part in parts)
    height = max(part.y + part.layout.height + (_STUB if part.y else 0) for part in parts)
    body = "".join(
        f'<g transform="translate({part.x} {part.y})">{drawing(found, part.layout, options.showing)}</g>'
        for part in parts
    )
    if options.legend:
        legend, below = _legend(found, parts, max(width, 200), height + _MARGIN)
        body += legend
        width, height = max(width, 200), height + _MARGIN + below
    wide, high = width + 2 * _MARGIN, height + 2 * _MARGIN
    size = f'width="{wide}" height="{high}"'
    left = -_MARGIN
    if options.width is not None:
        wide = max(wide, round(options.width * _PIXELS))
        left = -(wide - width) // 2
        size = f'width="{options.width:g}mm" height="{options.width * high / wide:.2f}mm"'
    name = escape(short(found.name))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="{left} {-_MARGIN} {wide} {high}" role="img" '
        f'aria-label="{name}"><title>{name}</title><style>{stylesheet(options.theme)}</style>'
        f'<rect class="paper" x="{left}" y="{-_MARGIN}" width="{wide}" height="{high}"/>{body}</svg>\n'
    )


def _legend(found: Picture, parts: Sequence[Part], width: int, y: int) -> tuple[str, int]:
    """The kinds of boxes that are there, and what a dashed line is; and how high that is."""
    shown = {
        found.frames[box.frame].boxes[box.box].kind for part in parts for box in part.layout.boxes if not box.is_open
    }
    texts: list[tuple[Kind | None, str]] = [(kind, name) for kind, name in NAMES.items() if kind in shown]
    if any(found.frames[piece.frame].nets[piece.net].dashed for part in parts for piece in part.layout.pieces):
        texts.append((None, "only gives a size"))
    out, x, top = [], 0, y
    for kind, name in texts:
        wide = _SWATCH + 6 + text_width(name, SMALL) + 16
        if x and x + wide - 16 > width:
            x, top = 0, top + _LEGEND
        if kind:
            swatch = f'<rect x="{x}" y="{top}" width="{_SWATCH}" height="{_SWATCH}" rx="2"/>'
            out.append(f'<g class="{kind}">{swatch}</g>')
        else:
            out.append(f'<path class="net dashed" d="M{x} {top + _SWATCH // 2}h{_SWATCH}"/>')
        out.append(text(x + _SWATCH + 6, top + 10, name, "s l"))
        x += wide
    return "".join(out), (top - y + _LEGEND) if texts else 0
