"""Columns: rows of a block one below the other around an axis, and lanes beside them for what passes a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archspec.pages.block import Block
from archspec.pages.channel import Point, channel
from archspec.pages.lanes import Way

LANE = 14
"""The distance between lanes, and of a lane from what it passes."""


def lane_places(rows: Sequence[Block], sided: Sequence[bool], ways: Sequence[Way]) -> dict[int, int]:
    """The x of the lane of each net that has one, from the axis; `sided` are the rows that lanes enter at the side."""
    found: dict[int, int] = {}
    placed: list[tuple[Way, int]] = []
    for way in sorted((way for way in ways if way.slot >= 0), key=lambda way: (way.slot, way.start)):
        last = way.stop if way.stop < len(rows) and sided[way.stop] else way.stop - 1
        passed = rows[way.start + 1 : last + 1]
        reach = max(row.axis if way.slot % 2 else row.beyond for row in passed)
        for other, x in placed:
            if other.slot % 2 == way.slot % 2 and other.start < way.stop and way.start < other.stop:
                reach = max(reach, x)
        placed.append((way, reach + LANE))
        found[way.net] = -(reach + LANE) if way.slot % 2 else reach + LANE
    return found


def stack(
    frame: int, rows: Sequence[Block], sided: Sequence[bool], ways: Sequence[Way], values: Sequence[int]
) -> Block:
    """The block of a column; `values` are those of nets."""
    lanes = lane_places(rows, sided, ways)
    axis = max([row.axis for row in rows] + [-x for x in lanes.values()])
    beyond = max([row.beyond for row in rows] + list(lanes.values()))
    found = Block(frame, axis + beyond, 0, axis)
    at = {net: axis + x for net, x in lanes.items()}
    near: list[list[Way]] = [[] for _ in range(len(rows) + 1)]
    for way in ways:
        for row in range(max(way.start, 0), way.stop + 1):
            near[row].append(way)
    for row, block in enumerate(rows):
        shift = axis - block.axis
        if row == 0:
            found.entries = [(net, x + shift) for net, x in block.entries]
            found.entries += [(way.net, at[way.net]) for way in ways if way.slot >= 0 and way.start < 0]
        found.put(block, shift, found.height)
        _pass(found, block, row, sided[row], near[row], at)
        found.height += block.height
        if row + 1 < len(rows):
            below = rows[row + 1]
            tops, bottoms = _between(row, block, below, sided[row + 1], axis, near[row], at, values)
            between = channel(tops, bottoms)
            found.draw(between.wires, 0, found.height)
            found.height += between.height
        else:
            found.exits = [(value, x + shift) for value, x in block.exits]
            found.exits += [(values[way.net], at[way.net]) for way in ways if way.slot >= 0 and way.stop == len(rows)]
    return found


def _pass(found: Block, block: Block, row: int, sided: bool, ways: Sequence[Way], at: Mapping[int, int]) -> None:
    """Draw the lanes that pass a row, and those that end at its sides."""
    left, right = found.axis - block.axis, found.axis + block.beyond
    sides = {net: y for net, _, y, direction, _ in block.arrows if direction} if sided else {}
    for way in ways:
        if way.slot < 0 or not way.start < row <= way.stop:
            continue
        x, top = at[way.net], found.height
        if way.net in sides and row in way.ends:
            y = top + sides[way.net]
            edge = left if way.slot % 2 else right
            found.wires.append((way.net, min(x, edge), y, max(x, edge), y))
            if row == way.stop:
                found.wires.append((way.net, x, top, x, y))
        if row < way.stop:
            found.wires.append((way.net, x, top, x, top + block.height))


def _between(
    row: int,
    above: Block,
    below: Block,
    sided: bool,
    axis: int,
    ways: Sequence[Way],
    at: Mapping[int, int],
    values: Sequence[int],
) -> tuple[list[Point], list[Point]]:
    """The points of nets at the edges of what is between a row and the next."""
    tops: list[Point] = []
    bottoms: list[Point] = []
    for way in ways:
        if not way.start <= row < way.stop:
            continue
        if way.start == row:
            tops.append((way.net, above.exit_of(values[way.net]) + axis - above.axis))
        elif way.slot >= 0:
            tops.append((way.net, at[way.net]))
        from_lane = way.slot >= 0 and way.start < row
        if row + 1 in way.ends and not (sided and from_lane):
            bottoms += [(way.net, x + axis - below.axis) for x in below.entries_of(way.net)]
        if way.slot >= 0 and (way.stop > row + 1 or (sided and from_lane)):
            bottoms.append((way.net, at[way.net]))
    return tops, bottoms
