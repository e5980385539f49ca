"""Definitions and references: tables of situations, and laws over bundled specs."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from archspec.editor import Workspace
from archspec.editor.occurrences import occurrences
from archspec.editor.places import definition, references
from archspec.language import bundled_specs

SPECS = bundled_specs()
BLOCKS = """archspec: 1
blocks:
  unit: {params: {channels: int, body: layers, to: ref}, layers: [conv: $channels, slot: body, add: [., $to]]}
"""
NET = """archspec: 1
include: [./blocks.yaml]
input: [3, 32, 32]
params: {width: 8}
layers:
  - conv: {name: first, channels: $width}
  - seq: {name: inner, layers: [conv: {name: one, channels: $(width * 1)}]}
  - unit: {channels: $width, to: first, body: [act: relu]}
  - bottleneck: {name: last, channels: 8}
  - reuse: first
  - linear: {name: head, features: 3, tie: first}
outputs: {out: last, other: inner.one}
"""


@pytest.fixture(params=["\n", "\r\n"], ids=["LF", "CRLF"])
def opened_net(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Workspace, Path]:
    folder, workspace = tmp_path.resolve(), Workspace()
    (folder / "blocks.yaml").write_text(BLOCKS)
    workspace.put(folder / "net.yaml", NET.replace("\n", request.param).replace("archspec: 1", "# 😀\narchspec: 1"))
    return workspace, folder / "net.yaml"


def at(text: str, around: str) -> int:
    """The offset of the `|` in a part of a text."""
    return text.index(around.replace("|", "")) + around.index("|")


@pytest.mark.parametrize(
    ("around", "file", "line"),
    [
        ("$wi|dth}", "net.yaml", "params: {width: 8}"),
        ("$(wi|dth", "net.yaml", "params: {width: 8}"),
        ("- un|it: ", "blocks.yaml", "  unit: {params"),
        ("unit: {chan|nels", "blocks.yaml", "channels: int"),
        ("b|ody: [act", "blocks.yaml", "body: layers"),
        ("to: fi|rst", "net.yaml", "name: first, channels"),
        ("reuse: fir|st", "net.yaml", "name: first, channels"),
        ("tie: fir|st", "net.yaml", "name: first, channels"),
        ("out: la|st", "net.yaml", "name: last"),
        ("other: inner.o|ne", "net.yaml", "name: one"),
        ("bottle|neck: ", "bottleneck.yaml", ""),
        ("./blocks.y|aml", "blocks.yaml", ""),
    ],
)
def test_where_a_name_leads(around: str, file: str, line: str, opened_net: tuple[Workspace, Path]) -> None:
    workspace, path = opened_net
    (place,) = definition(workspace, path, at(workspace.text(path).text, around))
    assert place.path.name == file
    assert line in place.text.text[place.range.start - 40 if place.range.start > 40 else 0 :][:160]
    assert place.readonly == (file == "bottleneck.yaml")


@pytest.mark.parametrize(
    ("around", "count"),
    [
        ("wi|dth: 8", 4),
        ("name: fir|st", 4),
        ("name: la|st", 2),
        ("- un|it", 2),
        ("unit: {chan|nels", 3),
        ("cha|nnels: 8}", 1),
    ],
)
def test_everywhere_that_a_name_stands(around: str, count: int, opened_net: tuple[Workspace, Path]) -> None:
    workspace, path = opened_net
    offset = at(workspace.text(path).text, around)
    found = references(workspace, path, offset)
    assert len([place for place in found if not place.readonly]) == count
    without = references(workspace, path, offset, declaration=False)
    assert {place[:2] for place in without} < {place[:2] for place in found} or around == "cha|nnels: 8}"
    assert len({place.text.text[place.range.start : place.range.end] for place in found}) == 1


@pytest.mark.parametrize("around", ["archs|pec", "input: [3,| 32", "re|lu", "😀|", "head|, features"])
def test_what_names_nothing_leads_nowhere_else(around: str, opened_net: tuple[Workspace, Path]) -> None:
    workspace, path = opened_net
    offset = at(workspace.text(path).text, around)
    assert all(place.range.has(offset) for place in definition(workspace, path, offset))


@pytest.mark.parametrize("broken", ["  - {", "\t- act", "  - conv: [", "a: b: c"])
def test_a_broken_text_keeps_where_its_names_lead(broken: str, opened_net: tuple[Workspace, Path]) -> None:
    workspace, path = opened_net
    text = workspace.text(path).text
    (before,) = definition(workspace, path, at(text, "to: fi|rst"))
    cut = text.index("layers:")
    now = f"{text[:cut]}{broken}\n{text[cut:]}"
    workspace.put(path, now)
    assert workspace.analysis(path).tree is None
    (place,) = definition(workspace, path, at(now, "to: fi|rst"))
    assert place.range.start == before.range.start + len(broken) + 1
    assert now[place.range.start : place.range.end] == "first"


@pytest.mark.parametrize("name", random.Random(5).sample(sorted(SPECS), 40))
def test_a_definition_is_among_its_references_and_leads_to_itself(name: str) -> None:
    path = SPECS[name]
    workspace = Workspace()
    workspace.put(path, path.read_text(encoding="utf-8"))
    analysis = workspace.analysis(path)
    found = [one for one in occurrences(analysis) if one.kind in ("block", "parameter", "node", "reference")]
    for one in random.Random(name).sample(found, min(12, len(found))):
        offset = analysis.text.range(one.span).start
        for place in definition(workspace, path, offset):
            text = place.text.text[place.range.start : place.range.end]
            assert text.strip("\"'") in one.name or one.kind == "reference", (one, text)
            if place.path == path:
                assert definition(workspace, path, place.range.start) in ((place,), ())
    if found:
        at = analysis.text.range(found[0].span).start
        assert all(place.range.end <= len(place.text.text) for place in references(workspace, path, at))


@pytest.mark.parametrize("name", random.Random(6).sample(sorted(SPECS), 12))
def test_a_name_is_among_the_references_of_what_it_names(name: str) -> None:
    path, workspace, draw = SPECS[name], Workspace(), random.Random(name)
    text = path.read_text(encoding="utf-8")
    workspace.put(path, text)
    for offset in draw.sample(range(len(text)), 25):
        if definition(workspace, path, offset):
            found = references(workspace, path, offset)
            assert any(place.path == path and place.range.has(offset) for place in found), text[
                offset - 20 : offset + 20
            ]
            break
