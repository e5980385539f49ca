"""A drawing, as data: boxes for what computes, frames for the blocks and stages around, arrows for the values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Box:
    """An end of the network, a node, or a scope (a block, a stage) with all that is in it.

    `path` is that in the module, `name` the last part of it, `what` says what it is, `shape` what comes out of it
    without the batch; `times` is how many equal siblings in a row it stands for.
    """

    path: str
    name: str
    what: str
    shape: str
    kind: Literal["end", "node", "scope"]
    times: int = 1


@dataclass(frozen=True, slots=True)
class Frame:
    """A scope with its parts, in the order in which they run."""

    path: str
    name: str
    what: str
    parts: tuple[Part, ...]
    times: int = 1


Part: TypeAlias = Box | Frame


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture of a network: its parts in the order in which they run, and arrows from box to box, by their paths.

    `mermaid()`, and `str()`, is a flowchart in Mermaid, which GitHub and many editors show as a picture; `dot()` is a
    graph for Graphviz, whose `dot -Tsvg` makes one of it.
    """

    name: str
    parts: tuple[Part, ...]
    arrows: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return self.mermaid()

    def mermaid(self) -> str:
        """The text of a Mermaid flowchart."""
        from archspec.reports.drawing_text import mermaid

        return mermaid(self)

    def dot(self) -> str:
        """The text of a Graphviz graph."""
        from archspec.reports.drawing_text import dot

        return dot(self)


def boxes(*parts: Part) -> Iterator[Box]:
    """Every box in some parts, in the order in which they run."""
    for part in parts:
        if isinstance(part, Box):
            yield part
        else:
            yield from boxes(*part.parts)
