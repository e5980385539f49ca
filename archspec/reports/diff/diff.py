"""The difference between two architectures: what changed, what it costs, and whether the old checkpoint still loads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from archspec.graph.graph import Graph
from archspec.graph.nodes import Node, Value
from archspec.reports.diff.changes import changes
from archspec.reports.diff.difference import Difference, Part
from archspec.reports.diff.keys import keys
from archspec.reports.diff.match import Match, match_scopes
from archspec.reports.diff.text import plain_text
from archspec.reports.summary.rows import Row, row
from archspec.reports.summary.summary import summarize


class Diff(Difference):
    """What differs between two networks; `str()` is a text for people."""

    __slots__ = ()

    def __str__(self) -> str:
        return plain_text(self)


def diff(a: Graph, b: Graph) -> Diff:
    """The difference between the network a, before, and the network b, after.

    Stages, blocks and nodes are the same where their given names are; others where their content or, failing that,
    their kind is, in the order in which they run. So what is inserted does not make all that follows it differ.
    `diff(b, a)` tells the same the other way round.
    """
    one, before = a.fingerprint, summarize(a, 0)
    two, after = (one, before) if a is b else (b.fingerprint, summarize(b, 0))
    fingerprints = (one, two)
    if one == two:
        return Diff(before, after, fingerprints, (), (), 0, keys(a, b, Match(a.root, b.root)))
    # the order in which matching looks at the two must not show in what it finds
    match = match_scopes(a.root, b.root) if one < two else match_scopes(b.root, a.root).mirrored()
    return Diff(
        before,
        after,
        fingerprints,
        tuple(_parts(match)),
        changes(a, b, match),
        sum(map(_is_reshaped, match.below())),
        keys(a, b, match),
    )


def _parts(match: Match) -> Iterator[Part]:
    """What stands in the network itself and has other numbers, neighbours that differ in the same way folded."""
    same: list[Part] = []
    numbers: tuple[Row | None, ...] = ()
    for inner in match.inside:
        one, two = (None if item is None else row(item) for item in (inner.before, inner.after))
        if one and two and (one.params, one.macs, one.shape) == (two.params, two.macs, two.shape):
            continue
        part = Part(one, two)
        before, numbers = numbers, _numbers(part)
        if same and before != numbers:
            yield _folded(same)
            same = []
        same.append(part)
    if same:
        yield _folded(same)


def _numbers(part: Part) -> tuple[Row | None, ...]:
    return tuple(side and replace(side, path="", name="") for side in (part.before, part.after))


def _folded(parts: list[Part]) -> Part:
    first, last = parts[0], parts[-1]
    if first is last:
        return first
    one, two = (
        start
        and end
        and replace(
            start,
            path=f"{start.path} … {end.path}",
            name=f"{start.name} … {end.name}",
            times=len(parts),
        )
        for start, end in ((first.before, last.before), (first.after, last.after))
    )
    return Part(one, two)


def _is_reshaped(match: Match) -> bool:
    """Whether a node of both networks has other shapes, though its arguments are the same."""
    one, two = match.before, match.after
    if not (isinstance(one, Node) and isinstance(two, Node)) or match.replaced or one.op != two.op:
        return False
    if _shape(one.output) != _shape(two.output):
        return True
    shapes = ([_shape(value) for value in node.inputs[:1]] for node in (one, two))
    return one.weights != two.weights if next(shapes) != next(shapes) else False


def _shape(value: Value) -> object:
    return value.type and value.type.shape
