"""Keys by regular expressions. Run as a program of its own where patterns might take for ever."""

from __future__ import annotations

import json
import re
import sys
import warnings
from collections.abc import Iterator, Sequence

KEY_LENGTH = 2000
"""Characters of a key, before and after a rename. The program of its own sees no archspec/limits.py."""

_MEMORY = 2**28
_HELP = "write it without a repeat inside a repeat"


class Stopped(Exception):
    """A rename that is not carried out, by its number, and why."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(number, reason)
        self.number, self.reason = number, reason


def substitute(rules: Sequence[tuple[str, str]], keys: Sequence[str]) -> tuple[list[str], list[int]]:
    """The keys after all rules, each as `re.sub` does it, and the numbers of the rules that change none.

    Raises `Stopped` for a key that grows too long, and whatever else stops a rule.
    """
    current, idle = list(keys), []
    for number, rule in enumerate(rules):
        try:
            after = list(_substituted(rule, current))
        except (ArithmeticError, LookupError, MemoryError, TimeoutError, ValueError, RecursionError, re.error) as error:
            raise Stopped(number, str(error) if isinstance(error, (TimeoutError, _TooLong)) else "") from None
        if after == current:
            idle.append(number)
        current = after
    return current, idle


class _TooLong(ValueError):
    pass


def _substituted(rule: tuple[str, str], keys: Sequence[str]) -> Iterator[str]:
    pattern, replacement = rule
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a later Python may read otherwise
        compiled = re.compile(pattern)
    for key in keys:
        found = compiled.sub(replacement, key)
        if len(found) > KEY_LENGTH:
            raise _TooLong(f"makes keys too long, such as `{found[:60]}…`")
        yield found


def _main() -> None:
    """Read seconds of processor time, rules and keys, and write what `substitute` gives, or why it stops."""
    seconds, rules, keys = json.load(sys.stdin)
    try:
        import resource
        import signal
    except ImportError:  # on Windows, whoever started this ends it
        pass
    else:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))

        def late(*_: object) -> None:
            raise TimeoutError(f"takes more than {seconds:.2g} s on these keys, with those before it; {_HELP}")

        # a search that backtracks looks for signals now and then
        signal.signal(signal.SIGVTALRM, late)
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        result: object = substitute(rules, keys)
    except Stopped as stopped:
        result = {"number": stopped.number, "reason": stopped.reason}
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    _main()
