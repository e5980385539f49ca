"""Renames: foreign keys into those of a network, by regular expressions."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from archspec.errors import UsageError, WeightsError
from archspec.limits import PATTERN_LENGTH, PATTERN_SECONDS, RENAMES
from archspec.weights.substitute import Stopped, substitute

_START = 0.5
_CALL = 5e-6
"""Seconds that they may take in any case, and for each key that a pattern is held against."""

_STEPS = 10**7
"""Characters of patterns times those of keys that are soon gone through."""

_FOLDED_SET = re.compile(r"\(\?[a-zA-Z]*i.*\[|\[.*\(\?[a-zA-Z]*i", re.DOTALL)
"""Patterns with a set of characters that ignores case. To compile one takes time for each of its characters."""

_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]|\\[uUN]")

_ERRORS = (re.error, ValueError, IndexError, OverflowError, RecursionError)
"""What Python raises for patterns and replacements that are none."""

_PLAIN = re.compile(r"(?:[^\\*+?{}|()\[\]]|\\[^a-zA-Z0-9]|\\[dwsDWSbBAZ])*")
"""Patterns without repeats, choices and groups: their time is bounded by the length of the keys."""


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
    if len(pairs) > RENAMES:
        raise UsageError(f"there are {len(pairs)} renames; up to {RENAMES} are allowed")
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


def rename(keys: Sequence[str], rules: Sequence[Rename]) -> tuple[dict[str, str], tuple[Rename, ...]]:
    """The new key of each key, after all rules in order, and the rules that matched none.

    Raises `WeightsError` where two keys become one, where a key becomes too long, or where the patterns take too long.
    """
    try:
        renamed, idle = _substitute(rules, keys)
    except Stopped as stopped:
        reason = stopped.reason or "cannot be applied to these keys"
        raise WeightsError(f"the rename `{rules[stopped.number].pattern}` {reason}") from None
    owners: dict[str, str] = {}
    for old, new in zip(keys, renamed, strict=True):
        if new in owners:
            raise WeightsError(f"`{owners[new]}` and `{old}` of the file are both renamed to `{new}`")
        owners[new] = old
    return dict(zip(keys, renamed, strict=True)), tuple(rules[number] for number in idle)


def _substitute(rules: Sequence[Rename], keys: Sequence[str]) -> tuple[list[str], list[int]]:
    """What `substitute` gives, in another process where it might take long.

    Whether a search ends cannot be seen in its pattern: another process can be stopped.
    """
    if not rules or not keys or _is_fast(rules, keys):
        return substitute(rules, keys)
    import json
    import subprocess

    seconds = min(PATTERN_SECONDS, _START + _CALL * len(rules) * len(keys))
    program = [sys.executable, "-I", "-S", str(Path(__file__).with_name("substitute.py"))]
    given = json.dumps([seconds, rules, keys])
    try:
        done = subprocess.run(program, input=given, capture_output=True, text=True, timeout=10 * seconds, check=True)
        found = json.loads(done.stdout)
    except subprocess.TimeoutExpired:  # of a machine that is very busy, or whose processes have no timers
        raise WeightsError(f"the renames take more than {10 * seconds:.2g} s on these keys") from None
    except (OSError, ValueError, subprocess.CalledProcessError):
        raise WeightsError("the renames cannot be applied in a separate process") from None
    if isinstance(found, dict):
        raise Stopped(**found)
    return found[0], found[1]


def _is_fast(rules: Sequence[Rename], keys: Sequence[str]) -> bool:
    """Whether each pattern meets each character of the keys a few times at most, and that is soon done."""
    length = sum(map(len, keys)) + len(keys)
    return length * sum(len(rule.pattern) for rule in rules) < _STEPS and all(
        _PLAIN.fullmatch(rule.pattern) for rule in rules
    )
