"""Safe fixes: what may be written in place of a mistake without asking, since it can mean only one thing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import lru_cache

from archspec.diagnostics.span import Span
from archspec.records import record

_SHORTEST = 3
"""Letters of a word below which everything is near to everything."""
_LONG = 6
"""Letters from which a second slip is still the same word."""
_APART = 2
"""How many slips more the next word must be away for the nearest to be meant."""

SEARCHED = 500
"""Words above which none is searched: thousands of mistakes would take minutes. All that is bundled is less."""

_COMPARED = 250_000
"""Pairs of letters of a mistyped word and all known ones above which none is searched, as well."""

_PLAIN = re.compile(r"(?!(?:true|false|null|Null|NULL)$)[-+./]*[A-Za-z0-9_$][A-Za-z0-9_$./+-]*")
_MARK = re.compile(r"\d|(?<![^\W_])[^\W_](?![^\W_])")
"""What tells words apart that are else alike: a digit, or a part of one letter."""
_ANCHOR = re.compile(r"&\S+\s+$")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)?")


@record
class Fix:
    """What to write in place of a part of one line."""

    span: Span
    text: str


def correction(word: str, known: Iterable[str], span: Span, kind: str | None = None) -> Fix | None:
    """The known word in place of a mistyped one, where only that can be meant and the span holds the word itself; of a
    `kind`, the place where it stands, words from elsewhere are none of them."""
    near = nearest(word, tuple(dict.fromkeys(known)), kind)
    return replacement(span, word, near) if near is not None else None


def replacement(span: Span, old: str, new: str) -> Fix | None:
    """A text in place of another, which must stand at the span as it is, or in quotes, which stay.

    None where the text would mean something else without quotes, or aliases repeat it elsewhere.
    """
    written = span.text
    if not _PLAIN.fullmatch(new) or anchored(span):
        return None
    if written == old:
        return Fix(span, new)
    if written in (f'"{old}"', f"'{old}'"):
        return Fix(span.part(1, len(written) - 1), new)
    return None


def anchored(span: Span) -> bool:
    """Whether an anchor stands before a value: what is right in one place may be wrong where an alias repeats it."""
    return bool(_ANCHOR.search(span.source.lines[span.line - 1][: span.column - 1]))


def renames(
    unknown: Iterable[str], known: Collection[str], taken: Collection[str] = (), kind: str | None = None
) -> dict[str, str]:
    """For the unknown keys of a mapping the known ones that are meant: none that is `taken`, or meant by two."""
    free = [key for key in known if key not in taken]
    words = tuple(dict.fromkeys(known))
    found = {key: near for key in unknown if (near := nearest(key, words, kind)) in free and near is not None}
    targets = list(found.values())
    return {key: near for key, near in found.items() if targets.count(near) == 1}


@lru_cache(maxsize=1024)
def nearest(word: str, known: tuple[str, ...], kind: str | None = None) -> str | None:
    """The one word that a mistyped one is near to, if no other is: upper and lower case are no difference, but a digit
    is, or a part of one letter, which tell `conv1` from `conv2` and `block_a` from `block_b`; and what is a word
    elsewhere, as `deconv` is, may not be mistyped."""
    small = word.lower()
    if not searched(word, known):
        return None
    others = [other for other in known if abs(len(other) - len(word)) <= 2 + _APART]
    ranked = sorted((slips(small, other.lower(), 2 * _APART), other) for other in others)
    if not ranked:
        return None
    count, best = ranked[0]
    # who types slips seldom in the first letter
    allowed = 0 if len(word) < _SHORTEST else 1 if len(word) < _LONG or small[0] != best[0].lower() else 2
    if count > allowed or _MARK.findall(small) != _MARK.findall(best.lower()):
        return None
    apart = _APART if count else 1
    if len(ranked) > 1 and ranked[1][0] < count + apart:
        return None
    from archspec.diagnostics.foreign import elsewhere, way

    meant = elsewhere(word, known, kind)
    return best if meant == best or (meant is None and not (kind and way(word, kind))) else None


def searched(word: str, known: Collection[str]) -> bool:
    """Whether the known words are so few, and all so short, that the one that was meant is looked for."""
    return len(known) <= SEARCHED and len(word) * sum(map(len, known)) <= _COMPARED


def slips(a: str, b: str, most: int) -> int:
    """Letters left out, added, exchanged or swapped with their neighbour: the distance of Damerau (1964). What is more
    than `most` counts as one more, and takes little time."""
    if abs(len(a) - len(b)) > most or (_letters(a) & ~_letters(b)).bit_count() > most:
        return most + 1
    start = _alike(a, b)
    a, b = a[start:], b[start:]
    end = _alike(a[::-1], b[::-1])
    a, b = a[: len(a) - end], b[: len(b) - end]
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        last, before, row = before, row, [most + 1] * (len(b) + 1)
        row[0] = i
        # what is farther from the diagonal is more slips away
        for j in range(max(1, i - most), min(len(b), i + most) + 1):
            other = b[j - 1]
            slips = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                slips = min(slips, last[j - 2] + 1)
            row[j] = slips
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def _alike(a: str, b: str) -> int:
    """With how many letters two words begin alike."""
    return next((at for at, (one, other) in enumerate(zip(a, b, strict=False)) if one != other), min(len(a), len(b)))


@lru_cache(maxsize=8192)
def _letters(word: str) -> int:
    """Which letters a word has, as bits; what many words have in common is told by little."""
    found = 0
    for letter in word:
        found |= 1 << ord(letter) % 64
    return found


def fixed(text: str, fixes: Iterable[Fix]) -> str:
    """A text with all fixes made that do not overlap; everything else stays, ends of lines included."""
    lines = _LINE.findall(text)
    end: tuple[int, int] | None = None
    for fix in sorted(set(fixes), key=lambda fix: fix.span[1:], reverse=True):
        span = fix.span
        if end is not None and (span.end_line, span.end_column) > end:
            continue
        line = lines[span.line - 1]
        lines[span.line - 1] = line[: span.column - 1] + fix.text + line[span.end_column - 1 :]
        end = (span.line, span.column)
    return "".join(lines)
