"""A file whose keys are mistyped, read as it is meant: one mistake is one finding, however much is missed by it."""

from __future__ import annotations

from collections.abc import Sequence

from archspec.diagnostics import Collector, guess
from archspec.language.models import File
from archspec.language.phrases import keys
from archspec.language.read import check_header
from archspec.source import Mapping, Tree


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
    """For keys that are not known those that are meant and not there, each for one of them."""
    found: dict[str, str] = {}
    for key in mistyped:
        near = guess(key, free, "section").word
        if near is not None and near not in found.values():
            found[key] = near
    return found
