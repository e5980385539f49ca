"""What a picture is made of: a frame for each module, in it boxes and the values that flow between them.

All of it is plain data. Nothing here depends on which boxes are open, nor on how large anything is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from archspec.pages.plan import Plan
from archspec.records import record
from archspec.types.sizes import Size

OUTSIDE = -1
"""Where a value of a frame comes from, or goes to, if that is no box in it."""

Kind: TypeAlias = Literal[
    "end", "block", "conv", "linear", "attention", "recurrent", "norm", "act", "pool", "join", "embedding", "shape"
]
"""What a box is, by which it has its colour."""


@record
class Words:
    """The text of a box by its parts: what it is, and the arguments worth a place, each with its name.

    `detail` is what is fused into it, `note` the reason for which it is there.
    """

    what: str
    arguments: tuple[tuple[str, str], ...] = ()
    detail: str = ""
    note: str = ""

    @property
    def title(self) -> str:
        """`conv 3×3, 64, /2`."""
        return " ".join(filter(None, [self.what, ", ".join(text for _, text in self.arguments)]))


@record
class Box:
    """What stands in a frame: an input or output of the network, ops fused into one, or a module.

    `path` is that in the module, `nodes` are those of what is fused, `name` is empty where nobody gave one. `shape` is
    that of what comes out, without the batch; `params` and `macs` are those of one of `times` equal ones in a row.
    `frame` is the number of the frame that a module opens into, and -1 of what does not open; `block` is the name of
    the block whose call it is. `takes` are the nets that end here, `gives` the values that begin here.
    """

    path: str
    name: str
    kind: Kind
    words: Words
    shape: str
    params: int
    macs: Size
    times: int
    frame: int
    block: str
    nodes: tuple[str, ...]
    takes: tuple[int, ...]
    gives: tuple[int, ...]


@record
class Net:
    """A value in a frame, from the one box where it begins to those where it ends; `value` is its number, the same in
    every frame. One that is `dashed` only gives a size."""

    value: int
    source: int
    ends: tuple[int, ...]
    dashed: bool
    shape: str


@record
class Frame:
    """The inside of a module: its boxes in the order in which they run, what flows between them, and how they are
    arranged. `takes` and `gives` are the values that come from outside and go there."""

    path: str
    boxes: tuple[Box, ...]
    nets: tuple[Net, ...]
    takes: tuple[int, ...]
    gives: tuple[int, ...]
    plan: Plan


@record
class Picture:
    """A network; the frame 0 is that of all of it."""

    name: str
    frames: tuple[Frame, ...]

    def inside(self, frame: int = 0) -> Iterator[tuple[int, Box]]:
        """Every box in a frame and in those that its boxes open into, with its frame."""
        for box in self.frames[frame].boxes:
            yield frame, box
            if box.frame >= 0:
                yield from self.inside(box.frame)
