"""A file whose keys are mistyped, read as it is meant: one mistake is one finding, however much is missed by it."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.diagnostics import Collector
from archspec.language.models import File
from archspec.language.phrases import keys
from archspec.language.read import check_header
from archspec.source import Mapping, Tree

_NEAR = 0.75
"""The likeness, of at most 1, from which a key is taken for another."""


def as_meant(tree: Tree | None, collector: Collector) -> Tree | None:
    """The tree of a file with the keys that those it does not know are nearest to; they have been reported."""
    if not isinstance(tree, Mapping):
        return tree
    known = keys(File)
    mistyped = [key for key in tree.entries if key not in known]
    meant = _meant(mistyped, [key for key in known if key not in tree.entries]) if mistyped else {}
    if not meant:
        return tree
    check_header(tree, collector)
    return Mapping(
        {meant.get(key, key): value for key, value in tree.entries.items()},
        {meant.get(key, key): span for key, span in tree.keys.items()},
        tree.span,
    )


def _meant(mistyped: Sequence[str], free: Sequence[str]) -> dict[str, str]:
    """For keys that are not known the nearest of those that are not there, each for one of them."""
    from difflib import get_close_matches

    from archspec.diagnostics.foreign import elsewhere

    found: dict[str, str] = {}
    for key in mistyped:
        near = elsewhere(key, free) or next(iter(get_close_matches(key.lower(), free, n=1, cutoff=_NEAR)), None)
        if near is not None and near not in found.values():
            found[key] = near
    return found
