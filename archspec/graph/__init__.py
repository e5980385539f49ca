"""The intermediate representation: tensor types, calls, nodes, scopes and the graph."""

from archspec.graph.call import Call, Weight
from archspec.graph.dims import Dim, Size
from archspec.graph.graph import MOST_INPUTS, Feature, Graph, Level
from archspec.graph.nodes import Node, Scope, Value
from archspec.graph.types import Stride, TensorType

__all__ = [
    "MOST_INPUTS",
    "Call",
    "Dim",
    "Feature",
    "Graph",
    "Level",
    "Node",
    "Scope",
    "Size",
    "Stride",
    "TensorType",
    "Value",
    "Weight",
]
