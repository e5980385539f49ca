"""Runs of equal lines of code, or of lines that differ by steady steps, as comprehensions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from archspec.export.source.code import Code, Group, flat, literal, numbered, parted

_NUMBER = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?(?:e-?\d+)?)(?![\w.])")
_COUNTED = " for i in range("
_EQUAL_LINES = 3
"""Equal lines from which on they become a comprehension."""
_PATTERN_LINES = 4
"""Lines of a pattern that repeats."""


def compressed(items: Sequence[Code], totals: Sequence[float] = ()) -> list[Code]:
    """The items of a list, runs as `*[… for _ in range(n)]`. `totals` are numbers that a ramp may rise to."""
    texts = [flat(item) for item in items]
    lines = [_numbers(text) for text in texts]
    found: list[Code] = []
    at = 0
    while at < len(items):
        period, times = _run(texts, at)
        if period > 1 and texts[at : at + 1] == texts[at + period * times : at + period * times + 1]:
            # the pattern begins with what comes after it too: apart from that, it ends where it should
            found.append(items[at])
            at += 1
        elif times:
            found.append(_repeated(items[at : at + period], times))
            at += period * times
        else:
            element, times = _progression(lines, at, 0, totals)
            found.append(_comprehension("*[", element, times) if times else items[at])
            at += times or 1
    return found


def named(items: Sequence[tuple[str, Code]], totals: Sequence[float] = ()) -> Code:
    """An ordered mapping of modules by name; a comprehension where names and modules advance by steady steps."""
    stem, first = _stem([name for name, _ in items])
    if stem:
        lines = [_numbers(flat(code)) for _, code in items]
        element, times = _progression(lines, 0, first, totals)
        if times == len(items):
            return _comprehension("OrderedDict(", f"({numbered(stem)}, {element})", times, first)
    pairs: list[Code] = [Group("(", (literal(name), code), ")", "tuple") for name, code in items]
    return Group("OrderedDict(", (Group("[", tuple(pairs), "]"),), ")")


def _numbers(line: str) -> list[str]:
    """A line of code in parts: what stands between its numbers, and those, in turn. Digits in texts are none."""
    found = [""]
    for at, part in enumerate(parted(line)):
        head, *rest = [part] if at % 2 else _NUMBER.split(part)
        found[-1] += head
        found += rest
    return found


def _stem(names: Sequence[str]) -> tuple[str, int]:
    """What names have in front of consecutive numbers, and the first of those; nothing where they have not."""
    stem = names[0].rstrip("0123456789") if names else ""
    number = names[0][len(stem) :] if names else ""
    if not number or list(names) != [f"{stem}{int(number) + i}" for i in range(len(names))]:
        return "", 0
    return stem, int(number)


def _run(texts: list[str], at: int) -> tuple[int, int]:
    """The length of the pattern that repeats from here on, and how often; no times where it is not worth it."""
    best = (0, 0)
    for period in range(1, _PATTERN_LINES + 1):
        pattern = texts[at : at + period]
        times = 1
        while texts[at + period * times : at + period * (times + 1)] == pattern:
            times += 1
        if times >= _EQUAL_LINES and period * times > best[0] * best[1]:
            best = (period, times)
    return best


def _repeated(pattern: Sequence[Code], times: int) -> Code:
    clause = f"for _ in range({times})"
    if len(pattern) == 1:
        return Group("*[", (pattern[0], clause), "]", "comprehension")
    layers = Group("for layer in (", tuple(pattern), ")", "tuple")
    return Group("*[", ("layer", clause, layers), "]", "comprehension")


def _comprehension(open: str, element: str, times: int, first: int = 0) -> Code:
    numbers = f"{first}, {first + times}" if first else str(times)
    return Group(open, (element, f"for i in range({numbers})"), "]" if open == "*[" else ")", "comprehension")


def _progression(lines: list[list[str]], at: int, first: int, totals: Sequence[float]) -> tuple[str, int]:
    """The run of lines from here on whose numbers advance by steady steps: its code in terms of `i`, and its length.

    A line is what stands between numbers, and those, in turn; `i` begins at `first`.
    """
    words, rows = lines[at][::2], [lines[at][1::2]]
    if any(_COUNTED in word for word in words):
        return "", 0  # its `i` would be that of a comprehension inside
    for line in lines[at + 1 :]:
        if line[::2] != words or not _goes_on(rows, line[1::2]):
            break
        rows.append(line[1::2])
    if len(rows) < _EQUAL_LINES:
        return "", 0
    text = words[0]
    for column, after in zip(zip(*rows, strict=True), words[1:], strict=True):
        number = _in_terms_of_i(column, first, totals)
        if not number:
            return "", 0
        text += number + after
    return text, len(rows)


def _goes_on(rows: list[list[str]], row: list[str]) -> bool:
    """Whether the integers of a row go on as those before it; what other numbers do is seen in the end."""
    if len(rows) < 2:
        return True
    columns = zip(rows[-2], rows[-1], row, strict=True)
    return all(not (a + b + c).isdecimal() or int(c) - int(b) == int(b) - int(a) for a, b, c in columns)


def _in_terms_of_i(column: tuple[str, ...], first: int, totals: Sequence[float]) -> str:
    """The expression of a column of numbers; empty where there is none."""
    if len(set(column)) == 1:
        return column[0]
    if all(number.isdecimal() for number in column):
        step = int(column[1]) - int(column[0])
        return _linear(int(column[0]) - step * first, step)
    values = [float(number) for number in column]
    for total in totals:
        text = _ramp(values, first, total)
        if text:
            return text
    return ""


def _linear(start: int, step: int) -> str:
    product = "i" if abs(step) == 1 else f"{abs(step)} * i"
    if step < 0:
        return f"{start} - {product}"
    return product if start == 0 else f"{start} + {product}" if start > 0 else f"{product} - {-start}"


def _ramp(values: list[float], first: int, total: float) -> str:
    """Values that rise by equal parts of a total, to the last bit."""
    step = values[1] - values[0]
    parts = round(total / step) if step > 0 else 0
    start = round(values[0] * parts / total) if total else 0
    if not parts or values != [total * (start + i) / parts for i in range(len(values))]:
        return ""
    shift = start - first
    index = "i" if shift == 0 else f"({_linear(shift, 1)})"
    return f"{total!r} * {index} / {parts}"
