from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

import archspec

pytestmark = pytest.mark.usefixtures("folder")


def test_it_is_printed(run):
    drawing = archspec.draw(archspec.compile("tiny.yaml"))
    assert run("draw", "tiny.yaml").stdout == drawing.mermaid()
    assert run("draw", "tiny.yaml", "--format", "dot").stdout == drawing.dot()
    assert run("draw", "tiny.yaml", "--format", "svg").stdout == drawing.svg()


def test_parameters_sizes_and_depth(run):
    result = run("draw", "tiny.yaml", "-p", "classes=7", "--input-size", "16", "--depth", "1")
    assert result.stdout == archspec.draw(archspec.compile("tiny.yaml", {"classes": 7}, 16), 1).mermaid()
    assert "× 16 × 16" in result.stdout


@pytest.mark.parametrize(
    ("suffix", "form"),
    [
        (".mmd", "mermaid"),
        (".md", "mermaid"),
        (".mermaid", "mermaid"),
        (".dot", "dot"),
        (".GV", "dot"),
        (".svg", "svg"),
    ],
)
def test_the_suffix_chooses(run, suffix, form):
    result = run("draw", "tiny.yaml", "-o", f"pictures/tiny{suffix}")
    assert (result.exit_code, result.stdout) == (0, "")
    drawing = archspec.draw(archspec.compile("tiny.yaml"))
    assert Path(f"pictures/tiny{suffix}").read_text(encoding="utf-8") == getattr(drawing, form)()


@pytest.mark.parametrize("name", ["tiny.jpeg", "tiny", ".svg", "svg"])
def test_a_suffix_that_says_nothing_is_refused(run, name):
    result = run("draw", "tiny.yaml", "-o", name)
    assert result.exit_code == 2
    assert f"`{name}`" in result.stderr
    assert ".svg" in result.stderr
    assert not Path(name).exists()


def test_a_format_goes_before_a_suffix(run):
    assert run("draw", "tiny.yaml", "--format", "dot", "-o", "tiny.txt").exit_code == 0
    assert Path("tiny.txt").read_text(encoding="utf-8").startswith("digraph")


@pytest.mark.parametrize(("form", "start"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_figures_that_are_no_text(run, form, start):
    pytest.importorskip("typst", reason="needs the extra `pictures`")
    assert run("draw", "tiny.yaml", "-o", f"tiny.{form}", "--theme", "dark").exit_code == 0
    data = Path(f"tiny.{form}").read_bytes()
    assert data.startswith(start)
    if form == "pdf":
        assert b"/FontFile" in data, "fonts are embedded"
    result = run("draw", "tiny.yaml", "--format", form)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "-o" in result.stderr


def test_options_of_figures(run):
    options = ["--open", "layer1", "--no-fuse", "--shapes", "--params", "--macs", "--theme", "dark", "--no-legend"]
    assert run("draw", "resnet18", "--format", "svg", *options).stdout == archspec.draw("resnet18").svg(
        open=("layer1",), fuse=False, shapes=True, params=True, macs=True, theme="dark", legend=False
    )
    drawn = run("draw", "resnet18", "--depth", "all", "--format", "svg", "--width", "180mm").stdout
    assert drawn == archspec.draw("resnet18", "all").svg(width=180)
    assert ElementTree.fromstring(drawn).get("width") == "180mm"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--open", "layer9"], "layer9"),
        (["--open", "conv1"], "conv1"),
        (["--width", "10mm"], "mm"),
        (["--width", "0"], "0"),
        (["--width", "nan"], "nan"),
        (["--depth", "some"], "some"),
        (["--depth", "0"], "0"),
    ],
)
def test_options_that_make_no_sense(run, options, words):
    result = run("draw", "resnet18", "-o", "x.svg", *options)
    assert result.exit_code in {2, 3}
    assert words in result.stderr
    assert not Path("x.svg").exists()


def test_more_than_mermaid_draws(run):
    layers = "".join(f"- {{name: s{i}, block: basic, depth: 1, channels: {i + 1}}}\n" for i in range(90))
    Path("much.yaml").write_text(
        f"archspec: 1\ninput: [3, 32, 32]\nnorm: batch\nact: relu\nstages:\n{layers}", encoding="utf-8"
    )
    result = run("draw", "much.yaml")
    assert result.exit_code == 0
    assert "warning" in result.stderr
    assert "--depth 2" in result.stderr
    assert result.stdout == archspec.draw("much.yaml", 2).mermaid()
    forced = run("draw", "much.yaml", "--depth", "3")
    assert "warning" in forced.stderr
    assert forced.stdout == archspec.draw("much.yaml", 3).mermaid()
    assert not run("draw", "much.yaml", "--depth", "1").stderr


def test_a_spec_with_mistakes(run):
    Path("broken.yaml").write_text("archspec: 1\ninput: [3]\nlayers: [lineer]\n", encoding="utf-8")
    result = run("draw", "broken.yaml", "-o", "broken.svg")
    assert result.exit_code == 1
    assert "broken.yaml:3:10: error[A301]" in result.stderr
    assert not Path("broken.svg").exists()
