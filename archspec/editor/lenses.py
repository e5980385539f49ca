"""Lines above a text: what the network costs, what each stage has of that, how often a block is called."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from archspec.editor import shapes
from archspec.editor.analysis import Analysis
from archspec.editor.facts import readable, share
from archspec.editor.kept import kept
from archspec.editor.moves import Moves
from archspec.editor.text import Range
from archspec.editor.values import name_of, nodes_in
from archspec.editor.workspace import Workspace
from archspec.graph import Graph
from archspec.source import Mapping
from archspec.types.sizes import Size, total


class Lens(NamedTuple):
    """A few words above the line of a range."""

    range: Range
    text: str


def lenses(workspace: Workspace, path: Path) -> tuple[Lens, ...]:
    """What is told above the lines of an open text, in their order; while it is broken, what was last known."""
    analysis = workspace.sound(path)
    if analysis is None:
        return ()
    moves = Moves(analysis.text.text, workspace.text(path).text)
    found = ((moves.range(lens.range), lens.text) for lens in _lenses(analysis))
    return tuple(Lens(range, text) for range, text in found if range is not None)


@kept
def _lenses(analysis: Analysis) -> tuple[Lens, ...]:
    graph = analysis.graph
    assert graph is not None
    found = [_of_file(analysis, graph), *_of_stages(analysis, graph), *_of_blocks(analysis)]
    return tuple(sorted(found))


def _of_file(analysis: Analysis, graph: Graph) -> Lens:
    keys = analysis.tree.keys if isinstance(analysis.tree, Mapping) else {}
    start = analysis.text.starts[0]
    range = analysis.text.range(keys["name"]) if "name" in keys else Range(start, start)
    return Lens(range, f"{_parameters(graph.parameter_count)}, {_macs(graph.macs)}")


def _of_stages(analysis: Analysis, graph: Graph) -> Iterator[Lens]:
    for node in nodes_in(analysis):
        runs = shapes.runs(analysis, node) if node.op == "stage" else ()
        if not runs:
            continue
        parameters, macs = sum(run.parameter_count for run in runs), total(run.macs for run in runs if run.runs)
        of_parameters = _of(share(parameters, graph.parameter_count))
        text = f"{_parameters(parameters)}{of_parameters}, {_macs(macs)}{_of(share(macs, graph.macs))}"
        yield Lens(analysis.text.range(name_of(node)), text)


def _of_blocks(analysis: Analysis) -> Iterator[Lens]:
    for block in analysis.spec.blocks.values():
        if block.span.source is analysis.source and not block.inline:
            times = shapes.times_called(analysis, block)
            told = "not called" if not times else "called once" if times == 1 else f"called {times} times"
            yield Lens(analysis.text.range(block.span), told)


def _parameters(amount: int) -> str:
    return f"{readable(amount)} parameter{'s' if amount != 1 else ''}"


def _macs(amount: Size) -> str:
    text = readable(amount)
    return f"MACs {text}" if text.startswith("by ") else f"{text} MACs"


def _of(part: str) -> str:
    return f" ({part})" if part else ""
