"""Many paths as few patterns: `layer1.{0…2}.bn{1…3}.weight`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

Part: TypeAlias = tuple[str, ...]
"""The names that may stand at one place of a pattern, in order."""

NAMES_SHOWN = 16
"""How many names or ranges are told at one place of a pattern; of more, those in the middle are left out."""


def patterns(paths: Mapping[str, int]) -> list[tuple[str, int]]:
    """Patterns that stand for all of the paths and for nothing else, in the order of their first, with numbers.

    Paths that differ in one component alone are told together, the last component first; their numbers are added up.
    """
    found: dict[tuple[Part, ...], int] = {
        tuple((name,) for name in path.split(".")): number for path, number in paths.items()
    }
    for place in range(1, max(map(len, found), default=0) + 1):
        names: dict[tuple[bool, tuple[Part, ...], tuple[Part, ...]], list[str]] = {}
        numbers = dict.fromkeys(names, 0)
        for parts, number in found.items():
            at = len(parts) - place
            around = (at < 0, parts[: max(at, 0)], parts[max(at + 1, 0) :])
            names.setdefault(around, []).extend(parts[at] if at >= 0 else ())
            numbers[around] = numbers.get(around, 0) + number
        found = {
            (*start, *((tuple(there),) if there else ()), *end): numbers[short, start, end]
            for (short, start, end), there in names.items()
        }
    return [(".".join(map(_part, parts)), number) for parts, number in found.items()]


def modules(keys: Iterable[str], known: Iterable[str]) -> dict[str, int]:
    """Keys as paths with how many keys each is: `bn1.*` where those of a module are all that are known of it."""
    of_all: dict[str, int] = {}
    for key in known:
        module = key.rpartition(".")[0]
        of_all[module] = of_all.get(module, 0) + 1
    found: dict[str, list[str]] = {}
    for key in keys:
        found.setdefault(key.rpartition(".")[0], []).append(key)
    paths: dict[str, int] = {}
    for module, some in found.items():
        whole = module and 1 < len(some) == of_all.get(module)
        paths |= {f"{module}.*": len(some)} if whole else dict.fromkeys(some, 1)
    return paths


def _part(names: Part) -> str:
    """Names at one place: `conv1`, `{0…3}`, `bn{1…3}`, `{act,act_2…4}`, `{weight,bias}`."""
    if len(names) == 1:
        return names[0]
    stem = names[0].rstrip("0123456789")
    numbers = [name.removeprefix(stem) for name in names]
    if all(name.startswith(stem) for name in names) and all(map(str.isdecimal, numbers)):
        names = tuple(numbers)
    else:
        stem = ""
    told = _ranges(names)
    if len(told) > NAMES_SHOWN:
        told = [*told[: NAMES_SHOWN - 2], "…", told[-1]]
    return f"{stem}{{{','.join(told)}}}"


def _ranges(names: Part) -> list[str]:
    """Names with numbers in a row of three or more as a range, the others as they are."""
    runs: list[list[str]] = []
    for name in names:
        if runs and _follows(runs[-1][-1], name):
            runs[-1].append(name)
        else:
            runs.append([name])
    return [text for run in runs for text in ([f"{run[0]}…{_number(run[-1])}"] if len(run) > 2 else run)]


def _follows(before: str, after: str) -> bool:
    number = _number(before)
    return 0 < len(number) < 10 and before[: -len(number)] + str(int(number) + 1) == after


def _number(name: str) -> str:
    return name[len(name.rstrip("0123456789")) :]
