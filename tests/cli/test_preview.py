"""`archspec preview` in a real browser: edit, see, break, see the finding, mend."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

BASE = "archspec: 1\nname: base\ninput: [3, 32, 32]\nlayers:\n  - conv: {name: first, channels: 8, kernel: 3}\n"
SPEC = "archspec: 1\nextends: ./base.yaml\nname: net\n"


@pytest.fixture
def started(tmp_path: Path) -> Iterator[tuple[str, Path, Any]]:
    """The address of a preview, the folder with its files, and its process."""
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    (tmp_path / "net.yaml").write_text(SPEC, encoding="utf-8")
    command = [sys.executable, "-m", "archspec", "preview", "net.yaml"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip(), tmp_path, process
        process.kill()


def test_ctrl_c_ends_it(started: tuple[str, Path, Any]) -> None:
    url, _, process = started
    assert url.startswith("http://127.0.0.1:")
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130


def test_a_taken_port_is_told(started: tuple[str, Path, Any], run: Any) -> None:
    url, folder, _ = started
    port = url.rstrip("/").rpartition(":")[2]
    done = run("preview", folder / "net.yaml", "--port", port)
    assert done.exit_code == 2
    assert f"cannot listen on port {port}" in done.stderr


def test_the_page_follows_the_file_and_its_base(started: tuple[str, Path, Any], browser: Any) -> None:
    from playwright.sync_api import expect

    url, folder, _ = started
    heard: list[str] = []
    page = browser.new_page()
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda one: None if one.url.startswith((url, "data:")) else heard.append(one.url))
    page.goto(url)
    status, told = page.locator("#status"), page.locator("#told")
    expect(status).to_have_text("valid", timeout=20_000)
    expect(page.locator("#totals")).to_contain_text("224 parameters")
    expect(page.frame_locator("#picture").locator("body")).to_contain_text("conv")

    # an edit of the base is seen, and what it changed is told
    (folder / "base.yaml").write_text(BASE.replace("channels: 8", "channels: 16"), encoding="utf-8")
    expect(page.locator("#totals")).to_contain_text("448 parameters", timeout=20_000)
    expect(told).to_contain_text("channels")
    assert told.locator("img").get_attribute("src").startswith("data:image/svg+xml,")

    # a mistake is told with its line, and the picture stays; what is text stays text
    broken = SPEC + "layers:\n  first: {chanels: '<img src=x onerror=alert(1)>'}\n"
    (folder / "net.yaml").write_text(broken, encoding="utf-8")
    expect(status).to_contain_text("the picture is the last sound one", timeout=20_000)
    expect(told).to_contain_text("net.yaml:5")
    expect(told).to_contain_text("<img src=x")
    expect(page.frame_locator("#picture").locator("body")).to_contain_text("conv")

    (folder / "net.yaml").write_text(SPEC, encoding="utf-8")
    expect(status).to_have_text("valid", timeout=20_000)
    page.close()
    assert heard == []
