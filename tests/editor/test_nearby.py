"""The files that `extends` and `include` can name are offered step by step, and none outside of the project."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec.editor import Workspace
from archspec.editor.completion import completions

SPEC = "archspec: 1\ninput: [3, 8, 8]\nlayers: [conv: 8]\n"
BLOCKS = "archspec: 1\nblocks:\n  own: {layers: [act]}\n"
FILES = {
    "nets/this.yaml": SPEC,
    "nets/other.yaml": SPEC,
    "nets/notes.yaml": "a: 1\n",
    "nets/parts.yaml": BLOCKS,
    "nets/deep/inner.yml": SPEC,
    "nets/.hidden/x.yaml": SPEC,
    "base/first.yaml": SPEC,
    "base/blocks.yaml": BLOCKS,
    "archspec.toml": "",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path.resolve() / "project"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (tmp_path / "outside.yaml").write_text(SPEC)
    return root


def offered(folder: Path, line: str, own: str = "nets/this.yaml") -> set[str]:
    workspace, path = Workspace(), folder / own
    text = f"archspec: 1\n{line}\n"
    workspace.put(path, text.replace("|", "", 1))
    return {one.label for one in completions(workspace, path, text.index("|")) if one.kind == "file"}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("extends: ./|", {"./other.yaml", "./deep/"}),
        ("extends: ../|", {"../base/", "../nets/"}),
        ("extends: ../base/|", {"../base/first.yaml"}),
        ("extends: ./deep/|", {"./deep/inner.yml"}),
        ("extends: deep/|", {"deep/inner.yml"}),
        ("extends: './dee|'", {"./other.yaml", "./deep/"}),
        ("include: [./|]", {"./parts.yaml", "./deep/"}),
        ("include: [../base/|]", {"../base/blocks.yaml"}),
        ("include:\n  - ../|", {"../base/", "../nets/"}),
        ("extends: ../../|", set()),
        ("extends: /|", set()),
        ("extends: ./nowhere/|", set()),
        ("extends: \0/|", set()),
    ],
)
def test_what_a_path_can_go_on_with(folder: Path, line: str, expected: set[str]) -> None:
    assert offered(folder, line) == expected


def test_bundled_names_and_the_folder_are_offered_first(folder: Path) -> None:
    found = offered(folder, "extends: |")
    assert found >= {"resnet50", "./other.yaml", "./deep/", "../"}
    assert not {"./this.yaml", "./parts.yaml", "./notes.yaml"} & found
    assert "../" not in offered(folder, "extends: |", "top.yaml")


def test_what_is_offered_can_be_read(folder: Path) -> None:
    path = folder / "nets/this.yaml"
    todo, seen = ["", "./", "../"], set()
    while todo:
        typed = todo.pop()
        for label in offered(folder, f"extends: {typed}|"):
            if label.endswith("/"):
                todo += [label] if label not in seen and len(label) < 12 else []
            elif label.startswith("."):
                workspace = Workspace()
                workspace.put(path, f"archspec: 1\nextends: {label}\n")
                assert not {"A304", "A305"} & {one.code for one in workspace.analysis(path).findings}, label
            seen.add(label)
    assert len(seen) > 5
