"""The rows of a network: a node, block or stage each, with its shape, parameters and multiply-adds."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby

from archspec.graph.nodes import Node, Scope
from archspec.records import record
from archspec.reports.summary.details import NONE, Detailed, Details
from archspec.types.sizes import Size


@record
class Row:
    """One line: a node, or a scope with everything in it.

    `path` is the path in the module, `name` that below the row around it, `depth` the level below the network, `shape`
    that of the output without the batch; `times` is how many equal siblings in a row it stands for, `leaf` whether it
    is a node. `params` counts the trainable values of one, `macs` its multiply-adds for one sample, a formula where
    sizes are symbolic. `note` says why it was inserted, or what a projection in it is for, `shares` whose weights it
    has if not its own. `details` are there where they were asked for.
    """

    path: str
    name: str
    op: str
    depth: int
    shape: tuple[Size, ...]
    params: int
    macs: Size
    times: int = 1
    note: str = ""
    leaf: bool = False
    shares: str = ""
    details: Details = NONE

    def to(self, last: str, times: int) -> Row:
        """The row of several equal siblings, of which this is the first."""
        return replace(self, path=f"{self.path} … {last}", name=f"{self.name} … {last}", times=times)


def rows(
    scope: Scope,
    prefix: str,
    level: int,
    depth: int | None,
    contents: Mapping[Scope, Hashable],
    details: Detailed | None = None,
    runs: bool = True,
) -> Iterator[Row]:
    """The rows of the children of a scope, which itself `runs` or not; a run of equal ones is one row with those inside
    it."""
    if depth is not None and level >= depth:
        return
    for _, equal in groupby(scope.body, lambda item: item if isinstance(item, Node) else contents[item]):
        first, *others = run = [*equal]
        head = replace(row(first, prefix, level, runs and first.runs), shares=shares(first, scope))
        told = head.to(others[-1].name, len(run)) if others else head
        if details:
            told = replace(told, details=details.of(first, run[-1], runs and first.runs))
        yield told
        if isinstance(first, Scope):
            yield from rows(first, f"{head.path}.", level + 1, depth, contents, details, runs and first.runs)


def row(item: Node | Scope, prefix: str = "", level: int = 0, runs: bool = True) -> Row:
    """The row of one item; `prefix` is the path of the scope around it with a dot, `level` how deep that lies. What
    does not run costs no multiply-adds."""
    shape = item.output.type.shape if item.output.type else ()
    leaf = isinstance(item, Node)
    macs = item.macs if runs else 0
    path, params = prefix + item.name, item.parameter_count
    return Row(path, item.name, item.label, level, shape, params, macs, note=noted(item), leaf=leaf)


def noted(item: Node | Scope) -> str:
    """Why an item was inserted, or what the projections right inside a scope are for; empty where none was."""
    if isinstance(item, Node) or item.kind == "shortcut":
        return item.note
    notes = [item.note for item in item.body if isinstance(item, Scope) and item.kind == "shortcut" and item.note]
    return "; ".join(f"projection: {note}" for note in notes)


def shares(item: Node | Scope, around: Scope) -> str:
    """Whose weights an item of a scope has: `resnet again`, `tied to wte`; empty where they are its own, or the scope
    itself runs again."""
    if item.of is not None:
        return "" if around.of is not None else f"{item.of.name} again"
    owners = [owner.name for owner, _ in item.tied.values()] if isinstance(item, Node) else []
    return f"tied to {owners[0]}" if owners else ""
