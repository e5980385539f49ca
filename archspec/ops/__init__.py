"""The ops: one family a file; an op is its arguments, its shape rule, its weights, its cost and its lowering."""

from archspec.ops.act import Act
from archspec.ops.base import Op, ShapeError, Typed
from archspec.ops.initializers import Init
from archspec.ops.join import Chunk, DropPath
from archspec.ops.norm import Norm
from archspec.ops.plugins import find_op, is_hidden, load_installed, load_plugin, op
from archspec.ops.registry import JOINS, LATER, OPS, later_op
from archspec.ops.traits import Traits
from archspec.types.sizes import agree

__all__ = [
    "JOINS",
    "LATER",
    "OPS",
    "Act",
    "Chunk",
    "DropPath",
    "Init",
    "Norm",
    "Op",
    "ShapeError",
    "Traits",
    "Typed",
    "agree",
    "find_op",
    "is_hidden",
    "later_op",
    "load_installed",
    "load_plugin",
    "op",
]
