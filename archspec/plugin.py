"""What the author of an op needs: see `docs/plugins.md`."""

from archspec.graph.call import Call, Weight, function, module
from archspec.graph.dims import Size, ceil_div
from archspec.graph.types import TensorType
from archspec.ops.base import NaturalInt, Op, PerAxis, PositiveInt, Probability, ShapeError, per_axis
from archspec.ops.plugins import op

__all__ = [
    "Call",
    "NaturalInt",
    "Op",
    "PerAxis",
    "PositiveInt",
    "Probability",
    "ShapeError",
    "Size",
    "TensorType",
    "Weight",
    "ceil_div",
    "function",
    "module",
    "op",
    "per_axis",
]
