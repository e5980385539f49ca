from __future__ import annotations

import random
from dataclasses import replace

import pytest

import archspec
from archspec.language import bundled_specs
from archspec.pages.faces import Showing, sizes
from archspec.pages.frames import picture
from archspec.pages.layout import Layout, layout
from archspec.pages.picture import Picture
from tests.pages.laws import broken

NAMES = sorted(bundled_specs())
OFTEN = sorted({"unet", *NAMES[::9]})


def laid_out(found: Picture, opened: set[int]) -> Layout:
    return layout(found, sizes(found, Showing(shapes=True)), opened)


def check(name: str) -> None:
    assert archspec.draw(name).svg().startswith("<svg")
    for fuse in (True, False):
        found = picture(archspec.compile(name), fuse)
        everything = set(range(len(found.frames)))
        some = {frame for frame in everything if random.Random(f"{name} {frame}").random() < 0.5}
        for opened in (set[int](), some, everything):
            assert not broken(found, laid_out(found, opened))


@pytest.mark.parametrize("name", OFTEN)
def test_it_cannot_lie(name: str) -> None:
    check(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*NAMES} - {*OFTEN}))
def test_it_cannot_lie_about_any(name: str) -> None:
    check(name)


@pytest.mark.parametrize(
    "name", [name if name in OFTEN else pytest.param(name, marks=pytest.mark.slow) for name in NAMES]
)
def test_boxes_are_connected_as_their_ops_are(name: str) -> None:
    """Parallel parts and outputs are no chain: each box takes from exactly those that its ops do."""
    graph = archspec.compile(name)
    found = picture(graph)
    leaves = [(frame, box) for frame in found.frames for box in frame.boxes if box.frame < 0]
    maker = {value: box.path for _, box in leaves for value in box.gives}
    home = {path: box.path for _, box in leaves for path in box.nodes} | {
        f"input:{name}": f"input:{name}" for name in graph.inputs
    }
    made = {value: path for path, node in graph.nodes() for value in node.outputs}
    made |= {value: f"input:{name}" for name, value in graph.inputs.items()}
    nodes = dict(graph.nodes())
    for frame, box in leaves:
        drawn = {maker[frame.nets[net].value] for net in box.takes}
        own = {value for path in box.nodes for value in nodes[path].outputs}
        taken = [value for path in box.nodes for value in nodes[path].inputs if value not in own]
        taken += [graph.outputs[box.name]] if box.path.startswith("output:") else []
        shown = {home[made[value]] for value in taken if made[value] in home}
        # what the last of equal modules makes, the first one stands for
        hidden = {value for value in taken if made[value] not in home}
        assert shown <= drawn, box.path
        assert bool(drawn - shown) == bool(hidden) or box.times > 1, box.path
        assert len(drawn - shown) <= len(hidden), box.path


@pytest.mark.parametrize("name", ["resnet18", "googlenet", "unet"])
def test_every_op_is_in_one_box(name: str) -> None:
    graph = archspec.compile(name)
    for fuse in (True, False):
        found = picture(graph, fuse)
        times = _times(found)
        counted = sum(
            times[number] * box.times * (len(box.nodes) or not box.path.startswith(("input:", "output:")))
            for number, frame in enumerate(found.frames)
            for box in frame.boxes
            if box.frame < 0
        )
        assert counted == sum(1 for _, node in graph.nodes() if node.runs)


def _times(found: Picture) -> dict[int, int]:
    times = {0: 1}
    for number in range(len(found.frames)):
        for inner, box in [(box.frame, box) for box in found.frames[number].boxes if box.frame >= 0]:
            times[inner] = box.times
    holders = {box.frame: number for number, frame in enumerate(found.frames) for box in frame.boxes if box.frame >= 0}
    found_times = {}
    for number in range(len(found.frames)):
        product, frame = 1, number
        while frame in holders:
            product *= times[frame]
            frame = holders[frame]
        found_times[number] = product
    return found_times


def lies(found: Picture, drawn: Layout) -> list[Layout]:
    """The same layout, each time with one thing in it that is wrong."""
    box, piece, tip = drawn.boxes[-1], drawn.pieces[-1], drawn.tips[-1]
    first = next(number for number, placed in enumerate(drawn.boxes) if not placed.is_open)
    moved = replace(drawn.boxes[first], y=box.y, x=box.x)
    return [
        replace(drawn, boxes=(*drawn.boxes[:first], moved, *drawn.boxes[first + 1 :])),
        replace(drawn, pieces=drawn.pieces[:-1]),
        replace(
            drawn, pieces=(*drawn.pieces, replace(piece, x=box.x, to_x=box.x + box.width, y=box.y + 9, to_y=box.y + 9))
        ),
        replace(drawn, tips=drawn.tips[:-1]),
        replace(drawn, tips=(*drawn.tips[:-1], replace(tip, x=tip.x + 200))),
        replace(drawn, tips=(*drawn.tips[:-1], replace(tip, box=tip.box - 1))),
    ]


def test_nested_skips_lie_across_a_u() -> None:
    found = picture(archspec.compile("unet"))
    drawn = laid_out(found, set())
    across = [piece for piece in drawn.pieces if piece.y == piece.to_y]
    assert len(across) == 5, "four skips, and the way from one arm to the other"
    pages = {box.box: box for box in drawn.boxes}
    names = {box.name: pages[number] for number, box in enumerate(found.frames[0].boxes)}
    for level in range(1, 5):
        down, up = names[f"down{level}"], names[f"up{level}"]
        assert down.y + down.height // 2 == up.y + up.height // 2
        assert down.x + down.width < up.x


@pytest.mark.parametrize("name", ["resnet18", "googlenet", "densenet121"])
def test_a_lie_is_seen(name: str) -> None:
    found = picture(archspec.compile(name))
    for opened in (set[int](), set(range(len(found.frames)))):
        for number, lie in enumerate(lies(found, laid_out(found, opened))):
            assert broken(found, lie), number


def test_nets_that_change_places_do_not_lie_on_one_another() -> None:
    from archspec.pages.channel import channel

    wires = channel([(0, 10), (1, 50)], [(0, 50), (1, 10)]).wires
    down = [(net, x, top, bottom) for net, x, top, other, bottom in wires if x == other]
    for net, x, top, bottom in down:
        for other, at, start, stop in down:
            assert net == other or x != at or bottom <= start or stop <= top
