"""How trees are laid over one another: mappings key by key, all else in its place."""

from __future__ import annotations

from archspec.ops.initializers import INITIALIZERS
from archspec.source import Mapping, Scalar, Tree

IN_FORCE = ("norm", "act")
"""The defaults of norm and activation, which are replaced as a whole."""


def is_null(tree: Tree | None) -> bool:
    """Whether null is written there."""
    return isinstance(tree, Scalar) and tree.value is None


def over_all(base: Tree, over: Tree) -> Tree:
    """A mapping whose values replace those of another."""
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return over
    return Mapping({**base.entries, **over.entries}, {**base.keys, **over.keys}, over.span)


def merged(base: Tree, over: Tree, arguments: bool = False) -> Tree:
    """Mappings merge key by key; a default norm or activation among `arguments`, and an initializer, replace whole."""
    if not isinstance(base, Mapping) or not isinstance(over, Mapping) or _names_another(base, over):
        return over
    both = {
        key: value if arguments and key in IN_FORCE else merged(base.entries[key], value, True)
        for key, value in over.entries.items()
        if key in base.entries
    }
    return over_all(base, Mapping({**over.entries, **both}, over.keys, over.span))


def _names_another(base: Mapping, over: Mapping) -> bool:
    """Whether two initializers with arguments, `{normal: {std: 0.1}}`, are different ones."""
    names = {*base.entries, *over.entries}
    return len(base.entries) == len(over.entries) == 1 and len(names) == 2 and names <= INITIALIZERS.keys()
