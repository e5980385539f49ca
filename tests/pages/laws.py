"""What holds of every layout: it cannot lie."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from archspec.pages.arrange import HEAD
from archspec.pages.layout import Layout, Piece, Placed
from archspec.pages.picture import OUTSIDE, Picture

_BAND = 240


def broken(picture: Picture, layout: Layout, root: int = 0) -> list[str]:
    """Every law that a layout breaks, in words."""
    inside = _holders(picture)
    return [
        *_overlapping(picture, layout, inside),
        *_passed_through(picture, layout, inside),
        *_unconnected(picture, layout, root),
        *_on_one_another(picture, layout),
    ]


def _holders(picture: Picture) -> dict[int, tuple[int, int]]:
    """For each frame the box that opens into it."""
    return {
        box.frame: (number, place)
        for number, frame in enumerate(picture.frames)
        for place, box in enumerate(frame.boxes)
        if box.frame >= 0
    }


def _around(frame: int, holders: dict[int, tuple[int, int]]) -> set[tuple[int, int]]:
    found = set()
    while frame in holders:
        found.add(holders[frame])
        frame = holders[frame][0]
    return found


def _bands(low: int, high: int) -> range:
    return range(low // _BAND, high // _BAND + 1)


def _by_band(layout: Layout) -> dict[int, list[Placed]]:
    bands: dict[int, list[Placed]] = {}
    for box in layout.boxes:
        for band in _bands(box.y, box.y + box.height):
            bands.setdefault(band, []).append(box)
    return bands


def _overlapping(picture: Picture, layout: Layout, holders: dict[int, tuple[int, int]]) -> Iterator[str]:
    around = {frame: _around(frame, holders) for frame in range(len(picture.frames))}
    for band in _by_band(layout).values():
        for number, one in enumerate(band):
            for other in band[:number]:
                if (
                    one.x < other.x + other.width
                    and other.x < one.x + one.width
                    and one.y < other.y + other.height
                    and other.y < one.y + one.height
                ):
                    inner, outer = (one, other) if (other.frame, other.box) in around[one.frame] else (other, one)
                    within = (
                        (outer.frame, outer.box) in around[inner.frame]
                        and outer.x <= inner.x
                        and inner.x + inner.width <= outer.x + outer.width
                        and outer.y + HEAD <= inner.y
                        and inner.y + inner.height <= outer.y + outer.height
                    )
                    if not within:
                        yield f"boxes overlap: {one} {other}"
    for box in layout.boxes:
        if box.x < 0 or box.y < 0 or box.x + box.width > layout.width or box.y + box.height > layout.height:
            yield f"beyond the edge: {box}"


def _passed_through(picture: Picture, layout: Layout, holders: dict[int, tuple[int, int]]) -> Iterator[str]:
    bands = _by_band(layout)
    around = {frame: _around(frame, holders) for frame in range(len(picture.frames))}
    for piece in layout.pieces:
        for band in _bands(piece.y, piece.to_y):
            for box in bands.get(band, ()):
                within = box.is_open and (box.frame, box.box) in around[piece.frame]
                high = box.y + (HEAD if within else box.height)
                if _cuts(piece, box.x, box.y, box.x + box.width, high):
                    yield f"{piece} passes through {box}"


def _cuts(piece: Piece, left: int, top: int, right: int, bottom: int) -> bool:
    """Whether a piece is in a rectangle, more than at its edge; a piece along the edge is on it."""
    if piece.x == piece.to_x:
        return left <= piece.x <= right and piece.y < bottom and top < piece.to_y
    return top <= piece.y <= bottom and piece.x < right and left < piece.to_x


def _unconnected(picture: Picture, layout: Layout, root: int) -> Iterator[str]:
    """Nets that do not lead from the one box where they begin to all where they end, and nowhere else."""
    placed = {(box.frame, box.box): box for box in layout.boxes}
    shown = {root} | {picture.frames[box.frame].boxes[box.box].frame for box in layout.boxes if box.is_open}
    pieces: dict[tuple[int, int], list[Piece]] = {}
    for piece in layout.pieces:
        pieces.setdefault((piece.frame, piece.net), []).append(piece)
    tips: dict[tuple[int, int], list[tuple[int, int, int]]] = {}
    for tip in layout.tips:
        box = placed[tip.frame, tip.box]
        side = (
            (tip.y == box.y and tip.down == 1 and box.x < tip.x < box.x + box.width)
            or (tip.y == box.y + box.height and tip.down == -1 and box.x < tip.x < box.x + box.width)
            or (tip.x == box.x and tip.right == 1 and box.y < tip.y < box.y + box.height)
            or (tip.x == box.x + box.width and tip.right == -1 and box.y < tip.y < box.y + box.height)
        )
        if not side:
            yield f"{tip} is not at the edge of {box}"
        tips.setdefault((tip.frame, tip.net), []).append((tip.box, tip.x, tip.y))
    for frame in shown:
        for number, net in enumerate(picture.frames[frame].nets):
            mine = tips.get((frame, number), [])
            if {box for box, _, _ in mine} != {end for end in net.ends if end != OUTSIDE}:
                yield f"net {frame} {number} {net} has its tips at {mine}"
            box = placed[frame, net.source] if net.source != OUTSIDE else None
            points = _reached(pieces.get((frame, number), []), [(x, y) for _, x, y in mine], box)
            if points is None:
                yield f"net {frame} {number} {net} falls apart"
            elif box is not None and not any(_begins(piece, box) for piece in pieces.get((frame, number), [])):
                yield f"net {frame} {number} {net} does not begin at {box}"


def _reached(pieces: list[Piece], tips: list[tuple[int, int]], source: Placed | None) -> set[tuple[int, int]] | None:
    """The ends of all pieces, if every tip is one of them, and they are connected, at the box where they begin or
    among themselves."""
    ends = {(piece.x, piece.y) for piece in pieces} | {(piece.to_x, piece.to_y) for piece in pieces}
    if not set(tips) <= ends:
        return None
    left = [*pieces]
    group = [piece for piece in left if source is not None and _begins(piece, source)] or left[:1]
    left = [piece for piece in left if piece not in group]
    for piece in group:
        joined = [other for other in left if _touch(piece, other)]
        group += joined
        left = [other for other in left if other not in joined]
    return None if left else ends


def _begins(piece: Piece, box: Placed) -> bool:
    """Whether a piece has an end at the lower edge of a box, the upper one or the right one."""
    return any(
        (y in {box.y, box.y + box.height} and box.x < x < box.x + box.width)
        or (x == box.x + box.width and box.y < y < box.y + box.height)
        for x, y in ((piece.x, piece.y), (piece.to_x, piece.to_y))
    )


def _touch(one: Piece, other: Piece) -> bool:
    return one.x <= other.to_x and other.x <= one.to_x and one.y <= other.to_y and other.y <= one.to_y


def _on_one_another(picture: Picture, layout: Layout) -> Iterator[str]:
    """Pieces of different values that lie on one another, so that one could not be told from the other."""
    lines: dict[tuple[int, bool, int], list[tuple[int, int, int]]] = {}
    for piece in layout.pieces:
        value = picture.frames[piece.frame].nets[piece.net].value
        down = piece.x == piece.to_x
        at, low, high = (piece.x, piece.y, piece.to_y) if down else (piece.y, piece.x, piece.to_x)
        lines.setdefault((piece.frame, down, at), []).append((low, high, value))
    for (frame, down, at), spans in lines.items():
        spans.sort()
        for (low, high, value), (start, stop, other) in pairwise(spans):
            if start < high and value != other:
                yield f"in frame {frame} {value} ({low}-{high}) and {other} ({start}-{stop}) are both at {at} {down}"
