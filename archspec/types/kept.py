"""What an op keeps in memory until its gradient is computed."""

from __future__ import annotations

from math import prod

from archspec.records import record
from archspec.types.sizes import Size
from archspec.types.tensor import TensorType

BYTES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int64": 8}
"""The bytes of a number of each type."""
WIDE = 4
"""The bytes of a number of what is computed in float32 at least."""


def held(kind: TensorType) -> Size:
    """The bytes of a value for one sample, or for one window of a sample."""
    return prod(kind.shape) * BYTES[kind.dtype]


@record
class Kept:
    """What an op keeps until its gradient is computed, in training.

    `inputs` are the numbers of the values that it takes and keeps; `output` says whether it keeps what it gives. Of
    tensors of its own it keeps `own` bytes for each sample, and `once` bytes however many samples there are. Where it
    `shares`, its output is its first input seen in another way, or its weight where it has no input: it needs no
    memory, and neither does its gradient.

    `spare` are the bytes for each sample that it needs besides while it computes, in training or not.

    An op in place that keeps the input which it overwrites keeps a copy.
    """

    inputs: tuple[int, ...] = ()
    output: bool = False
    own: Size = 0
    once: Size = 0
    shares: bool = False
    spare: Size = 0
