"""The ways of nets in a column, those of skips beside it, and which columns turn."""

from __future__ import annotations

from collections.abc import Sequence

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
