from __future__ import annotations

from collections import Counter
from xml.etree import ElementTree

import pytest

import archspec
from archspec.pages.compare import compare_html, compare_svg

SVG = "{http://www.w3.org/2000/svg}"
BEFORE = "archspec: 1\ninput: [3, 8, 8]\nlayers: [conv: {name: a, channels: 8}, conv: {name: b, channels: 8}]\n"


def marks(one: str, two: str) -> Counter[str]:
    """What is marked in the picture, by what became of it."""
    graphs = archspec.compile(one), archspec.compile(two)
    svg = compare_svg(*graphs, archspec.diff(*graphs), ("one", "two"))
    groups = [group for group in ElementTree.fromstring(svg).iter(f"{SVG}g") if group.find(f"{SVG}title") is not None]
    return Counter(kind for group in groups if (kind := str(group.get("class"))) in {"added", "removed", "changed"})


def test_what_changed_is_marked() -> None:
    assert marks("resnet18", "resnet34") == {"changed": 4}
    assert marks("resnet50", "seresnet50") == {"added": 2, "changed": 6}
    assert marks("vit_b_16", "vit_l_16") == {"changed": 5}
    assert marks("resnet18", "resnet18") == {}


def test_what_changed_says_what_it_was() -> None:
    graphs = archspec.compile("vit_b_16"), archspec.compile("vit_l_16")
    assert "was attention 12 heads" in compare_svg(*graphs, archspec.diff(*graphs), ("one", "two"))


def test_lines_have_the_colour_of_what_they_lead_to() -> None:
    graphs = archspec.compile("resnet50"), archspec.compile("seresnet50")
    svg = compare_svg(*graphs, archspec.diff(*graphs), ("one", "two"))
    # in both kinds of block that are open: to and from what was added, and past it, where that was not
    assert (svg.count('class="net added"'), svg.count('class="net removed"')) == (4, 2)
    same = compare_svg(graphs[0], graphs[0], archspec.diff(graphs[0], graphs[0]), ("one", "two"))
    assert 'class="net added"' not in same
    assert 'class="net removed"' not in same


def test_what_has_another_name_is_no_other() -> None:
    assert marks(BEFORE, BEFORE.replace("name: a", "name: c")) == {"changed": 1}


def test_the_other_way_round_it_is_mirrored() -> None:
    names = {"added": "removed", "removed": "added", "changed": "changed"}
    for one, two in (
        ("resnet18", "resnet34"),
        ("resnet50", "seresnet50"),
        (BEFORE, BEFORE.replace(", conv: {name: b", ", act: relu, conv: {name: b")),
    ):
        assert {names[kind]: count for kind, count in marks(two, one).items()} == marks(one, two)
        assert marks(one, two)


@pytest.mark.parametrize("name", ["</h1><script>alert(1)</script>", "a & b"])
def test_all_text_is_data(name: str) -> None:
    graphs = archspec.compile("resnet18"), archspec.compile("resnet34")
    page = compare_html(*graphs, archspec.diff(*graphs), (name, "b"))
    assert "<script" not in page
    assert "Old checkpoint" in page
