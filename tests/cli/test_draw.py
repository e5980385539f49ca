from __future__ import annotations

from pathlib import Path

import pytest

import archspec

pytestmark = pytest.mark.usefixtures("folder")


def test_it_is_printed(run):
    drawing = archspec.draw(archspec.compile("tiny.yaml"))
    assert run("draw", "tiny.yaml").stdout == drawing.mermaid()
    assert run("draw", "tiny.yaml", "--format", "dot").stdout == drawing.dot()


def test_parameters_sizes_and_depth(run):
    result = run("draw", "tiny.yaml", "-p", "classes=7", "--input-size", "16", "--depth", "1")
    assert result.stdout == archspec.draw(archspec.compile("tiny.yaml", {"classes": 7}, 16), 1).mermaid()
    assert "× 16 × 16" in result.stdout


def test_a_file(run):
    result = run("draw", "tiny.yaml", "-o", "pictures/tiny.mmd")
    assert (result.exit_code, result.stdout) == (0, "")
    assert (
        Path("pictures/tiny.mmd").read_text(encoding="utf-8") == archspec.draw(archspec.compile("tiny.yaml")).mermaid()
    )


def test_a_spec_with_mistakes(run):
    Path("broken.yaml").write_text("archspec: 1\ninput: [3]\nlayers: [lineer]\n", encoding="utf-8")
    result = run("draw", "broken.yaml", "-o", "broken.mmd")
    assert result.exit_code == 1
    assert "broken.yaml:3:10: error[A301]" in result.stderr
    assert not Path("broken.mmd").exists()
