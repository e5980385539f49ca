"""Which boxes of a picture are open, and which blocks are drawn beside it."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence

from archspec.errors import UsageError
from archspec.pages.picture import Box, Picture
from archspec.records import record

_NUMBER = re.compile(r"\d[\d.]*")


@record
class Kinds:
    """The kinds of modules in a picture: of each frame that a box opens into the number of its kind, and of each kind
    its frames, and how often it is called where nothing is drawn twice.

    Calls of one block are of a kind if they hold the same boxes in the same order, whatever their sizes; other modules
    are each of a kind of its own.
    """

    of: dict[int, int]
    frames: dict[int, list[int]]
    calls: dict[int, int]


def kinds(picture: Picture) -> Kinds:
    """The kinds of modules in a picture."""
    numbers: dict[Hashable, int] = {}
    found = Kinds({}, {}, {})
    for _, box in picture.inside():
        if box.frame >= 0:
            what = (box.block, _content(picture, box.frame, numbers)) if box.block else ("", box.path)
            found.of[box.frame] = kind = numbers.setdefault(what, len(numbers))
            found.frames.setdefault(kind, []).append(box.frame)
    stack = [0]
    while stack:
        for box in picture.frames[stack.pop()].boxes:
            if box.frame >= 0:
                kind = found.of[box.frame]
                found.calls[kind] = found.calls.get(kind, 0) + 1
                if found.calls[kind] == 1:
                    stack.append(found.frames[kind][0])
    return found


def opened(picture: Picture, known: Kinds, depth: int | None = None, paths: Sequence[str] = ()) -> frozenset[int]:
    """The numbers of the frames that are open: without a `depth`, all but those of blocks that are called more than
    once; with one, those that show so many levels. What stands at `paths`, and around it, is open with all in it.

    Raises `UsageError` where nothing that opens stands at a path.
    """
    if depth is None:
        found = {frame for frame, kind in known.of.items() if known.calls.get(kind) == 1}
    else:
        found = {frame for frame, level in _levels(picture) if level < depth - 1}
    for path in paths:
        found |= _at(picture, path)
    return frozenset(found)


def _content(picture: Picture, number: int, numbers: dict[Hashable, int]) -> int:
    """A number for what a frame holds and how it is connected, whatever its sizes. Depth is bounded by the compiler."""
    frame = picture.frames[number]
    boxes = tuple([(_said(box), box.frame >= 0 and _content(picture, box.frame, numbers)) for box in frame.boxes])
    nets = tuple(sorted([(net.source, net.ends, net.dashed) for net in frame.nets]))
    return numbers.setdefault((boxes, nets), len(numbers))


def _said(box: Box) -> Hashable:
    return _NUMBER.sub("#", box.words.what), _NUMBER.sub("#", box.words.detail), box.block, box.times


def _levels(picture: Picture) -> Iterator[tuple[int, int]]:
    """Each frame that a box opens into, with the number of boxes that are around that."""
    stack = [(0, 0)]
    while stack:
        frame, level = stack.pop()
        for box in picture.frames[frame].boxes:
            if box.frame >= 0:
                yield box.frame, level
                stack.append((box.frame, level + 1))


def _at(picture: Picture, path: str) -> set[int]:
    paths = {box.frame: f"{box.path}." for _, box in picture.inside() if box.frame >= 0}
    inside = {frame for frame, inner in paths.items() if inner.startswith(f"{path}.")}
    if not inside:
        some = ", ".join(f"`{inner[:-1]}`" for inner in sorted(paths.values())[:5])
        there = f"; there are {some}" if some else ""
        raise UsageError(f"nothing opens at `{path:.80}` in `{picture.name}`{there}")
    return inside | {frame for frame, inner in paths.items() if path.startswith(inner)}
