from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archspec
from archspec.errors import UsageError
from archspec.language import bundled_specs
from archspec.pages.definitions import merged

SVG = "{http://www.w3.org/2000/svg}"
SOME = sorted(bundled_specs())[::24]


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("name", SOME)
def test_figures_are_sound(name: str) -> None:
    for depth in (None, 1, "all"):
        svg = archspec.draw(name, depth).svg(shapes=True, params=True, macs=True)
        root = ElementTree.fromstring(svg)
        assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
            "svg", "title", "style", "rect", "g", "path", "circle", "text"
        }  # fmt: skip
        assert svg == archspec.draw(name, depth).svg(shapes=True, params=True, macs=True)


@pytest.mark.parametrize("width", [85, 180])
@pytest.mark.parametrize("name", ["resnet50", "vit_b_16", "googlenet", "unet", "bert_base"])
def test_text_is_of_six_points_at_least(name: str, width: float) -> None:
    root = ElementTree.fromstring(archspec.draw(name).svg(width=width))
    assert root.get("width") == f"{width}mm"
    units = float(str(root.get("viewBox")).split()[2])
    points = width / units / 25.4 * 72
    smallest = min(map(int, re.findall(r"(\d+)px", str(root.find(f"{SVG}style").text))))  # type: ignore[union-attr]
    assert points * smallest >= 6 - 1e-6


def test_a_width_in_which_nothing_fits() -> None:
    with pytest.raises(UsageError, match=r"needs [0-9]+ mm for text of 6 points, found 20 mm"):
        archspec.draw("resnet18").svg(width=20)


@pytest.mark.parametrize("width", [0, -1, float("nan"), float("inf")])
def test_a_width_that_is_none(width: float) -> None:
    with pytest.raises(UsageError, match="`width` must be"):
        archspec.draw("resnet18").svg(width=width)


HOSTILE = "</text><script>alert(1)</script>&\"']]>"


def test_all_text_is_data() -> None:
    graph = archspec.compile({"archspec": 1, "name": "demo", "input": [3, 8, 8], "layers": [{"conv": 8}]})
    object.__setattr__(graph, "name", HOSTILE)
    object.__setattr__(graph, "outputs", {HOSTILE: graph.outputs["output"]})
    root = ElementTree.fromstring(archspec.draw(graph).svg())
    assert HOSTILE in texts(archspec.draw(graph).svg())
    assert not [element for element in root.iter() if element.tag.endswith("script")]


def test_blocks_are_drawn_once_beside_the_network() -> None:
    found = texts(archspec.draw("resnet50").svg())
    assert found.count("bottleneck") == found.count("bottleneck with projection") == 1
    assert "conv 3×3, 64–512, (/2)" in found
    assert "bottleneck 1024 × 5" in found
    assert "projection: stride 2, 512 → 1024 channels" in found
    assert "64–1024 → 256–2048 channels" in found


def test_what_is_in_a_block_alone_is_open_in_its_definition() -> None:
    found = texts(archspec.draw("convnext_tiny").svg())
    assert "block: seq" not in found
    assert any(text.startswith("conv 7×7, 96–768") for text in found)


def test_what_is_open_is_open() -> None:
    folded, opened = archspec.draw("resnet50", 1), archspec.draw("resnet50", "all")
    assert "layer1: stage" in texts(folded.svg())
    assert "bottleneck 256 × 2" in texts(archspec.draw("resnet50", 2).svg())
    assert (
        len(texts(opened.svg()))
        > len(texts(archspec.draw("resnet50").svg(open=("layer1",))))
        > len(texts(folded.svg()))
    )
    assert "conv 1×1, 64" in texts(folded.svg(open=("layer1.0",)))
    with pytest.raises(UsageError, match="nothing opens at `layer`"):
        folded.svg(open=("layer",))


def test_fused_and_not() -> None:
    drawing = archspec.draw("resnet18", "all")
    assert "batch norm, relu" in texts(drawing.svg())
    assert "batch norm" in texts(drawing.svg(fuse=False))
    assert "batch norm, relu" not in texts(drawing.svg(fuse=False))


@pytest.mark.parametrize(
    ("several", "one"),
    [
        (["a 1", "a 1"], "a 1"),
        (["a 1", "a 30", "a 4"], "a 1–30"),
        (["3×3", "5×5"], "3–5×3–5"),
        (["64 → 256 channels", "stride 2, 256 → 512 channels"], "64–256 → 256–512 channels"),
        (["relu", "gelu"], "relu or gelu"),
        (["relu", "gelu", "silu"], ""),
        (["relu", ""], ""),
        (["why: a", "why: b", "why: c"], "why: …"),
    ],
)
def test_what_differs_is_a_word(several: list[str], one: str) -> None:
    assert merged(several) == one


@given(st.lists(st.text(alphabet="a1 2.×:", max_size=6), min_size=1, max_size=5))
def test_equal_texts_stay_as_they_are(several: list[str]) -> None:
    assert merged([several[0]] * len(several)) == several[0]
    merged(several)
