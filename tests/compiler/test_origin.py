"""An error about a shape points at the nodes that made it."""

from __future__ import annotations

from pathlib import Path

import pytest

import archspec
from archspec.diagnostics import Diagnostic

HEAD = "archspec: 1\ninput: [4, 8, 8]\nnorm: batch\nact: relu\n"


def the_error(text: str) -> Diagnostic:
    (found,) = [d for d in archspec.validate(HEAD + text) if d.severity == "error"]
    return found


def causes(text: str) -> list[tuple[int, str, str]]:
    """Line below the header, the text underlined and the label of each related place of the one error."""
    return [(related.span.line - 4, related.span.text, related.label) for related in the_error(text).related]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("[conv: {kernel: 3, stride: 2}, norm]", [("conv", "stride 2 here")]),
        ("[conv: {channels: 8, kernel: 3, stride: 2}, norm]", [("conv", "stride 2, 8 channels here")]),
        ("[max_pool: 2, conv: 8]", [("max_pool", "stride 2 here"), ("conv", "8 channels here")]),
        ("[conv: 16, act, conv: 8, norm]", [("conv", "8 channels here")]),
        ("[conv: 16, max_pool: 2, conv: 4]", [("max_pool", "stride 2 here")]),
        ("[seq: [conv: 8], act, max_pool: 2]", [("conv", "8 channels here"), ("max_pool", "stride 2 here")]),
        ("[residual: [conv: 8, max_pool: 2]]", [("conv", "8 channels here"), ("max_pool", "stride 2 here")]),
        ("[conv: {kernel: 3, stride: [2, 1]}]", [("conv", "stride 2 × 1 here")]),
    ],
)  # fmt: skip
def test_who_changed_what_an_identity_keeps(body: str, found: list[tuple[str, str]]) -> None:
    text = f"layers:\n  - residual:\n      body: {body}\n      shortcut: identity\n"
    assert the_error(text).code == "A411"
    assert causes(text) == [(3, *cause) for cause in found]


def test_a_stride_names_every_axis_where_they_differ() -> None:
    body = "layers:\n  - residual: {body: [conv: {kernel: 3, stride: [2, 2, 1]}], shortcut: identity}\n"
    (found,) = archspec.validate(HEAD.replace("8, 8]", "8, 8, 8]") + body)
    assert "the body changes stride 2 × 2 × 1" in found.message
    assert [related.label for related in found.related] == ["stride 2 × 2 × 1 here"]


def test_who_made_a_size_that_does_not_join() -> None:
    body = "      - conv: {kernel: 3, padding: 0}\n      - act\n      - conv: {kernel: 5, padding: 1}\n"
    text = f"layers:\n  - residual:\n{body}"
    assert the_error(text).code == "A412"
    assert causes(text) == [
        (3, "conv", "gives 4 × 6 × 6 here"), (5, "conv", "gives 4 × 4 × 4 here"),
        (-2, "[4, 8, 8]", "the shortcut is made here: 4 × 8 × 8"),
    ]  # fmt: skip


def test_who_gave_an_op_what_it_cannot_take() -> None:
    assert causes("layers:\n  - conv: 8\n  - linear: 2\n") == [(2, "conv", "gives 8 × 8 × 8 here")]
    assert causes("layers:\n  - linear: 2\n") == [], "the input is no node"
    text = "layers:\n  - conv: {name: a, channels: 8}\n  - max_pool: 2\n  - add: [., a]\n"
    assert causes(text) == [
        (3, "max_pool", "`.` is made here: 8 × 4 × 4"), (2, "conv", "`a` is made here: 8 × 8 × 8"),
    ]  # fmt: skip


def test_a_node_is_not_told_that_it_gave_itself_what_it_cannot_take() -> None:
    assert causes("layers:\n  - repeat: {times: 9, layers: [conv: {kernel: 3, padding: 0}]}\n") == []
    times = "layers:\n  - repeat: {times: 9, layers: [act, conv: {kernel: 3, padding: 0}, norm]}\n"
    assert causes(times) == [(2, "act", "gives 4 × 2 × 2 here")]


def test_a_stage_is_underlined_where_it_names_its_block() -> None:
    """The call, then the node in the block, then who is to blame."""
    text = (
        "blocks:\n  wide:\n    params: {channels: int, stride: 1}\n    layers:\n      - residual:\n          body:\n"
        "            - conv: {channels: $channels, kernel: 3, stride: $stride}\n          shortcut: identity\n"
        "stages:\n  - {block: wide, depth: 2, channels: 4}\n  - {depth: 4, channels: 16, stride: 2, block: wide}\n"
    )
    error = the_error(text)
    assert error.span is not None
    assert (error.span.line - 4, error.span.text, error.label) == (11, "block: wide", "in block `wide`, called here")
    assert causes(text) == [(8, "identity", "here"), (7, "conv", "stride 2, 16 channels here")]


def test_the_other_of_two_names() -> None:
    assert causes("layers:\n  - conv: {name: a}\n  - norm: {name: a}\n") == [(2, "conv", "first here")]


def test_every_call_of_a_circle() -> None:
    text = "blocks:\n  a: {layers: [b]}\n  b: {layers: [{c: {name: d}}]}\n  c: {layers: [a]}\nlayers: [a]\n"
    assert causes(text) == [
        (2, "b", "`b` is called here"), (3, "c", "`c` is called here"),
    ]  # fmt: skip


GROUPS = "archspec: 1\ninput: [12, 8, 8]\nnorm: {type: group, groups: 8}\n"


@pytest.mark.parametrize(
    ("body", "default"),
    [
        ("layers: [norm]", "{type: group, groups: 8}"),
        ("stages: [{layers: [norm], norm: {type: group, groups: 5}}]", "{type: group, groups: 5}"),
        ("blocks: {o: {layers: [norm]}}\nlayers: [o: {norm: {type: group, groups: 7}}]", "{type: group, groups: 7}"),
        ("layers: [residual: [conv: 5]]", "{type: group, groups: 8}"),
        ("layers: [norm: {groups: 5}]", None),
        ("layers: [norm: {type: group, groups: 5}]", None),
        ("layers: [residual: {body: [conv: 5], shortcut: {norm: {groups: 2}}}]", None),
    ],
)  # fmt: skip
def test_which_default_does_not_fit(body: str, default: str | None) -> None:
    (error,) = [d for d in archspec.validate(f"{GROUPS}{body}\n") if d.severity == "error"]
    assert error.code == "A404"
    assert [r.span.text for r in error.related if "default" in r.label] == ([default] if default else [])


def test_an_input_in_another_file_is_shown(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(f"{HEAD}name: base\nlayers: [conv: 8]\n")
    main = tmp_path / "main.yaml"
    main.write_text("archspec: 1\nextends: ./base.yaml\ninput: [3]\n")
    (error,) = archspec.validate(main)
    assert error.span is not None
    assert (error.span.text, Path(error.span.source.name).name) == ("[3]", "main.yaml")
    assert [(r.span.text, Path(r.span.source.name).name) for r in error.related] == [("conv", "base.yaml")]
