"""The graph of what may be one, or may have been built from one."""

from __future__ import annotations

from typing import Any

from archspec.graph.graph import Graph

_WRAPPED = ("_orig_mod", "module")
"""Where `torch.compile`, and DataParallel and its like, have the module that they wrap."""

_DEEP = 8
"""How many wrappers there may be around each other."""


def graph_of(thing: object) -> Graph | None:
    """The graph that a thing is, or that a module of one knows; none of anything else. Knows nothing of torch."""
    found = thing if isinstance(thing, Graph) else getattr(network_in(thing), "_graph", None)
    return found if isinstance(found, Graph) else None


def network_in(thing: Any) -> Any:
    """The network inside of wrappers, whose state is its own but for the keys; of anything else, the thing itself."""
    inner = thing
    for _ in range(_DEEP):
        if "_graph" in getattr(inner, "__dict__", ()):
            return inner
        inner = next((found for name in _WRAPPED if (found := getattr(inner, name, None)) is not None), None)
    return thing
