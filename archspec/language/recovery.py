"""A file whose keys are mistyped, read as it is meant: one mistake is one finding, however much is missed by it."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence as Listed

from archspec.diagnostics import Collector, guess, replacement
from archspec.language.models import File, Input
from archspec.language.phrases import keys
from archspec.language.read import check_header
from archspec.source import Mapping, Sequence, Tree


def as_meant(tree: Tree | None, collector: Collector) -> Tree | None:
    """The tree of a file with the keys that those it does not know are nearest to; they have been reported."""
    if not isinstance(tree, Mapping):
        return tree
    known = keys(File)
    mistyped = [key for key in tree.entries if key not in known]
    meant = _meant(mistyped, [key for key in known if key not in tree.entries], tree) if mistyped else {}
    if meant:
        check_header(tree, collector)
    meant.update(_inputs(tree, collector))
    if not meant:
        return tree
    return Mapping(
        {meant.get(key, key): value for key, value in tree.entries.items()},
        {meant.get(key, key): span for key, span in tree.keys.items()},
        tree.span,
    )


def _inputs(tree: Mapping, collector: Collector) -> dict[str, str]:
    """`input` where several are named, `inputs` where one shape stands: the other key is meant, after a report."""
    one, several = tree.get("input"), tree.get("inputs")
    if several is None and one is not None and _is_named(one):
        return _other("input", "`input` is one shape, found several", "inputs", tree, collector)
    if one is None and isinstance(several, Sequence) and several.items and not _are_shapes(several.items):
        return _other("inputs", "`inputs` must be a mapping from names to shapes, found one", "input", tree, collector)
    return {}


def _is_named(value: Tree) -> bool:
    """Whether a value holds named shapes, and is none itself."""
    if not isinstance(value, Mapping) or not value.entries.keys().isdisjoint(keys(Input)):
        return False
    return bool(value.entries) and _are_shapes(value.entries.values())


def _are_shapes(values: Iterable[Tree]) -> bool:
    """Whether all values are lists or mappings, as shapes are."""
    return all(isinstance(value, (Mapping, Sequence)) for value in values)


def _other(key: str, message: str, meant: str, tree: Mapping, collector: Collector) -> dict[str, str]:
    at = tree.keys[key]
    collector.error("A203", message, at, f"did you mean `{meant}`?", fix=replacement(at, key, meant))
    return {key: meant}


def _meant(mistyped: Listed[str], free: Listed[str], tree: Mapping) -> dict[str, str]:
    """For keys that are not known those that are meant and not there, each for one of them."""
    found: dict[str, str] = {}
    for key in mistyped:
        near = guess(key, free, "section").words
        if set(near) == {"input", "inputs"}:
            near = ("inputs" if _is_named(tree.entries[key]) else "input",)
        if len(near) == 1 and near[0] not in found.values():
            found[key] = near[0]
    return found
