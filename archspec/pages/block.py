"""A part of a picture with its size, its ways in and out, and where everything in it lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from archspec.pages.channel import Point, Wire

Arrow: TypeAlias = "tuple[int, int, int, int, int]"
"""An end of a net at a box: the net, x and y, and the direction in which it points, by x and by y."""


@dataclass(slots=True)
class Block:
    """A part of frame number `frame`, as large as `width` and `height`; `axis` is the x around which it stands.

    `entries` are the places on its upper edge where nets come in, `exits` those on the lower one where values leave.
    `parts` lie in it at x and y; `wires` and `arrows` are those between them. What is the block of a `box` alone is
    drawn as one, and `is_open` if its frame is in it.
    """

    frame: int
    width: int
    height: int
    axis: int
    entries: list[Point] = field(default_factory=list)
    exits: list[Point] = field(default_factory=list)
    parts: list[tuple[Block, int, int]] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)
    box: int = -1
    is_open: bool = False

    @property
    def beyond(self) -> int:
        """How far it reaches to the right of its axis."""
        return self.width - self.axis

    def entries_of(self, net: int) -> list[int]:
        """The places where a net comes in."""
        return [x for other, x in self.entries if other == net]

    def exit_of(self, value: int) -> int:
        """The place where a value leaves."""
        return next(x for other, x in self.exits if other == value)

    def put(self, part: Block, x: int, y: int) -> None:
        """Place a part."""
        self.parts.append((part, x, y))

    def draw(self, wires: Sequence[Wire], x: int, y: int) -> None:
        """Draw pieces of nets that have their places from x and y."""
        self.wires += [(net, a + x, b + y, c + x, d + y) for net, a, b, c, d in wires]
