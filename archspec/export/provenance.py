"""Whether weights are what their module, or its user, says of them: a module may have been trained since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from torch import Tensor

from archspec.graph.graph import Graph
from archspec.torch_backend import build_module
from archspec.torch_backend.origin import Origin, state_digest


def confirmed(origin: Origin, graph: Graph, state: Mapping[str, Tensor]) -> Origin:
    """The origin of a state of the graph's module, with its digest, as far as it is true; otherwise no more than that.

    Random weights are drawn again, those of a file are as they were when it was loaded.
    """
    digest = state_digest(state)
    if origin.kind == "module" or (origin.state or digest) != digest:
        return Origin(state=digest)
    if origin.seed is None or origin.optimized or _drawn(origin, graph, state):
        return replace(origin, state=digest)
    return replace(origin, seed=None, state=digest) if origin.kind == "file" else Origin(state=digest)


def _drawn(origin: Origin, graph: Graph, state: Mapping[str, Tensor]) -> bool:
    """Whether the seed draws these weights, or those that the file lacked."""
    fresh = build_module(graph, "cpu", origin.seed).state_dict()
    keys = [key for key in state if not origin.drawn or key in origin.drawn]
    return state_digest({key: fresh[key] for key in keys}) == state_digest({key: state[key] for key in keys})
