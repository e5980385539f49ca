"""Renames that would make more of a file fit a network."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import islice
from typing import NamedTuple

from archspec.weights.prefixes import RENAMES, heads_of, hold, literal, plain, prefix_renames
from archspec.weights.rename import Rename, fault
from archspec.weights.stored import Stored

_SAMPLE = 300
"""How many keys of each side are looked at; those of a hostile file could be a million."""

_CANDIDATES = 5
_PAIRS = 30_000
"""How many pairs of keys are compared."""

_OLDER = (("gamma", "weight"), ("beta", "bias"))
"""What other libraries call the parameters of a norm."""


class Suggestion(NamedTuple):
    """Renames that would help, in order, and how many more keys they would make fit."""

    renames: tuple[Rename, ...]
    gain: int


def suggest(
    unexpected: Mapping[str, Stored], missing: Mapping[str, Stored], fitting: Iterable[str]
) -> Suggestion | None:
    """Renames that make at least half of the unexpected keys missing ones, of the right shapes.

    They leave the keys alone that fit already. A prefix that wrappers put in front, such as `module.`, is the commonest
    reason why nothing fits; others are stages and layers of other names.
    """
    left, wanted, stay = dict(unexpected), dict(missing), list(fitting)
    rounds: list[tuple[Rename, dict[str, str]]] = []
    while left and wanted and len(rounds) < RENAMES:
        rename = next((rename for rename in _candidates(left, wanted) if not _touches(rename, stay)), None)
        pairs = {} if rename is None else _pairs(rename, left, wanted)
        if rename is None or not pairs:
            break
        rounds.append((rename, pairs))
        for old, new in pairs.items():
            del left[old], wanted[new]
    for number in range(len(rounds), 0, -1):
        pairs = {old: new for _, found in rounds[:number] for old, new in found.items()}
        if 2 * len(pairs) < len(unexpected):
            return None
        rest = [key for key in unexpected if key not in pairs]
        renames = tuple(rename for rename, _ in rounds[:number])
        fewer = prefix_renames(pairs, stay, rest) if number > 1 else ()
        if fewer and len(fewer) < number:
            return Suggestion(fewer, len(pairs))
        for order in (renames, renames[::-1]):
            if hold(order, {**{key: key for key in stay}, **pairs}, rest):
                return Suggestion(order, len(pairs))
    return None


def _touches(rename: Rename, keys: Iterable[str]) -> bool:
    pattern = re.compile(rename.pattern)
    return any(pattern.search(key) for key in keys)


def _pairs(rename: Rename, unexpected: Mapping[str, Stored], missing: Mapping[str, Stored]) -> dict[str, str]:
    """The unexpected keys that become missing ones of their shapes, and which."""
    pattern = re.compile(rename.pattern)
    found = {}
    for key, tensor in unexpected.items():
        new = pattern.sub(rename.replacement, key)
        if new != key and new in missing and missing[new].shape == tensor.shape:
            found[new] = key
    return {old: new for new, old in found.items()}


def _candidates(unexpected: Mapping[str, Stored], missing: Mapping[str, Stored]) -> Sequence[Rename]:
    """Renames that help, those that help most first; of equal ones the shorter, then that of the more similar names."""
    sample = dict(islice(unexpected.items(), _SAMPLE))
    votes: tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]] = (Counter(), Counter())
    for key, other in islice(_alike(sample, missing), _PAIRS):
        votes[0][heads_of(key, other)] += 1
        votes[1].update(_part(key, other))
    similar = {
        rename(*names): SequenceMatcher(None, *names).ratio()
        for count, rename in zip(votes, (plain, _inner), strict=True)
        for names, _ in count.most_common(_CANDIDATES)
    }
    similar |= {Rename(rf"\.{old}$", f".{new}"): 0.0 for old, new in _OLDER}
    gains = {rename: len(_pairs(rename, sample, missing)) for rename in similar}
    helpful = [rename for rename in similar if gains[rename] and fault(*rename) is None]
    return sorted(helpful, key=lambda rename: (-gains[rename], sum(map(len, rename)), -similar[rename]))


def _alike(unexpected: Mapping[str, Stored], missing: Mapping[str, Stored]) -> Iterator[tuple[str, str]]:
    """Keys of both sides of one shape that end in the same name."""
    by_end: dict[tuple[str, tuple[int, ...]], list[str]] = {}
    for key, tensor in islice(missing.items(), _SAMPLE):
        by_end.setdefault((key.rpartition(".")[2], tensor.shape), []).append(key)
    for key, tensor in unexpected.items():
        for other in by_end.get((key.rpartition(".")[2], tensor.shape), ()):
            yield key, other


def _part(one: str, other: str) -> set[tuple[str, str]]:
    """The names that stand in one key where others stand in the other key, where that is always the same."""
    a, b = one.split("."), other.split(".")
    found = {pair for pair in zip(a, b, strict=False) if pair[0] != pair[1]} if len(a) == len(b) else set()
    return found if len(found) == 1 else set()


def _inner(old: str, new: str) -> Rename:
    # a number after `\1` would be read as part of it
    group = r"\g<1>" if new[:1].isdigit() else r"\1"
    return Rename(rf"(^|\.){re.escape(old)}\.", rf"{group}{literal(new)}.")
