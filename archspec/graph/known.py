"""The graph of what may be one, or may have been built from one."""

from __future__ import annotations

from archspec.graph.graph import Graph


def graph_of(thing: object) -> Graph | None:
    """The graph that a thing is, or that a module of one knows; none of anything else. Knows nothing of torch."""
    found = thing if isinstance(thing, Graph) else getattr(thing, "_graph", None)
    return found if isinstance(found, Graph) else None
