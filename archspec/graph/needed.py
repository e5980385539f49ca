"""What of a scope runs: a value is computed only if something returned, or a node that runs, takes it."""

from __future__ import annotations

from collections.abc import Iterable

from archspec.graph.nodes import Scope, Value


def settle(scope: Scope, results: Iterable[Value]) -> None:
    """Decide what runs inside a scope, and in all scopes in it, where just these of its values are needed outside.

    A scope that does not run is settled as if its output were needed: it is a module like any other, which nobody
    calls. Depth is bounded by the compiler.
    """
    scope.settled(tuple(results))
    needed = set(scope.gives)
    for item in reversed(scope.body):
        if isinstance(item, Scope):
            wanted = [value for value in dict.fromkeys((item.output, *item.exports)) if value in needed]
            item.runs = bool(wanted)
            settle(item, wanted or (item.output,))
        else:
            item.runs = item.output in needed
        if item.runs:
            needed.update(item.takes)
    scope.takes = tuple(value for value in dict.fromkeys((*scope.inputs, *scope.captures)) if value in needed)
