"""The page lays out what it holds as Python does, number by number."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from dataclasses import astuple
from pathlib import Path
from typing import Any

import pytest

import archspec
from archspec.language import bundled_specs
from archspec.pages import data as data_module
from archspec.pages.data import data
from archspec.pages.faces import Showing, sizes
from archspec.pages.frames import picture
from archspec.pages.layout import Layout, layout

SCRIPTS = Path(data_module.__file__).parent / "page"
RUN = """
const cases = JSON.parse(require("fs").readFileSync(0, "utf8"));
const found = cases.map(({ frames, opened }) => opened.map((open) => layout(frames, new Set(open))));
process.stdout.write(JSON.stringify(found));
"""


def in_node(cases: list[dict[str, Any]]) -> list[Any]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node")
    code = "".join((SCRIPTS / name).read_text(encoding="utf-8") for name in ("layout.js", "rows.js", "turns.js")) + RUN
    run = subprocess.run([node, "-e", code], input=json.dumps(cases), capture_output=True, text=True)
    assert run.returncode == 0, run.stderr[-2000:]
    found: list[Any] = json.loads(run.stdout)
    return found


def plain(drawn: Layout) -> dict[str, Any]:
    return {
        "width": drawn.width,
        "height": drawn.height,
        **{name: [list(astuple(one)) for one in getattr(drawn, name)] for name in ("boxes", "pieces", "tips")},
    }


def check(names: list[str]) -> None:
    cases, expected = [], []
    for name in names:
        for fuse in (True, False):
            found = picture(archspec.compile(name), fuse)
            everything = range(len(found.frames))
            rng = random.Random(name)
            opened = [[], [frame for frame in everything if rng.random() < 0.5], [*everything]]
            cases.append({"frames": data(found, Showing()), "opened": opened})
            expected.append([plain(layout(found, sizes(found, Showing()), open)) for open in opened])
    assert in_node(cases) == expected


def test_the_page_lays_out_what_python_does() -> None:
    check(["unet", *sorted(bundled_specs())[::12]])


@pytest.mark.slow
def test_the_page_lays_out_all_that_python_does() -> None:
    names = sorted(bundled_specs())
    for start in range(0, len(names), 20):
        check(names[start : start + 20])
