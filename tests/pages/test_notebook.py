from __future__ import annotations

import base64
import re

import pytest

import archspec
from archspec.weights.report import WeightsReport


@pytest.mark.parametrize("what", ["graph", "drawing", "module"])
def test_a_notebook_shows_networks(what: str) -> None:
    graph = archspec.compile("lenet5")
    shown = {
        "graph": lambda: graph,
        "drawing": lambda: archspec.draw(graph),
        "module": lambda: archspec.build("lenet5"),
    }
    html = shown[what]()._repr_html_()
    picture = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', html)
    assert picture
    assert base64.b64decode(picture[1]).decode() == archspec.draw(graph).svg()
    assert f"{graph.parameter_count:,} parameters" in html


def test_a_notebook_shows_tables_and_nothing_in_them_is_markup() -> None:
    name = "<script>alert(1)</script>"
    graph = archspec.compile("resnet18")
    object.__setattr__(graph, "name", name)
    summary = archspec.summarize(graph, 1)._repr_html_()
    assert summary.count("<tr>") == 11
    diff = archspec.diff(graph, archspec.compile("resnet34"))._repr_html_()
    assert "layer2.{2,3}" in diff
    same = archspec.diff(graph, graph)._repr_html_()
    assert "same architecture" in same
    report = WeightsReport(("a",), missing=(name,))._repr_html_()
    assert "missing" in report
    assert not [text for text in (summary, diff, same, report) if "<script" in text]
