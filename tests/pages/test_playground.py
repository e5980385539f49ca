"""The page without an installation: its questions, and the page itself as `make playground` builds it, in Chromium."""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from archspec.editor import Text
from archspec.language.bundled_files import bundled, bundled_blocks, bundled_specs
from archspec.pages.offsets import Offsets
from archspec.pages.playground import VIEWS, Playground, ready

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "playground"
RESNET = bundled("resnet18").read_text(encoding="utf-8")
MISTYPED = RESNET.replace("kernel: 7", "kernal: 7")


@pytest.fixture(scope="module")
def playground(tmp_path_factory: pytest.TempPathFactory) -> Playground:
    return ready(tmp_path_factory.mktemp("nowhere") / "spec.yaml", ())


def ask(playground: Playground, what: str, text: str, **more: Any) -> Any:
    answer = json.loads(playground.answer(json.dumps({"ask": what, "text": text, **more})))
    assert "error" not in answer, answer["error"]
    return answer


def units(text: str, offset: int) -> int:
    return len(text[:offset].encode("utf-16-le", "surrogatepass")) // 2


@pytest.mark.parametrize("text", ["", "plain", "ä€", "😀", "a😀b😀😀c", "\ud83d😀\udca0"])
def test_offsets_are_those_of_javascript(text: str) -> None:
    at = Offsets.of(Text(text))
    for offset in range(len(text) + 1):
        assert at.units(offset) == units(text, offset)
        assert at.characters(at.units(offset)) == offset
    for one in range(-2, units(text, len(text)) + 3):
        assert 0 <= at.characters(one) <= len(text)


def test_a_check_tells_all(playground: Playground) -> None:
    found = ask(playground, "check", RESNET, start=RESNET, views=VIEWS)
    assert found["problems"] == []
    assert found["network"]["totals"].startswith("11,689,512 parameters")
    assert found["network"]["picture"]["svg"].startswith("<svg")
    assert found["changes"] == ""
    assert [name for name, _, _ in found["params"]] == ["classes"]
    rows = {row["path"]: row["at"] for row in found["network"]["rows"]}
    assert RESNET[rows["fc"] :].startswith("linear")
    assert RESNET.count("\n", 0, rows["layer1.0 … 1"]) == RESNET[: RESNET.index("layer1")].count("\n")


def test_a_broken_text_keeps_its_network(playground: Playground) -> None:
    ask(playground, "check", RESNET)
    found = ask(playground, "check", MISTYPED + "😀: 1\n", views=["summary"])
    assert found["old"]
    assert found["network"]["rows"]
    [start, end] = found["problems"][0]["range"]
    assert MISTYPED[start:end] == "kernal"
    assert found["problems"][0]["fix"] == [start, end, "kernel"]


def test_fields_set_parameters_and_sizes(playground: Playground) -> None:
    found = ask(playground, "check", RESNET, params={"classes": "10"}, size="64", start=RESNET, views=["changes"])
    assert found["network"]["totals"].endswith("3 × 64 × 64 → 10")
    assert "11,181,642" in found["changes"]
    for params, size, wrong in (({"classes": "{a: 1}"}, "", "classes"), ({}, "1x2", "size"), ({}, "8,8,8,8", "size")):
        assert list(ask(playground, "check", RESNET, params=params, size=size)["refused"]) == [wrong]
    assert "classes" in ask(playground, "check", RESNET, params={"classes": "ten"})["given"][0]
    assert ask(playground, "check", RESNET)["network"]["totals"].endswith("→ 1000")


def test_words_are_completed_explained_and_found(playground: Playground) -> None:
    at = RESNET.index("kernel: 7")
    labels = [one["label"] for one in ask(playground, "complete", RESNET, at=at)["options"]]
    assert "groups" in labels
    assert "kernel" in ask(playground, "hover", RESNET, at=at + 1)["page"]
    [place] = ask(playground, "define", RESNET, at=RESNET.index("basic") + 1)["places"]
    assert place["file"] == "basic"
    assert place["text"] == bundled_blocks()["basic"].read_text(encoding="utf-8")
    actions = ask(playground, "mend", MISTYPED, range=[0, len(MISTYPED)])["actions"]
    assert actions[0]["edits"][0][2] == "kernel"


