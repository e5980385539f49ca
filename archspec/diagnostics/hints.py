"""Words that help: the one that was meant, and those that there are."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from archspec.diagnostics.fix import searched, slips

_WORDS_SHOWN = 24
"""How many words a help line lists."""

_ALIKE = 3
"""How many words may be equally near to a mistyped one and still be told."""

_LENGTHS = (3, 6, 10)
"""Letters of a word from which one slip, two or three still make the same word."""

_LONG = 5
"""Letters of a word from elsewhere from which a slip in it is one."""


class Guess(NamedTuple):
    """What was meant by a mistyped word: known words equally near to it, or the way to have what is known elsewhere."""

    words: tuple[str, ...] = ()
    way: str = ""

    @property
    def word(self) -> str | None:
        """The one word that was meant, if it is one."""
        return self.words[0] if len(self.words) == 1 else None

    def __str__(self) -> str:
        return self.way or (f"did you mean {' or '.join(f'`{word}`' for word in self.words)}?" if self.words else "")


def guess(word: str, known: Iterable[str], kind: str | None = None) -> Guess:
    """What was meant by a word that is not known, or is out of place, in whatever case; see `Guess`.

    Nearest of all is one that is called so elsewhere: `kernel_size` is `kernel` in torch. With a `kind`, the place
    where it stands, a word that is known elsewhere and not here has its way to be had. Among very many words none is
    searched.
    """
    words = tuple(other for other in dict.fromkeys(known) if other != word)
    return _guess(word, words, kind) if searched(word, words) else Guess()


def did_you_mean(word: str, known: Iterable[str], kind: str | None = None) -> str:
    """`did you mean …?`, or another sentence that helps: see `guess`. Empty where nothing is near."""
    return str(guess(word, known, kind))


@lru_cache(maxsize=1024)  # what the check of a file finds, its compilation meets again
def _guess(word: str, known: tuple[str, ...], kind: str | None) -> Guess:
    from archspec.diagnostics.foreign import elsewhere, plain, way

    if found := elsewhere(word, known, kind):
        return Guess((found,))
    if kind is not None and (found := way(word, kind)):
        return Guess(way=found)
    near = {other: count for other in known if (count := _apart(word.lower(), other.lower())) is not None}
    best = min(near.values(), default=len(word) + 1)
    foreign = _mistyped(plain(word), known, kind, best)
    if foreign is not None:
        return foreign
    alike = tuple(other for other, count in near.items() if count == best)
    return Guess(alike) if len(alike) <= _ALIKE else Guess()


def _mistyped(word: str, known: tuple[str, ...], kind: str | None, best: int) -> Guess | None:
    """What a mistyped word from elsewhere means, where it is less than `best` slips away, and one thing is meant."""
    from archspec.diagnostics.foreign import meanings, meanings_at, ways

    found: dict[Guess, int] = {}
    here_alone = {other: (meant,) for other, meant in meanings_at(kind).items()}
    for other, means in {**meanings(), **here_alone}.items():
        here = [meant for meant in means if meant in known]
        if here and (count := _apart(word, other, _LONG)) is not None:
            found.setdefault(Guess((here[0],)), count)
    for other, way in ways(kind).items() if kind is not None else ():
        if (count := _apart(word, other, _LONG)) is not None:
            found.setdefault(Guess(way=way), count)
    least = min(found.values(), default=best)
    nearest = [guess for guess, count in found.items() if count == least]
    return nearest[0] if least < best and len(nearest) == 1 else None


def _apart(word: str, other: str, shortest: int = 0) -> int | None:
    """The slips between two words in small letters, if so few can be: of more than one, none is in the first letter."""
    most = sum(max(len(word), len(other)) >= least for least in _LENGTHS)
    if min(len(word), len(other)) < shortest or abs(len(word) - len(other)) > most:
        return None
    count = slips(word, other, most)
    begins = word[:1] == other[:1] or word[:2] == other[1::-1]
    return count if count <= most and (count < 2 or begins) else None


def listed(words: Iterable[str]) -> str:
    """Words for a help line: the first of them, and how many more there are."""
    found = list(words)
    more = f" and {len(found) - _WORDS_SHOWN:,} more" if len(found) > _WORDS_SHOWN else ""
    return (", ".join(f"`{word}`" for word in found[:_WORDS_SHOWN]) or "none") + more
