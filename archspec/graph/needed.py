"""What of a scope runs: a value is computed only if something returned, or a node that runs, takes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from archspec.graph.nodes import Node, Scope, Value


def settle(scope: Scope, results: Iterable[Value]) -> None:
    """Decide what runs inside a scope, and in all scopes in it, where just these of its values are needed outside.

    A scope that does not run is settled as if its output were needed: it is a module like any other, which nobody
    calls. Depth is bounded by the compiler.
    """
    _settle_one(scope, tuple(results), set())


def _settle_one(scope: Scope, gives: tuple[Value, ...], done: set[Scope]) -> None:
    """The same of a module that runs once, as most do."""
    scope.settled(gives)
    needed = set(gives)
    for item in reversed(scope.body):
        if isinstance(item, Node):
            item.runs = item.output in needed or not (not item.more or needed.isdisjoint(item.more))
        elif item.of is not None or item.again:
            _settle_scope((item,), (needed,), done)
        else:
            wanted = tuple([value for value in dict.fromkeys((item.output, *item.exports)) if value in needed])
            item.runs = bool(wanted)
            _settle_one(item, wanted or (item.output,), done)
        if item.runs:
            needed.update(item.takes)
    scope.takes = tuple([value for value in dict.fromkeys((*scope.inputs, *scope.captures)) if value in needed])


def _settle(runs: Sequence[Scope], gives: Sequence[tuple[Value, ...]], done: set[Scope]) -> None:
    """The same of all runs of one module: what one of them needs is computed in each, since they are the same code."""
    for run, values in zip(runs, gives, strict=True):
        run.settled(values)
    needed = [set(run.gives) for run in runs]
    for items in zip(*[reversed(run.body) for run in runs], strict=True):
        first = items[0]
        if isinstance(first, Scope):
            _settle_scope(items, needed, done)
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


def _settle_scope(items: Sequence[Scope], needed: Sequence[set[Value]], done: set[Scope]) -> None:
    """Settle a scope in all runs of the module around, which may not be all that run it."""
    wanted = [
        [value for value in dict.fromkeys((item.output, *item.exports)) if value in known]
        for item, known in zip(items, needed, strict=True)
    ]
    is_needed = any(wanted)
    for item in items:
        item.runs = is_needed
    first = items[0].of or items[0]
    if first not in done:
        done.add(first)
        family = first.family
        if set(family) != set(items):
            # others need it elsewhere: whatever is referred to is given
            wanted = [list(dict.fromkeys((item.output, *item.exports))) for item in family]
        else:
            wanted = [wanted[items.index(item)] for item in family]
        _settle(family, _aligned(family, wanted), done)


def _aligned(runs: Sequence[Scope], wanted: Sequence[Sequence[Value]]) -> list[tuple[Value, ...]]:
    """What is wanted of one run, of each."""
    made = [[value for node in run.nodes() for value in node.outputs] for run in runs]
    # by place among all that is made; what is returned has none, as it may come from outside
    found: dict[int | None, None] = {}
    for run, values, of_run in zip(runs, wanted, made, strict=True):
        places = {value: place for place, value in enumerate(of_run)}
        found.update(dict.fromkeys(None if value is run.output else places[value] for value in values))
    of_all = found or {None: None}
    return [
        tuple(run.output if place is None else of_run[place] for place in of_all)
        for run, of_run in zip(runs, made, strict=True)
    ]


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
