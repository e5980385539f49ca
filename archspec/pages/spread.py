"""Places for rows of blocks, so that what is connected stands below one another as far as there is room."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.pages.block import Block

_SWEEPS = 4


def spread(rows: Sequence[Sequence[Block]], values: Sequence[int], between: int) -> list[list[int]]:
    """The x of each block in rows; `values` are those of nets, `between` is the least space between blocks."""
    places = []
    for row in rows:
        x, at = 0, []
        for block in row:
            at.append(x)
            x += block.width + between
        places.append([place - (x - between) // 2 for place in at])
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for number in range(1, len(rows)) if down else range(len(rows) - 2, -1, -1):
            upper = number - 1 if down else number
            pulls = _pulls(rows[upper], places[upper], rows[upper + 1], places[upper + 1], values, down)
            places[number] = _settled(rows[number], places[number], pulls, between)
    return places


def _pulls(
    upper: Sequence[Block],
    above: Sequence[int],
    lower: Sequence[Block],
    below: Sequence[int],
    values: Sequence[int],
    down: bool,
) -> list[list[int]]:
    """For each block of a row how far each of its nets would move it to be straight."""
    exits = {value: (place, above[place] + x) for place, block in enumerate(upper) for value, x in block.exits}
    found: list[list[int]] = [[] for _ in (lower if down else upper)]
    for place, block in enumerate(lower):
        for net, x in block.entries:
            other, start = exits[values[net]]
            shift = start - (below[place] + x)
            if down:
                found[place].append(shift)
            else:
                found[other].append(-shift)
    return found


def _settled(row: Sequence[Block], places: Sequence[int], pulls: Sequence[Sequence[int]], between: int) -> list[int]:
    """The places where blocks are pulled to, as near as their widths allow: those in one another's way share it."""
    wishes, widths, x = [], [], 0
    for block, place, pull in zip(row, places, pulls, strict=True):
        wishes.append(place + (sum(pull) // len(pull) if pull else 0) - x)
        widths.append(x)
        x += block.width + between
    groups: list[tuple[int, int]] = []
    for wish in wishes:
        groups.append((wish, 1))
        while len(groups) > 1 and groups[-2][0] * groups[-1][1] > groups[-1][0] * groups[-2][1]:
            total, count = groups.pop()
            groups[-1] = groups[-1][0] + total, groups[-1][1] + count
    settled = [total // count for total, count in groups for _ in range(count)]
    return [place + width for place, width in zip(settled, widths, strict=True)]
