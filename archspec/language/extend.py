"""`extends`: a spec laid over another, tree over tree (docs/language.md, section 11)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from archspec.diagnostics import Collector, Source, Span, correction, did_you_mean
from archspec.language.models import SECTIONS, TYPES
from archspec.language.nodes import COMMON
from archspec.ops.initializers import INITIALIZERS
from archspec.source import Mapping, Scalar, Sequence, Tree

_IN_FORCE = ("norm", "act")
_OF_SHAPES = {"input", "inputs", "params", "defaults", "blocks", "layers", *_IN_FORCE, *SECTIONS}
_WHOLE = (*_IN_FORCE, "input", "inputs")


def extend(base: Mapping, over: Mapping, included: Collection[str], collector: Collector) -> Mapping:
    """The tree of `over` on top of that of `base`; every value keeps the place where it stands.

    `included` are the blocks that `over` includes: they replace those of the base, like blocks of its own.
    """
    base = _without(base, included)
    dropped: set[str] = set()
    if "layers" in over.entries:
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
        below = entries.get(key)
        entries[key] = _section(key, below, value, collector) if below is not None else value
        keys[key] = over.keys[key]
    return Mapping(entries, keys, over.span)


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


def _section(key: str, base: Tree, over: Tree, collector: Collector) -> Tree:
    if key in _WHOLE:
        return over
    if key == "blocks":
        return _over(base, over)
    if key == "params":
        return _parameters(base, over)
    if key == "stages" and isinstance(over, Mapping):
        return _stages(base, over, collector)
    if key == "weights":
        return _rules(base, over)
    return _merged(base, over)


def _rules(base: Tree, over: Tree) -> Tree:
    """Rules for weights: lists of patterns append, and replacements replace."""
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return over
    entries = {**base.entries, **over.entries}
    for key in base.entries.keys() & over.entries.keys():
        former, found = base.entries[key], over.entries[key]
        if isinstance(former, Sequence) and isinstance(found, Sequence):
            entries[key] = Sequence((*former.items, *found.items), found.span)
        else:
            entries[key] = _over(former, found)
    return Mapping(entries, {**base.keys, **over.keys}, over.span)


def _without(base: Mapping, blocks: Collection[str]) -> Mapping:
    """The tree without some of its blocks."""
    own = base.entries.get("blocks")
    if not isinstance(own, Mapping) or not any(name in own.entries for name in blocks):
        return base
    left = {name: block for name, block in own.entries.items() if name not in blocks}
    return Mapping({**base.entries, "blocks": Mapping(left, own.keys, own.span)}, base.keys, base.span)


def _over(base: Tree, over: Tree) -> Tree:
    """A mapping whose values replace those of another."""
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return over
    return Mapping({**base.entries, **over.entries}, {**base.keys, **over.keys}, over.span)


def _merged(base: Tree, over: Tree, arguments: bool = False) -> Tree:
    """Mappings merge key by key; a default norm or activation among `arguments`, and an initializer, replace whole."""
    if not isinstance(base, Mapping) or not isinstance(over, Mapping) or _names_another(base, over):
        return over
    merged = {
        key: value if arguments and key in _IN_FORCE else _merged(base.entries[key], value, True)
        for key, value in over.entries.items()
        if key in base.entries
    }
    return _over(base, Mapping({**over.entries, **merged}, over.keys, over.span))


def _names_another(base: Mapping, over: Mapping) -> bool:
    """Whether two initializers with arguments, `{normal: {std: 0.1}}`, are different ones."""
    names = {*base.entries, *over.entries}
    return len(base.entries) == len(over.entries) == 1 and len(names) == 2 and names <= INITIALIZERS.keys()


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
            entries[name] = _merged(below, value)
        else:
            full = Mapping({"default": value}, {"default": value.span}, value.span)
            entries[name] = _merged(below, full)
    return Mapping(entries, keys, over.span)


def _stages(base: Tree, over: Mapping, collector: Collector) -> Tree:
    """A mapping from stage name to the keys that change."""
    if not isinstance(base, Sequence):
        return over
    names = [_name(stage, i) for i, stage in enumerate(base.items, 1)]
    for name in over.entries:
        if name not in names:
            known = ", ".join(f"`{n}`" for n in names)
            hint = did_you_mean(name, names) or f"its stages are {known}"
            fix = correction(name, names, over.keys[name])
            collector.error("A303", f"the base has no stage `{name}`", over.keys[name], hint, fix=fix)
        elif not isinstance(over.entries[name], Mapping):
            collector.error(
                "A203", f"the changes to `{name}` must be a mapping", over.entries[name].span, "`{stride: 1}`"
            )
    patched = [
        _merged(_patchable(stage, patch), patch, True)
        if isinstance(patch := over.entries.get(name), Mapping)
        else stage
        for name, stage in zip(names, base.items, strict=True)
    ]
    return Sequence(tuple(patched), base.span)


def _patchable(stage: Tree, patch: Mapping) -> Tree:
    """A stage without its block and its arguments, where the patch gives `layers`; without layers, where it gives a
    block."""
    if not isinstance(stage, Mapping) or ("layers" in patch.entries) == ("block" in patch.entries):
        return stage
    is_list = "layers" in patch.entries
    kept = [key for key in stage.entries if (key in (*COMMON, *_IN_FORCE) if is_list else key != "layers")]
    return Mapping({key: stage.entries[key] for key in kept}, stage.keys, stage.span)


def _name(stage: Tree, number: int) -> str:
    name = stage.entries.get("name") if isinstance(stage, Mapping) else None
    return str(name.value) if isinstance(name, Scalar) else f"stage{number}"
