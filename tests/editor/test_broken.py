"""While a text is broken, what was known of it stays, at the places where it moved to; and no position fails."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from archspec.editor import Range, Workspace
from archspec.editor.completion import completions
from archspec.editor.hints import hints
from archspec.editor.hover import hover
from archspec.editor.lenses import lenses
from archspec.editor.places import definition, references
from archspec.editor.rename import prepare
from archspec.language import bundled_specs

SPECS = bundled_specs()
BREAKING = ["  - conv: {channels: [\n", "\t- act\n", "a: b: c\n", "- 'open\n", "  : }\n", "<<: 3\n", "\0\n"]


@pytest.mark.parametrize("name", random.Random(7).sample(sorted(SPECS), 24))
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_broken_line_moves_the_rest_and_no_more(name: str, end: str, tmp_path: Path) -> None:
    draw, path = random.Random(name + end), SPECS[name]
    text = path.read_text(encoding="utf-8").replace("\n", end)
    workspace = Workspace()
    workspace.put(path, text)
    before, lens = hints(workspace, path, Range(0, len(text))), lenses(workspace, path)
    starts = [0, *(at + 1 for at, sign in enumerate(text) if sign == "\n")]
    known = [
        (at, hover(workspace, path, at), definition(workspace, path, at)) for at in draw.sample(range(len(text)), 8)
    ]
    for _ in range(4):
        cut, broken = draw.choice(starts), draw.choice(BREAKING).replace("\n", end)
        now = text[:cut] + broken + text[cut:]
        workspace.put(path, now)
        if workspace.analysis(path).graph is not None:
            continue

        def moved(offset: int, at: int = cut, by: int = len(broken)) -> int:
            return offset + by if offset >= at else offset

        after = hints(workspace, path, Range(0, len(now)))
        assert [one._replace(offset=moved(one.offset)) for one in before] == [*after]
        start = draw.randrange(len(now))
        part = Range(start, min(len(now), start + draw.choice((0, 40, 800))))
        assert hints(workspace, path, part) == tuple(one for one in after if part.has(one.offset))
        assert len(lenses(workspace, path)) == len(lens)
        for at, page, led in known:
            there = hover(workspace, path, moved(at))
            assert (page and page.text) == (there and there.text)
            found = definition(workspace, path, moved(at))
            assert [(one.path, one.range.end - one.range.start) for one in found] == [
                (one.path, one.range.end - one.range.start) for one in led
            ]


@pytest.mark.parametrize("name", random.Random(8).sample(sorted(SPECS), 20))
def test_no_position_fails(name: str) -> None:
    path, workspace, draw = SPECS[name], Workspace(), random.Random(name)
    text = path.read_text(encoding="utf-8")
    workspace.put(path, text)
    for offset in [0, len(text), *draw.sample(range(len(text)), 40)]:
        ranges = [one.range for one in completions(workspace, path, offset)]
        page, ready = hover(workspace, path, offset), prepare(workspace, path, offset)
        ranges += [one for one in (page and page.range, ready) if one is not None]
        assert all(one.start <= offset <= one.end <= len(text) for one in ranges)
        ranges = [place.range for place in definition(workspace, path, offset)]
        assert all(0 <= one.start <= one.end for one in ranges)
    references(workspace, path, draw.randrange(len(text)))
