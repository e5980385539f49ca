"""The changes between two graphs, one for each item, and equal ones gathered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from archspec.graph.graph import Graph
from archspec.graph.nodes import Node, Scope, Value
from archspec.ops.written import explicit_arguments
from archspec.records import record
from archspec.reports.diff.ends import inputs, outputs
from archspec.reports.diff.fields import arguments, initializers
from archspec.reports.diff.match import Item, Match, is_automatic, stems
from archspec.reports.diff.records import Change, Field, Kind
from archspec.reports.diff.wiring import Wiring


@record
class _Single:
    """A change in one place, with what it has in common with those to be told with it."""

    change: Change
    common: tuple[object, ...]
    weighty: bool = True


def changes(before: Graph, after: Graph, match: Match) -> tuple[Change, ...]:
    """All changes in the order of the network, equal ones gathered."""
    wiring = Wiring(before, after, match)
    counts = Counter(node.op.name for _, node in before.nodes())
    counts &= Counter(node.op.name for _, node in after.nodes())
    singles = [
        *map(_end, inputs(before, after)),
        *_inside(match, ("", ""), wiring, moved=False),
        *map(_end, outputs(before, after, wiring)),
    ]
    return tuple(_gathered(singles, counts))


def _end(change: Change) -> _Single:
    return _Single(change, (change.what, change.before, change.after))


def _gathered(singles: Iterable[_Single], counts: Counter[str]) -> Iterator[Change]:
    groups: dict[tuple[object, ...], list[_Single]] = {}
    for single in singles:
        groups.setdefault((single.change.kind, *single.common), []).append(single)
    for group in groups.values():
        if not any(single.weighty for single in group):
            continue
        found = [single.change for single in group]
        first = found[0]
        yield Change(
            first.kind,
            first.what if all(change.what == first.what for change in found) else "node",
            tuple(path for change in found for path in change.before),
            tuple(path for change in found for path in change.after),
            first.fields,
            (sum(change.params[0] for change in found), sum(change.params[1] for change in found)),
            first.kind == "changed" and len(found) > 2 and len(found) == counts[first.what],
        )


def _inside(match: Match, prefixes: tuple[str, str], wiring: Wiring, moved: bool) -> Iterator[_Single]:
    for found in match.inside:
        if found.before is None or found.after is None:
            yield _one_sided(found, prefixes)
        else:
            yield from _both(found, found.before, found.after, prefixes, wiring, moved or found.moved)


def _one_sided(match: Match, prefixes: tuple[str, str]) -> _Single:
    """An item that is added or removed, with all in it."""
    item = match.after if match.before is None else match.before
    assert item is not None
    added = match.before is None
    prefix = prefixes[added]
    params = item.parameter_count
    arguments = explicit_arguments(item.op) if isinstance(item, Node) else {}
    change = Change(
        "added" if added else "removed",
        item.label,
        () if added else (prefix + item.name,),
        (prefix + item.name,) if added else (),
        tuple(Field(name, None, value) if added else Field(name, value, None) for name, value in arguments.items()),
        (0, params) if added else (params, 0),
    )
    # blocks that are numbered are told with their siblings, others with all of that name
    home = prefix if item.name.isdecimal() and isinstance(item, Scope) else item.name.rstrip("0123456789").rstrip("_")
    return _Single(change, (change.what, home, tuple((name, str(value)) for name, value in arguments.items())))


def _both(
    match: Match, before: Item, after: Item, prefixes: tuple[str, str], wiring: Wiring, moved: bool
) -> Iterator[_Single]:
    paths = (prefixes[0] + before.name, prefixes[1] + after.name)
    params: tuple[int, int] = (0, 0)

    def single(kind: Kind, common: tuple[object, ...], weighty: bool = True, fields: tuple[Field, ...] = ()) -> _Single:
        return _Single(Change(kind, before.label, (paths[0],), (paths[1],), fields, params), common, weighty)

    if before.name != after.name:
        yield single("renamed", *_renaming(before, after))
    if match.moved:
        told = (wiring.told(_received(item), prefix) for item, prefix in zip((before, after), prefixes, strict=True))
        places = (Field("input", *told),)
        yield single("moved", (before.label, before.name, str(places)), fields=places)
    inner = list(_inside(match, (f"{paths[0]}.", f"{paths[1]}."), wiring, moved))
    within = any(found.change.kind != "renamed" for found in inner)
    fields = tuple(_fields(match, before, after, prefixes, wiring, moved, within))
    if fields:
        params = (before.parameter_count, after.parameter_count)
        yield single("changed", (before.label, str(fields)), fields=fields)
    yield from inner


def _renaming(before: Item, after: Item) -> tuple[tuple[object, ...], bool]:
    """What a renaming has in common with others, and whether it is worth telling for itself.

    Numbers of what has no weights follow those of its neighbours, and nobody refers to them.
    """
    if is_automatic(before) and is_automatic(after):
        return ("number",), before.parameter_count > 0
    return stems(before.name, after.name) or (before.name, after.name), True


def _received(item: Item) -> tuple[Value, ...]:
    return item.inputs if isinstance(item, Node) else item.inputs[:1]


def _fields(
    match: Match, before: Item, after: Item, prefixes: tuple[str, str], wiring: Wiring, moved: bool, within: bool
) -> Iterator[Field]:
    """What differs between two items themselves; the name of a block counts where more than names
    differs `within` it."""
    yield from _shared(before, after, prefixes, wiring)
    if isinstance(before, Scope) and isinstance(after, Scope):
        if match.replaced or (within and before.label != after.label):
            yield Field("block", before.label, after.label)
        return
    if isinstance(before, Scope) or isinstance(after, Scope):
        yield Field("op", *_labels(before, after))
        return
    if match.replaced:
        yield Field("op", before.label, after.label)
    else:
        starts = {field.name: field for field in initializers(before, after)}
        yield from (field for field in arguments(before, after) if field.name not in starts)
        yield from starts.values()
    if not moved and not wiring.same(before.inputs, after.inputs):
        yield Field("input", wiring.told(before.inputs, prefixes[0]), wiring.told(after.inputs, prefixes[1]))


def _shared(before: Item, after: Item, prefixes: tuple[str, str], wiring: Wiring) -> Iterator[Field]:
    """Whose weights two items have: those of a module that runs again, or to which theirs are tied."""
    for name, of in (("reuse", _first), ("tie", _owners)):
        one, two = of(before), of(after)
        if len(one) != len(two) or not wiring.same(one, two):
            told = (wiring.told(values, prefix) or "none" for values, prefix in zip((one, two), prefixes, strict=True))
            yield Field(name, *told)


def _first(item: Item) -> tuple[Value, ...]:
    around = item.output.scope if isinstance(item, Node) else item.parent
    # what is in a module that runs again is told with it
    return () if item.of is None or (around is not None and around.of is not None) else (item.of.output,)


def _owners(item: Item) -> tuple[Value, ...]:
    return tuple(dict.fromkeys(owner.output for owner, _ in item.tied.values())) if isinstance(item, Node) else ()


def _labels(before: Item, after: Item) -> tuple[str, str]:
    """What a node and a scope are; a block may have the name of an op."""
    one, two = before.label, after.label
    if one != two:
        return one, two
    return (f"{one} (op)", f"{two} (block)") if isinstance(before, Node) else (f"{one} (block)", f"{two} (op)")
