"""Small networks, what is told of their differences, and the laws that hold for any two."""

from __future__ import annotations

from functools import cache
from typing import Any

import archspec
from archspec.graph import Graph
from archspec.reports import Diff
from archspec.reports.diff.records import Change
from archspec.weights.contents import Contents
from archspec.weights.fit import fit, wanted

OPPOSITE = {"added": "removed", "removed": "added"}


@cache
def compiled(name: str) -> Graph:
    return archspec.compile(name)


def network(layers: Any, **more: Any) -> Graph:
    base = {"archspec": 1, "name": "demo", "input": [8, 16, 16], "norm": "batch", "act": "relu"}
    return archspec.compile({**base, **more, "layers": layers})


def told(change: Change) -> tuple[Any, ...]:
    """What a change says, in short."""
    fields = {field.name: (field.before, field.after) for field in change.fields}
    return (change.kind, change.what, change.after or change.before, fields)


def layers(before: Any, after: Any, **more: Any) -> list[tuple[Any, ...]]:
    """The changes between two lists of nodes."""
    return [told(change) for change in archspec.diff(network(before, **more), network(after, **more)).changes]


def changed(*paths: str, what: str = "conv", **fields: tuple[Any, Any]) -> tuple[Any, ...]:
    return ("changed", what, paths, fields)


def added(what: str, *paths: str, **fields: Any) -> tuple[Any, ...]:
    return ("added", what, paths, {name: (None, value) for name, value in fields.items()})


def removed(what: str, *paths: str, **fields: Any) -> tuple[Any, ...]:
    return ("removed", what, paths, {name: (value, None) for name, value in fields.items()})


def renamed(what: str, *paths: str) -> tuple[Any, ...]:
    return ("renamed", what, paths, {})


def check(a: Graph, b: Graph) -> Diff:
    """The laws that hold for any two networks."""
    found = archspec.diff(a, b)
    assert found.same == (a.fingerprint == b.fingerprint)
    assert bool(found.changes) != found.same
    one, two = ({key: weight.shape for key, weight in graph.weights()} for graph in (a, b))
    keys = found.keys
    assert list(keys.survive) == [key for key, shape in one.items() if two.get(key) == shape]
    assert [(r.key, r.before, r.after) for r in keys.reshaped] == [
        (key, shape, two[key]) for key, shape in one.items() if key in two and two[key] != shape
    ]
    assert list(keys.vanish) == [key for key in one if key not in two]
    assert list(keys.appear) == [key for key in two if key not in one]
    assert (keys.loads == "strictly") == (one == two)
    assert (keys.loads == "not at all") == (one != two and not keys.survive)
    assert all(one[old] == two[new] and old != new for old, new in keys.renamed)
    assert {*keys.misplaced} <= {*keys.survive}
    if found.renamed:
        assert {change.kind for change in found.changes} == {"renamed"}
        assert (found.parts, found.reshaped, found.before.params) == ((), 0, found.after.params)
        assert str(found).splitlines()[0] == f"{a.name} → {b.name}: the same architecture under other names"
    if keys.renames:
        report, _ = fit(wanted(b), Contents(wanted(a)), renames=keys.renames, own=True)
        assert {old: report.renamed.get(old) for old, _ in keys.renamed} == dict(keys.renamed)
        assert {new for _, new in keys.renamed} <= {*report.loaded}
        assert report.complete or not keys.loads_renamed
    assert mirrored(archspec.diff(b, a)) == plain(found)
    assert str(found).splitlines()[0].startswith(f"{a.name} → {b.name}")
    return found


def plain(diff: Diff) -> tuple[Any, ...]:
    changes = [
        (c.kind, c.before, c.after, [(f.name, f.before, f.after) for f in c.fields], c.params, c.everywhere)
        for c in diff.changes
    ]
    reshaped = [(key.key, key.before, key.after) for key in diff.keys.reshaped]
    parts = [(part.before, part.after) for part in diff.parts]
    keys = diff.keys
    lists = (changes, parts, reshaped, keys.survive, keys.vanish, keys.appear, keys.renamed, keys.misplaced)
    return (diff.before, diff.after, diff.same, diff.reshaped, *(sorted(map(str, items)) for items in lists))


def mirrored(diff: Diff) -> tuple[Any, ...]:
    """The same of the difference seen from the other side, turned round."""
    changes = [
        (
            OPPOSITE.get(c.kind, c.kind),
            c.after,
            c.before,
            [(f.name, f.after, f.before) for f in c.fields],
            c.params[::-1],
            c.everywhere,
        )
        for c in diff.changes
    ]
    reshaped = [(key.key, key.after, key.before) for key in diff.keys.reshaped]
    parts = [(part.after, part.before) for part in diff.parts]
    keys = diff.keys
    turned = [(new, old) for old, new in keys.renamed]
    lists = (changes, parts, reshaped, keys.survive, keys.appear, keys.vanish, turned, keys.misplaced)
    return (diff.after, diff.before, diff.same, diff.reshaped, *(sorted(map(str, items)) for items in lists))
