"""Numbers as people read them."""

from __future__ import annotations

_LARGE = 1e6


def figure(number: float) -> str:
    """A number with six digits that count, or of large ones the whole: `0.3`, where 0.1 + 0.2 computes to
    0.30000000000000004."""
    return str(float(f"{number:.6g}") if abs(number) < _LARGE else round(number, 1))
