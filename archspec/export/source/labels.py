"""Which scopes may be of one class: those of a block, or of the same place in a block."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from archspec.export.source.items import is_class
from archspec.graph.nodes import Scope

Label: TypeAlias = "tuple[str, ...]"


def labels(root: Scope) -> dict[Scope, Label]:
    """Every scope that is a class, outer ones first, with what it shares with those that may be of the same class.

    A block that a slot puts inside of itself cannot be one class with it: there the levels below a scope count, too.
    """
    found = {scope: _label(scope) for scope in _scopes(root) if is_class(scope)}
    users: dict[Label, set[Label]] = {label: set() for label in found.values()}
    levels = dict.fromkeys(found, 0)
    for scope in reversed(found):
        outer = scope.parent
        while outer is not None and outer not in found:
            outer = outer.parent
        if outer is not None:
            users[found[scope]].add(found[outer])
            levels[outer] = max(levels[outer], levels[scope] + 1)
    nested = {label for label in users if label in _reached(users, label)}
    return {scope: (*label, str(levels[scope])) if label in nested else label for scope, label in found.items()}


def _scopes(root: Scope) -> Iterator[Scope]:
    stack = [root]
    while stack:
        scope = stack.pop()
        yield scope
        stack += [item for item in reversed(scope.body) if isinstance(item, Scope) and item.of is None]


def _label(scope: Scope) -> Label:
    """The block, or the block around and the path in it."""
    path: list[str] = []
    at: Scope | None = scope
    while at is not None and not at.block:
        if at.parent is not None:
            path.append(re.sub(r"\d+", "#", at.name))
        at = at.parent
    return (at.block if at is not None else "", *reversed(path)) if path or at is not None else ()


def _reached(users: Mapping[Label, set[Label]], start: Label) -> set[Label]:
    """The labels of all that use it, those that use these, and so on."""
    found: set[Label] = set()
    waiting = [start]
    while waiting:
        new = users[waiting.pop()] - found
        found |= new
        waiting += new
    return found
