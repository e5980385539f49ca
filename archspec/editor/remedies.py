"""What the helps of findings say, as edits. Some may not mend: who offers one has tried it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archspec.diagnostics import Diagnostic
from archspec.editor.analysis import Analysis
from archspec.editor.edits import Edit, before, with_argument, without
from archspec.editor.schemas import filled, schema_of, written
from archspec.editor.text import Range
from archspec.editor.values import nodes_near
from archspec.language import NodeSpec
from archspec.source import Mapping as Section

_MEANT = re.compile(r"did you mean `([^`]+)`")
_WRITTEN = re.compile(r"(?:write|put it in quotes:|digits and _, as in)(?: a list:| an? \w+:)? `([^`…]+)`")
_OTHERWISE = re.compile(r", or `([^`…]+)` if")
_AT_TOP = re.compile(r"set `((?:norm|act): [^`]+)` at the top of the file")
_ARGUMENT = re.compile(r"`(\w+): ([^`…]+)`")
_AMONG = re.compile(r"`\w+: \{…, (\w+): ([^`…]+)\}`")
_WRITTEN_AS = re.compile(r"write it as `\w+: \{\w+: \[…\], (\w+): (.+?)\}`")
_REMOVED = re.compile(r"\bremove (?:it\b|`(\w+)`|the last\b|one of (?:them|the two))")
_REST = re.compile(r"[^,{}\[\]\r\n]*(?:\[[^\]\r\n]*\]|\{[^}\r\n]*\})?")
_IN_FRONT = re.compile(r"before this `\w+`, write ((?:`- [^`]+`(?:, )?)+)")
_PUT = re.compile(r"put `(\w+)`(?: or `(\w+)`)? before it")
_MISSING = re.compile(r"add `(\w+): …`")
_CLOSING = re.compile(r"add the `(.)`")


def remedies(finding: Diagnostic, analysis: Analysis) -> Iterator[tuple[str, Edit]]:
    """The edits that a help asks for, each with its title."""
    assert finding.span is not None
    yield from _of_text(finding, analysis)
    node = analysis.node_at(finding.span) or _node_around(finding, analysis)
    if node is not None:
        yield from _of_node(finding.help, node, analysis)
    if match := _AT_TOP.match(finding.help):
        line = analysis.text.position(_header(analysis))[0]
        end = analysis.text.ends[line - 1]
        yield f"Set `{match[1]}` for the whole file", Edit(Range(end, end), analysis.text.line_break + match[1])
    yield from _removals(finding, analysis)


def _of_text(finding: Diagnostic, analysis: Analysis) -> Iterator[tuple[str, Edit]]:
    """What stands there as it is to be written."""
    assert finding.span is not None
    at, written = analysis.text.range(finding.span), finding.span.text
    for pattern in (_MEANT, _WRITTEN, _OTHERWISE):
        match = pattern.search(finding.help)
        if match is not None and written and match[1] != written:
            key, _, value = match[1].partition(": ")
            lead = analysis.text.text[max(at.start - len(key) - 3, 0) : at.start]
            text = value if value and re.search(rf"\b{re.escape(key)}[ ]*:[ ]*\Z", lead) else match[1]
            yield f"Replace `{written}` with `{text}`", Edit(at, text)
    if finding.help.startswith("indent with spaces"):
        number = finding.span.line
        line = analysis.text.line(number)
        indent, start = line[: len(line) - len(line.lstrip(" \t"))], analysis.text.starts[number - 1]
        for width in (2, 4):
            yield "Indent with spaces", Edit(Range(start, start + len(indent)), indent.expandtabs(width))
    if match := _CLOSING.match(finding.help):
        for number in range(finding.span.line, min(finding.span.line + 3, len(analysis.text.ends) + 1)):
            end = analysis.text.ends[number - 1]
            yield f"Add `{match[1]}`", Edit(Range(end, end), match[1])


def _of_node(help: str, node: NodeSpec, analysis: Analysis) -> Iterator[tuple[str, Edit]]:
    """Another argument of a node, another node in its place, or one in front of it."""
    for key, value in [one for pattern in (_ARGUMENT, _AMONG, _WRITTEN_AS) for one in pattern.findall(help)]:
        if key == node.op and not node.arguments and node.whole.source is analysis.source:
            at = analysis.text.range(node.whole)
            yield f"Replace `{node.op}` with `{key}: {value}`", Edit(at, f"{key}: {value}")
        yield from _set(node, key, value, analysis)
    if match := _IN_FRONT.search(help):
        found = [one.removeprefix("- ") for one in re.findall(r"`([^`]+)`", match[1])]
        edit = before(node, found, analysis)
        if edit is not None:
            yield f"Put `{'`, `'.join(found)}` before `{node.op}`", edit
    for name in ((match := _PUT.search(help)) and match.groups()) or ():
        edit = before(node, [name], analysis) if name else None
        if edit is not None:
            yield f"Put `{name}` before `{node.op}`", edit
    if match := _MISSING.match(help):
        of = node.arguments["block"].text if node.op == "stage" and "block" in node.arguments else node.op
        value = _value(of or node.op, match[1], analysis)
        yield from _set(node, match[1], value, analysis) if value is not None else ()


def _set(node: NodeSpec, key: str, value: str, analysis: Analysis) -> Iterator[tuple[str, Edit]]:
    edit = with_argument(node, key, value, analysis)
    if edit is not None:
        yield f"{'Set' if key in node.arguments else 'Add'} `{key}: {value}`", edit


def _value(op: str, key: str, analysis: Analysis) -> str | None:
    """The value that a snippet has for an argument which an op or block needs."""
    snippets = schema_of(analysis.spec)["definitions"].get(f"node_{op}", {}).get("defaultSnippets")
    body = snippets[0]["body"] if snippets else None
    found = body.get(key) if isinstance(body, dict) else body
    return None if found is None else filled(written(found))


def _removals(finding: Diagnostic, analysis: Analysis) -> Iterator[tuple[str, Edit]]:
    """What is to be removed: an argument of the node, the entry or item that stands there, or just the text."""
    match, span = _REMOVED.search(finding.help), finding.span
    if match is None or span is None:
        return
    if finding.help.startswith("remove one of the two"):
        yield f"Remove this `{span.text}`", _second(analysis.text.range(span), analysis)
        return
    node = analysis.node_at(span)
    named = node.arguments.get(match[1]) if match[1] and node is not None else None
    edit = without(span if named is None else named.key, analysis)
    if edit is not None:
        yield f"Remove `{match[1] or span.text}`", edit
    elif not match[1] and span.line == span.end_line:
        at, text = analysis.text.range(span), analysis.text.text
        end = at.end + len(text[at.end :]) - len(text[at.end :].lstrip(" "))
        yield f"Remove `{span.text}`", Edit(Range(at.start, end), "")


def _second(key: Range, analysis: Analysis) -> Edit:
    """The text without the entry of a key that stands there twice, which the tree has once: its line, or with its
    comma."""
    text, source = analysis.text, analysis.text.text
    line = text.position(key.start)[0]
    if not source[text.starts[line - 1] : key.start].strip():
        return Edit(Range(text.starts[line - 1], text.starts[line] if line < len(text.starts) else len(source)), "")
    rest = _REST.match(source, key.end)
    end = key.end if rest is None else rest.end()
    comma = source.rfind(",", 0, key.start)
    return Edit(Range(comma, end) if comma > text.starts[line - 1] else Range(key.start, end), "")


def _node_around(finding: Diagnostic, analysis: Analysis) -> NodeSpec | None:
    """The node at an argument of which a finding stands."""
    span = finding.span
    if span is None:
        return None
    for node in reversed(nodes_near(analysis, (span.line, span.line))):
        given = [*node.arguments.values(), *([node.principal] if node.principal is not None else [])]
        if any(span in (one.key, one.at) for one in given):
            return node
    return None


def _header(analysis: Analysis) -> int:
    """The offset of `archspec`, in whose line nothing else stands, or of the beginning."""
    at = analysis.tree.keys.get("archspec") if isinstance(analysis.tree, Section) else None
    return 0 if at is None else analysis.text.range(at).start
