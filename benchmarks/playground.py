"""How fast the page without an installation is, as `make playground` builds it, in Chromium.

    python benchmarks/playground.py

Prints the seconds from a cold start to the first findings, and from a keystroke to findings, hints and the picture the
median of 20 edits, for ResNet-50 and for a spec of 3,000 lines. Needs playwright and Chromium.
"""

from __future__ import annotations

import functools
import re
import shutil
import statistics
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from playwright.sync_api import expect, sync_playwright

from archspec.language.bundled_files import bundled

FOLDER = Path(__file__).parents[1] / "build" / "playground"
EDITS = 20
LAYERS = 750
LONG = "archspec: 1\ninput: [3, 32, 32]\nnorm: batch\nact: relu\nlayers:\n" + "".join(
    f"  - conv:\n      name: conv{number}\n      channels: 16\n      kernel: 3\n" for number in range(LAYERS)
)
BUDGETS = {"cold start": 8.0, "ResNet-50": 0.15, "3,000 lines": 0.5}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None: ...


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(FOLDER)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        began = time.perf_counter()
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        expect(page.locator("body")).to_have_attribute("data-state", "ready", timeout=120_000)
        found = {"cold start": time.perf_counter() - began}
        time.sleep(10)  # the spare has started by then
        found["ResNet-50"] = edits(page, bundled("resnet50").read_text(encoding="utf-8"))
        found["3,000 lines"] = edits(page, LONG)
        browser.close()
    for what, seconds in found.items():
        print(f"{what:12}  {seconds:6.3f} s  budget {BUDGETS[what]} s")


def edits(page: Any, text: str) -> float:
    """The median from a keystroke to all that follows it, as the page measures it."""
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(text)
    time.sleep(5)
    times = []
    for number in range(EDITS):
        page.locator("#status").evaluate("one => { one.textContent = '' }")
        page.keyboard.insert_text(f"# {number}\n")
        expect(page.locator("#status")).to_have_text(re.compile("[0-9]+ ms"), timeout=20_000)
        times.append(int(page.locator("#status").inner_text().split()[0]) / 1000)
    return statistics.median(times)


if __name__ == "__main__":
    main()
