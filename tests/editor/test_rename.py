"""Renames: over the bundled specs, every name becomes another everywhere, and the network stays what it is."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from archspec.editor import Workspace
from archspec.editor.edits import edited
from archspec.editor.occurrences import occurrences
from archspec.editor.rename import BREAKS, Refused, Renaming, prepare, rename
from archspec.editor.things import is_installed, named
from archspec.language import bundled_specs

SPECS = bundled_specs()


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled specs as somebody's own."""
    folder = tmp_path_factory.mktemp("specs") / "specs"
    shutil.copytree(next(iter(SPECS.values())).parents[1], folder)
    return folder


def opened(path: Path) -> Workspace:
    workspace = Workspace()
    workspace.put(path, path.read_text(encoding="utf-8"))
    return workspace


def test_a_new_name_is_written_everywhere_and_nothing_else_changes(copy: Path) -> None:
    """Or it is refused in words: a name that is computed somewhere, or that a module has by its block's."""
    rng = random.Random(16)
    refused = renamed = 0
    for name in rng.sample(sorted(SPECS), 60):
        path = (copy / SPECS[name].parent.name / SPECS[name].name).resolve()
        workspace = opened(path)
        analysis = workspace.analysis(path)
        assert analysis.graph is not None
        for kind in ("block", "parameter", "node"):
            found = [one for one in occurrences(analysis) if one.kind == kind and "$" not in one.name]
            for one in rng.sample(found, min(1, len(found))):
                (thing, *_) = [*(way.thing for way in named(one, analysis))] or [None]
                offset = analysis.text.range(one.span).end
                told = rename(workspace, path, offset, "entirely_new")
                if thing is None or is_installed(thing.path):
                    assert isinstance(told, Refused)
                    assert thing is None or prepare(workspace, path, offset) is None
                elif isinstance(told, Refused):
                    assert told.reason.startswith(BREAKS), (one, told)
                    refused += 1
                else:
                    renamed += 1
                    after = opened(path)
                    for file, edits in told.edits.items():
                        after.put(file, edited(file.read_text(encoding="utf-8"), edits))
                    again = after.analysis(path)
                    assert again.graph is not None, [str(finding) for finding in again.findings]
                    assert again.graph.parameter_count == analysis.graph.parameter_count
                    if kind != "node":
                        assert again.graph.fingerprint == analysis.graph.fingerprint or kind == "block"
    assert renamed > 5 * refused, (renamed, refused)


NET = """archspec: 1
input: [3, 32, 32]
params: {width: 8}
blocks:
  unit:
    params: {channels: int}
    layers: [conv: {name: one, channels: $channels, kernel: 3}, add: [., one]]
layers:
  - unit: {name: first, channels: $width}
  - conv: {name: second, channels: $(width * 2), kernel: 3}
  - add: [., first.one, second]
outputs: {out: second}
"""


def offset(text: str, word: str, number: int = 0) -> int:
    at = -1
    for _ in range(number + 1):
        at = text.index(word, at + 1)
    return at


@pytest.mark.parametrize(
    ("word", "new", "count"),
    [
        ("width", "breadth", 3),
        ("unit", "cell", 2),
        ("channels", "out_channels", 3),
        ("one", "uno", 3),
        ("first", "a", 2),
    ],
)
def test_every_place_of_a_name(word: str, new: str, count: int, tmp_path: Path) -> None:
    path = (tmp_path / "net.yaml").resolve()
    text = NET.replace("$(width * 2)", "8")
    count -= word == "width"
    workspace = Workspace()
    workspace.put(path, text)
    told = rename(workspace, path, offset(text, word) + 1, new)
    assert isinstance(told, Renaming), told
    assert len(told.edits[path]) == count


@pytest.mark.parametrize(
    ("word", "new", "reason"),
    [
        ("width", "max", "means something else"),
        ("width", "a-b", "not a valid name"),
        ("unit", "conv", ""),
        ("first", "second", "two children"),
        ("channels", "name", "means something else"),
        ("conv", "other", "nothing to rename"),
    ],
)
def test_what_would_be_another_network_is_refused(word: str, new: str, reason: str, tmp_path: Path) -> None:
    path = (tmp_path / "net.yaml").resolve()
    text = NET.replace("$(width * 2)", "8")
    workspace = Workspace()
    workspace.put(path, text)
    told = rename(workspace, path, offset(text, word) + 1, new)
    assert isinstance(told, Refused), told
    assert reason in told.reason


def test_a_rule_keeps_checkpoints_loading(tmp_path: Path) -> None:
    path = (tmp_path / "net.yaml").resolve()
    text = NET.replace("$(width * 2)", "8")
    workspace = Workspace()
    workspace.put(path, text)
    told = rename(workspace, path, offset(text, "one"), "uno")
    assert isinstance(told, Renaming)
    assert told.keeping is not None
    after = edited(text, told.keeping[path])
    workspace.put(path, after)
    analysis = workspace.analysis(path)
    assert analysis.graph is not None, analysis.findings
    assert r"weights: {rename: {'^(first\.)one\.': '\1uno.'}}" in after


def test_a_name_is_renamed_in_files_that_are_not_open(tmp_path: Path) -> None:
    blocks = (tmp_path / "blocks.yaml").resolve()
    blocks.write_text("archspec: 1\nblocks:\n  unit: {layers: [conv: 8]}\n")
    for name in ("a", "b"):
        text = "archspec: 1\ninclude: [./blocks.yaml]\ninput: [3, 8, 8]\nlayers: [unit, unit]\n"
        (tmp_path / f"{name}.yaml").write_text(text)
    path = (tmp_path / "a.yaml").resolve()
    workspace = opened(path)
    told = rename(workspace, path, offset(path.read_text(), "unit"), "cell")
    assert isinstance(told, Renaming)
    assert {file.name: len(edits) for file, edits in told.edits.items()} == {"a.yaml": 2, "b.yaml": 2, "blocks.yaml": 1}


def test_a_module_that_is_called_by_its_block_follows_it(tmp_path: Path) -> None:
    path = (tmp_path / "net.yaml").resolve()
    text = """archspec: 1
input: [3, 8, 8]
blocks:
  unit: {layers: [conv: {channels: 3, name: one}]}
layers: [unit, act: relu, unit, add: [., unit, unit_2.one]]
"""
    workspace = Workspace()
    workspace.put(path, text)
    told = rename(workspace, path, offset(text, "unit"), "cell")
    assert isinstance(told, Renaming), told
    assert edited(text, told.edits[path]) == text.replace("unit", "cell")
    assert told.keeping is not None
    workspace.put(path, edited(text, told.keeping[path]))
    assert workspace.analysis(path).graph is not None
    assert r"'^unit\.': 'cell.'" in workspace.text(path).text


def test_a_refusal_says_where_the_name_is_computed(tmp_path: Path) -> None:
    path = (tmp_path / "net.yaml").resolve()
    text = """archspec: 1
input: [3, 8, 8]
layers:
  - conv: {name: a0}
  - conv: {name: a1}
  - add: [., a$(0)]
"""
    workspace = Workspace()
    workspace.put(path, text)
    told = rename(workspace, path, offset(text, "a0"), "b")
    assert isinstance(told, Refused)
    assert "net.yaml:6:" in told.reason, told.reason
