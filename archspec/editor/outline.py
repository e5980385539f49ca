"""The outline of a file: its sections, blocks, stages and nodes, each with its shape; and what can be folded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from archspec.diagnostics import Span
from archspec.editor.analysis import Analysis
from archspec.editor.moves import Moves
from archspec.editor.text import Range
from archspec.editor.workspace import Workspace
from archspec.graph import Node, Scope
from archspec.language import BlockSpec, Nodes, NodeSpec
from archspec.source import Mapping, Sequence, Tree
from archspec.types.tensor import TensorType

Kind: TypeAlias = Literal["section", "parameter", "block", "stage", "node"]


class Symbol(NamedTuple):
    """A part of a file: its whole range, that of its name, and what is in it."""

    name: str
    kind: Kind
    detail: str
    range: Range
    selection: Range
    children: tuple[Symbol, ...] = ()


def symbols(workspace: Workspace, path: Path) -> tuple[Symbol, ...]:
    """The outline of an open text, or of what it was when its YAML could last be read."""
    analysis = workspace.read(path)
    if analysis is None or not isinstance(analysis.tree, Mapping):
        return ()
    moves = Moves(analysis.text.text, workspace.text(path).text)
    return tuple(_moved([*_sections(analysis, analysis.tree)], moves))


def _moved(found: list[Symbol], moves: Moves) -> Iterator[Symbol]:
    """The symbols where they are now, without those whose place was edited."""
    for symbol in found:
        whole, selection = moves.range(symbol.range), moves.range(symbol.selection)
        children = tuple(_moved([*symbol.children], moves))
        if whole is not None and selection is not None:
            yield symbol._replace(range=whole, selection=selection, children=children)
        else:
            yield from children


def _sections(analysis: Analysis, tree: Mapping) -> Iterator[Symbol]:
    spec = analysis.spec
    for key, value in tree.entries.items():
        inner: list[Symbol] = []
        if key == "params":
            own = [one for one in spec.params.values() if one.span.source is spec.source]
            inner = [_entry(one.name, "parameter", one.span, analysis) for one in own]
        elif key == "blocks":
            inner = [_block(block, analysis) for block in spec.blocks.values() if block.span.source is spec.source]
        elif key in ("stem", "stages", "head", "layers") and spec.layers is not None:
            around = analysis.text.range(value.span)
            inner = [one for one in _nodes(spec.layers, analysis) if around.has(one.selection.start)]
        yield _symbol(key, "section", "", tree.keys[key], value.span, analysis, tuple(inner))


def _entry(name: str, kind: Kind, span: Span, analysis: Analysis) -> Symbol:
    return _symbol(name, kind, "", span, span, analysis)


def _block(block: BlockSpec, analysis: Analysis) -> Symbol:
    params = [_entry(one.name, "parameter", one.span, analysis) for one in block.parameters.values()]
    return _symbol(
        block.name, "block", "", block.span, block.layers.span, analysis, (*params, *_nodes(block.layers, analysis))
    )


def _nodes(nodes: Nodes, analysis: Analysis) -> Iterator[Symbol]:
    for node in nodes.items:
        children = tuple(one for inner in node.children for one in _nodes(inner, analysis))
        if node.span.source is not analysis.spec.source:
            yield from children
            continue
        name = node.name.text if node.name is not None else None
        block = node.arguments["block"].text if node.op == "stage" and "block" in node.arguments else None
        op = block or node.op
        detail = " ".join(filter(None, [op if name else "", _shape(node, analysis)]))
        kind: Kind = "stage" if node.op == "stage" else "node"
        at = node.name.at if node.op == "stage" and node.name is not None else node.span
        yield _symbol(name or op, kind, detail, at, node.whole, analysis, children)


def _shape(node: NodeSpec, analysis: Analysis) -> str:
    """The shape that a node gives, where it gives the same one wherever it runs."""
    items = analysis.items.get(node.span, ())
    own = [item for item in items if isinstance(item, Node) or item.kind == "stage"] or items
    found = {str(kind) for item in own if (kind := _type(item)) is not None}
    return f"→ {found.pop()}" if len(found) == 1 else ""


def _type(item: Node | Scope) -> TensorType | None:
    return item.output.type


def _symbol(
    name: str,
    kind: Kind,
    detail: str,
    at: Span,
    whole: Span,
    analysis: Analysis,
    children: tuple[Symbol, ...] = (),
) -> Symbol:
    source = analysis.spec.source
    ranges = [analysis.text.range(span) for span in (at, whole) if span.source is source]
    inside = [*ranges, *(child.range for child in children)]
    around = Range(min(one.start for one in inside), max(one.end for one in inside))
    return Symbol(name or "…", kind, detail, around, ranges[0], children)


def folds(workspace: Workspace, path: Path) -> tuple[Range, ...]:
    """What can be folded in an open text: each key or item whose value goes over several lines."""
    analysis = workspace.analysis(path)
    if analysis.tree is None:
        return ()
    text = analysis.text
    found: dict[int, Range] = {}
    for at, tree in _values(analysis.tree):
        first, last = text.position(text.range(at).start)[0], text.position(text.range(tree.span).end)[0]
        if last > first:
            # one fold a line: the outermost
            found.setdefault(first, Range(text.starts[first - 1], text.ends[last - 1]))
    return tuple(found.values())


def _values(tree: Tree) -> Iterator[tuple[Span, Tree]]:
    """All lists and mappings that stand in the text, the outer ones first, each with its key or its own place."""
    stack: list[tuple[Span, Tree]] = [(tree.span, tree)]
    seen: set[int] = set()
    while stack:
        at, tree = stack.pop()
        if id(tree) in seen or not isinstance(tree, (Mapping, Sequence)):
            continue
        seen.add(id(tree))
        if at is not tree.span or seen != {id(tree)}:
            yield at, tree
        if isinstance(tree, Mapping):
            stack += [(tree.keys[key], value) for key, value in reversed(tree.entries.items())]
        else:
            stack += [(item.span, item) for item in reversed(tree.items)]
