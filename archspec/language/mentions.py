"""What a spec and its blocks mention: the texts in them, and the names that their expressions ask for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from archspec.diagnostics import Collector, Span
from archspec.language.expressions.template import template
from archspec.language.nodes import Nodes
from archspec.language.spec import BlockSpec, Spec
from archspec.records import record
from archspec.source import Mapping, Scalar, Sequence, Tree

_TEXT = ("blocks", "name", "description", "reference")
"""The sections in which nothing is used."""


@record
class Mentions:
    """The keys and texts in a part of a file, and the names that expressions in it ask for."""

    words: frozenset[str]
    names: frozenset[str]


def in_network(spec: Spec) -> Mentions:
    """What the file mentions, laid over what it extends, outside of its blocks and texts."""
    return _mentions(_sections(spec))


def in_block(block: BlockSpec) -> Mentions:
    """What a block mentions: in its nodes, and in the defaults of its parameters."""
    return _mentions(_trees(block))


def uses_in(part: Spec | BlockSpec) -> Counter[str]:
    """The names that expressions and slots in a spec, outside of its blocks, or in a block ask for, and how often."""
    trees = list(_trees(part) if isinstance(part, BlockSpec) else _sections(part))
    texts = ((text, tree.span) for tree in trees for text in _strings(tree) if "$" in text)
    found = Counter(name for text, at in texts for name in _names(text, at))
    found.update(slot for tree in trees for slot in _slots(tree))
    if isinstance(part, BlockSpec):
        principals = (node.principal for node in part.layers.items if node.op == "slot")
        found.update(argument.text for argument in principals if argument is not None and argument.text is not None)
    return found


def keys_in(spec: Spec) -> Counter[str]:
    """The keys of a file, laid over what it extends, and how often they stand there."""
    return Counter(_keys(spec.tree))


def _slots(tree: Tree) -> Iterator[str]:
    """The parameters whose nodes a tree places."""
    if isinstance(tree, Mapping):
        slots = [value for key, value in tree.entries.items() if key == "slot"]
        yield from (text for slot in slots for text in _strings(slot))
    for item in _inner(tree):
        yield from _slots(item)


def _inner(tree: Tree) -> Iterable[Tree]:
    return tree.entries.values() if isinstance(tree, Mapping) else tree.items if isinstance(tree, Sequence) else ()


def _keys(tree: Tree) -> Iterator[str]:
    if isinstance(tree, Mapping):
        yield from tree.entries
    for item in _inner(tree):
        yield from _keys(item)


def ignored_codes(spec: Spec) -> list[tuple[str, Span]]:
    """The codes that the file itself ignores, with their places."""
    section = spec.tree.get("lint") if isinstance(spec.tree, Mapping) else None
    listed = section.get("ignore") if isinstance(section, Mapping) else None
    items = listed.items if isinstance(listed, Sequence) else ()
    found = [(str(item.value), item.span) for item in items if isinstance(item, Scalar)]
    return [(code, span) for code, span in found if span.source is spec.source]


def _mentions(trees: Iterable[Tree]) -> Mentions:
    words: set[str] = set()
    names: set[str] = set()
    for tree in trees:
        for text in _strings(tree):
            if text not in words:
                words.add(text)
                names.update(_names(text, tree.span) if "$" in text else ())
    return Mentions(frozenset(words), frozenset(names))


def _names(text: str, at: Span) -> Iterable[str]:
    """The names that the expressions in a text ask for."""
    return template(Scalar(text, at), Collector()).names


def _sections(spec: Spec) -> Iterator[Tree]:
    sections = spec.tree.entries.items() if isinstance(spec.tree, Mapping) else ()
    return (tree for key, tree in sections if key not in _TEXT)


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
