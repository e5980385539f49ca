"""The node of a network that an exporter stopped at, as the spec knows it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from traceback import walk_tb

from torch import fx

from archspec.escape import lines
from archspec.graph.graph import Graph
from archspec.graph.nodes import Node, Scope


def culprit(graph: Graph, error: BaseException) -> str:
    """The node with its place, several where they are functions of one block, or nothing where it is not known."""
    for path in _paths(error):
        if found := at(graph, path):
            return found
    return ""


def at(graph: Graph, path: str) -> str:
    """The node of a module that an exporter knows by its path, with its place."""
    return " or ".join(f"`{name}` ({node.span})" for name, node in _nodes(graph, path))


def whole(error: BaseException) -> str:
    """All that a library says, without its colours."""
    return lines(line.rstrip() for line in _COLOUR.sub("", str(error)).strip().splitlines())


_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def _paths(error: BaseException | None) -> Iterator[str]:
    """The paths of modules that torch's translator was in, the innermost first: its errors name operators alone."""
    while error is not None:
        for frame, _ in reversed([*walk_tb(error.__traceback__)]):
            node = frame.f_locals.get("node")
            if isinstance(node, fx.Node) and (stack := node.meta.get("nn_module_stack")):
                yield [*stack.values()][-1][0]
        error = error.__cause__


def _nodes(graph: Graph, path: str) -> list[tuple[str, Node]]:
    """The node whose module, or part of it, has this path; of a scope's module, what it computes itself."""
    items: dict[str, Node | Scope] = {"": graph.root, **dict(graph.items())}
    at = path
    while at not in items:
        at = at.rpartition(".")[0]
    item = items[at]
    if isinstance(item, Node):
        return [(at, item)]
    prefix = f"{at}." if at else ""
    inside = [(prefix + part.name, part) for part in item.body if isinstance(part, Node)]
    return [(path, node) for path, node in inside if node.runs and not node.call.is_module]
