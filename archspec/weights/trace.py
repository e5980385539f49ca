"""What becomes of the keys of a file by the rules of a spec."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from archspec.errors import WeightsError
from archspec.graph.rules import Rules
from archspec.limits import PATTERN_SECONDS
from archspec.weights.rename import Rename
from archspec.weights.substitute import Item, Step, Stopped, restored, substitute

_START = 0.5
_CALL = 5e-6
"""Seconds that they may take in any case, and for each key that a pattern is held against."""

_STEPS = 10**7
"""Characters of patterns times those of keys that are soon gone through."""

_PLAIN = re.compile(r"(?:[^\\*+?{}|()\[\]]|\\[^a-zA-Z0-9]|\\[dwsDWSbBAZ])*")
"""Patterns without repeats, choices and groups: their time is bounded by the length of the keys."""


def steps_of(rules: Rules, renames: Iterable[Rename]) -> list[tuple[str, Step]]:
    """The steps of a spec's rules in their order, each with its name; other renames come after the spec's."""
    return [
        *(("ignore", Step("ignore", pattern)) for pattern in rules.ignore),
        *(("rename", Step("rename", pattern, (new,))) for pattern, new in (*rules.rename, *renames)),
        *(("transpose", Step("mark", pattern)) for pattern in rules.transpose),
        *(("add", Step("mark", pattern)) for pattern, _ in rules.add),
        *(("split", Step("split", pattern, parts)) for pattern, parts in rules.split),
        *(("concat", Step("concat", pattern, parts)) for pattern, parts in rules.concat),
        *(("reshape", Step("mark", pattern)) for pattern in rules.reshape),
    ]


def trace(steps: Sequence[tuple[str, Step]], keys: Sequence[str], network: Sequence[str] = ()) -> list[Item]:
    """What becomes of the keys of a file after all steps; `network` are the keys that `concat` searches.

    Raises `WeightsError` where two keys become one, where a key becomes too long, or where patterns take too long.
    """
    try:
        items = _substituted([step for _, step in steps], keys, network)
    except Stopped as stopped:
        name, step = steps[stopped.number]
        reason = stopped.reason or "cannot be applied to these keys"
        raise WeightsError(f"the {name} `{step.pattern}` {reason}") from None
    owners: dict[str, Item] = {}
    for item in items:
        if item.key in owners:
            both = f"`{keys[owners[item.key].source]}` and `{keys[item.source]}` of the file"
            how = "both become" if owners[item.key].parts > 1 or item.parts > 1 else "are both renamed to"
            raise WeightsError(f"{both} {how} `{item.key}`")
        owners[item.key] = item
    return items


def allowance(patterns: int, keys: int) -> float:
    """The seconds of processor time that patterns may take on keys together: one without end on the keys of a usual
    network is soon stopped, and none that takes its time for each of very many keys."""
    return min(PATTERN_SECONDS, _START + _CALL * patterns * keys)


def _substituted(steps: Sequence[Step], keys: Sequence[str], network: Sequence[str]) -> list[Item]:
    """What `substitute` gives, in another process where it might take long.

    Whether a search ends cannot be seen in its pattern: another process can be stopped.
    """
    if not steps or not keys or _is_fast(steps, [*keys, *network]):
        return substitute(steps, keys, network)
    import json
    import subprocess

    seconds = allowance(len(steps), len(keys) + len(network))
    program = [sys.executable, "-I", "-S", str(Path(__file__).with_name("substitute.py"))]
    given = json.dumps([seconds, steps, keys, network])
    try:
        done = subprocess.run(program, input=given, capture_output=True, text=True, timeout=10 * seconds, check=True)
        found = json.loads(done.stdout)
    except subprocess.TimeoutExpired:  # of a machine that is very busy, or whose processes have no timers
        raise WeightsError(f"the patterns take more than {10 * seconds:.2g} s on these keys") from None
    except (OSError, ValueError, subprocess.CalledProcessError):
        raise WeightsError("the patterns cannot be applied in a separate process") from None
    if isinstance(found, dict):
        raise Stopped(**found)
    return restored(found)


def _is_fast(steps: Sequence[Step], keys: Sequence[str]) -> bool:
    """Whether each pattern meets each character of the keys a few times at most, and that is soon done."""
    length = sum(map(len, keys)) + len(keys)
    return length * sum(len(step.pattern) * (len(step.replacements) or 1) for step in steps) < _STEPS and all(
        _PLAIN.fullmatch(step.pattern) for step in steps
    )
