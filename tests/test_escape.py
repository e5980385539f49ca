"""Text that anybody may have written, in every place and every form of output."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import archspec
from archspec.cli.failures import report
from archspec.cli.fixing import fix_files
from archspec.diagnostics import Collector, Diagnostic, Fix, Related, Source, Span
from archspec.diagnostics.formats import FORMATS, Findings, Style
from archspec.errors import UsageError
from archspec.escape import escaped, inline, json_text, line, lines
from archspec.graph import Graph
from archspec.graph.nodes import Node
from archspec.reports.diff.json import to_json as diff_json
from archspec.reports.diff.markdown import markdown as diff_markdown
from archspec.reports.diff.text import plain_text
from archspec.reports.summary.csv import to_csv
from archspec.reports.summary.json import to_json as summary_json
from archspec.reports.summary.markdown import to_markdown
from archspec.weights.contents import Contents
from archspec.weights.fit import fit, wanted
from archspec.weights.stored import Stored

HARMLESS = "harmless"
HOSTILE = [
    "\x1b[31mred\n::error::forged\n| **Old checkpoint: loads strictly** |",
    "\r\n::error file=x::forged",
    "::set-output name=x::y",
    "##[error]forged ##vso[task.complete]",
    "a\u202egnp\u2028b\x85c\x9b31md\x7f\x00\udcff",
    "]\"]); end\n  n0 --> n1\n%%{init: {'theme': 'x'}}%%",
    '"}\n  x [label="y"] \\',
    "<script>alert(1)</script> <b> &lt; &#27;",
    "[link](https://example.org) www.example.org ![x](y) **b** __u__ ~~s~~ `code` $x$",
    "a | b \\| c \\",
    "``` `",
    "- x\n# y\n\n---",
    "[bold]x[/bold]",
    "`",
]
_COMMAND = re.compile(r"^\s*::(?!:)|##[A-Za-z]*\[", re.MULTILINE)
GRAPHS = [archspec.compile(name) for name in ("resnet18", "nerf", "unet")]

hostile = pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))


def disguised(graph: Graph, text: str) -> Graph:
    """A graph in which every name, note and reference holds a text."""
    found = deepcopy(graph)
    for _, item in list(found.items()):
        item.note = f"{item.note} {text}"
        item.name = f"{text} {item.name}"
        if not isinstance(item, Node) and item.block:
            item.block = f"{text} {item.block}"
    names = {f"{text} {name}": value for name, value in found.inputs.items()}
    ends = {f"{text} {name}": value for name, value in found.outputs.items()}
    return replace(
        found, name=text, inputs=names, outputs=ends, params={text: text}, reference=text, constraints={text: 2}
    )


def shows_no_control(text: str) -> bool:
    return text.replace("\n", "").isprintable() and not _COMMAND.search(text)


def weights(graph: Graph) -> str:
    """What is told of weights that do not fit."""
    keys = list(wanted(graph).items())
    stored = {**dict(keys[3:]), f"{graph.name} key": Stored((1,), "float32"), keys[2][0]: Stored((9,), graph.name)}
    return str(fit(wanted(graph), Contents(stored))[0])


PLAIN: dict[str, Callable[[Graph, Graph], str]] = {
    "graph": lambda one, two: str(one),
    "summary": lambda one, two: str(archspec.summarize(one)),
    "diff": lambda one, two: plain_text(archspec.diff(one, two), (one.name, two.name)),
    "weights": lambda one, two: weights(one),
}


@hostile
@pytest.mark.parametrize("form", PLAIN)
def test_plain_text_has_the_lines_of_harmless_text(form: str, text: str) -> None:
    for one, two in ((GRAPHS[0], GRAPHS[1]), (GRAPHS[2], GRAPHS[0])):
        told, other = (PLAIN[form](disguised(one, with_), disguised(two, with_)) for with_ in (text, HARMLESS))
        assert shows_no_control(told)
        if form != "diff":  # how many paths are told together depends on their texts
            assert len(told.splitlines()) == len(other.splitlines())


def structure(markdown: str) -> list[Any]:
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)
    return [(token.type, [inner.type for inner in token.children or ()]) for token in tokens]


@hostile
@pytest.mark.parametrize("number", range(len(GRAPHS)))
def test_markdown_of_a_summary_has_the_structure_of_harmless_text(number: int, text: str) -> None:
    one, two = (disguised(GRAPHS[number], with_) for with_ in (text, HARMLESS))
    told, other = (to_markdown(archspec.summarize(graph)) for graph in (one, two))
    assert shows_no_control(told)
    assert structure(told) == structure(other)


@hostile
def test_markdown_of_a_difference_has_the_structure_of_harmless_text(text: str) -> None:
    def told(text: str) -> str:
        base = "archspec: 1\nname: x\ninput: [3, 8, 8]\nlayers: [conv: {name: c, channels: 8}, act: relu]\n"
        one, two = archspec.compile(base), archspec.compile(base.replace("8}", "9}"))
        ends = {f"{text} a": two.outputs["output"], f"{text} b": two.inputs["input"]}
        return diff_markdown(archspec.diff(one, replace(two, outputs=ends, single=False)), (text, text))

    assert shows_no_control(told(text))
    assert structure(told(text)) == structure(told(HARMLESS))
    one, two = (disguised(graph, text) for graph in GRAPHS[:2])
    whole = diff_markdown(archspec.diff(one, two), (text, text))
    assert shows_no_control(whole)
    found = {kind for kind, _ in structure(whole)} | {kind for _, inner in structure(whole) for kind in inner}
    assert not found & {"link_open", "image", "em_open", "s_open", "fence", "hr", "bullet_list_open"}


_MERMAID = re.compile(
    r'flowchart TB|  +n\d+(\(\[|\[|\[\[)"[^"\n]*"(\]\)|\]|\]\])|  +subgraph s\w+\["[^"\n]*"\]|  +end|  n\d+ --> n\d+'
)
_QUOTED = r'"(?:[^"\\\n]|\\.)*"'
_DOT = re.compile(
    rf"digraph {_QUOTED} \{{|  (?:node|graph) \[.*\]|  +n\d+ \[label={_QUOTED}(?:, \w+=\w+)?\]"
    rf"|  +subgraph cluster_s\w+ \{{ label={_QUOTED}| *\}}|  n\d+ -> n\d+"
)


@hostile
@pytest.mark.parametrize("number", range(len(GRAPHS)))
def test_labels_of_pictures_stay_closed(number: int, text: str) -> None:
    drawing, other = (archspec.draw(disguised(GRAPHS[number], with_)) for with_ in (text, HARMLESS))
    for told, harmless, kinds in (
        (drawing.mermaid(), other.mermaid(), _MERMAID),
        (drawing.dot(), other.dot(), _DOT),
    ):
        assert shows_no_control(told)
        assert all(map(kinds.fullmatch, told.splitlines())), told
        assert len(told.splitlines()) == len(harmless.splitlines())
    labels = re.findall(r'"([^"\n]*)"', drawing.mermaid().replace("<br>", ""))
    assert not any(re.search(r"[<>`%]|(?<!\w)_|\*|\]\(|://|#(?!\w+;)", label) for label in labels)


@hostile
def test_csv_and_json_hold_what_harmless_text_holds(text: str) -> None:
    one, two = (disguised(graph, text) for graph in GRAPHS[:2])
    summary = archspec.summarize(one)
    told = to_csv(summary)
    assert shows_no_control(told)
    rows = list(csv.reader(StringIO(told)))
    assert len(rows) == len(summary.rows) + 1 == len(told.splitlines())
    for data in (summary_json(summary, one.params), diff_json(archspec.diff(one, two), (text, text))):
        assert shows_no_control(data)
        json.loads(data)
    assert json.loads(summary_json(summary, one.params))["name"] == text


def findings(text: str) -> Findings:
    """A finding with a text in every field."""
    source = Source(f"{text}.yaml", f"a: {text}\nb: {text}\n", Path("x.yaml"))
    spans = (Span(source, 1, 1, 1, 4), Span(source, 2, 1, 2, 3))
    collector = Collector()
    fix = Fix(spans[0], text)
    for severity in ("error", "warning"):
        related = (Related(spans[1], text), Related(Span(Source(text, ""), 1, 1, 1, 1), text))
        found = Diagnostic(f"A20{len(severity)}", f"`{text}` is wrong", spans[0], text, text, related, severity, fix)  # type: ignore[arg-type]
        collector.add(found)
    collector.add(Diagnostic("A000", text))
    return Findings((text, "other.yaml"), tuple(collector.diagnostics))


@hostile
@pytest.mark.parametrize("form", FORMATS)
def test_findings_are_told_in_the_lines_of_harmless_text(form: str, text: str) -> None:
    told, other = (FORMATS[form](findings(with_), Style()) for with_ in (text, HARMLESS))
    commands = re.findall(r"^::(?:error|warning) [^\n]*", told, re.MULTILINE)
    assert len(commands) == (3 if form == "github" else 0)
    assert shows_no_control(told if form != "github" else re.sub(r"^::\w+ ", "", told, flags=re.MULTILINE))
    assert len(told.splitlines()) == len(other.splitlines())
    if form == "junit":
        ElementTree.fromstring(told)
    elif form in ("json", "gitlab", "sarif"):
        json.loads(told)


@hostile
def test_colours_are_our_own(text: str) -> None:
    told = FORMATS["text"](findings(text), Style(color=True))
    assert shows_no_control(re.sub(r"\x1b\[[0-9;]*m", "", told))
    ours = {"\x1b[0m", "\x1b[1m", "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m", "\x1b[1;36m"}
    assert set(re.findall(r"\x1b.[^m]*m", told)) <= ours


def errors(text: str) -> Iterator[Exception]:
    yield UsageError(f"there is no file `{text}`")
    yield RuntimeError(text)
    yield click.BadParameter(text)
    yield click.UsageError(text, click.Context(click.Command("x")))


@hostile
def test_errors_are_told_in_the_lines_of_harmless_text(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    for error, harmless in zip(errors(text), errors(HARMLESS), strict=True):
        report(error, [text])
        told = capsys.readouterr().err
        report(harmless, [HARMLESS])
        assert shows_no_control(told)
        assert len(told.splitlines()) == len(capsys.readouterr().err.splitlines())
    assert shows_no_control(str(UsageError(text)))


@hostile
def test_a_report_of_fixes_is_a_line_for_each(text: str) -> None:
    def check(edited: Any) -> list[Diagnostic]:
        source = Source(text, "kernal\n", Path("-"))
        span = Span(source, 1, 1, 1, 7)
        return [] if b"kernel" in edited[Path("-")] else [Diagnostic("A201", text, span, fix=Fix(span, "kernel"))]

    result = fix_files(check, b"kernal\n")
    assert len(result.report()) == 2
    assert shows_no_control("\n".join(result.report()))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_diff_of_fixes_keeps_tabs_and_ends_and_nothing_that_steers(end: str, tmp_path: Path) -> None:
    spec = f"archspec: 1{end}name: x{end}#\ttab{end}# \u202e{end}input: [3, 8, 8]{end}"
    path = tmp_path / "x.yaml"
    path.write_bytes(f"{spec}layers: [conv: {{kernal: 3}}]{end}\t::error::x".encode())
    told = fix_files(lambda edited: [] if edited else kernels(path)).diff().decode()
    assert f" #\ttab{end}" in told
    assert shows_no_control(told.replace("\t", "").replace("\r\n", "\n"))
    assert f"+layers: [conv: {{kernel: 3}}]{end}" in told
    assert f" # \\u202e{end}" in told


def kernels(path: Path) -> list[Diagnostic]:
    source = Source(str(path), path.read_bytes().decode(), path)
    (number,) = (n for n, text in enumerate(source.lines, 1) if "kernal" in text)
    at = source.lines[number - 1].index("kernal") + 1
    span = Span(source, number, at, number, at + 6)
    return [Diagnostic("A201", "x", span, fix=Fix(span, "kernel"))]


@given(st.text())
def test_a_line_is_one_line_and_no_command(text: str) -> None:
    assert shows_no_control(line(text))
    assert len(line(text).splitlines()) == bool(text)
    assert line(line(text)) == line(text)
    assert inline(text).isprintable()
    if text.isprintable():
        assert escaped(text) == text


@given(st.lists(st.text(min_size=1)))
def test_lines_are_as_many_as_were_given(texts: list[str]) -> None:
    assert len(lines(texts).splitlines()) == len(texts)


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)), st.booleans())
def test_json_is_the_same_for_programs(value: Any, ascii: bool) -> None:
    text = json_text(value, ascii)
    assert json.loads(text) == value
    assert shows_no_control(text)
    assert text.isascii() or not ascii
