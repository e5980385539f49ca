"""The ways of nets between two rows: straight down, or along one of the tracks between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from archspec.records import record

Point: TypeAlias = "tuple[int, int]"
"""A net, and where it crosses an edge."""
Wire: TypeAlias = "tuple[int, int, int, int, int]"
"""A piece of a net: from x and y to x and y, to the right or down."""

GAP, PITCH, REACH = 26, 10, 14
"""The least height between rows, that of a track, and what is left above an arrow's end."""
_NEAR, _ASIDE, _JOG = 6, 8, 3
_SORTED = 60
"""So many nets on tracks are sorted so that few of them cross; more are a matter of milliseconds no longer."""


@record
class Channel:
    """How high it is, and the pieces of nets in it."""

    height: int
    wires: tuple[Wire, ...]


def channel(tops: Sequence[Point], bottoms: Sequence[Point], least: int = GAP) -> Channel:
    """Connect the points of each net at the upper edge with those at the lower one.

    No two nets lie on one another: a net that comes down where another goes down runs above it.
    """
    upper, lower = _places(tops), _places(bottoms)
    nets = [*dict.fromkeys([*upper, *lower])]
    spans = {}
    for net in nets:
        places = [*upper.get(net, ()), *lower.get(net, ())]
        spans[net] = min(places), max(places)
    bent = [net for net in nets if spans[net][0] < spans[net][1]]
    tracks = _tracks(_order(bent, spans, upper, lower), spans)
    count = 1 + max(tracks.values(), default=-1)
    height = max(least, REACH + PITCH * count) if count else least
    top = (height - REACH - PITCH * (count - 1)) // 2 if count else 0
    wires: list[Wire] = []
    for net in nets:
        if net not in tracks:
            wires.append((net, spans[net][0], 0, spans[net][0], height))
            continue
        y = top + PITCH * tracks[net]
        downs = [*lower.get(net, ())]
        for x in upper.get(net, ()):
            aside = x + _ASIDE * _is_in_the_way(net, x, tracks, lower)
            wires += [(net, x, 0, x, _JOG if aside > x else y)]
            wires += [(net, x, _JOG, aside, _JOG), (net, aside, _JOG, aside, y)] * (aside > x)
            downs.append(aside)
        wires.append((net, min(downs), y, max(downs), y))
        wires += [(net, x, y, x, height) for x in lower.get(net, ())]
    return Channel(height, tuple(wires))


def _is_in_the_way(net: int, x: int, tracks: dict[int, int], lower: dict[int, list[int]]) -> bool:
    """Whether a net above goes down where this one comes down: where two change places, neither can be above both."""
    return any(track < tracks[net] and _meet((x,), lower.get(other, ())) for other, track in tracks.items())


def _places(points: Sequence[Point]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for net, x in points:
        places = found.setdefault(net, [])
        if x not in places:
            places.append(x)
    return found


def _order(
    nets: list[int], spans: dict[int, Point], upper: dict[int, list[int]], lower: dict[int, list[int]]
) -> list[int]:
    """Nets from the upper track to the lower one: each after those that must be above it, or cross it less there."""
    if len(nets) > _SORTED:
        return nets
    above: dict[int, dict[int, int]] = {net: {} for net in nets}
    for place, one in enumerate(nets):
        for other in nets[:place]:
            wish = _wish(one, other, spans, upper, lower)
            if wish > 0:
                above[other][one] = wish
            elif wish < 0:
                above[one][other] = -wish
    order = []
    left = [*nets]
    while left:
        # the first of those that the fewest want to be below
        net = min(left, key=lambda net: sum(above[net].values()))
        left.remove(net)
        order.append(net)
        for other in left:
            above[other].pop(net, None)
    return order


def _wish(
    one: int, other: int, spans: dict[int, Point], upper: dict[int, list[int]], lower: dict[int, list[int]]
) -> int:
    """How much better it is that one net runs above another than below it."""
    return (
        _hits(upper.get(one, ()), spans[other])
        + _hits(lower.get(other, ()), spans[one])
        - _hits(upper.get(other, ()), spans[one])
        - _hits(lower.get(one, ()), spans[other])
        + 1000 * (_meet(upper.get(one, ()), lower.get(other, ())) - _meet(upper.get(other, ()), lower.get(one, ())))
    )


def _hits(places: Sequence[int], span: Point) -> int:
    return sum(1 for x in places if span[0] < x < span[1])


def _meet(above: Sequence[int], below: Sequence[int]) -> int:
    return sum(1 for x in above for other in below if abs(x - other) < _NEAR)


def _tracks(order: list[int], spans: dict[int, Point]) -> dict[int, int]:
    """The track of each net: below those before it that it overlaps."""
    found: dict[int, int] = {}
    for net in order:
        low, high = spans[net]
        inside = [
            track
            for other, track in found.items()
            if spans[other][0] <= high + _NEAR and low <= spans[other][1] + _NEAR
        ]
        found[net] = 1 + max(inside, default=-1)
    return found
