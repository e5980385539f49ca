"""Specs with the graph that they give, and specs with what is wrong with them, word for word."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import archspec
from archspec.diagnostics.text import render
from tests.sentences.case import built

CASES = Path(__file__).parent.parent / "cases"
VALID = sorted((CASES / "valid").glob("*.yaml"))
INVALID = sorted((CASES / "invalid").glob("*.yaml"))
ELSEWHERE = ("A112", "A5", "A7")
"""Files that cannot be read, weights and exports, and advice: what no spec alone can show."""

Golden = Callable[[Path, str], None]


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_a_sound_spec_gives_its_graph(path: Path, golden: Golden) -> None:
    graph = archspec.compile(path)
    golden(path.with_suffix(".graph"), str(graph))
    built(graph)


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_a_broken_spec_is_told_what_is_wrong(path: Path, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    found = archspec.validate(Path(path.name))
    golden(path.with_suffix(".txt"), render(found) + "\n")
    assert path.stem[:4] in {d.code for d in found}
    assert all(d.help for d in found), "every mistake has a remedy"


def test_every_code_has_a_case() -> None:
    """A new code needs a spec that breaks its rule."""
    package = Path(archspec.__file__).parent
    codes = {code for file in package.rglob("*.py") for code in re.findall(r'"(A[0-9]{3})"', file.read_text("utf-8"))}
    wanted = {code for code in codes if not code.startswith(ELSEWHERE)}
    assert wanted - {path.stem[:4] for path in INVALID} == set()


@pytest.mark.parametrize("path", sorted(CASES.rglob("*.graph")) + sorted(CASES.rglob("*.txt")), ids=lambda p: p.name)
def test_no_golden_is_left_over(path: Path) -> None:
    assert path.with_suffix(".yaml").is_file()
