from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

import archspec
from archspec.language import bundled_specs
from archspec.reports.draw.drawing import Drawing
from archspec.reports.draw.parts import Box, Frame, boxes

HERE = Path(__file__).parent
MERMAID = r' *(n\d+)[(\[]+".*"[)\]]+', r' *subgraph (s\w+)\[".*"\]', r" +end", r"  (n\d+) --> (n\d+)"
DOT = (
    r' *(n\d+) \[label=".*"(?:, \w+=\w+)?\]',
    r' *subgraph (cluster_s\w+) \{ label=".*"',
    r" +\}",
    r"  (n\d+) -> (n\d+)",
)
"""What a box, a frame, its end and an arrow look like."""


@pytest.mark.parametrize(("depth", "form"), [(2, "mermaid"), (3, "dot")])
def test_printed(depth: int, form: str, golden: Callable[[Path, str], None]) -> None:
    drawing = archspec.draw(archspec.compile("resnet18"), depth)
    golden(HERE / f"resnet18_{depth}.{form}", {"mermaid": str(drawing), "dot": drawing.dot()}[form])


@pytest.mark.parametrize("name", sorted(bundled_specs()))
def test_every_box_has_an_id_and_every_frame_ends(name: str) -> None:
    drawing = archspec.draw(archspec.compile(name))
    ids = {f"n{number}" for number, _ in enumerate(boxes(*drawing.parts))}
    for text, (box, frame, end, arrow), head in ((drawing.mermaid(), MERMAID, 1), (drawing.dot(), DOT, 4)):
        lines = text.splitlines()
        matches = [[re.fullmatch(kind, line) for line in lines] for kind in (box, frame, arrow)]
        found = [[match.groups() for match in each if match] for each in matches]
        assert Counter(found[0]) == Counter((id,) for id in ids)
        assert len(set(found[1])) == len(found[1]) == sum(bool(re.fullmatch(end, line)) for line in lines)
        assert {id for pair in found[2] for id in pair} <= ids
        assert len(lines) == head + sum(map(len, found)) + len(found[1]), "every line is one of these"


def test_what_stands_in_a_picture_stays_text() -> None:
    hostile = 'a"]; b #1 <script> \\ n'
    box = Box("x", "x", hostile, "3", "node")
    drawing = Drawing("d", (Frame("f", "f", hostile, (box,)),), ())
    text = "a#quot;]; b #35;1 #lt;script#gt; \\ n"
    assert drawing.mermaid().splitlines()[1:3] == [f'  subgraph s1_n0["f: {text}"]', f'    n0["x: {text}<br>3"]']
    text = 'a\\"]; b #1 <script> \\\\ n'
    assert f'    n0 [label="x: {text}\\n3"]' in drawing.dot().splitlines()


def test_a_name_that_says_what_it_is_stands_once() -> None:
    parts = tuple(
        Box(name, name, what, "", "node", times)
        for name, what, times in [("act", "act relu", 1), ("a", "act relu", 1), ("x", "", 1), ("0 … 1", "basic", 2)]
    )
    lines = Drawing("d", parts, ()).mermaid().splitlines()[1:]
    assert [line.split('"')[1] for line in lines] == ["act relu", "a: act relu", "x", "0 … 1: basic × 2"]
