"""Two networks as one picture: the one before on the left, the one after on its right, with what changed marked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from archspec.graph.graph import Graph
from archspec.pages.faces import Showing, short, sizes
from archspec.pages.frames import picture
from archspec.pages.layout import Layout, layout
from archspec.pages.open import kinds, opened
from archspec.pages.picture import Box, Picture
from archspec.pages.style import Theme, marks_stylesheet, stylesheet
from archspec.pages.svg import Marks, drawing, text
from archspec.reports.diff.difference import Difference
from archspec.reports.diff.html import html_text

_MARGIN, _APART, _TITLE = 20, 60, 24


def compare_svg(before: Graph, after: Graph, diff: Difference, names: tuple[str, str], theme: Theme = "auto") -> str:
    """Both networks as SVG: what is removed is marked in the first, what is added in the second, what is changed,
    renamed or moved in both."""
    old = {path: "changed" if change.after else "removed" for change in diff.changes for path in change.before}
    new = {path: "changed" if change.before else "added" for change in diff.changes for path in change.after}
    parts, x, height = [], 0, 0
    for graph, told, name in ((before, old, names[0]), (after, new, names[1])):
        found = picture(graph)
        frames = opened(found, kinds(found))
        drawn = layout(found, sizes(found, Showing()), frames)
        body = drawing(found, drawn, Showing(), _marks(found, drawn, told))
        title = text(drawn.width // 2, -10, short(name), "b")
        parts.append(f'<g transform="translate({x} {_TITLE})">{title}{body}</g>')
        x, height = x + drawn.width + _APART, max(height, drawn.height + _TITLE)
    wide, high = x - _APART + 2 * _MARGIN, height + 2 * _MARGIN
    label = escape(short(f"{names[0]} → {names[1]}"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" role="img" aria-label="{label}" '
        f'viewBox="{-_MARGIN} {-_MARGIN} {wide} {high}"><title>{label}</title>'
        f"<style>{stylesheet(theme)}{marks_stylesheet()}</style>"
        f'<rect class="paper" x="{-_MARGIN}" y="{-_MARGIN}" width="{wide}" height="{high}"/>{"".join(parts)}</svg>\n'
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


def _marks(found: Picture, drawn: Layout, told: Mapping[str, str]) -> Marks:
    """The boxes that are marked: each change at the innermost box that is seen and holds it, whole or in part."""
    seen = {(box.frame, box.box): found.frames[box.frame].boxes[box.box] for box in drawn.boxes}
    exact: dict[str, tuple[int, int]] = {}
    for at, box in seen.items():
        exact.update(dict.fromkeys((*_alike(box), *box.nodes), at))
    marks: dict[tuple[int, int], str] = {}
    for path, kind in told.items():
        holder = next((inner for inner in _around(path) if inner in exact), None)
        if holder is not None:
            whole = holder == path and found.frames[exact[holder][0]].boxes[exact[holder][1]].path == path
            marks.setdefault(exact[holder], kind if whole else "changed")
    return marks


def _alike(box: Box) -> Iterable[str]:
    """The path of a box, and those of the equal ones in a row that it stands for, where they are numbered."""
    home, dot, name = box.path.rpartition(".")
    yield box.path
    if name.isdecimal():
        yield from (f"{home}{dot}{int(name) + more}" for more in range(1, box.times))


def _around(path: str) -> Iterable[str]:
    """A path, and those of all that is around it."""
    while path:
        yield path
        path = path.rpartition(".")[0]
