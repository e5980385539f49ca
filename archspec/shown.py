"""How a notebook shows what has a picture: a room that draws is found by name, since none below it may know it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from archspec.registry import Registry

_SHOWN: Registry[Callable[[Any], str]] = Registry("archspec.pages", {"graph": "notebook.graph_html"})


def graph_html(graph: Any) -> str:
    """The figure of a graph with its totals, in HTML."""
    return _SHOWN["graph"](graph)
