"""`extends`: a spec laid over another, tree over tree (docs/language.md, section 11)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from archspec.diagnostics import Collector, Source, Span, correction, did_you_mean
from archspec.language.changes import Parameters, changed_nodes, changed_stages
from archspec.language.merge import IN_FORCE, is_null, merged, over_all
from archspec.language.models import SECTIONS, TYPES
from archspec.source import Mapping, Scalar, Sequence, Tree

_OF_SHAPES = {"input", "inputs", "params", "defaults", "blocks", "layers", *IN_FORCE, *SECTIONS}
_WHOLE = (*IN_FORCE, "input")
_ENTRIES = ("outputs", "blocks", "defaults", "inputs")
"""The sections of which null removes an entry."""
_LISTS = ("layers", "stem", "head")


def extend(
    base: Mapping,
    over: Mapping,
    included: Collection[str],
    below: Collection[str],
    parameters: Parameters,
    collector: Collector,
) -> Mapping:
    """The tree of `over` on top of that of `base`; every value keeps the place where it stands.

    `included` are the blocks that `over` includes: they replace those of the base, like blocks of its own. `below` are
    those that the base includes; `parameters` gives the names of the parameters of a block.
    """
    base = _without(base, included)
    dropped: set[str] = set()
    if "layers" in over.entries and not isinstance(over.entries["layers"], Mapping):
        dropped.update(SECTIONS)
    for one, other in (("input", "inputs"), ("inputs", "input")):
        if one in over.entries:
            dropped.add(other)
    entries = {
        key: value for key, value in base.entries.items() if key not in dropped and key not in ("extends", "include")
    }
    keys = {key: base.keys[key] for key in entries}
    for key, value in over.entries.items():
        if key in ("extends", "include"):
            continue
        if key in _LISTS and isinstance(value, Mapping) and key not in base.entries:
            _no_list(key, base, over, collector)
            continue
        if key in _ENTRIES:
            entries[key] = _entries(key, entries.get(key), value, below, collector)
        elif key in entries:
            entries[key] = _section(key, entries[key], value, parameters, collector)
        else:
            entries[key] = value
        keys[key] = over.keys[key]
    return Mapping(entries, keys, over.span)


def _no_list(key: str, base: Mapping, over: Mapping, collector: Collector) -> None:
    """Report changes to nodes of a list that the base does not have."""
    found = [f"`{name}`" for name in ("layers", *SECTIONS) if name in base.entries]
    message, help = f"the base has no `{key}` to change", f"its network is in {', '.join(found)}" if found else ""
    collector.error("A203", message, over.keys[key], help or f"write a list of nodes: `{key}: […]`")


def _entries(key: str, base: Tree | None, over: Tree, included: Collection[str], collector: Collector) -> Tree:
    """A section with the entries of both files, without those that are null in the file on top."""
    if key == "outputs":
        base, over = None if base is None else named_outputs(base), named_outputs(over)
    if not isinstance(over, Mapping):
        return over
    below = base if isinstance(base, Mapping) else Mapping({}, {}, over.span)
    known = dict.fromkeys([*below.entries, *(included if key == "blocks" else ())])
    removed = dict.fromkeys(name for name, value in over.entries.items() if is_null(value))
    for name in removed:
        if name not in known and key != "defaults" and not collector.full:
            at, kind = over.keys[name], key.removesuffix("s")
            listed = ", ".join(f"`{one}`" for one in islice(known, 12))
            hint = did_you_mean(name, known) or (f"its {key} are {listed}" if known else f"it has no {key}")
            message = f"the base has no {kind} `{name}` to remove"
            collector.error("A303", message, at, hint, fix=correction(name, known, at))
    both = merged(below, over) if key == "defaults" else over_all(below, over)
    assert isinstance(both, Mapping)
    left = {name: value for name, value in both.entries.items() if name not in removed}
    return Mapping(left, both.keys, both.span)


def removes_block(tree: Mapping, name: str) -> bool:
    """Whether a file that extends removes a block of its base."""
    blocks = tree.get("blocks")
    return isinstance(blocks, Mapping) and is_null(blocks.get(name))


def named_outputs(outputs: Tree) -> Tree:
    """Outputs by their names, where they are a list of nodes; what is none is left to its reader."""
    if not isinstance(outputs, Sequence) or not all(is_output(item) for item in outputs.items):
        return outputs
    named = {str(item.value): item for item in outputs.items if isinstance(item, Scalar)}
    return Mapping({**named}, {name: item.span for name, item in named.items()}, outputs.span)


def is_output(item: Tree) -> bool:
    """Whether an item of a list of outputs may be the name of a node."""
    return isinstance(item, Scalar) and isinstance(item.value, (str, int)) and not isinstance(item.value, bool)


def set_over(tree: Tree, files: Collection[Source]) -> Iterator[tuple[str, Span]]:
    """The values on which shapes depend that some files set over a base: each as a whole, with its key."""
    if isinstance(tree, Mapping):
        for key in tree.entries.keys() & _OF_SHAPES:
            yield from _set_in(key, tree.keys[key], tree.entries[key], files)


def _set_in(key: str, at: Span, tree: Tree, files: Collection[Source]) -> Iterator[tuple[str, Span]]:
    if at.source in files and _stands_in(tree, files):
        yield key, tree.span
    elif isinstance(tree, Mapping):
        for name, value in tree.entries.items():
            yield from _set_in(name, tree.keys[name], value, files)
    elif isinstance(tree, Sequence):
        for item in tree.items:
            yield from _set_in(key, item.span, item, files)


def _stands_in(tree: Tree, files: Collection[Source]) -> bool:
    """Whether a value, with all that is in it, stands in some files."""
    inner: Iterable[Tree] = ()
    if isinstance(tree, Mapping):
        inner = tree.entries.values()
        if any(key.source not in files for key in tree.keys.values()):
            return False
    elif isinstance(tree, Sequence):
        inner = tree.items
    return tree.span.source in files and all(_stands_in(item, files) for item in inner)


def _section(key: str, base: Tree, over: Tree, parameters: Parameters, collector: Collector) -> Tree:
    if key in _WHOLE:
        return over
    if key == "params":
        return _parameters(base, over)
    if key == "stages" and isinstance(over, Mapping):
        return changed_stages(base, over, parameters, collector)
    if key in _LISTS and isinstance(over, Mapping):
        return changed_nodes(key, base, over, collector)
    if key == "weights":
        return _rules(base, over)
    return merged(base, over)


def _rules(base: Tree, over: Tree) -> Tree:
    """Rules for weights: lists of patterns append, and what belongs to a pattern replaces that of the base."""
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return over
    entries = {**base.entries, **over.entries}
    for key in base.entries.keys() & over.entries.keys():
        former, found = base.entries[key], over.entries[key]
        if isinstance(former, Sequence) and isinstance(found, Sequence):
            entries[key] = Sequence((*former.items, *found.items), found.span)
        elif isinstance(former, Mapping) and isinstance(found, Mapping):
            entries[key] = Mapping({**former.entries, **found.entries}, {**former.keys, **found.keys}, found.span)
    return Mapping(entries, {**base.keys, **over.keys}, over.span)


def _without(base: Mapping, blocks: Collection[str]) -> Mapping:
    """The tree without some of its blocks."""
    own = base.entries.get("blocks")
    if not isinstance(own, Mapping) or not any(name in own.entries for name in blocks):
        return base
    left = {name: block for name, block in own.entries.items() if name not in blocks}
    return Mapping({**base.entries, "blocks": Mapping(left, own.keys, own.span)}, base.keys, base.span)


def _parameters(base: Tree, over: Tree) -> Tree:
    """A plain value over a full parameter, or over a type, sets its default."""
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return over
    entries, keys = dict(base.entries), dict(base.keys)
    for name, value in over.entries.items():
        below = entries.get(name)
        keys[name] = over.keys[name]
        if isinstance(below, Scalar) and below.value in TYPES and not isinstance(value, Mapping):
            below = Mapping({"type": below}, {"type": below.span}, below.span)
        if not isinstance(below, Mapping):
            entries[name] = value
        elif isinstance(value, Mapping):
            entries[name] = merged(below, value)
        else:
            full = Mapping({"default": value}, {"default": value.span}, value.span)
            entries[name] = merged(below, full)
    return Mapping(entries, keys, over.span)
