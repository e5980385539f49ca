"""Where the places of a text are in a later one: what was last known stays while the text is edited."""

from __future__ import annotations

from bisect import bisect_right
from difflib import SequenceMatcher

from archspec.editor.text import Range


class Moves:
    """From the offsets of a text to those of a later one, as the lines that both have tell."""

    def __init__(self, before: str, after: str) -> None:
        # equal pieces: where each starts in both texts, and its length
        self._pieces = _equal(before, after)
        self._starts = [start for start, _, _ in self._pieces]

    def offset(self, offset: int) -> int | None:
        """Where an offset is now; None where its place was edited."""
        at = bisect_right(self._starts, offset) - 1
        if at < 0:
            return None
        start, now, length = self._pieces[at]
        return now + offset - start if offset <= start + length else None

    def range(self, range: Range) -> Range | None:
        """Where a range is now; None where one of its ends was edited, or it was moved apart."""
        start, end = self.offset(range.start), self.offset(range.end)
        return None if start is None or end is None or end < start else Range(start, end)


def _equal(before: str, after: str) -> list[tuple[int, int, int]]:
    if before == after:
        return [(0, 0, len(before))]
    most = min(len(before), len(after))
    head = _common(before, after, most)
    line = before.rfind("\n", 0, head) + 1
    if after.endswith(before[line:]) or before.endswith(after[line:]):
        # whole lines more or less: those that begin alike are not mixed
        head = line
    tail = _common(before[::-1], after[::-1], most - head)
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    found = [(0, 0, head)]
    old_lines, new_lines = old.splitlines(keepends=True), new.splitlines(keepends=True)
    if len(old_lines) > 1 and len(new_lines) > 1:
        old_at, new_at = _offsets(old_lines, head), _offsets(new_lines, head)
        for a, b, size in SequenceMatcher(None, old_lines, new_lines).get_matching_blocks():
            if size:
                found.append((old_at[a], new_at[b], old_at[a + size] - old_at[a]))
    found.append((len(before) - tail, len(after) - tail, tail))
    return found


def _common(a: str, b: str, most: int) -> int:
    """How many characters two texts begin with alike, found by halving: slices compare fast."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if a[low:middle] == b[low:middle] else (low, middle - 1)
    return low


def _offsets(lines: list[str], start: int) -> list[int]:
    found = [start]
    for line in lines:
        found.append(found[-1] + len(line))
    return found
