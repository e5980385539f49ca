"""Columns that turn: a chain with properly nested skips, as a U-Net has, goes down and up again beside itself."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.pages.block import Block
from archspec.pages.channel import GAP
from archspec.pages.lanes import Way

_ARMS, _BELOW = 60, 16
"""The space between the arms, and between them and the way from one to the other."""


def turned(frame: int, rows: Sequence[Block], ways: Sequence[Way], last: int) -> Block:
    """The block of such a column, of closed boxes: the rows to `last` from top to bottom, the others up beside them,
    and the ends of a skip at one height."""
    skips = sorted((way.start, way.stop, way.net) for way in ways if way.slot >= 0)
    tops = _tops([row.height for row in rows], [(start, stop) for start, stop, _ in skips], last)
    left = max(row.axis for row in rows[: last + 1])
    right = max(row.beyond for row in rows[: last + 1]) + left + _ARMS + max(row.axis for row in rows[last + 1 :])
    bottom = max(top + row.height for top, row in zip(tops, rows, strict=True)) + _BELOW
    width = right + max(row.beyond for row in rows[last + 1 :])
    found = Block(frame, width, bottom + 1, left)
    for number, row in enumerate(rows):
        found.put(row, (left if number <= last else right) - row.axis, tops[number])
    for way in ways:
        start, end = way.start, way.ends[0]
        if end != start + 1:
            continue
        if end <= last:
            found.wires.append((way.net, left, tops[start] + rows[start].height, left, tops[end]))
            rows[end].arrows.append((way.net, rows[end].axis, 0, 0, 1))
            continue
        if start > last:
            found.wires.append((way.net, right, tops[end] + rows[end].height, right, tops[start]))
        else:
            found.wires.append((way.net, left, tops[start] + rows[start].height, left, bottom))
            found.wires.append((way.net, left, bottom, right, bottom))
            found.wires.append((way.net, right, tops[end] + rows[end].height, right, bottom))
        rows[end].arrows.append((way.net, rows[end].axis, rows[end].height, 0, -1))
    for start, stop, net in skips:
        y = tops[start] + rows[start].height // 2
        found.wires.append((net, left + rows[start].beyond, y, right - rows[stop].axis, y))
        rows[stop].arrows.append((net, 0, rows[stop].height // 2, 1, 0))
    return found


def _tops(heights: Sequence[int], skips: Sequence[tuple[int, int]], last: int) -> list[int]:
    """The y of each row: both arms from above, the ends of each skip with their middles at one height."""
    tops = [0] * len(heights)
    down, up = 0, len(heights) - 1
    ys = [0, 0]
    for start, stop in [*skips, (last + 1, last)]:
        for row in range(down, start):
            tops[row], ys[0] = ys[0], ys[0] + heights[row] + GAP
        for row in range(up, stop, -1):
            tops[row], ys[1] = ys[1], ys[1] + heights[row] + GAP
        if start > last:
            break
        middle = max(ys[0] + heights[start] // 2, ys[1] + heights[stop] // 2)
        tops[start], tops[stop] = middle - heights[start] // 2, middle - heights[stop] // 2
        ys = [tops[start] + heights[start] + GAP, tops[stop] + heights[stop] + GAP]
        down, up = start + 1, stop - 1
    return tops
