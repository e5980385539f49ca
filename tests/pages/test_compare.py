from __future__ import annotations

from xml.etree import ElementTree

import pytest

import archspec
from archspec.pages.compare import compare_html, compare_svg

SVG = "{http://www.w3.org/2000/svg}"
BEFORE = "archspec: 1\ninput: [3, 8, 8]\nlayers: [conv: {name: a, channels: 8}, conv: {name: b, channels: 8}]\n"


def marks(one: str, two: str) -> list[tuple[str, int]]:
    """What is marked, and in which of both pictures."""
    graphs = archspec.compile(one), archspec.compile(two)
    svg = compare_svg(*graphs, archspec.diff(*graphs), ("one", "two"))
    sides = [group for group in ElementTree.fromstring(svg) if group.tag == f"{SVG}g"]
    return [
        (str(inner.get("class")), number)
        for number, side in enumerate(sides)
        for inner in side.iter(f"{SVG}g")
        if inner.get("class") in {"added", "removed", "changed"}
    ]


def test_what_changed_is_marked_on_both_sides() -> None:
    assert sorted(marks("resnet18", "resnet34"))[0][0] == "changed"
    assert len(marks("resnet18", "resnet34")) == 4
    assert marks("resnet18", "resnet18") == []


def test_the_other_way_round_it_is_mirrored() -> None:
    names = {"added": "removed", "removed": "added", "changed": "changed"}
    for one, two in (
        ("resnet18", "resnet34"),
        ("resnet50", "seresnet50"),
        (BEFORE, BEFORE.replace(", conv: {name: b", ", act: relu, conv: {name: b")),
    ):
        mirrored = [(names[kind], 1 - side) for kind, side in marks(two, one)]
        assert sorted(mirrored) == sorted(marks(one, two))
        assert mirrored


@pytest.mark.parametrize("name", ["</h1><script>alert(1)</script>", "a & b"])
def test_all_text_is_data(name: str) -> None:
    graphs = archspec.compile("resnet18"), archspec.compile("resnet34")
    page = compare_html(*graphs, archspec.diff(*graphs), (name, "b"))
    assert "<script" not in page
    assert "Old checkpoint" in page
