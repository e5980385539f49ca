"""When a part of a class is there: as a condition on parameters, where one tells the instances apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from archspec.export.source.names import variable
from archspec.export.source.parameters import Parameter, Solver

Rule = tuple[tuple[str, ...], str, Callable[..., bool]]


def condition(solver: Solver, present: Sequence[bool], name: str) -> str:
    """The condition that holds in just those instances where a part is present; if need be a parameter of that name."""
    for names, text, holds in _rules(solver):
        columns = [solver.known[used] for used in names]
        if all(bool(holds(*values)) == there for *values, there in zip(*columns, present, strict=True)):
            for used in names:
                solver.use(used)
            return text
    flag = variable(name)
    while flag in {*solver.parameters, *solver.known, *solver.taken}:
        flag = f"with_{flag}"
    solver.parameters[flag] = Parameter(flag, tuple(present))
    return flag


def _rules(solver: Solver) -> list[Rule]:
    """The conditions that somebody would write: the names that they ask for, their text, and what they mean."""
    found: list[Rule] = []
    for flag, values in solver.known.items():
        if all(isinstance(value, bool) for value in values):
            found += [((flag,), flag, bool), ((flag,), f"not {flag}", _not)]
    channels = [name for name in solver.channel_names() if name != "in_channels"][:1]
    strides = [name for name in ("stride",) if len(set(solver.known.get(name, ()))) > 1]
    for wide in channels if "in_channels" in solver.known else ():
        pair = ("in_channels", wide)
        for stride in strides:
            three = (stride, *pair)
            found.append((three, f"stride != 1 or in_channels != {wide}", lambda s, a, b: s != 1 or a != b))
            found.append((three, f"stride == 1 and in_channels == {wide}", lambda s, a, b: s == 1 and a == b))
        found.append((pair, f"in_channels != {wide}", lambda a, b: a != b))
        found.append((pair, f"in_channels == {wide}", lambda a, b: a == b))
    for stride in strides:
        found.append(((stride,), "stride != 1", lambda s: s != 1))
        found.append(((stride,), "stride == 1", lambda s: s == 1))
    return found


def _not(value: Any) -> bool:
    return not value
