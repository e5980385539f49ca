"""What the words in expressions are, for an editor to colour."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from archspec.diagnostics import Span
from archspec.editor.expressions import WordKind, words
from archspec.editor.text import Range
from archspec.editor.workspace import Workspace
from archspec.source import Mapping, Scalar, Tree


class Token(NamedTuple):
    """A word of an expression: where it stands, on one line, and what it is."""

    range: Range
    kind: WordKind


def tokens(workspace: Workspace, path: Path) -> tuple[Token, ...]:
    """The words of all expressions in an open text, in order; none while its YAML is broken."""
    analysis = workspace.analysis(path)
    if analysis.tree is None:
        return ()
    text = analysis.text
    found = set()
    for span in _with_expressions(analysis.tree):
        for number in range(span.line, span.end_line + 1):
            line = text.line(number)
            first = span.column - 1 if number == span.line else 0
            last = span.end_column - 1 if number == span.end_line else len(line)
            for word in words(line[first:last]):
                start = text.starts[number - 1] + first
                found.add(Token(Range(start + word.start, start + word.end), word.kind))
    return tuple(sorted(found))


def _with_expressions(tree: Tree) -> Iterator[Span]:
    stack, seen = [tree], set[int]()
    while stack:
        tree = stack.pop()
        if isinstance(tree, Scalar):
            if isinstance(tree.value, str) and "$" in tree.value:
                yield tree.span
        elif id(tree) not in seen:
            # an alias is the tree itself
            seen.add(id(tree))
            stack += tree.entries.values() if isinstance(tree, Mapping) else tree.items
