"""What a key that is left over may have been meant to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from heapq import nlargest
from itertools import islice
from typing import NamedTuple

from archspec.weights.prefixes import heads_of, plain
from archspec.weights.rename import Rename
from archspec.weights.stored import Stored

_CANDIDATES = 40
_SAMPLE = 300
"""How many keys of each side are looked at; those of a hostile file could be a million."""

_COMPARED_LENGTH = 300
"""Characters of a key that are compared."""


class Suggestion(NamedTuple):
    """A rename that would help, and how many more keys it would make fit."""

    rename: Rename
    gain: int


def nearest(keys: Iterable[str], these: Mapping[str, Stored], those: Mapping[str, Stored]) -> dict[str, str]:
    """For keys of one side the most similar one of the other, of the same shape before any other; not all have one."""
    others = [other for other in islice(those, 20 * _SAMPLE) if len(other) <= _COMPARED_LENGTH]
    found = {}
    for key in keys:
        same = [other for other in others if those[other].shape == these[key].shape]
        close = _closest(key[:_COMPARED_LENGTH], same) or _closest(key[:_COMPARED_LENGTH], others)
        if close:
            found[key] = close[0]
    return found


def _closest(key: str, others: list[str]) -> list[str]:
    """The most similar key, if any is similar, among those that share most of their ends with this one."""
    inner = [other for other in others if f".{other}".endswith(f".{key}") or f".{key}".endswith(f".{other}")]
    if inner:
        return [min(inner, key=lambda other: abs(len(other) - len(key)))]
    likely = nlargest(_CANDIDATES, others, lambda other: _alike(key, other) + _alike(key[::-1], other[::-1]))
    return get_close_matches(key, likely, n=1)


def _alike(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(one), len(other)))


def suggest(
    unexpected: Mapping[str, Stored], missing: Mapping[str, Stored], fitting: Iterable[str]
) -> Suggestion | None:
    """A rename of a prefix that makes at least half of the unexpected keys missing ones, of the right shapes.

    It leaves the keys alone that fit already. The prefixes that wrappers put in front, such as `module.`, are the
    commonest reason why nothing fits.
    """
    by_end: dict[str, list[str]] = {}
    for key in islice(missing, _SAMPLE):
        by_end.setdefault(key.rpartition(".")[2], []).append(key)
    votes: Counter[tuple[str, str]] = Counter()
    for key in islice(unexpected, _SAMPLE):
        for other in by_end.get(key.rpartition(".")[2], ()):
            if missing[other].shape == unexpected[key].shape:
                votes[heads_of(key, other)] += 1
    gains = {
        prefixes: _gain(*prefixes, unexpected, missing)
        for prefixes, _ in votes.most_common(5)
        if not any(key.startswith(prefixes[0]) for key in fitting)
    }
    old, new = max(gains, key=lambda prefixes: gains[prefixes], default=("", ""))
    if 2 * gains.get((old, new), 0) < max(len(unexpected), 1):
        return None
    return Suggestion(plain(old, new), gains[old, new])


def _gain(old: str, new: str, unexpected: Mapping[str, Stored], missing: Mapping[str, Stored]) -> int:
    """How many of the unexpected keys are missing ones with another prefix."""
    renamed = ((new + key[len(old) :], tensor) for key, tensor in unexpected.items() if key.startswith(old))
    return sum(key in missing and missing[key].shape == tensor.shape for key, tensor in renamed)
