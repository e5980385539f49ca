"""Edits of a text that follow its style: an argument more, an entry or item less, a node in front of another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from archspec.diagnostics import Span
from archspec.editor.analysis import Analysis
from archspec.editor.text import Range, Text
from archspec.language import NodeSpec, find_block
from archspec.language.combinators import COMBINATORS
from archspec.ops import find_op
from archspec.source import Mapping, Sequence, Tree


class Edit(NamedTuple):
    """A text in place of a range."""

    range: Range
    text: str


def edited(text: str, edits: tuple[Edit, ...]) -> str:
    """A text after edits that do not overlap."""
    for edit in sorted(edits, reverse=True):
        text = text[: edit.range.start] + edit.text + text[edit.range.end :]
    return text


def with_argument(node: NodeSpec, key: str, value: str, analysis: Analysis) -> Edit | None:
    """Another value of an argument of a node, or one more, in whatever form the node is written."""
    text = analysis.text
    if node.span.source is not analysis.spec.source:
        return None
    whole = text.range(node.whole)
    if key in node.arguments:
        return _inside(Edit(text.range(node.arguments[key].at), value), whole)
    if node.span == node.whole:
        return Edit(Range(whole.end, whole.end), f": {{{key}: {value}}}")
    if node.principal is not None:
        name, at = _principal(node, analysis), text.range(node.principal.at)
        if name == key:
            return Edit(at, value)
        written = text.text[at.start : at.end]
        return None if name is None or "\n" in written else Edit(at, f"{{{name}: {written}, {key}: {value}}}")
    if not node.arguments:
        empty = text.text.find("{}", whole.start, whole.end)
        return None if empty < 0 else Edit(Range(empty, empty + 2), f"{{{key}: {value}}}")
    given = [one for one in node.arguments.values() if one.key.source is analysis.source]
    if not given:
        return None
    last = max(given, key=lambda one: one.key[1:])
    return _inside(_beside(text, text.range(last.key), text.range(last.at).end, f"{key}: {value}"), whole)


def _inside(edit: Edit, whole: Range) -> Edit | None:
    """An edit of a node, unless what it edits stands elsewhere, as what an alias stands for does."""
    return edit if whole.start <= edit.range.start and edit.range.end <= max(whole.end, edit.range.start) else None


def _beside(text: Text, key: Range, end: int, entry: str) -> Edit:
    """One more entry behind another: below it where that has a line of its own, else behind a comma."""
    number, column = text.position(key.start)
    before = text.line(number)[: column - 1]
    if before.strip(" \t-"):
        return Edit(Range(end, end), f", {entry}")
    return Edit(Range(key.start, key.start), f"{entry}{text.line_break}{before.replace('-', ' ')}")


def _principal(node: NodeSpec, analysis: Analysis) -> str | None:
    block = None if node.op in COMBINATORS else find_block(analysis.spec, node.op)
    found = block or COMBINATORS.get(node.op) or find_op(node.op)
    return None if found is None else found.principal


def without(span: Span, analysis: Analysis) -> Edit | None:
    """The text without the entry whose key or value stands at a place, or without the item that does, and without what
    would then be empty; None where there is none."""
    if analysis.tree is None:
        return None
    text = analysis.text
    for tree, key in _trees(analysis.tree, None):
        places = [*tree.keys.values()] if isinstance(tree, Mapping) else [item.span for item in tree.items]
        wholes = [item.span for item in (tree.entries.values() if isinstance(tree, Mapping) else tree.items)]
        for number, place in enumerate(places):
            is_it = span in (place, wholes[number]) or _begins(tree, number, span)
            if place.source is analysis.source and is_it:
                parts = [
                    Range(text.range(start).start, max(text.range(start).end, text.range(end).end))
                    for start, end in zip(places, wholes, strict=True)
                ]
                found = _taken_out(text, parts, number)
                alone = found is None and len(parts) == 1 and key is not None
                return without(key, analysis) if alone and key is not None else found
    return None


def _begins(tree: Mapping | Sequence, number: int, span: Span) -> bool:
    """Whether an item of a list is the node whose name stands at a place."""
    item = tree.items[number] if isinstance(tree, Sequence) else None
    return isinstance(item, Mapping) and [*item.keys.values()][:1] == [span]


def _trees(tree: Tree, key: Span | None) -> Iterator[tuple[Mapping | Sequence, Span | None]]:
    """All mappings and lists, the outer first, each with the key under which it stands."""
    stack = [(tree, key)]
    while stack:
        one, at = stack.pop()
        if isinstance(one, (Mapping, Sequence)):
            yield one, at
            inner = [(value, one.keys[key]) for key, value in one.entries.items()] if isinstance(one, Mapping) else []
            stack += inner if isinstance(one, Mapping) else [(item, None) for item in one.items]


def _taken_out(text: Text, parts: list[Range], number: int) -> Edit | None:
    """One of several entries or items out: its lines, or with its comma."""
    start, end = parts[number]
    line, column = text.position(start)
    before = text.line(line)[: column - 1]
    if not before.strip(" \t-") and ("-" not in before or re.fullmatch(r"[ \t]*- *", before)):
        if len(parts) == 1 or ("-" in before and text.text[start - 1] != " "):
            return None
        last = text.position(end)[0]
        stop = text.starts[last] if last < len(text.starts) else len(text.text)
        rest = text.text[end : text.ends[last - 1]].strip()
        return None if rest and not rest.startswith("#") else Edit(Range(text.starts[line - 1], stop), "")
    if number + 1 < len(parts):
        return Edit(Range(start, parts[number + 1].start), "")
    if number:
        return Edit(Range(parts[number - 1].end, end), "")
    return Edit(Range(start, end), "")


def before(node: NodeSpec, nodes: list[str], analysis: Analysis) -> Edit | None:
    """Further nodes in front of one of a list."""
    text, at = analysis.text, analysis.text.range(node.whole).start
    if node.whole.source is not analysis.source:
        return None
    number, column = text.position(at)
    lead = text.line(number)[: column - 1]
    if re.fullmatch(r"[ \t]*- +", lead):
        return Edit(Range(at, at), "".join(f"{one}{text.line_break}{lead}" for one in nodes))
    return Edit(Range(at, at), "".join(f"{one}, " for one in nodes)) if lead.rstrip()[-1:] in ("[", ",") else None
