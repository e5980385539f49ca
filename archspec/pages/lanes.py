"""The ways of nets in a column, those of skips beside it, and which columns turn."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from archspec.records import record


@record
class Way:
    """A net in a column, from row `start` to rows `ends`, in their order. Rows count from 0; -1 is above all of them,
    and their number below.

    One that passes a row does so in a lane beside the column, the `slot`-th from the axis outward: those with even
    numbers are on the right. For all others it is -1.
    """

    net: int
    start: int
    ends: tuple[int, ...]
    slot: int = -1

    @property
    def stop(self) -> int:
        """The last row where it ends."""
        return self.ends[-1]


def in_lanes(ways: Sequence[Way]) -> tuple[Way, ...]:
    """The ways, with a lane for each that passes a row; short ones are inside of long ones, none is in another's."""
    taken: list[list[Way]] = []
    slots: dict[Way, int] = {}
    passing = [way for way in ways if way.stop > way.start + 1]
    for way in sorted(passing, key=lambda way: (way.stop - way.start, way.start, way.net)):
        free = (
            slot
            for slot, others in enumerate(taken)
            if all(way.stop <= other.start or other.stop <= way.start for other in others)
        )
        slot = slots[way] = next(free, len(taken))
        if slot == len(taken):
            taken.append([])
        taken[slot].append(way)
    return tuple([Way(way.net, way.start, way.ends, slots.get(way, -1)) for way in ways])


def turn(ways: Sequence[Way], rows: int) -> int:
    """The last row that goes down, of a chain of so many rows with at least two skips, each inside the other and from
    an arm to the other; -1 for any other column."""
    skips = sorted((way for way in ways if way.slot >= 0), key=lambda way: way.start)
    nested = all(one.start < other.start and other.stop < one.stop for one, other in pairwise(skips))
    chain = all(way.start >= 0 and set(way.ends) <= {way.start + 1, way.stop} and way.stop < rows for way in ways)
    steps = sorted(way.start for way in ways if way.ends[0] == way.start + 1)
    if len(skips) < 2 or not nested or not chain or steps != [*range(rows - 1)]:
        return -1
    return skips[-1].stop - 1
