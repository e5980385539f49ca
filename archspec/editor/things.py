"""What a name in a file means: the one thing that all its occurrences, in whatever files, are of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from archspec.diagnostics import Span
from archspec.editor.analysis import Analysis
from archspec.editor.occurrences import Occurrence, occurrences
from archspec.editor.problems import path_of
from archspec.graph import Node, Scope
from archspec.language import BlockSpec, bundled, bundled_specs, find_block
from archspec.language.bundled_files import bundled_blocks
from archspec.source import Mapping

_NUMBERED = re.compile(r"_\d+")

Kind: TypeAlias = Literal["block", "parameter", "node", "input", "file"]


class Thing(NamedTuple):
    """A block, parameter, node, input or file: where it is defined tells it from all others. `span` is where its name
    stands there; of a file, and of a node without a name, where it begins."""

    kind: Kind
    path: Path
    offset: int
    name: str
    span: Span | None = None

    @property
    def key(self) -> tuple[Kind, Path, int, str]:
        """What is equal in every analysis of the same texts."""
        return self[:4]


class Named(NamedTuple):
    """A part of a file that names a thing."""

    thing: Thing
    span: Span


def named(occurrence: Occurrence, analysis: Analysis) -> Iterator[Named]:
    """The things that an occurrence names: of a dotted reference, each module on its way."""
    if occurrence.kind in ("reference", "node"):
        yield from _nodes(occurrence, analysis)
        return
    found: Thing | None = None
    if occurrence.kind == "block":
        block = find_block(analysis.spec, occurrence.name, _around(occurrence))
        found = None if block is None else _thing("block", block.span, block.name, analysis)
    elif occurrence.kind == "parameter":
        found = _parameter(occurrence, analysis)
    elif occurrence.kind == "input":
        found = _thing("input", occurrence.span, occurrence.name, analysis)
    elif occurrence.kind == "file":
        path = _file(occurrence.name, analysis)
        found = None if path is None else Thing("file", path, 0, path.name)
    if found is not None:
        yield Named(found, occurrence.span)


def _around(occurrence: Occurrence) -> BlockSpec | None:
    """The block in whose nodes a name of a block stands; a definition names itself."""
    return None if occurrence.defines else occurrence.owner


def _thing(kind: Kind, span: Span, name: str, analysis: Analysis) -> Thing:
    start = analysis.text_of(span.source).range(span).start
    return Thing(kind, path_of(span.source, analysis), start, name, span)


def _parameter(occurrence: Occurrence, analysis: Analysis) -> Thing | None:
    name, owner = occurrence.name, occurrence.owner
    if owner is not None:
        parameter = owner.parameters.get(name)
        return None if parameter is None else _thing("parameter", parameter.span, name, analysis)
    if name not in analysis.spec.params:
        return None
    # what a file sets over a base is the parameter of the base
    at = analysis.spec.params[name].span
    for source, tree in analysis.spec.texts.values():
        params = tree.get("params") if isinstance(tree, Mapping) else None
        if source.verb != "included" and isinstance(params, Mapping) and name in params.keys:
            at = params.keys[name]
    return _thing("parameter", at, name, analysis)


def _file(text: str, analysis: Analysis) -> Path | None:
    if text in bundled_specs():
        return bundled(text)
    path = (analysis.path.parent / text).resolve()
    return path if path in analysis.spec.texts or path.is_file() else None


def _nodes(occurrence: Occurrence, analysis: Analysis) -> Iterator[Named]:
    if occurrence.kind == "node":
        if "$" not in occurrence.name:
            yield Named(_thing("node", occurrence.span, occurrence.name, analysis), occurrence.span)
        return
    if occurrence.name in analysis.spec.inputs and occurrence.name != "input":
        at = analysis.spec.inputs[occurrence.name].key
        yield Named(_thing("input", at, occurrence.name, analysis), occurrence.span)
        return
    written = occurrence.span.text
    shift = 1 if written[:1] in ("'", '"') else 0
    start, parts = 0, occurrence.name.split(".")
    for count in range(1, len(parts) + 1):
        path = ".".join(parts[:count])
        made = _made(path, occurrence, analysis)
        if made is None or made.span is None or written[shift : shift + len(occurrence.name)] != occurrence.name:
            continue
        if not _is_called(made.span, path, analysis):
            # the name of where it runs again
            continue
        part = occurrence.span.part(shift + start, shift + len(path))
        yield Named(_of_node(made.span, path[start:], analysis), part)
        yield from _of_block(made, path[start:], part, occurrence, analysis)
        start = len(path) + 1
    if start == 0 and occurrence.name != "input":
        yield from _by_name(occurrence, analysis)


def _is_called(span: Span, path: str, analysis: Analysis) -> bool:
    """Whether the node at a place is given a name that a path ends with, or none that is known."""
    node = analysis.node_at(span)
    name = node.name.text if node is not None and node.name is not None else None
    return name is None or "$" in name or f".{path}".endswith(f".{name}")


def _of_block(made: Node | Scope, name: str, part: Span, occurrence: Occurrence, analysis: Analysis) -> Iterator[Named]:
    """The block by whose name a module is called that is given none, maybe with a number behind."""
    node = analysis.node_at(made.span) if made.span is not None else None
    if not isinstance(made, Scope) or not made.block or node is None or node.name is not None:
        return
    if name == made.block or _NUMBERED.fullmatch(name.removeprefix(made.block)):
        block = find_block(analysis.spec, made.block, occurrence.owner)
        if block is not None:
            yield Named(_thing("block", block.span, block.name, analysis), part.part(0, len(made.block)))


def _by_name(occurrence: Occurrence, analysis: Analysis) -> Iterator[Named]:
    """The last node or part of that name before, in the same block: where nothing calls the block, or a part is named,
    which is no module."""
    before = (
        one
        for one in occurrences(analysis)
        if one.kind == "node" and one.name == occurrence.name and one.owner is occurrence.owner
    )
    last = max(
        (one for one in before if one.span[1:] < occurrence.span[1:]), key=lambda one: one.span[1:], default=None
    )
    if last is not None:
        yield Named(_thing("node", last.span, last.name, analysis), occurrence.span)


def _of_node(span: Span, name: str, analysis: Analysis) -> Thing:
    """The node whose op stands at a place, at its name where it is given one."""
    node = analysis.node_at(span)
    if node is not None and node.name is not None and node.name.text is not None:
        return _thing("node", node.name.at, node.name.text, analysis)
    return _thing("node", span if node is None else node.span, name, analysis)


def _made(path: str, occurrence: Occurrence, analysis: Analysis) -> Node | Scope | None:
    """The node or module that a reference names; of one in no node, as in `outputs`, when all has run."""
    if occurrence.node is not None:
        found = (visit.made_by(path) for visit in analysis.visits(occurrence.node.span))
        return next((item for item in found if item is not None), None)
    for visits in analysis.trace.visits.values():
        entry = visits[0].here.context.top.entry(path) if visits[0].here.context.top is not None else None
        return getattr(entry, "item", None)
    return None


def is_installed(path: Path) -> bool:
    """Whether a file is installed with archspec, where nobody changes it."""
    return path in {*bundled_specs().values(), *bundled_blocks().values()}
