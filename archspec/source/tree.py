"""The tree of values of a YAML text, in which every value knows its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from archspec.diagnostics import Span
from archspec.records import record

Plain: TypeAlias = bool | int | float | str | None


@record
class Scalar:
    """A null, boolean, number or string."""

    value: Plain
    span: Span
    quoted: bool = False


@record
class Sequence:
    """A list of trees."""

    items: tuple[Tree, ...]
    span: Span

    def __iter__(self) -> Iterator[Tree]:
        return iter(self.items)


@record
class Mapping:
    """Keys (strings, each once) to trees, in the order of the text."""

    entries: dict[str, Tree]
    keys: dict[str, Span]
    span: Span

    def get(self, key: str) -> Tree | None:
        """The value under a key, or None."""
        return self.entries.get(key)


Tree: TypeAlias = Scalar | Sequence | Mapping


def plain(tree: Tree) -> Any:
    """The tree as dicts, lists and scalars, without positions."""
    if isinstance(tree, Scalar):
        return tree.value
    if isinstance(tree, Sequence):
        return [plain(item) for item in tree.items]
    return {key: plain(value) for key, value in tree.entries.items()}
