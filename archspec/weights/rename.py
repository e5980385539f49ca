"""Renames: foreign keys into those of a network, by regular expressions."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from archspec.errors import UsageError, WeightsError
from archspec.weights.substitute import substitute

LONGEST = 256
"""Characters of a pattern, or of a replacement; no key of a spec has more."""

MOST = 200
"""Renames for one file."""

LONGEST_KEY = 2000
"""Characters of a key after a rename."""

SECONDS = 10
"""How long one pattern may take on all keys of a file."""

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
    if len(pattern) > LONGEST:
        return Fault("pattern", f"the pattern has {len(pattern):,} characters; up to {LONGEST} are allowed")
    if len(replacement) > LONGEST:
        return Fault("replacement", f"the replacement has {len(replacement):,} characters; up to {LONGEST} are allowed")
    if not pattern:
        return Fault("pattern", "the pattern is empty; `^` stands for the beginning of every key")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compiled = re.compile(pattern)
    except _ERRORS as error:
        return Fault("pattern", f"`{pattern}` is no regular expression: {error}")
    names = {number: name for name, number in compiled.groupindex.items()}
    groups = (f"(?P<{names[n]}>)" if n in names else "()" for n in range(1, compiled.groups + 1))
    try:
        # a pattern with the same groups that matches at once: the real one might take for ever, even on nothing
        re.sub("".join(groups), replacement, "")
    except _ERRORS as error:
        return Fault("replacement", f"`{replacement}` is no replacement for `{pattern}`: {error}")
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
    pairs = given.items() if isinstance(given, Mapping) else given
    found = []
    for pattern, replacement in pairs:
        if not (isinstance(pattern, str) and isinstance(replacement, str)):
            raise UsageError(f"a rename is two texts, pattern and replacement, not {(pattern, replacement)!r:.99}")
        problem = fault(pattern, replacement)
        if problem is not None:
            raise UsageError(problem.message)
        found.append(Rename(pattern, replacement))
    if len(found) > MOST:
        raise UsageError(f"there are {len(found)} renames; up to {MOST} are allowed")
    return tuple(found)


def rename(keys: Sequence[str], rules: Sequence[Rename]) -> tuple[dict[str, str], tuple[Rename, ...]]:
    """The new key of each key, after all rules in order, and the rules that matched none.

    Raises `WeightsError` where two keys become one, where a key becomes too long, or where a pattern takes too long.
    """
    current = list(keys)
    idle = []
    for rule in rules:
        after = _substitute(rule, current)
        if after == current:
            idle.append(rule)
        long = next((key for key in after if len(key) > LONGEST_KEY), None)
        if long is not None:
            raise WeightsError(f"the rename `{rule.pattern}` makes keys too long, such as `{long[:60]}…`")
        current = after
    owners: dict[str, str] = {}
    for old, new in zip(keys, current, strict=True):
        if new in owners:
            raise WeightsError(f"`{owners[new]}` and `{old}` of the file are both renamed to `{new}`")
        owners[new] = old
    return dict(zip(keys, current, strict=True)), tuple(idle)


def _substitute(rule: Rename, keys: list[str]) -> list[str]:
    if not keys or _PLAIN.fullmatch(rule.pattern) or not sys.executable:
        return substitute(*rule, keys)
    import json
    import subprocess

    # Python cannot stop a search that backtracks without end, but another process can be stopped
    program = [sys.executable, "-I", "-S", str(Path(__file__).with_name("substitute.py"))]
    given = json.dumps([*rule, keys])
    try:
        done = subprocess.run(program, input=given, capture_output=True, text=True, timeout=SECONDS, check=True)
    except subprocess.TimeoutExpired:
        reason = f"the rename `{rule.pattern}` takes more than {SECONDS} s on these keys"
        raise WeightsError(f"{reason}; write it without a repeat inside a repeat") from None
    except subprocess.CalledProcessError:
        raise WeightsError(f"the rename `{rule.pattern}` cannot be carried out on these keys") from None
    found: list[str] = json.loads(done.stdout)
    return found
