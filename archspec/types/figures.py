"""Numbers as people read them."""

from __future__ import annotations

_LARGE, _HUGE = 1e6, 1e15


def figure(number: float) -> str:
    """A number with six digits that count, or of large ones the whole: `0.3`, where 0.1 + 0.2 computes to
    0.30000000000000004."""
    return str(float(f"{number:.6g}") if abs(number) < _LARGE else round(number, 1))


def bound(number: float) -> str:
    """A bound as whoever set it wrote it: `16777216`, `0.5`, `1e+30`."""
    return str(int(number)) if float(number).is_integer() and abs(number) < _HUGE else f"{number:g}"


def number(value: object) -> str:
    """A count with separators; nothing for zero, and a symbolic size as it is."""
    return (f"{value:,}" if value else "") if isinstance(value, int) else str(value)


def file_size(count: int) -> str:
    """`97.8 MB`."""
    size, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 999.95:
            break
        size, unit = size / 1000, larger
    return f"{count} B" if unit == "B" else f"{size:.1f} {unit}"


def byte_size(count: object) -> str:
    """A number of bytes; nothing for zero, and a symbolic one as it is."""
    return (file_size(count) if count else "") if isinstance(count, int) else f"{count} B"


def count(number: int) -> str:
    """`25.6 M`, `4.1 G`: a large number as people say it."""
    size, unit = float(number), ""
    for larger in ("k", "M", "G", "T", "P"):
        if size < 999.95:
            break
        size, unit = size / 1000, larger
    return f"{size:.1f} {unit}" if unit else str(number)
