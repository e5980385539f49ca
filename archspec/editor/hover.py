"""What is told of the word at a position, in Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from archspec.diagnostics import Collector, Span
from archspec.diagnostics.catalogue import rule
from archspec.editor import facts, shapes
from archspec.editor.analysis import Analysis
from archspec.editor.expressions import words
from archspec.editor.markdown import code, items, paragraphs, prose
from archspec.editor.moves import Moves
from archspec.editor.occurrences import Lines, Occurrence, occurrences_near
from archspec.editor.pages import block_page, initializer_page, line, page, parameter_page
from archspec.editor.text import Range
from archspec.editor.values import calls, computed, distinct, told
from archspec.editor.workspace import Workspace
from archspec.graph import Value
from archspec.language import COMMON, NodeSpec, bundled_specs, find_block
from archspec.language.expressions.expression import BLOCK_SCOPE, SCOPE
from archspec.language.expressions.functions import FUNCTIONS
from archspec.language.expressions.template import template
from archspec.language.words import choice_word, function_word, key_word, variable_word, word
from archspec.ops.initializers import INITIALIZERS
from archspec.source import Mapping, Scalar, Sequence, Tree


class Hover(NamedTuple):
    """What is told, as Markdown, and the range that it is about."""

    range: Range
    text: str


def hover(workspace: Workspace, path: Path, offset: int) -> Hover | None:
    """What is known of the word at an offset of an open text; of what the text was, where it is broken now."""
    now = workspace.analysis(path)
    known = [now] if now.graph is not None else [workspace.sound(path), workspace.read(path), now]
    for analysis in dict.fromkeys(one for one in known if one is not None):
        there = Moves(now.text.text, analysis.text.text).offset(offset)
        found = None if there is None else _hover(analysis, there)
        if found is not None:
            here = Moves(analysis.text.text, now.text.text).range(found.range)
            if here is not None and here.has(offset):
                return Hover(here, found.text)
    return None


def _hover(analysis: Analysis, offset: int) -> Hover | None:
    text = analysis.text
    line, column = text.position(offset)
    near = occurrences_near(analysis, (line, line))
    found = [(text.range(one.span), one) for one in near if _holds(one.span, line, column)]
    for place, one in sorted(found, key=lambda pair: (offset == pair[0].end, pair[0].end - pair[0].start)):
        page = _OF[one.kind](analysis, one)
        if page:
            return Hover(place, page)
    return _in_expression(analysis, offset) or _in_tree(analysis, offset)


def _lines(span: Span) -> Lines:
    return span.line, span.end_line


def _holds(span: Span, line: int, column: int) -> bool:
    return (span.line, span.column) <= (line, column) <= (span.end_line, span.end_column)


def _section(analysis: Analysis, one: Occurrence) -> str:
    return _page_of(one.name)


def _op(analysis: Analysis, one: Occurrence) -> str:
    return _page_of(one.name, _facts(analysis, one.node))


def _page_of(name: str, facts: str = "") -> str:
    try:
        return page(word(name), facts)
    except LookupError:
        return ""


def _facts(analysis: Analysis, node: NodeSpec | None) -> str:
    return facts.facts(analysis, node) if node is not None else ""


def _block(analysis: Analysis, one: Occurrence) -> str:
    owner = one.owner
    block = owner if owner is not None and owner.name == one.name else find_block(analysis.spec, one.name, owner)
    if block is None:
        return ""
    times = shapes.times_called(analysis, block) if one.defines else 0
    return block_page(block, f"Called {times} times." if times > 1 else _facts(analysis, one.node))


def _argument(analysis: Analysis, one: Occurrence) -> str:
    node, told = one.node, _line_of(one.name, one.of)
    block = find_block(analysis.spec, one.of, one.owner) if node is None else None
    if block is not None and one.name in block.parameters:
        # in `defaults`
        told = parameter_page(block.parameters[one.name], block)
    is_stage = node is not None and node.op == "stage" and one.name in ("name", "block")
    return paragraphs(told, _value_at(analysis, one), _facts(analysis, node) if is_stage else "")


def _line_of(name: str, of: str) -> str:
    """The line about an argument of an op, or about a key that nodes have in common."""
    for owner in (of, "stage"):
        try:
            found = next((one for one in word(owner).arguments if one.name == name), None)
        except LookupError:
            continue
        if found is not None:
            return line(found)
    try:
        return paragraphs(code(name) + ": " + key_word(name).text)
    except LookupError:
        return ""


def _value_at(analysis: Analysis, one: Occurrence) -> str:
    """What the value of a key comes to, where that is an expression."""
    given = one.node.arguments.get(one.name) if one.node is not None else None
    found = computed(analysis, _lines(given.at)).get(given.at) if given is not None else None
    return f"Here: {code(found.told)}" if found is not None and found.told else ""


def _parameter(analysis: Analysis, one: Occurrence) -> str:
    parameters = one.owner.parameters if one.owner is not None else analysis.spec.params
    parameter = parameters.get(one.name)
    values = _values(analysis, one)
    here = f"{'Values' if one.defines else 'Here'}: {code(values)}" if values else ""
    if parameter is not None:
        return paragraphs(parameter_page(parameter, one.owner), here)
    if one.name in SCOPE or one.name in BLOCK_SCOPE:
        return paragraphs(page(variable_word(one.name)), here)
    return paragraphs(f"**{code(one.name)}** (name in scope)", here) if here else ""


def _values(analysis: Analysis, one: Occurrence) -> str:
    """The values of a parameter: at its definition all, elsewhere those that it has there."""
    if one.defines:
        if one.owner is None:
            params = analysis.graph.params if analysis.graph is not None else {}
            return told(distinct([params.get(one.name)]))
        return told(distinct(visit.here.params.get(one.name) for visit in calls(analysis, one.owner)))
    asked = template(Scalar(f"${one.name}", one.span), Collector())
    for span, found in computed(analysis, _lines(one.span)).items():
        if _holds(span, one.span.line, one.span.column):
            return told(found.values_of(asked), found.more)
    given = one.node.arguments.get(one.name) if one.node is not None else None
    of = computed(analysis, _lines(given.at)).get(given.at) if given is not None else None
    return of.told if of is not None else ""


def _node(analysis: Analysis, one: Occurrence) -> str:
    return paragraphs(f"**{code(one.name)}**", _facts(analysis, one.node))


def _reference(analysis: Analysis, one: Occurrence) -> str:
    visits = analysis.visits(one.node.span) if one.node is not None else ()
    found = [item for visit in visits if (item := visit.made_by(one.name)) is not None]
    if one.node is None and (item := facts.by_path(analysis).get(one.name)) is not None:
        found = [item]
    if len(set(found)) > 1:
        given = [item.output.type.shape for item in found if item.output.type is not None]
        return items([f"Refers to {code(found[0].label)}", f"Shape: {shapes.told(given)}" if any(given) else ""])
    return facts.item_facts(analysis, found[0]) if found else _value_named(analysis, one)


def _value_named(analysis: Analysis, one: Occurrence) -> str:
    """What a name of no node refers to: an input, or a part of the value."""
    visits = analysis.visits(one.node.span) if one.node is not None else ()
    values = [visit.here.lookup.find(one.name) for visit in visits]
    given = [value.type.shape for value in values if isinstance(value, Value) and value.type is not None]
    return items([f"Refers to {code(one.name)}", f"Shape: {shapes.told(given)}"]) if any(given) else ""


def _output(analysis: Analysis, one: Occurrence) -> str:
    return _flow(one, analysis.graph.outputs.get(one.name) if analysis.graph is not None else None)


def _input(analysis: Analysis, one: Occurrence) -> str:
    return _flow(one, analysis.graph.inputs.get(one.name) if analysis.graph is not None else None)


def _flow(one: Occurrence, value: Value | None) -> str:
    shape = value.type.shape if value is not None and value.type is not None else ()
    return paragraphs(f"**{code(one.name)}** ({one.kind})", items([f"Shape: {shapes.told([shape])}" if shape else ""]))


def _file(analysis: Analysis, one: Occurrence) -> str:
    bundled = bundled_specs().get(one.name)
    path = analysis.path.parent / one.name if bundled is None else bundled
    try:
        _, tree = analysis.spec.texts.get(path.resolve(), (None, None))
    except (OSError, ValueError):
        return ""
    if not isinstance(tree, Mapping):
        return ""
    texts = [_text(tree.get(key)) for key in ("description", "reference")]
    blocks = tree.get("blocks")
    names = [*blocks.entries] if isinstance(blocks, Mapping) else []
    kind = "file" if bundled is None else "bundled spec"
    told = f"Blocks: {', '.join(map(code, names[:_NAMES]))}{', …' if len(names) > _NAMES else ''}" if names else ""
    return paragraphs(f"**{code(one.name)}** ({kind})", *map(prose, texts), told)


_NAMES = 20
"""Blocks of a file that are named."""


def _text(tree: Tree | None) -> str:
    return str(tree.value) if isinstance(tree, Scalar) and isinstance(tree.value, str) else ""


def _code(analysis: Analysis, one: Occurrence) -> str:
    try:
        found = rule(one.name)
    except LookupError:
        return ""
    return paragraphs(f"**{found.code}**: {found.title}", found.meaning)


_OF = {
    "section": _section,
    "op": _op,
    "block": _block,
    "argument": _argument,
    "parameter": _parameter,
    "node": _node,
    "reference": _reference,
    "output": _output,
    "input": _input,
    "file": _file,
    "code": _code,
}


def _in_expression(analysis: Analysis, offset: int) -> Hover | None:
    """The function of an expression that stands there."""
    number, column = analysis.text.position(offset)
    start = analysis.text.starts[number - 1]
    for one in words(analysis.text.line(number)):
        if one.start <= column - 1 <= one.end and one.kind == "function" and one.text in FUNCTIONS:
            return Hover(Range(start + one.start, start + one.end), page(function_word(one.text)))
    return None


def _in_tree(analysis: Analysis, offset: int) -> Hover | None:
    """The word of the language that stands there, as a key or as a value."""
    if analysis.tree is None:
        return None
    found = _at(analysis.tree, *analysis.text.position(offset))
    if found is None:
        return None
    path, span, is_key = found
    text = _explained(path, span.text.strip("'\""), is_key)
    return Hover(analysis.text.range(span), text) if text else None


def _explained(path: tuple[str, ...], text: str, is_key: bool) -> str:
    """What a key or a text means at a path of keys, which for a key ends with itself."""
    if text in INITIALIZERS and "init" in path:
        return initializer_page(text)
    around = path[:-1] if is_key else path
    if not is_key:
        kind = next((key for key in reversed(around[-2:]) if key in ("norm", "act")), None)
        return _choice(text) if kind is not None else ""
    for section in reversed(around[-2:]):
        try:
            found = next((one for one in word(section).arguments if one.name == text), None)
        except LookupError:
            continue
        if found is not None:
            return line(found)
    return paragraphs(f"{code(text)}: {key_word(text).text}") if text in COMMON else ""


def _choice(text: str) -> str:
    try:
        return page(choice_word(text))
    except (LookupError, StopIteration):
        return ""


def _at(tree: Tree, line: int, column: int) -> tuple[tuple[str, ...], Span, bool] | None:
    """The key or scalar that holds a position, with the keys that lead to it, and whether it is a key."""
    path: list[str] = []
    while not isinstance(tree, Scalar):
        for key, span, value in _parts(tree):
            if key is not None and span is not None and _holds(span, line, column):
                return (*path, key), span, True
            if _holds(value.span, line, column):
                path += [key] if key is not None else []
                tree = value
                break
        else:
            return None
    return tuple(path), tree.span, False


def _parts(tree: Mapping | Sequence) -> Iterator[tuple[str | None, Span | None, Tree]]:
    if isinstance(tree, Sequence):
        yield from ((None, None, item) for item in tree.items)
    else:
        yield from ((key, tree.keys[key], value) for key, value in tree.entries.items())