def test_what_is_bundled_opens(playground: Playground) -> None:
    found = ask(playground, "bundled", "")
    assert [name for name, _ in found["spec"]] == [*bundled_specs()]
    assert found["block"] == [*bundled_blocks()]
    assert ask(playground, "bundled", "", kind="spec", name="resnet18")["text"] == RESNET
    assert "A201" in ask(playground, "rule", "", code="A201")["page"]
    assert ask(playground, "rule", "", code="A201/../..")["page"] == ""
    ask(playground, "check", RESNET)
    assert "<script" in ask(playground, "html", RESNET)["html"]


@pytest.mark.parametrize(
    "question", [{"ask": "gone"}, {"ask": "hover", "text": "a"}, {"ask": "bundled", "name": "../x"}]
)
def test_a_question_that_faults_ends_nothing(question: dict[str, str], playground: Playground) -> None:
    assert "error" in json.loads(playground.answer(json.dumps(question)))
    assert ask(playground, "check", RESNET)["problems"] == []


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    if not (FOLDER / "index.html").is_file():
        pytest.skip("needs build/playground, which `make playground` builds")
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(FOLDER)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def opened(page: Any, address: str) -> None:
    from playwright.sync_api import expect

    page.goto(address)
    expect(page.locator("body")).to_have_attribute("data-state", "ready", timeout=120_000)


def written(page: Any, text: str) -> None:
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)


def test_type_see_fix_share_and_start_again(browser: Any, address: str) -> None:
    """One page from its start to its end: starting it is what takes long."""
    from playwright.sync_api import expect

    heard: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    opened(page, address)
    expect(page.locator("#view svg")).to_be_visible()
    expect(page.locator("#count")).to_have_text("No findings")
    page.context.set_offline(True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.startswith("http") else None)

    # a mistake is told, and mended
    written(page, MISTYPED)
    expect(page.locator("#problems li.error")).to_contain_text("kernal")
    expect(page.locator("#view")).to_have_class("old")
    page.get_by_role("button", name="Replace with kernel").first.click()
    expect(page.locator("#count")).to_have_text("No findings")

    # fields, and other views
    page.get_by_label("classes").fill("7")
    expect(page.locator("#totals")).to_contain_text("→ 7")
    page.get_by_role("tab", name="Changes").click()
    expect(page.locator("#view pre")).to_contain_text("1000")
    page.get_by_role("tab", name="Summary").click()
    page.get_by_role("button", name="layer4").click()
    expect(page.locator(".cm-activeLine")).to_contain_text("layer4")

    # a spec whose text is markup is text
    hostile = RESNET.replace("name: resnet18", "name: '<img src=x onerror=alert(1)>'")
    written(page, hostile)
    expect(page.locator("#problems li.error").first).to_be_visible()
    assert page.locator("[onerror]").count() == 0

    # a worker that hangs is replaced
    written(page, RESNET)
    expect(page.locator("#count")).to_have_text("No findings")
    page.workers[0].evaluate("setTimeout(() => { for (;;); })")
    written(page, MISTYPED)
    expect(page.locator("#status")).to_contain_text("was stopped")
    written(page, MISTYPED + "\n")
    expect(page.locator("#problems li.error")).to_contain_text("kernal")

    # the link holds what was typed
    page.get_by_role("button", name="Share").click()
    link = page.get_by_label("Link").input_value()
    assert asked == []
    assert heard == []
    page.context.set_offline(False)
    other = browser.new_page()
    opened(other, link)
    expect(other.locator("#problems li.error")).to_contain_text("kernal")
    expect(other.get_by_label("classes")).to_have_value("7")


def test_a_start_that_fails_is_told(browser: Any, address: str) -> None:
    from playwright.sync_api import expect

    page = browser.new_page()
    page.add_init_script("delete globalThis.WebAssembly")
    page.goto(address)
    expect(page.locator("#status")).to_contain_text("no WebAssembly")


def test_the_folder_is_complete_and_small() -> None:
    if not (FOLDER / "index.html").is_file():
        pytest.skip("needs build/playground, which `make playground` builds")
    files = [file for file in FOLDER.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) <= 18_000_000
    named = {"archspec", "pyodide", "python", "codemirror-view", "micromark"}
    assert named <= {file.stem for file in (FOLDER / "licences").iterdir()}
    page = (FOLDER / "index.html").read_text(encoding="utf-8")
    assert "://" not in page
