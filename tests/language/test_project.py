"""How far `extends` and `include` climb: to the root of the project, and not a step further."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import archspec
from archspec import project
from archspec.diagnostics import Diagnostic

MARKS = {
    "archspec.toml": "",
    "pyproject.toml": "[tool.archspec]\n",
    "pyproject.toml ": "[tool]\narchspec = {strict = true}\n",
    "pyproject.toml  ": "tool.archspec.strict = true\n",
    "pyproject.toml   ": '[project]\nname = "x"\n["tool".\'archspec\'] # ours\n',
}
NO_MARKS = {
    "pyproject.toml": "[project]\nname = 'archspec'\n",
    "pyproject.toml ": "[tool.other]\narchspec = 1\n",
    "pyproject.toml  ": 'x = """\n[tool.archspec]\n"""\n',
    "pyproject.toml   ": "",
    "Archspec.toml": "",
}
BLOCKS = "archspec: 1\nblocks:\n  dense:\n    layers: [{linear: 4}]\n"
SPEC = "archspec: 1\nname: n\ninclude: [{path}]\ninput: [8]\nlayers: [dense]\n"


def place(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name.strip()).parent.mkdir(parents=True, exist_ok=True)
        (folder / name.strip()).write_text(text)
    return folder


def codes(found: list[Diagnostic]) -> list[str]:
    return [d.code for d in found if not d.code.startswith("A7")]


@pytest.mark.parametrize(("mark", "text"), MARKS.items())
def test_a_spec_climbs_to_the_root(mark: str, text: str, tmp_path: Path) -> None:
    place(tmp_path, {mark: text, "shared/b.yaml": BLOCKS, "a/b/c.yaml": SPEC.format(path="../../shared/b.yaml")})
    assert project.root(tmp_path / "a" / "b") == tmp_path.resolve()
    assert codes(archspec.validate(tmp_path / "a" / "b" / "c.yaml")) == []


@pytest.mark.parametrize(("mark", "text"), NO_MARKS.items())
def test_without_a_project_it_stays_in_its_folder(mark: str, text: str, tmp_path: Path) -> None:
    """without one, the spec's own folder, as before."""
    place(tmp_path, {mark: text, "b.yaml": BLOCKS, "a/c.yaml": SPEC.format(path="../b.yaml")})
    (found,) = archspec.validate(tmp_path / "a" / "c.yaml")
    assert found.code == "A305"
    assert "archspec.toml" in found.help


def test_the_nearest_project_counts(tmp_path: Path) -> None:
    """`extends` and `include` may climb with `..` as far as the project's root: the nearest folder above the spec
    given that holds an `archspec.toml`, or a `pyproject.toml` with `[tool.archspec]`, symbolic links resolved;"""
    files = {
        "archspec.toml": "",
        "a/archspec.toml": "",
        "b.yaml": BLOCKS,
        "a/b/c.yaml": SPEC.format(path="../../b.yaml"),
    }
    place(tmp_path, files)
    (found,) = archspec.validate(tmp_path / "a" / "b" / "c.yaml")
    assert (found.code, str(tmp_path.resolve() / "a") in found.message) == ("A305", True)


@pytest.mark.parametrize("key", ["extends: {path}", "include: [{path}]"])
@pytest.mark.parametrize("path", ["../../out/b.yaml", "../in/link.yaml", "../in/folder/b.yaml", "../in/own.yaml"])
def test_nothing_outside_the_root_is_read(key: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By no `..`, and no link to a file, to a folder, or of a file that names another."""
    place(tmp_path, {"out/b.yaml": BLOCKS, "home/archspec.toml": "", "home/in/x.yaml": BLOCKS})
    inside = tmp_path / "home" / "in"
    (inside / "link.yaml").symlink_to(tmp_path / "out" / "b.yaml")
    (inside / "folder").symlink_to(tmp_path / "out")
    (inside / "own.yaml").write_text("archspec: 1\ninclude: [../../out/b.yaml]\nblocks: {}\n")
    spec = (
        place(tmp_path, {"home/a/c.yaml": SPEC.replace("include: [{path}]", key).format(path=path)}) / "home/a/c.yaml"
    )
    opened: list[str] = []
    real_open = os.open

    def spy(file: str, *arguments: int, **more: int) -> int:
        opened.append(os.path.realpath(file))
        return real_open(file, *arguments, **more)

    monkeypatch.setattr(os, "open", spy)
    found = archspec.validate(spec)
    assert "A305" in codes(found)
    assert str(spec.resolve()) in opened
    assert not [path for path in opened if path.startswith(str(tmp_path.resolve() / "out"))]


def test_a_linked_folder_belongs_to_the_project_that_it_leads_to(tmp_path: Path) -> None:
    """or a `pyproject.toml` with `[tool.archspec]`, symbolic links resolved;"""
    place(tmp_path, {"one/archspec.toml": "", "two/b.yaml": BLOCKS, "two/a/c.yaml": SPEC.format(path="../b.yaml")})
    (tmp_path / "one" / "a").symlink_to(tmp_path / "two" / "a")
    (tmp_path / "one" / "b.yaml").write_text(BLOCKS)
    assert codes(archspec.validate(tmp_path / "one" / "a" / "c.yaml")) == ["A305"]


@pytest.mark.parametrize("name", [project.OWN, project.SHARED])
def test_what_cannot_be_read_marks_a_project_and_a_folder_does_not(name: str, tmp_path: Path) -> None:
    (tmp_path / name).mkdir()
    assert project.settings_file(tmp_path) is None
    (tmp_path / name).rmdir()
    (tmp_path / name).symlink_to(name)
    assert project.settings_file(tmp_path) == tmp_path.resolve() / name
