"""What can be done about findings: in the examples and cases of all rules, each action takes its finding away, and
brings none."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest

from archspec.diagnostics import Diagnostic, Fix, catalogue
from archspec.diagnostics.fix import fixed
from archspec.editor import Range, Workspace
from archspec.editor.actions import actions
from archspec.editor.edits import edited
from archspec.source import plain, read_text

CODES = [code for code in catalogue.codes() if catalogue.SPEC in catalogue.files(catalogue.rule(code).example)]
CASES = Path(__file__).parents[1] / "cases" / "invalid"
OWN = Path(__file__).parent / "cases"
NAMES = sorted(file.name for folder in (CASES, OWN) for file in folder.glob("*.yaml") if file.stat().st_size < 20_000)
REVEALING = ("A252.yaml",)
"""Where a name that is mended shows another mistake in the same expression."""
NET = """archspec: 1
name: net
input: [3, 32, 32]
norm: batch
layers:
  - conv: {channels: 9, kernel: 3}
  - norm
  - act: relu
  - conv: 8
  - norm
"""


def opened(folder: Path, files: dict[str, bytes]) -> tuple[Workspace, Path]:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    workspace, path = Workspace(), (folder / catalogue.SPEC).resolve()
    workspace.put(path, files[catalogue.SPEC].decode("utf-8", "replace"))
    return workspace, path


@pytest.fixture(scope="module")
def invalid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cases of all rules, and those of this folder, in one that may change."""
    folder = tmp_path_factory.mktemp("cases").resolve()
    shutil.copytree(CASES, folder, dirs_exist_ok=True)
    shutil.copytree(OWN, folder, dirs_exist_ok=True)
    return folder


@pytest.mark.parametrize("code", CODES)
def test_every_action_mends_an_example(code: str, tmp_path: Path) -> None:
    workspace, path = opened(tmp_path, catalogue.files(catalogue.rule(code).example))
    require_mending(workspace, path, tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_every_action_mends_a_case(name: str, invalid: Path) -> None:
    workspace, path = Workspace(), invalid / name
    workspace.put(path, path.read_bytes().decode("utf-8", "replace"))
    require_mending(workspace, path, invalid)


def require_mending(workspace: Workspace, path: Path, folder: Path) -> None:
    """Each action can be applied, takes its finding away and brings no error."""
    text, before = workspace.text(path).text, workspace.analysis(path).findings
    for action in actions(workspace, path, Range(0, len(text))):
        trial = Workspace()
        for file, edits in action.edits.items():
            assert file.is_relative_to(folder.resolve())
            ranges = sorted(edit.range for edit in edits)
            assert all(one.end <= two.start for one, two in pairwise(ranges)), action
            trial.put(file, edited(text if file == path else file.read_text(encoding="utf-8"), edits))
        trial.put(path, edited(text, action.edits.get(path, ())))
        after = trial.analysis(path).findings
        if action.finding is not None:
            gone = action.finding.code
            assert sum(one.code == gone for one in after) < sum(one.code == gone for one in before), action
        else:
            assert sum(one.fix is not None for one in after) < sum(one.fix is not None for one in before)
            assert trial.text(path).text == fixed(text, fixes(workspace, path))
        if path.name not in REVEALING:
            assert errors(after) <= errors(before), action


def errors(found: Iterable[Diagnostic]) -> Counter[str]:
    return Counter(one.code for one in found if one.severity == "error")


def fixes(workspace: Workspace, path: Path) -> list[Fix]:
    analysis = workspace.analysis(path)
    found = [one.fix for one in analysis.findings if one.fix is not None]
    return [fix for fix in found if fix.span.source is analysis.source]


def titles(text: str, folder: Path) -> dict[str, str]:
    """What can be done about a text, and what it makes of it."""
    workspace, path = Workspace(), (folder / "net.yaml").resolve()
    workspace.put(path, text)
    found = actions(workspace, path, Range(0, len(text)))
    return {action.title: edited(text, action.edits[path]) for action in found}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("section", "written"),
    [
        ("", "lint: {ignore: [A708]}\n"),
        ("lint: {batch_size: 4}\n", "lint: {ignore: [A708], batch_size: 4}\n"),
        ("lint:\n  batch_size: 4  # few\n", "lint:\n  ignore: [A708]\n  batch_size: 4  # few\n"),
        ("lint: {ignore: [A703]}\n", "lint: {ignore: [A703, A708]}\n"),
        ("lint:\n  ignore:\n    - A703  # why\n", "lint:\n  ignore:\n    - A703  # why\n    - A708\n"),
    ],
)
def test_advice_is_ignored_in_the_style_of_the_file(section: str, written: str, end: str, tmp_path: Path) -> None:
    text = (NET + section).replace("\n", end)
    assert titles(text, tmp_path)["Ignore A708 in this file"] == (NET + written).replace("\n", end)


def test_a_mistype_is_replaced_and_an_argument_added(tmp_path: Path) -> None:
    found = titles(NET.replace("kernel", "kernal"), tmp_path)
    assert "kernel: 3" in found["Replace `kernal` with `kernel`"]
    assert "kernel: 3" in found["Fix all that can be fixed safely"]
    assert "act: relu\n" in titles(NET.replace("act: relu", "act: rellu"), tmp_path)["Replace `rellu` with `relu`"]
    made = titles(NET, tmp_path)["Add `bias: false`"]
    assert "{channels: 9, kernel: 3, bias: false}" in made or "conv: {channels: 8, bias: false}" in made


def test_what_has_no_default_is_set_for_the_whole_file(tmp_path: Path) -> None:
    made = titles(NET.replace("norm: batch\n", ""), tmp_path)
    one = next(text for title, text in made.items() if title.startswith("Set `norm: batch`"))
    assert one.startswith("archspec: 1\nnorm: batch\n")
    from archspec.diagnostics import Collector

    _, tree = read_text(one, "net", Collector())
    assert tree is not None
    assert plain(tree)["norm"] == "batch"
