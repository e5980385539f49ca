"""What is passed to blocks, and how modules were made: with the surroundings in which it was written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from archspec.compiler.here import Here
from archspec.compiler.names import Entry
from archspec.graph.nodes import Value
from archspec.language import Argument, Nodes, NodeSpec
from archspec.records import record


@record(eq=False, repr=False)
class Passed:
    """Nodes passed to a block, with the surroundings of the call; those of a default have the block's own."""

    nodes: Nodes
    here: Here | None = None

    def __repr__(self) -> str:
        return "nodes"


@record(eq=False, repr=False)
class Reference:
    """A value passed to a block by reference, and what it is the value of."""

    text: str
    value: Value
    entry: Entry | None = None

    def __repr__(self) -> str:
        return f"a reference to `{self.text}`"


class Call(NamedTuple):
    """How a node or module was made: what the file says, where, and the arguments of the stage that called it."""

    node: NodeSpec
    here: Here
    stage: Mapping[str, Argument] | None = None
