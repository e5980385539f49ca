"""What a drawing is made of: boxes for what computes, and frames for the blocks and stages around them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from archspec.records import record


@record
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


@record
class Frame:
    """A scope with its parts, in the order in which they run."""

    path: str
    name: str
    what: str
    parts: tuple[Part, ...]
    times: int = 1


Part: TypeAlias = Box | Frame


def boxes(*parts: Part) -> Iterator[Box]:
    """Every box in some parts, in the order in which they run."""
    for part in parts:
        if isinstance(part, Box):
            yield part
        else:
            yield from boxes(*part.parts)
