"""Two networks as one picture: what is in both once, what was added, removed and changed in colour."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import replace
from html import escape

from archspec.graph.graph import Graph
from archspec.pages.faces import SMALL, TITLE, Showing, face, heading, short, sizes
from archspec.pages.frames import picture
from archspec.pages.layout import layout
from archspec.pages.letters import text_width
from archspec.pages.open import kinds, opened
from archspec.pages.picture import Box, Frame
from archspec.pages.style import Theme, marks_stylesheet, stylesheet
from archspec.pages.svg import SIGNS, Marks, drawing, text
from archspec.pages.union import Became, Union, union
from archspec.reports.diff.difference import Difference
from archspec.reports.diff.html import html_text

_MARGIN, _ABOVE, _BELOW = 20, 24, 28


def compare_svg(before: Graph, after: Graph, diff: Difference, names: tuple[str, str], theme: Theme = "auto") -> str:
    """Both networks as one SVG: boxes and lines that are only in one of them, and boxes that differ, are marked. Of
    blocks that are called more than once, the first call that differs is open."""
    found = union(picture(before), picture(after), _renaming(diff))
    differ = _around({path for change in diff.changes for path in change.after})
    differed = _around({path for change in diff.changes for path in change.before})
    frames = _opened(found, differ, differed)
    shown = replace(found.picture, frames=_with_what_was(found))
    drawn = layout(shown, sizes(shown, Showing()), frames)
    marks = Marks({**_changed(found, differ, differed, frames), **found.boxes}, found.nets)
    title = short(f"{names[0]} → {names[1]}")
    legend, least = _legend(drawn.height)
    width = max(drawn.width, least, text_width(title, TITLE, bold=True))
    wide, high = width + 2 * _MARGIN, drawn.height + _ABOVE + _BELOW + 2 * _MARGIN
    body = drawing(shown, drawn, Showing(), marks)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" role="img" '
        f'aria-label="{escape(title)}" viewBox="{-_MARGIN} {-_MARGIN - _ABOVE} {wide} {high}">'
        f"<title>{escape(title)}</title><style>{stylesheet(theme)}{marks_stylesheet()}</style>"
        f'<rect class="paper" x="{-_MARGIN}" y="{-_MARGIN - _ABOVE}" width="{wide}" height="{high}"/>'
        f"{text(0, -12, title, 'b l')}{body}{legend}</svg>\n"
    )


def compare_html(before: Graph, after: Graph, diff: Difference, names: tuple[str, str]) -> str:
    """The same with the tables of a diff, as a page that loads nothing."""
    title = escape(short(f"{names[0]} → {names[1]}"))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
        f"content=\"default-src 'none'; style-src 'unsafe-inline'\"><title>{title}</title><style>"
        "body{font:14px Helvetica,Arial,sans-serif;margin:16px;color-scheme:light dark}td,th{padding:2px 8px}"
        f"</style></head><body><h1>{title}</h1>{html_text(diff)}"
        f"{compare_svg(before, after, diff, names)}</body></html>\n"
    )


def _renaming(diff: Difference) -> Callable[[str], str]:
    """What gives the path after to one before: that of what is renamed or moved, or of what is around it."""
    paths = {
        old: new
        for change in diff.changes
        if change.before and change.after
        for old, new in zip(change.before, change.after, strict=True)
    }

    def renamed(path: str) -> str:
        for around in _upwards(path):
            if around in paths:
                return paths[around] + path[len(around) :]
        return path

    return renamed


def _opened(found: Union, differ: Set[str], differed: Set[str]) -> frozenset[int]:
    """The frames that are open: those of a figure, and for each kind of block the first call in which something is
    different."""
    known = kinds(found.picture)
    frames = {*opened(found.picture, known)}
    seen: set[int] = set()
    for number, frame in enumerate(found.picture.frames):
        for at, box in enumerate(frame.boxes):
            was = found.same.get((number, at))
            if box.frame < 0 or was is None or known.of[box.frame] in seen:
                continue
            if _touched(box, differ) or _touched(was, differed):
                seen.add(known.of[box.frame])
                frames.add(box.frame)
    return frozenset(frames)


def _changed(found: Union, differ: Set[str], differed: Set[str], frames: Set[int]) -> dict[tuple[int, int], Became]:
    """The boxes that are in both, and that differ: an open one by its title, others by what is in them, too."""
    changed: dict[tuple[int, int], Became] = {}
    for at, was in found.same.items():
        box = found.picture.frames[at[0]].boxes[at[1]]
        inside = box.frame not in frames and (_touched(box, differ) or _touched(was, differed))
        if inside or (box.frame in frames and heading(box) != heading(was)):
            changed[at] = "changed"
    return changed


def _with_what_was(found: Union) -> tuple[Frame, ...]:
    """The frames; a box that says something else than before says that, too."""
    frames = []
    for number, frame in enumerate(found.picture.frames):
        boxes = [_told(box, found.same.get((number, at))) for at, box in enumerate(frame.boxes)]
        frames.append(replace(frame, boxes=tuple(boxes)))
    return tuple(frames)


def _told(box: Box, was: Box | None) -> Box:
    if was is None:
        return box
    now, then = face(box, Showing()), face(was, Showing())
    parts = [old for old, new in ((then.title, now.title), (was.words.detail, box.words.detail)) if old and old != new]
    if not parts:
        return box
    notes = dict.fromkeys(filter(None, (box.words.note, f"was {', '.join(parts)}")))
    return replace(box, words=replace(box.words, note="; ".join(notes)))


def _touched(box: Box, paths: Set[str]) -> bool:
    """Whether one of some paths is that of a box or what is in it, or of an equal one in a row that it stands for."""
    return not paths.isdisjoint((*_alike(box), *box.nodes))


def _alike(box: Box) -> Iterator[str]:
    """The path of a box, and those of the equal ones in a row that it stands for, where they are numbered."""
    home, dot, name = box.path.rpartition(".")
    yield box.path
    if name.isdecimal():
        yield from (f"{home}{dot}{int(name) + more}" for more in range(1, box.times))


def _around(paths: Iterable[str]) -> frozenset[str]:
    """Some paths, and those of all that is around them."""
    return frozenset([around for path in paths for around in _upwards(path)])


def _upwards(path: str) -> Iterator[str]:
    """A path, and those of all that is around it."""
    while path:
        yield path
        path = path.rpartition(".")[0]


def _legend(y: int) -> tuple[str, int]:
    """What the colours and signs say, below the picture; and how wide that is."""
    out, x = [], 0
    for kind, sign in SIGNS.items():
        out.append(f'<g class="{kind}"><rect x="{x}" y="{y + 14}" width="12" height="12" rx="2"/></g>')
        out.append(text(x + 18, y + 24, f"{sign} {kind}", "s l"))
        x += 30 + text_width(f"{sign} {kind}", SMALL)
    return "".join(out), x
