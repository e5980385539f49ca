"""What a file changes in the stages and nodes of the spec that it extends (docs/language.md, section 11)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import islice
from typing import Any

from archspec.diagnostics import Collector, Span, correction, did_you_mean
from archspec.language.combinators import COMBINATORS
from archspec.language.merge import IN_FORCE, is_null, merged
from archspec.language.nodes import COMMON
from archspec.source import Mapping, Scalar, Sequence, Tree

Parameters = Callable[[str], Collection[str]]
"""From the name of a block to those of its parameters."""

_HOLDERS = ("seq", "repeat", "residual")
"""The nodes among whose own nodes those that change are looked for."""

_PLACES = ("after", "before")


def changed_stages(base: Tree, over: Mapping, parameters: Parameters, collector: Collector) -> Tree:
    """The stages of the base, with what a mapping from their names changes, adds and removes."""
    if not isinstance(base, Sequence):
        return over
    names = [_stage_name(stage, i) for i, stage in enumerate(base.items, 1)]
    stages = dict(zip(names, base.items, strict=True))
    known = list(names)
    for name, patch in over.entries.items():
        if is_null(patch) or name in names:
            if name not in names:
                _missing(f"the base has no stage `{name}`", name, known, "stages", over, collector)
            elif not is_null(patch) and not isinstance(patch, Mapping):
                message, help = f"the changes to `{name}` must be a mapping", "`{stride: 1}`"
                _refuse("A203", message, patch.span, help, collector)
            elif isinstance(patch, Mapping):
                stages[name] = merged(_patchable(stages[name], patch), patch, True)
            continue
        place = _position(name, known, patch, over, parameters, collector)
        if place is not None:
            known.insert(place, name)
            stages[name] = _placed(name, patch, over)
    if known != names or any(is_null(over.get(name)) for name in names):
        # the default names, which count, stay as they were
        stages = {name: _named(stage, name) for name, stage in stages.items()}
    return Sequence(tuple(stages[name] for name in known if not is_null(over.get(name))), base.span)


def _position(
    name: str, known: list[str], patch: Tree, over: Mapping, parameters: Parameters, collector: Collector
) -> int | None:
    """Where among those that are `known` a new stage goes, or None after a report."""
    given = []
    if isinstance(patch, Mapping):
        block = patch.get("block")
        own = parameters(str(block.value)) if isinstance(block, Scalar) else ()
        given = [key for key in _PLACES if key in patch.entries and key not in own]
    if not isinstance(patch, Mapping) or not given:
        is_new = isinstance(patch, Mapping) and not patch.entries.keys().isdisjoint(("block", "layers"))
        help = f"to add it, say where: `after: {known[-1]}` or `before: {known[0]}`" if known else ""
        _missing(f"the base has no stage `{name}`", name, known, "stages", over, collector, help if is_new else "")
        return None
    if len(given) > 1:
        message = f"the stage `{name}` has both `after` and `before`"
        _refuse("A206", message, patch.keys[given[1]], "one of them says where it goes", collector)
        return None
    at = patch.entries[given[0]]
    anchor = str(at.value) if isinstance(at, Scalar) else None
    if anchor not in known and collector.full:
        return None
    if anchor not in known:
        message = f"`{given[0]}` must be the name of a stage" if anchor is None else f"there is no stage `{anchor}`"
        listed = ", ".join(f"`{n}`" for n in known)
        hint = did_you_mean(anchor or "", known) or f"the stages are {listed}"
        fix = None if anchor is None else correction(anchor, known, at.span)
        collector.error("A303", message, at.span, hint, fix=fix)
        return None
    return known.index(anchor) + (given[0] == "after")


def _placed(name: str, patch: Tree, over: Mapping) -> Tree:
    """A new stage, without the place where it goes."""
    assert isinstance(patch, Mapping)
    place = next(key for key in _PLACES if key in patch.entries)
    entries = {key: value for key, value in patch.entries.items() if key != place}
    keys = {key: patch.keys[key] for key in entries}
    if "name" not in entries:
        entries["name"], keys["name"] = Scalar(name, over.keys[name]), over.keys[name]
    return Mapping(entries, keys, patch.span)


def _named(stage: Tree, name: str) -> Tree:
    if not isinstance(stage, Mapping) or "name" in stage.entries:
        return stage
    return Mapping({"name": Scalar(name, stage.span), **stage.entries}, {"name": stage.span, **stage.keys}, stage.span)


def _patchable(stage: Tree, patch: Mapping) -> Tree:
    """A stage without its block and its arguments, where the patch gives `layers`; without layers, where it gives a
    block."""
    if not isinstance(stage, Mapping) or ("layers" in patch.entries) == ("block" in patch.entries):
        return stage
    is_list = "layers" in patch.entries
    kept = [key for key in stage.entries if (key in (*COMMON, *IN_FORCE) if is_list else key != "layers")]
    return Mapping({key: stage.entries[key] for key in kept}, stage.keys, stage.span)


def _stage_name(stage: Tree, number: int) -> str:
    return written_name(stage) or f"stage{number}"


def written_name(arguments: Tree | None) -> str | None:
    """The name that is written among the arguments of a node or stage."""
    name = arguments.get("name") if isinstance(arguments, Mapping) else None
    return str(name.value) if isinstance(name, Scalar) and name.value is not None else None


def changed_nodes(key: str, base: Tree, over: Mapping, collector: Collector) -> Tree:
    """A list of nodes of the base, with what a mapping from their written names changes, replaces and removes."""
    if not isinstance(base, Sequence):
        return base
    counts = names_in(base)
    changes: dict[str, Tree] = {}
    for name, change in over.entries.items():
        if name not in counts:
            _missing(f"the base has no node named `{name}`", name, counts, key, over, collector)
        elif counts[name] > 1:
            message = f"`{name}` is the name of {counts[name]} nodes of the base"
            _refuse("A303", message, over.keys[name], f"replace the whole list: `{key}: […]`", collector)
        elif not isinstance(change, Mapping | Sequence) and not is_null(change):
            message = f"the changes to `{name}` must be a mapping, a list of nodes or null"
            _refuse("A203", message, change.span, f"`{name}: {{channels: 64}}`, or `{name}: [act]`", collector)
        else:
            changes[name] = change
    return _changed(base, changes) if changes else base


def names_in(nodes: Tree) -> dict[str, int]:
    """The names that are written in a list of nodes, in their order, and how often each is."""
    counts: dict[str, int] = {}
    _count(nodes, counts)
    return counts


def _inner(node: Tree) -> list[tuple[str, Tree]]:
    """The lists of nodes in a node, with their keys: in a bare list, the key is empty."""
    ((op, value),) = node.entries.items() if isinstance(node, Mapping) and len(node.entries) == 1 else ((None, None),)
    if op not in _HOLDERS or value is None:
        return []
    if isinstance(value, Sequence):
        return [("", value)]
    kinds: dict[str, Any] = {**COMBINATORS[op].kinds()}
    held = [key for key, kind in kinds.items() if kind in ("nodes", "shortcut")]
    return [(key, value.entries[key]) for key in held if key in value.entries] if isinstance(value, Mapping) else []


def _count(nodes: Tree, counts: dict[str, int]) -> None:
    """Count names; depth is bounded by the reader."""
    for node in _listed(nodes):
        for argument in node.entries.values() if isinstance(node, Mapping) else ():
            name = written_name(argument)
            if name is not None:
                counts[name] = counts.get(name, 0) + 1
        for _, inner in _inner(node):
            _count(inner, counts)


def _listed(nodes: Tree) -> tuple[Tree, ...]:
    """The nodes of a list, or of a shortcut in full."""
    if isinstance(nodes, Mapping):
        nodes = nodes.get("layers") or nodes
    return nodes.items if isinstance(nodes, Sequence) else ()


def _changed(nodes: Tree, changes: dict[str, Tree]) -> Tree:
    if isinstance(nodes, Mapping) and "layers" in nodes.entries:
        layers = _changed(nodes.entries["layers"], changes)
        return Mapping({**nodes.entries, "layers": layers}, nodes.keys, nodes.span)
    if not isinstance(nodes, Sequence):
        return nodes
    found: list[Tree] = []
    for node in nodes.items:
        found += _of_node(node, changes)
    return Sequence(tuple(found), nodes.span)


def _of_node(node: Tree, changes: dict[str, Tree]) -> tuple[Tree, ...]:
    """What stands in the place of a node."""
    if not isinstance(node, Mapping) or len(node.entries) != 1:
        return (node,)
    ((op, value),) = node.entries.items()
    for key, inner in _inner(node):
        new = _changed(inner, changes)
        value = new if not key or not isinstance(value, Mapping) else _with(value, key, new)
    change = changes.get(written_name(value) or "")
    if is_null(change):
        return ()
    if isinstance(change, Sequence):
        return change.items
    if isinstance(change, Mapping):
        value = merged(_patchable(value, change) if op == "stage" else value, change, True)
    return (Mapping({op: value}, node.keys, node.span),)


def _with(tree: Mapping, key: str, value: Tree) -> Mapping:
    return Mapping({**tree.entries, key: value}, tree.keys, tree.span)


def _refuse(code: str, message: str, at: Span, help: str, collector: Collector) -> None:
    """Report a change that cannot be, unless there are enough findings."""
    if not collector.full:
        collector.error(code, message, at, help)


def _missing(
    message: str, name: str, known: Collection[str], what: str, over: Mapping, collector: Collector, help: str = ""
) -> None:
    """Report a name that the base does not have, unless there are enough findings."""
    if collector.full:
        return
    nodes = "its stages" if what == "stages" else f"the names in its `{what}`"
    shown = ", ".join(f"`{n}`" for n in islice(known, 12)) + (", …" if len(known) > 12 else "")
    hint = help or did_you_mean(name, known) or (f"{nodes} are {shown}" if known else f"it has no names in `{what}`")
    fix = None if help else correction(name, known, over.keys[name])
    collector.error("A303", message, over.keys[name], hint, fix=fix)
