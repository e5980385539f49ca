"""What a key that is left over may have been meant to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from heapq import nlargest
from itertools import islice

from archspec.weights.stored import Stored

_CANDIDATES = 40
_OTHERS = 6000
"""How many keys of the other side are looked at; those of a hostile file could be a million."""

_COMPARED_LENGTH = 300
"""Characters of a key that are compared."""


def nearest(keys: Iterable[str], these: Mapping[str, Stored], those: Mapping[str, Stored]) -> dict[str, str]:
    """For keys of one side the most similar one of the other, of the same shape before any other; not all have one."""
    others = [other for other in islice(those, _OTHERS) if len(other) <= _COMPARED_LENGTH]
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
