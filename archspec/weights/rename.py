"""Renames: foreign keys into those of a network, by regular expressions."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from archspec.errors import UsageError
from archspec.limits import PATTERN_LENGTH, PATTERNS

_FOLDED_SET = re.compile(r"\(\?[a-zA-Z]*i.*\[|\[.*\(\?[a-zA-Z]*i", re.DOTALL)
"""Patterns with a set of characters that ignores case. To compile one takes time for each of its characters."""

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]|\\[uUN]")

_ERRORS = (re.error, ValueError, IndexError, OverflowError, RecursionError)
"""What Python raises for patterns and replacements that are none."""


class Rename(NamedTuple):
    """A pattern, searched for anywhere in a key, and what takes the place of every match: the arguments of `re.sub`."""

    pattern: str
    replacement: str


class Fault(NamedTuple):
    """What is wrong with a rename, and in which half of it."""

    part: Literal["pattern", "replacement"]
    message: str


def fault(pattern: str, replacement: str) -> Fault | None:
    """What is wrong with a rename, if anything; the pattern is compiled and not run."""
    most = PATTERN_LENGTH
    if len(pattern) > most:
        return Fault("pattern", f"the pattern has {len(pattern):,} characters; up to {most} are allowed")
    if len(replacement) > most:
        return Fault("replacement", f"the replacement has {len(replacement):,} characters; up to {most} are allowed")
    if not pattern:
        return Fault("pattern", "the pattern is empty; `^` stands for the beginning of every key")
    if _FOLDED_SET.search(pattern) and _BEYOND_ASCII.search(pattern):
        reason = "ignores the case of characters beyond ASCII in a set, which takes too long to prepare"
        return Fault("pattern", f"`{pattern}` {reason}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compiled = re.compile(pattern)
    except _ERRORS as error:
        return Fault("pattern", f"`{pattern}` is not a regular expression: {error}")
    names = {number: name for name, number in compiled.groupindex.items()}
    groups = (f"(?P<{names[n]}>)" if n in names else "()" for n in range(1, compiled.groups + 1))
    try:
        # a pattern with the same groups that matches at once: the real one might take for ever, even on nothing
        re.sub("".join(groups), replacement, "")
    except _ERRORS as error:
        return Fault("replacement", f"`{replacement}` is not a valid replacement for `{pattern}`: {error}")
    return None


def parse(text: str) -> Rename:
    r"""The rename that `PATTERN=REPLACEMENT` is; the last `=` divides them, so that a pattern may hold `(?=…)`.

    Raises `ValueError` for anything else.
    """
    pattern, sign, replacement = text.rpartition("=")
    if not sign:
        raise ValueError(rf"`{text}` is not of the form PATTERN=REPLACEMENT, such as '^module\.='")
    found = fault(pattern, replacement)
    if found is not None:
        raise ValueError(found.message)
    return Rename(pattern, replacement)


def renames(given: Mapping[str, str] | Iterable[tuple[str, str]]) -> tuple[Rename, ...]:
    """Renames in order, from a mapping or from pairs. Raises `UsageError` for what is none."""
    found: object = given
    if not isinstance(found, Iterable) or isinstance(found, (str, bytes)):
        raise UsageError(f"renames must be a mapping or pairs of patterns and replacements, found {given!r:.80}")
    pairs: list[object] = list(given.items() if isinstance(given, Mapping) else given)
    if len(pairs) > PATTERNS:
        raise UsageError(f"there are {len(pairs)} renames; up to {PATTERNS} are allowed")
    rules = []
    for pair in pairs:
        if not isinstance(pair, (tuple, list)) or list(map(type, pair)) != [str, str]:
            raise UsageError(f"a rename must be two strings, pattern and replacement, found {pair!r:.99}")
        pattern, replacement = pair
        problem = fault(pattern, replacement)
        if problem is not None:
            raise UsageError(problem.message)
        rules.append(Rename(pattern, replacement))
    return tuple(rules)
