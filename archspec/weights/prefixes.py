"""Few renames that turn some keys into others, and leave the rest alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from archspec.weights.rename import Rename, fault

RENAMES = 6
"""How many renames are proposed at most: of more, nobody types them."""

_NUMBER = re.compile(r"[0-9]+")


def prefix_renames(
    pairs: Mapping[str, str], stay: Collection[str] = (), rest: Collection[str] = ()
) -> tuple[Rename, ...]:
    r"""Renames, applied in order, that turn the keys of `pairs` into their values and no key of `stay` into another.

    They name what stands in front of the parts that both keys end in, numbers that stay as groups: `^l\.(\d+)\.`. No
    two keys become one, those of the `rest` included, whatever they become. Empty where few renames cannot do it.
    """
    ways = []
    for least in (0, 1):
        heads = dict.fromkeys(heads_of(old, new, least) for old, new in pairs.items())
        ways += [list(dict.fromkeys(rename(*head) for head in heads)) for rename in (plain, _for_any_number)]
    for found in sorted(ways, key=len):
        if len(found) > RENAMES or any(fault(*rename) for rename in found):
            continue
        for order in (found, found[::-1], *map(_aside, found, [found] * len(found))):
            if len(order) <= RENAMES and hold(order, {**{key: key for key in stay}, **pairs}, rest):
                return tuple(order)
    return ()


def plain(old: str, new: str) -> Rename:
    """The rename of one beginning of keys to another; of a whole key where no dot ends it."""
    return Rename(f"^{re.escape(old)}{_end(old)}", literal(new))


def heads_of(one: str, other: str, least: int = 0) -> tuple[str, str]:
    """What stands in two keys in front of the parts that both end in, with the dot in between; `least` parts remain."""
    a, b = one.split("."), other.split(".")
    same = 0
    while same < min(len(a), len(b)) - least and a[-1 - same] == b[-1 - same]:
        same += 1
    heads = (a[: len(a) - same], b[: len(b) - same])
    first, second = (".".join([*head, *([""] if same and head else [])]) for head in heads)
    return first, second


def _aside(first: Rename, renames: Sequence[Rename]) -> list[Rename]:
    """The renames with one of them done in two steps, for names that were exchanged."""
    others = [rename for rename in renames if rename is not first]
    return [Rename(first.pattern, _ASIDE + first.replacement), *others, Rename(f"^{re.escape(_ASIDE)}", "")]


_ASIDE = "aside."


def _for_any_number(old: str, new: str) -> Rename:
    """The rename of all beginnings that differ in the last number alone, which both have."""
    last = [*_NUMBER.finditer(old)][-1:], [*_NUMBER.finditer(new)][-1:]
    if not all(last) or last[0][0].group() != last[1][0].group():
        return plain(old, new)
    (a, b), (c, d) = (match.span() for (match,) in last)
    pattern = rf"^{re.escape(old[:a])}(\d+){re.escape(old[b:])}{_end(old)}"
    return Rename(pattern, rf"{literal(new[:c])}\1{literal(new[d:])}")


def _end(old: str) -> str:
    return "" if not old or old.endswith(".") else "$"


def literal(text: str) -> str:
    """A replacement that is this text."""
    return text.replace("\\", r"\\")


def hold(renames: Sequence[Rename], wanted: Mapping[str, str], rest: Collection[str]) -> bool:
    """Whether renames turn keys into those that are wanted, and no two keys into one, those of the `rest` included."""
    compiled = [(re.compile(rename.pattern), rename.replacement) for rename in renames]
    if any(_renamed(key, compiled) != new for key, new in wanted.items()):
        return False
    keys = [*wanted.values(), *(_renamed(key, compiled) for key in rest)]
    return len({*keys}) == len(keys)


def _renamed(key: str, compiled: Iterable[tuple[re.Pattern[str], str]]) -> str:
    for pattern, replacement in compiled:
        key = pattern.sub(replacement, key)
    return key
