"""Layers for what is neither series nor parallel: rows of boxes, with places for the nets that pass through them."""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter

from archspec.pages.links import Link

_SWEEPS = 6


def layers(boxes: Sequence[int], links: Sequence[Link]) -> tuple[tuple[int, ...], ...]:
    """The rows of boxes, each below all that it takes from, from left to right so that few nets cross.

    A net that passes a row has a place in it, written `~net`.
    """
    rank = _ranks(boxes, links)
    rows: list[list[int]] = [[] for _ in range(1 + max(rank.values()))]
    for box in boxes:
        rows[rank[box]].append(box)
    edges: list[list[tuple[int, int]]] = [[] for _ in rows]
    for link in links:
        start = rank.get(link.source, -1)
        stops = {rank[end] if end >= 0 else len(rows) for end in link.ends}
        for row in range(start + 1, max(stops)):
            rows[row].append(~link.net)
        for row in range(max(start + 1, 1), min(max(stops) + 1, len(rows))):
            above = link.source if row - 1 == start else ~link.net
            below = [end for end in link.ends if end >= 0 and rank[end] == row]
            edges[row] += [(above, end) for end in below]
            if row < max(stops):
                edges[row].append((above, ~link.net))
    return _ordered(rows, edges)


def _ranks(boxes: Sequence[int], links: Sequence[Link]) -> dict[int, int]:
    """The row of each box; one that takes nothing stands right above what takes it first."""
    rank = dict.fromkeys(boxes, 0)
    nexts: dict[int, list[int]] = {box: [] for box in boxes}
    fed: set[int] = set()
    for link in links:
        if link.source >= 0:
            nexts[link.source] += [end for end in link.ends if end >= 0]
        fed.update(link.ends)
    for box in boxes:
        for end in nexts[box]:
            rank[end] = max(rank[end], rank[box] + 1)
    for box in boxes:
        if box not in fed and nexts[box]:
            rank[box] = min(rank[end] for end in nexts[box]) - 1
    return rank


def _ordered(rows: list[list[int]], edges: list[list[tuple[int, int]]]) -> tuple[tuple[int, ...], ...]:
    """Rows ordered by the middle of what each cell is connected to, up and down in turn."""
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for row in range(1, len(rows)) if down else range(len(rows) - 2, -1, -1):
            ends = edges[row] if down else [(below, above) for above, below in edges[row + 1]]
            places = {cell: place for place, cell in enumerate(rows[row - 1 if down else row + 1])}
            near: dict[int, list[int]] = {}
            for other, cell in ends:
                near.setdefault(cell, []).append(places[other])
            middles = [
                (sum(near[cell]) / len(near[cell]) if cell in near else place, cell)
                for place, cell in enumerate(rows[row])
            ]
            rows[row] = [cell for _, cell in sorted(middles, key=itemgetter(0))]
    return tuple(map(tuple, rows))
