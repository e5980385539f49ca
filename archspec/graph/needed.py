"""What of a scope runs: a value is computed only if something returned, or a node that runs, takes it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from archspec.graph.nodes import Node, Scope, Value

_ROUNDS = 8
"""How often a graph is settled at most until it is known what the runs of each module give."""


@dataclass(slots=True)
class _Round:
    """What was wanted of each module with several runs, by place, until now, and which of them this round settled; the
    last round gives whatever is referred to."""

    wants: dict[Scope, dict[int | None, None]] = field(default_factory=dict)
    done: set[Scope] = field(default_factory=set)
    is_last: bool = False


def settle(scope: Scope, results: Iterable[Value]) -> None:
    """Decide what runs inside a scope, and in all scopes in it, where just these of its values are needed outside.

    A scope that does not run is settled as if its output were needed: it is a module like any other, which nobody
    calls. Depth is bounded by the compiler.

    What a run that is met later wants, the code of all has to give: as long as there is more, all is settled again.
    """
    found, gives = _Round(), tuple(results)
    for number in range(1, _ROUNDS + 1):
        known = sum(map(len, found.wants.values()))
        found = _Round(found.wants, is_last=number == _ROUNDS)
        _settle_one(scope, gives, found)
        if sum(map(len, found.wants.values())) == known:
            break


def _settle_one(scope: Scope, gives: tuple[Value, ...], found: _Round) -> None:
    """The same of a module that runs once, as most do."""
    scope.settled(gives)
    needed = set(gives)
    for item in reversed(scope.body):
        if isinstance(item, Node):
            item.runs = item.output in needed or not (not item.more or needed.isdisjoint(item.more))
        elif item.of is not None or item.again:
            _settle_scope((item,), (needed,), found)
        else:
            wanted = tuple([value for value in dict.fromkeys((item.output, *item.exports)) if value in needed])
            item.runs = bool(wanted)
            _settle_one(item, wanted or (item.output,), found)
        if item.runs:
            needed.update(item.takes)
    scope.takes = tuple([value for value in dict.fromkeys((*scope.inputs, *scope.captures)) if value in needed])


def _settle(runs: Sequence[Scope], gives: Sequence[tuple[Value, ...]], found: _Round) -> None:
    """The same of all runs of one module: what one of them needs is computed in each, since they are the same code."""
    for run, values in zip(runs, gives, strict=True):
        run.settled(values)
    needed = [set(run.gives) for run in runs]
    for items in zip(*[reversed(run.body) for run in runs], strict=True):
        first = items[0]
        if isinstance(first, Scope):
            _settle_scope(items, needed, found)
        else:
            is_needed = any(not wanted.isdisjoint(item.gives) for item, wanted in zip(items, needed, strict=True))
            for item in items:
                item.runs = is_needed
        if first.runs:
            for item, wanted in zip(items, needed, strict=True):
                wanted.update(item.takes)
    taken = _taken(runs)
    for place, run in enumerate(runs):
        run.takes = tuple(values[place] for values in taken)


def _settle_scope(items: Sequence[Scope], needed: Sequence[set[Value]], found: _Round) -> None:
    """Settle a scope in all runs of the module around, which may not be all that run it."""
    wanted = [
        [value for value in dict.fromkeys((item.output, *item.exports)) if value in known]
        for item, known in zip(items, needed, strict=True)
    ]
    is_needed = any(wanted)
    for item in items:
        item.runs = is_needed
    first = items[0].of or items[0]
    wants = found.wants.setdefault(first, {})
    if found.is_last:
        items, wanted = first.family, [[run.output, *run.exports] for run in first.family]
    for item, values in zip(items, wanted, strict=True):
        wants.update(dict.fromkeys(_places(item, values)))
    if first not in found.done:
        found.done.add(first)
        _settle(first.family, [_at(run, wants) for run in first.family], found)


def _places(run: Scope, values: Iterable[Value]) -> list[int | None]:
    """Where values stand among all that a run makes; what is returned has no place, as it may come from outside."""
    places = {value: place for place, value in enumerate(_made(run))}
    return [None if value is run.output else places[value] for value in values]


def _at(run: Scope, wants: Mapping[int | None, None]) -> tuple[Value, ...]:
    """What a run gives where this is wanted of any; its output where nothing is."""
    made = _made(run)
    return tuple([run.output if place is None else made[place] for place in wants or (None,)])


def _made(run: Scope) -> list[Value]:
    return [value for node in run.nodes() for value in node.outputs]


def _taken(runs: Sequence[Scope]) -> list[tuple[Value, ...]]:
    """What each run takes from outside, one entry for each of its uses that is another value in some run."""
    first = runs[0]
    order = {value: place for place, value in enumerate(dict.fromkeys((*first.inputs, *first.captures)))}
    used: dict[tuple[Value, ...], None] = {}
    for items in zip(*[run.body for run in runs], strict=True):
        if items[0].runs:
            used.update(dict.fromkeys(zip(*[item.takes for item in items], strict=True)))
    used.update(dict.fromkeys(zip(*[run.gives for run in runs], strict=True)))
    return sorted((values for values in used if values[0] in order), key=lambda values: order[values[0]])


class Roles:
    """What one module computes with, whichever of its runs it is: its items that run, with what each takes and gives.

    A value of a module that runs once stands for itself; of one with several runs, the values of all runs together.
    """

    def __init__(self, scope: Scope) -> None:
        runs = scope.family
        self.items: list[tuple[Node | Scope, tuple[object, ...], tuple[object, ...]]]
        self.takes: tuple[object, ...]
        self.gives: tuple[object, ...]
        if len(runs) == 1:
            self.items = [(item, item.takes, item.gives) for item in scope.body if item.runs]
            self.takes, self.gives = scope.takes, scope.gives
        else:
            bodies = zip(*[run.body for run in runs], strict=True)
            self.items = [
                (items[0], _together([item.takes for item in items]), _together([item.gives for item in items]))
                for items in bodies
                if items[0].runs
            ]
            self.takes, self.gives = (_together([getattr(run, name) for run in runs]) for name in ("takes", "gives"))


def _together(values: Sequence[tuple[Value, ...]]) -> tuple[tuple[Value, ...], ...]:
    return tuple(zip(*values, strict=True))
