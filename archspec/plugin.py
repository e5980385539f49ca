"""What the author of an op needs: see `docs/plugins.md`."""

from archspec.ops.base import NaturalInt, Op, PerAxis, PositiveInt, Probability, ShapeError, per_axis
from archspec.ops.plugins import op
from archspec.ops.traits import Traits
from archspec.types.call import Call, Weight, function, module
from archspec.types.kept import Kept
from archspec.types.sizes import Size, ceil_div
from archspec.types.tensor import TensorType

__all__ = [
    "Call",
    "Kept",
    "NaturalInt",
    "Op",
    "PerAxis",
    "PositiveInt",
    "Probability",
    "ShapeError",
    "Size",
    "TensorType",
    "Traits",
    "Weight",
    "ceil_div",
    "function",
    "module",
    "op",
    "per_axis",
]
