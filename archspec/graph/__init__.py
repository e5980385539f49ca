"""The intermediate representation: tensor types, calls, nodes, scopes and the graph."""

from archspec.graph.graph import Feature, Graph, Level
from archspec.graph.known import graph_of, network_in
from archspec.graph.nodes import Node, Scope, Value
from archspec.types.call import Call, Weight
from archspec.types.sizes import Dim, Size
from archspec.types.tensor import Stride, TensorType

__all__ = [
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
    "graph_of",
    "network_in",
]
