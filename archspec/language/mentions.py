"""What a spec and its blocks mention: the texts in them, and the names that their expressions ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from archspec.diagnostics import Collector, Span
from archspec.language.expressions.template import template
from archspec.language.nodes import Nodes
from archspec.language.spec import BlockSpec, Spec
from archspec.source import Mapping, Scalar, Sequence, Tree

_TEXT = ("blocks", "name", "description", "reference")
"""The sections in which nothing is used."""


@dataclass(frozen=True, slots=True)
class Mentions:
    """The keys and texts in a part of a file, and the names that expressions in it ask for."""

    words: frozenset[str]
    names: frozenset[str]


def in_network(spec: Spec) -> Mentions:
    """What the file mentions, laid over what it extends, outside of its blocks and texts."""
    sections = spec.tree.entries.items() if isinstance(spec.tree, Mapping) else ()
    return _mentions(tree for key, tree in sections if key not in _TEXT)


def in_block(block: BlockSpec) -> Mentions:
    """What a block mentions: in its nodes, and in the defaults of its parameters."""
    return _mentions(_trees(block))


def ignored_codes(spec: Spec) -> list[tuple[str, Span]]:
    """The codes that the file itself ignores, with their places."""
    section = spec.tree.get("lint") if isinstance(spec.tree, Mapping) else None
    listed = section.get("ignore") if isinstance(section, Mapping) else None
    items = listed.items if isinstance(listed, Sequence) else ()
    found = [(str(item.value), item.span) for item in items if isinstance(item, Scalar)]
    return [(code, span) for code, span in found if span.source is spec.source]


def _mentions(trees: Iterable[Tree]) -> Mentions:
    listed = list(trees)
    words = frozenset(word for tree in listed for word in _strings(tree))
    return Mentions(words, frozenset(name for tree in listed for name in template(tree, Collector()).names))


def _trees(block: BlockSpec) -> Iterator[Tree]:
    yield from _of_nodes(block.layers)
    for parameter in block.parameters.values():
        if parameter.default is not None:
            yield parameter.default.tree
        if parameter.nodes is not None:
            yield from _of_nodes(parameter.nodes)


def _of_nodes(nodes: Nodes) -> Iterator[Tree]:
    for node in nodes.items:
        yield Scalar(node.op, node.span)
        yield from (argument.tree for argument in node.arguments.values())
        if node.principal is not None:
            yield node.principal.tree


def _strings(tree: Tree) -> Iterator[str]:
    if isinstance(tree, Scalar):
        if isinstance(tree.value, str):
            yield tree.value
        return
    if isinstance(tree, Mapping):
        yield from tree.entries
    for inner in tree.items if isinstance(tree, Sequence) else tree.entries.values():
        yield from _strings(inner)
