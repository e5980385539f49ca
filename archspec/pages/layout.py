"""Where the boxes of a picture lie, and the nets between them."""

from __future__ import annotations

from collections.abc import Collection

from archspec.pages.arrange import Arrangement, Sizes
from archspec.pages.block import Block
from archspec.pages.picture import Picture
from archspec.records import record


@record
class Placed:
    """A box at its place; `frame` and `box` are its numbers."""

    frame: int
    box: int
    x: int
    y: int
    width: int
    height: int
    is_open: bool


@record
class Piece:
    """A piece of a net of a frame, to the right or down."""

    frame: int
    net: int
    x: int
    y: int
    to_x: int
    to_y: int


@record
class Tip:
    """The end of a net at a box, with the direction in which it points."""

    frame: int
    net: int
    box: int
    x: int
    y: int
    right: int
    down: int


@record
class Layout:
    """A frame laid out, as large as `width` and `height`; an open box stands before those in it."""

    width: int
    height: int
    boxes: tuple[Placed, ...]
    pieces: tuple[Piece, ...]
    tips: tuple[Tip, ...]


def layout(picture: Picture, sizes: Sizes, opened: Collection[int], frame: int = 0) -> Layout:
    """The layout of a frame, with the frames that are open in it. Depends on nothing but sizes; all of it is whole
    numbers, so that it is the same wherever it is computed."""
    block = Arrangement(picture, sizes, opened).block(frame, picture.frames[frame].plan)
    return flat(block)


def flat(block: Block) -> Layout:
    """All that is in a block, with its places from the corner of that."""
    boxes: list[Placed] = []
    pieces: list[Piece] = []
    tips: list[Tip] = []
    stack = [(block, 0, 0)]
    while stack:
        part, x, y = stack.pop()
        if part.box >= 0:
            boxes.append(Placed(part.frame, part.box, x, y, part.width, part.height, part.is_open))
        pieces += [
            Piece(part.frame, net, x + a, y + b, x + c, y + d) for net, a, b, c, d in part.wires if (a, b) != (c, d)
        ]
        tips += [Tip(part.frame, net, part.box, x + a, y + b, right, down) for net, a, b, right, down in part.arrows]
        stack += [(inner, x + a, y + b) for inner, a, b in reversed(part.parts)]
    return Layout(block.width, block.height, tuple(boxes), tuple(pieces), tuple(tips))
