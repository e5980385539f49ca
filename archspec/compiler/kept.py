"""What compilations have in common: ops by their arguments, types by their value, and what an op makes of them.

All of it is immutable and follows from its key, so that the second network of a folder computes little of it anew. What
a compilation counts and limits does not depend on what is kept.
"""

from __future__ import annotations

from typing import Any, TypeVar

from archspec.ops import Op
from archspec.types.tensor import TensorType

T = TypeVar("T")

_KEPT = 4000
"""Entries of each kind that are kept: those of the largest networks, or of several."""

TEXT = 1000
"""Characters of the arguments of an op that is kept."""

OPS: dict[Any, Op] = {}
"""Sound ops by class and arguments."""
ALIKE: dict[TensorType, TensorType] = {}
"""Types, each by itself."""
INFERRED: dict[tuple[int, ...], tuple[TensorType, Op, tuple[TensorType, ...]]] = {}
"""The output of an op for its inputs, by their identities, which the entry keeps alive."""


def keep(among: dict[Any, T], key: Any, value: T) -> T:
    """Keep a value; those before it are forgotten where they are too many."""
    if len(among) >= _KEPT:
        among.clear()
    among[key] = value
    return value
