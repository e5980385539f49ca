"""What follows from an op and the types of its values: computed once, for however many nodes a network has of it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from archspec.ops.base import Op
from archspec.types.call import Call, Weight
from archspec.types.kept import Kept
from archspec.types.sizes import Size
from archspec.types.tensor import TensorType

_FACTS_KEPT = 4000
"""Facts that are kept: those of the largest networks, or of several."""


class Facts:
    """The weights of an op, the number of its trainable values, its multiply-adds, and its lowering.

    `words` is for what else is told of all nodes like this one, by what it depends on.
    """

    __slots__ = ("_call", "_kept", "macs", "op", "output", "params", "types", "weights", "words")

    def __init__(self, op: Op, output: TensorType | None, types: tuple[TensorType, ...]) -> None:
        self.op, self.output, self.types = op, output, types
        self.weights: tuple[Weight, ...] = op.weights(*types)
        self.params: int = sum(weight.numel for weight in self.weights if weight.trainable)
        windows = 1 if output is None or output.frame is None else output.frame.count
        self.macs: Size = 0 if output is None else op.macs(output, *types) * windows
        self.words: dict[Hashable, Any] = {}
        self._call: Call | None = None
        self._kept: Kept | None = None

    @property
    def call(self) -> Call:
        """The module or function that computes it, which only those who build ask for, and then often."""
        if self._call is None:
            self._call = self.op.lower(*self.types)
        return self._call

    @property
    def kept(self) -> Kept:
        """What it keeps until its gradient is computed, which only those who plan memory ask for."""
        if self._kept is None:
            assert self.output is not None
            self._kept = self.op.keeps(self.output, *self.types)
        return self._kept


_known: dict[tuple[int, ...], Facts] = {}


def facts(op: Op, output: TensorType | None, types: tuple[TensorType, ...]) -> Facts:
    """The facts about an op. Those that are kept hold what they are about, so that an identity stays that of one."""
    key = (id(op), id(output), *map(id, types))
    found = _known.get(key)
    if found is None:
        if len(_known) >= _FACTS_KEPT:
            _known.clear()
        found = _known[key] = Facts(op, output, types)
    return found
