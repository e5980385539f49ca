"""A net as the arrangement of boxes sees it."""

from __future__ import annotations

from archspec.records import record


@record
class Link:
    """Where a net begins and where it ends, by the numbers of boxes; -1 is outside."""

    net: int
    source: int
    ends: tuple[int, ...]
