"""What a file has of the specs that it extends: the entries that it may change, and what they are of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archspec.editor.spot import Given, Spot
from archspec.language import Spec
from archspec.source import Mapping as Section
from archspec.source import Scalar, Sequence, Tree

_NODES = ("stem", "head", "layers")
"""The sections that are lists of nodes, and over a base mappings from their names."""
_HOLDERS = ("seq", "repeat", "residual")
"""The nodes among whose own nodes those that change are looked for."""
_ENTRIES = ("params", "inputs", "outputs", "blocks", "budget")


def entries_of_bases(spec: Spec, section: str) -> list[str]:
    """The names in a section of the specs that one extends which it may change."""
    found: dict[str, None] = {}
    for tree in _bases(spec):
        inner = tree.get(section)
        if section in _ENTRIES and isinstance(inner, Section):
            found.update(dict.fromkeys(inner.entries))
        elif section == "stages":
            found.update(dict.fromkeys(_stages(inner)))
        elif section in _NODES:
            found.update(dict.fromkeys(name for name, _ in _named_nodes(inner)))
    return [*found]


def over_base(spot: Spot, spec: Spec) -> Spot:
    """The place where a change to a stage or node of a base would stand in the base itself; other places as they
    are."""
    path, around = spot.path, spot.around
    if len(path) < 2 or "extends" not in around[0] or not isinstance(path[1], str):
        return spot
    section, name = path[0], path[1]
    if section == "stages":
        blocks = {name: block for tree in _bases(spec) for name, block in _stages(tree.get("stages")).items()}
        of = around[2] if blocks.get(name) is None else {"block": blocks[name], **around[2]}
        return spot._replace(path=(section, 0, *path[2:]), around=(*around[:2], of, *around[3:]))
    if section not in _NODES:
        return spot
    if len(path) > 2 and isinstance(path[2], int):
        # a list of nodes that take the node's place
        return _without(spot, 1)
    ops = dict(one for tree in _bases(spec) for one in _named_nodes(tree.get(str(section))))
    return spot if name not in ops else _with(spot, 0, ops[name])


def _without(spot: Spot, at: int) -> Spot:
    return spot._replace(
        path=(*spot.path[:at], *spot.path[at + 1 :]),
        around=(*spot.around[:at], *spot.around[at + 1 :]),
        starts=(*spot.starts[:at], *spot.starts[at + 1 :]),
        before=(*spot.before[:at], *spot.before[at + 1 :]),
    )


def _with(spot: Spot, item: int, op: str) -> Spot:
    """The place with an item and an op where the name of a node stands."""
    beside: Given = {}
    return spot._replace(
        path=(spot.path[0], item, op, *spot.path[2:]),
        around=(*spot.around[:2], beside, *spot.around[2:]),
        starts=(spot.starts[0], spot.starts[1], *spot.starts[1:]),
        before=(spot.before[0], None, *spot.before[1:]),
    )


def _bases(spec: Spec) -> Iterator[Section]:
    for source, tree in spec.texts.values():
        if source is not spec.source and source.verb == "extended" and isinstance(tree, Section):
            yield tree


def _stages(stages: Tree | None) -> Mapping[str, str | None]:
    """The names of stages, and of which block each is, where that is written."""
    found: dict[str, str | None] = {}
    for number, stage in enumerate(stages.items if isinstance(stages, Sequence) else (), 1):
        found[_text(stage, "name") or f"stage{number}"] = _text(stage, "block")
    if isinstance(stages, Section):
        found |= {name: block for name, stage in stages.entries.items() if (block := _text(stage, "block"))}
    return found


def _named_nodes(nodes: Tree | None) -> Iterator[tuple[str, str]]:
    """The nodes that have names, and their ops, in a section of a base."""
    for node in nodes.items if isinstance(nodes, Sequence) else ():
        for op, value in node.entries.items() if isinstance(node, Section) else ():
            name = _text(value, "name")
            if name is not None:
                yield name, op
            if op in _HOLDERS:
                inner = [*value.entries.values()] if isinstance(value, Section) else [value]
                for one in inner:
                    yield from _named_nodes(one)


def _text(tree: Tree, key: str) -> str | None:
    value = tree.get(key) if isinstance(tree, Section) else None
    return value.value if isinstance(value, Scalar) and isinstance(value.value, str) else None
