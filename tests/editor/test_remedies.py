"""Remedies as edits, in each style in which a file can be written."""

from __future__ import annotations

from pathlib import Path

import pytest

from archspec.editor import Range, Workspace
from archspec.editor.actions import actions
from archspec.editor.edits import edited

HEAD = "archspec: 1\ninput: [3, 32, 32]\nnorm: batch\nact: relu\n"

MADE = [
    ("layers:\n  - conv_transpose: {channels: 8}\n", "layers:\n  - conv_transpose: {channels: 8, kernel: 2}\n"),
    (
        "layers:\n  - conv_transpose:\n      channels: 8  # few\n",
        "layers:\n  - conv_transpose:\n      kernel: 2\n      channels: 8  # few\n",
    ),
    ("layers: [conv_transpose: {channels: 8}]\n", "layers: [conv_transpose: {channels: 8, kernel: 2}]\n"),
    (
        "params: {wide: 8}\nlayers: [conv: 8]\n",
        "params: {}\nlayers: [conv: 8]\n",
    ),
    ("params:\n  wide: 8\nlayers: [conv: 8]\n", "layers: [conv: 8]\n"),
    ("blocks:\n  own:\n    layers: [act]\nlayers: [conv: 8]\n", "layers: [conv: 8]\n"),
    ("params: {a: 8, wide: 8}\nlayers: [conv: $a]\n", "params: {a: 8}\nlayers: [conv: $a]\n"),
    ("params: {wide: 8, a: 8}\nlayers: [conv: $a]\n", "params: {a: 8}\nlayers: [conv: $a]\n"),
    ("params:\n  wide: 8\n  a: 8\nlayers: [conv: $a]\n", "params:\n  a: 8\nlayers: [conv: $a]\n"),
    ("layers:\n  - linear: 8\n", "layers:\n  - flatten\n  - linear: 8\n"),
    ("layers: [conv: 8, linear: 8]\n", "layers: [conv: 8, flatten, linear: 8]\n"),
    ("layers:\n  - conv: {channels: 8, inplace: true}\n", "layers:\n  - conv: {channels: 8}\n"),
    ("layers:\n  - conv:\n      inplace: true\n      channels: 8\n", "layers:\n  - conv:\n      channels: 8\n"),
    ("layers:\n  - conv: {channels: 8, kernel: 1, kernel: 3}\n", "layers:\n  - conv: {channels: 8, kernel: 1}\n"),
    ("act: gelu\nlayers: [conv: 8]\n", "layers: [conv: 8]\n"),
    ("layers:\n  - conv: {channels: 010}\n", "layers:\n  - conv: {channels: 10}\n"),
    ("layers:\n  - conv: {channels: 8\n", "layers:\n  - conv: {channels: 8}\n"),
    ("layers:\n  - norm: {momentum: 0.99}\n", "layers:\n  - norm: {momentum: 0.01}\n"),
]


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize(("written", "made"), MADE)
def test_what_is_made_of_a_text(written: str, made: str, end: str, tmp_path: Path) -> None:
    path, workspace = tmp_path.resolve() / "net.yaml", Workspace()
    text = (HEAD + written).replace("\n", end)
    workspace.put(path, text)
    found = [edited(text, one.edits[path]) for one in actions(workspace, path, Range(0, len(text)))]
    assert (HEAD + made).replace("\n", end) in found, [one[len(HEAD) :] for one in found]
