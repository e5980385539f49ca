from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

import archspec
from archspec.language import bundled_specs
from archspec.pages.faces import Showing, sizes
from archspec.pages.frames import picture
from archspec.pages.layout import layout
from archspec.pages.picture import OUTSIDE, Frame, Picture
from archspec.pages.union import Union, union
from tests.pages.laws import broken

NAMES = sorted(bundled_specs())
NEIGHBOURS = [*pairwise(NAMES)]
OFTEN = NEIGHBOURS[::12]
PAIRS = [pair if pair in OFTEN else pytest.param(*pair, marks=pytest.mark.slow) for pair in NEIGHBOURS]


def made(one: str, two: str) -> tuple[Picture, Picture, Union]:
    before, after = picture(archspec.compile(one)), picture(archspec.compile(two))
    return before, after, union(before, after, lambda path: path)


def edges(frame: Frame) -> Counter[tuple[str, str, bool]]:
    """Where values go in a frame, by the paths of boxes."""
    paths = {OUTSIDE: "", **{number: box.path for number, box in enumerate(frame.boxes)}}
    return Counter((paths[net.source], paths[end], net.dashed) for net in frame.nets for end in net.ends)


@pytest.mark.parametrize(("one", "two"), PAIRS)
def test_it_is_laid_out_as_any_picture(one: str, two: str) -> None:
    *_, found = made(one, two)
    for frames in (set[int](), {*range(len(found.picture.frames))}):
        drawn = layout(found.picture, sizes(found.picture, Showing()), frames)
        assert not broken(found.picture, drawn)


@pytest.mark.parametrize(("one", "two"), PAIRS)
def test_without_what_is_removed_it_is_the_one_after(one: str, two: str) -> None:
    _, after, found = made(one, two)
    for number, frame in enumerate(after.frames):
        mine = found.picture.frames[number]
        kept = [box for at, box in enumerate(mine.boxes) if found.boxes.get((number, at)) != "removed"]
        assert [box.path for box in kept] == [box.path for box in frame.boxes]
        nets = [net for at, net in enumerate(mine.nets) if found.nets.get((number, at)) != "removed"]
        assert edges(Frame("", mine.boxes, tuple(nets), (), (), mine.plan)) == edges(frame)


@pytest.mark.parametrize(("one", "two"), PAIRS)
def test_everything_before_is_in_it(one: str, two: str) -> None:
    before, after, found = made(one, two)
    root = found.picture.frames[0]
    was = [box.path for at, box in enumerate(root.boxes) if found.boxes.get((0, at)) != "added"]
    assert was == [box.path for box in before.frames[0].boxes]
    one, other, both = ({edge[:2] for edge in edges(frame)} for frame in (before.frames[0], after.frames[0], root))
    assert one | other == both


@pytest.mark.parametrize(("one", "two"), PAIRS)
def test_the_other_way_round_it_is_mirrored(one: str, two: str) -> None:
    mirror = {"added": "removed", "removed": "added"}
    there, back = made(one, two)[2], made(two, one)[2]
    assert sorted(mirror[kind] for kind in back.boxes.values()) == sorted(there.boxes.values())
    assert len(there.same) == len(back.same)


@pytest.mark.parametrize("name", NAMES[::9])
def test_of_equal_pictures_nothing_is_marked(name: str) -> None:
    before, _, found = made(name, name)
    assert not found.boxes
    assert not found.nets
    assert found.picture == before
