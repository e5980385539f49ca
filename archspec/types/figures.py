"""Numbers as people read them."""

from __future__ import annotations

from archspec.types.sizes import Size, symbols

_LARGE, _HUGE = 1e6, 1e15
_LONG = 160


def figure(number: float) -> str:
    """A number with six digits that count, or of large ones the whole: `0.3`, where 0.1 + 0.2 computes to
    0.30000000000000004."""
    return str(float(f"{number:.6g}") if abs(number) < _LARGE else round(number, 1))


def bound(number: float) -> str:
    """A bound as whoever set it wrote it: `16777216`, `0.5`, `1e+30`."""
    return str(int(number)) if float(number).is_integer() and abs(number) < _HUGE else f"{number:g}"


def number(value: object) -> str:
    """A count with separators, which may be symbolic; nothing for zero."""
    return "" if value == 0 else f"{value:,}"


def file_size(count: int) -> str:
    """`97.8 MB`."""
    size, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < 999.95:
            break
        size, unit = size / 1000, larger
    return f"{count} B" if unit == "B" else f"{size:.1f} {unit}"


def brief(count: Size, longest: int) -> str:
    """The same, or where that is longer: `depends on H, W`."""
    text = number(count)
    return text if len(text) <= longest else f"depends on {', '.join(sorted(symbols(count)))}"


def shortened(text: str) -> str:
    """A value among others in a line: of a long one, such as the numbers of a buffer, the beginning."""
    return text if len(text) <= _LONG else f"{text[: _LONG - 2]} …"


def byte_size(count: object) -> str:
    """A number of bytes; nothing for zero, and a symbolic one with separators."""
    return (file_size(count) if count else "") if isinstance(count, int) else f"{count:,} B"


def count(number: int) -> str:
    """`25.6 M`, `4.1 G`: a large number as people say it."""
    size, unit = float(number), ""
    for larger in ("k", "M", "G", "T", "P"):
        if size < 999.95:
            break
        size, unit = size / 1000, larger
    return f"{size:.1f} {unit}" if unit else str(number)
