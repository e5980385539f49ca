"""Words that help: the one that was meant, and those that there are."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from archspec.diagnostics.fix import SEARCHED, nearest

_WORDS_SHOWN = 24
"""How many words a help line lists."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`did you mean …?` for the known word nearest to a mistyped one, in whatever case, or an empty string.

    Nearest of all is one that is called so elsewhere: `kernel_size` is `kernel` in torch.

    The word itself, known but out of place, is none. Among more than `SEARCHED` words none is searched.
    """
    words = tuple(other for other in dict.fromkeys(known) if other != word)
    return "" if len(words) > SEARCHED or len(word) > SEARCHED else _hint(word, words)


@lru_cache(maxsize=1024)  # what the check of a file finds, its compilation meets again
def _hint(word: str, known: tuple[str, ...]) -> str:
    from archspec.diagnostics.foreign import elsewhere

    # what a fix writes, the hint names
    near = elsewhere(word, known) or nearest(word, known) or _likest(word, known)
    return f"did you mean `{near}`?" if near else ""


def _likest(word: str, known: tuple[str, ...]) -> str | None:
    from difflib import get_close_matches

    words = {other.lower(): other for other in known}
    return next((words[near] for near in get_close_matches(word.lower(), words, n=1, cutoff=0.6)), None)


def listed(words: Iterable[str]) -> str:
    """Words for a help line: the first of them, and how many more there are."""
    found = list(words)
    more = f" and {len(found) - _WORDS_SHOWN:,} more" if len(found) > _WORDS_SHOWN else ""
    return (", ".join(f"`{word}`" for word in found[:_WORDS_SHOWN]) or "none") + more
