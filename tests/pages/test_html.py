"""The page of a network in a real browser; what a page holds, without one."""

from __future__ import annotations

import base64
import json
import re
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import archspec
from archspec.errors import UsageError

HOSTILE = "</script><script>window.hurt=1</script><img src=x onerror=window.hurt=1>'\"&"


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href"}]


def network(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="text/plain" id="network">([^<]*)</script>', page)
    assert found
    loaded: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(found[1])))
    return loaded


def hostile() -> archspec.Graph:
    graph = archspec.compile({"archspec": 1, "name": "demo", "input": [3, 8, 8], "layers": [{"conv": 8}]})
    object.__setattr__(graph, "name", HOSTILE)
    object.__setattr__(graph, "outputs", {HOSTILE: graph.outputs["output"]})
    return graph


def test_a_page_is_one_file() -> None:
    tags = _Tags()
    tags.feed(archspec.draw("resnet18").html())
    assert tags.tags.count("script") == 2
    assert set(tags.links) == {"data:,"}


def test_all_text_is_data() -> None:
    tags = _Tags()
    page = archspec.draw(hostile()).html()
    tags.feed(page)
    assert tags.tags.count("script") == 2
    assert "img" not in tags.tags
    assert any(HOSTILE in box["path"] for frame in network(page)["frames"] for box in frame["boxes"])


def test_it_holds_what_is_known_of_each_node() -> None:
    found = network(archspec.draw("resnet18").html())
    node = found["nodes"]["layer2.0.conv1"]
    assert ["layer2.0.conv1.weight", "128 × 64 × 3 × 3"] in node["keys"]
    assert ["stride", "2"] in node["facts"]
    assert node["lines"][0].startswith("archspec/blocks/basic.yaml:")
    graph = archspec.compile("resnet18")
    assert sum(bar[1] for bar in found["bars"]) == graph.parameter_count
    assert sum(bar[2] for bar in found["bars"]) == graph.macs


def test_what_is_open_at_first() -> None:
    drawing = archspec.draw("resnet18", 1)
    assert network(drawing.html())["start"] == []
    assert network(drawing.html(open=("layer1",)))["start"]
    assert len(network(archspec.draw("resnet18", "all").html())["start"]) == 10
    with pytest.raises(UsageError, match="layer9"):
        drawing.html(open=("layer9",))


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """`show(graph, hash)` opens its page; whatever the console or the network hears is a failure."""
    heard: list[str] = []
    context = browser.new_context(viewport={"width": 1200, "height": 800})

    def shown(graph: Any, anchor: str = "") -> Any:
        file = tmp_path / "page.html"
        file.write_text(archspec.draw(graph).html(), encoding="utf-8")
        page = context.new_page()
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("request", lambda request: heard.append(request.url) if request.url.startswith("http") else None)
        page.goto(file.as_uri() + anchor)
        page.wait_for_selector("body[data-ready]")
        return page

    yield shown
    context.close()
    assert not heard


def titles(page: Any) -> list[str]:
    found: list[str] = page.eval_on_selector_all("#picture [data-at] > title", "all => all.map(one => one.textContent)")
    return found


def test_fold_and_unfold(show: Any) -> None:
    page = show("resnet18")
    assert "layer2" in titles(page)
    page.click("#fold")
    assert "layer2.0" not in titles(page)
    page.locator("#picture [data-at]").filter(has_text="layer2").locator("[data-fold]").first.click()
    assert "layer2.0" in titles(page)
    page.click("#unfold")
    assert page.locator("#tree").get_attribute("aria-activedescendant") == "row0"


def test_search_leads_to_a_box_and_its_keys(show: Any) -> None:
    page = show("resnet18")
    page.keyboard.press("/")
    page.keyboard.type("layer3 conv2")
    assert page.inner_text("#count").endswith("found")
    page.keyboard.press("Enter")
    assert page.url.endswith("#layer3.0.conv2")
    assert "layer3.0.conv2" in titles(page)
    assert "layer3.0.conv2.weight" in page.inner_text("#panel")


def test_a_link_names_a_node(show: Any) -> None:
    page = show("resnet18", "#layer4.0.bn2")
    assert "layer4.0.bn2" in page.inner_text("#panel")
    page.evaluate("location.hash = '#layer1'")
    page.wait_for_function("document.querySelector('#panel').innerText.includes('layer1.0')")
    page.evaluate("location.hash = '#fc'")
    page.wait_for_function("document.querySelector('#panel').innerText.includes('fc.weight')")


def test_keyboard_and_screen_reader(show: Any) -> None:
    page = show("resnet18")
    page.focus("#tree")
    page.keyboard.press("End")
    assert page.inner_text("#panel h2") == "output:output"
    page.keyboard.press("Home")
    for _ in range(4):
        page.keyboard.press("ArrowDown")
    row = page.locator("#tree [aria-selected=true]")
    assert row.get_attribute("aria-expanded") == "true"
    assert str(row.get_attribute("aria-label")).startswith("layer2")
    page.keyboard.press("ArrowLeft")
    assert page.locator("#tree [aria-selected=true]").get_attribute("aria-expanded") == "false"
    assert page.get_by_role("tree").count() == 1
    assert page.get_by_role("searchbox", name="search boxes by path and text").count() == 1
    unnamed = page.eval_on_selector_all(
        "button, input, meter", "all => all.filter(one => !one.ariaLabel && !one.textContent)"
    )
    assert not unnamed


def test_the_table_sorts(show: Any) -> None:
    page = show("resnet18")
    page.click("summary:text-is('Table')")
    page.click("th button:text-is('parameters')")
    numbers = [int(text.replace(",", "")) for text in page.locator("tbody td:nth-child(4)").all_inner_texts()]
    assert numbers == sorted(numbers, reverse=True)
    assert page.locator("th[aria-sort=descending]").inner_text() == "parameters"


def test_hostile_text_does_nothing(show: Any) -> None:
    page = show(hostile())
    page.click("#unfold")
    assert page.evaluate("window.hurt") is None
    assert page.inner_text("h1") != ""


def test_what_is_not_seen_is_not_in_the_document(show: Any) -> None:
    layers = "".join(f"- conv: {{channels: {8 + i % 7}}}\n- act: relu\n" for i in range(2000))
    graph = archspec.compile(f"archspec: 1\ninput: [3, 8, 8]\nlayers:\n{layers}")
    assert len(archspec.draw(graph).html(fuse=False)) < 1_000_000
    page = show(graph)
    for _ in range(12):
        page.click("#in")
    assert page.evaluate("document.querySelectorAll('#picture *').length") < 1500
    assert page.evaluate("document.querySelectorAll('#tree li').length") < 100
    page.fill("#search", "conv_1999")
    page.keyboard.press("Enter")
    assert "conv_1999" in titles(page)
