"""How the boxes of a frame are arranged: in columns around a straight axis, side by side, or in layers.

A box that is before or after each other one of a set is on its axis: the axis parts the set, and what lies between two
boxes of it falls apart into pieces that know nothing of each other, which stand side by side. A piece without an axis
is drawn in layers. So columns and rows are the series and parallel parts of the frame, and a value that passes by a
part of its column, a skip, gets a lane beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from archspec.pages.lanes import Way, in_lanes, turn
from archspec.pages.layers import layers
from archspec.pages.links import Link
from archspec.records import record


@record
class Plan:
    """An arrangement: of one `box`; of parts in a `column`, or in a `row`; or of boxes in `layers`.

    `ways` are those of nets in a column; one with a `turn` may go down to the row of that number, and up again beside
    it. `rows` are those of layers, from left to right: boxes, and nets that pass through as `~net`.
    """

    form: Literal["box", "column", "row", "layers"]
    box: int = -1
    parts: tuple[Plan, ...] = ()
    ways: tuple[Way, ...] = ()
    turn: int = -1
    rows: tuple[tuple[int, ...], ...] = ()


def plan(count: int, links: Sequence[Link]) -> Plan:
    """The plan for so many boxes, which stand in the order in which they run, with the nets between them."""
    return _Planner.of(count, links).plan([*range(count)], links)


@record
class _Planner:
    """For each box, those before and after it, as bits."""

    related: list[int]
    before: list[int]

    @staticmethod
    def of(count: int, links: Sequence[Link]) -> _Planner:
        nexts: list[set[int]] = [set() for _ in range(count)]
        for link in links:
            if link.source >= 0:
                nexts[link.source].update(end for end in link.ends if end >= 0)
        before, after = [0] * count, [0] * count
        for box in range(count):
            for end in nexts[box]:
                before[end] |= before[box] | 1 << box
        for box in reversed(range(count)):
            for end in nexts[box]:
                after[box] |= after[end] | 1 << end
        return _Planner([a | b for a, b in zip(before, after, strict=True)], before)

    def plan(self, boxes: list[int], links: Sequence[Link]) -> Plan:
        """The plan of some of the boxes, with the nets that touch them."""
        if len(boxes) == 1:
            return Plan("box", boxes[0])
        pieces = list(_pieces(boxes, links))
        if len(pieces) > 1:
            pieces.sort(key=lambda piece: -len(piece) if len(pieces) == 2 else 0)
            return Plan("row", parts=tuple([self.plan(piece, _touching(piece, links)) for piece in pieces]))
        axis = self._axis(boxes)
        if not axis:
            return Plan("layers", rows=layers(boxes, links))
        return self._column(self._rows(boxes, axis), links)

    def _axis(self, boxes: list[int]) -> list[int]:
        everything = sum(1 << box for box in boxes)
        return [box for box in boxes if not everything & ~(self.related[box] | 1 << box)]

    def _rows(self, boxes: list[int], axis: list[int]) -> list[list[int]]:
        """The boxes of the axis, each a row, and what lies between them."""
        bits = sum(1 << box for box in axis)
        between: list[list[int]] = [[] for _ in range(len(axis) + 1)]
        for box in boxes:
            if not bits >> box & 1:
                between[(self.before[box] & bits).bit_count()].append(box)
        rows = [between[0]]
        for box, after in zip(axis, between[1:], strict=True):
            rows += [[box], after]
        return [row for row in rows if row]

    def _column(self, rows: list[list[int]], links: Sequence[Link]) -> Plan:
        row_of = {box: number for number, row in enumerate(rows) for box in row}
        inside: list[list[Link]] = [[] for _ in rows]
        ways = []
        for link in links:
            start = row_of.get(link.source, -1)
            ends = {row_of.get(end, len(rows)) for end in link.ends}
            for row in {start, *ends} - {-1, len(rows)}:
                inside[row].append(link)
            if ends - {start}:
                ways.append(Way(link.net, start, tuple(sorted(ends - {start}))))
        parts = [self.plan(row, _touching(row, own)) for row, own in zip(rows, inside, strict=True)]
        lanes = in_lanes(ways)
        return Plan("column", parts=tuple(parts), ways=lanes, turn=turn(lanes, len(rows)))


def _pieces(boxes: list[int], links: Sequence[Link]) -> Iterator[list[int]]:
    """The boxes in sets that no net connects, each in its order."""
    leader = {box: box for box in boxes}

    def lead(box: int) -> int:
        while leader[box] != box:
            leader[box] = leader[leader[box]]
            box = leader[box]
        return box

    for link in links:
        if link.source in leader:
            for end in link.ends:
                if end in leader:
                    one, other = sorted((lead(link.source), lead(end)))
                    leader[other] = one
    pieces: dict[int, list[int]] = {}
    for box in boxes:
        pieces.setdefault(lead(box), []).append(box)
    yield from pieces.values()


def _touching(boxes: list[int], links: Sequence[Link]) -> list[Link]:
    """The nets that begin or end at some boxes; all else is outside of them."""
    inside = set(boxes)
    found = []
    for link in links:
        source = link.source if link.source in inside else -1
        ends = tuple(dict.fromkeys(end if end in inside else -1 for end in link.ends))
        if source >= 0 or any(end >= 0 for end in ends):
            # where it comes from outside and goes on, that is no matter of these boxes
            found.append(Link(link.net, source, ends if source >= 0 else tuple(end for end in ends if end >= 0)))
    return found
