"""A mistake is shown at the very word that is wrong, with what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

import archspec
from tests.sentences.case import full

_HERE = "^"
_MISTAKES = [
    # a default, a bound or a choice in full: the value
    ("params: {w: {type: int, default: ^x}}\nlayers: [conv: $w]", "an integer"),
    ("params: {w: {default: ^0, min: 1}}\nlayers: [conv: $w]", "a value"),
    ("params: {w: {default: ^a, choices: [b]}}\nlayers: [conv: {when: $(w == 'b')}]", "a value"),
    ("blocks: {own: {params: {w: {type: int, default: ^x}}, layers: [conv: $w]}}\nlayers: [own, own]", "an integer"),
    # a name: the name
    ("layers: [conv: {name: a}, parallel: {branches: {^a: [conv], b: []}}]", "rename one"),
    ("layers: [parallel: {branches: {^a b: [conv], c: []}}]", "letters"),
    ("stages: [{block: basic, depth: 2, channels: 4, names: ^x}]", "rename one"),
    ("blocks: {own: {params: {extra: layers}, layers: [slot: ^extr]}}\nlayers: [own]", "did you mean `extra`?"),
    ("layers: [slot: ^extra]", "a call passes"),
    # what stands deeper
    ("layers: [seq: {name: s, layers: [conv: {name: a}]}, add: [., ^a]]", "did you mean `s.a`?"),
    ("stages: [{name: s, block: basic, channels: 4}]\nhead: [add: [., ^conv1]]", "did you mean `s.0.conv1`?"),
    # how a value is divided
    ("layers: [parallel: {branches: [[], [], []], split: ^true}]", "[2, 1, 1]"),
    ("layers: [parallel: {branches: [[], []], split: ^[1, 1, 2]}]", "for each branch"),
    # a word that is known, elsewhere: it is not what was meant
    ("stages: [{block: mlp, depth: 2, ^stride: 2}]\ninput: [4]", "its parameters are hidden_channels"),
    ("defaults: {conv: {^name: x}}\nlayers: [conv]", "on each node"),
    ("input: ^[]\nlayers: [conv]", "[3, 224, 224]"),
    ("layers: [rearrange: n c h w -> n h w c, sdpa: ^3]", "a multiple of 9 channels"),
]


@pytest.mark.parametrize(("text", "help"), _MISTAKES)
def test_the_place_is_that_of_the_mistake(text: str, help: str) -> None:
    """One finding, at the mark."""
    marked = full(text)
    before = marked[: marked.index(_HERE)]
    (found,) = [d for d in archspec.validate(marked.replace(_HERE, "")) if d.severity == "error"]
    assert found.span is not None
    assert (found.span.line, found.span.column) == (before.count("\n") + 1, len(before) - before.rfind("\n"))
    assert help in found.help


def test_a_bound_over_a_base_is_broken_in_the_file_that_sets_it(tmp_path: Path) -> None:
    """The base is as it was."""
    (tmp_path / "base.yaml").write_text(full("params: {w: {type: int, default: 8}}\nlayers: [conv: $w]"))
    path = tmp_path / "spec.yaml"
    path.write_text("archspec: 1\nextends: ./base.yaml\nparams: {w: {max: 4}}\n")
    (found,) = archspec.validate(path)
    assert found.span is not None
    assert (found.code, found.span.source.path, found.span.line) == ("A204", path, 3)


def test_a_file_says_which_version_it_needs() -> None:
    """The remedy can be copied."""
    (found,) = archspec.validate("input: [4]\nlayers: [linear]\n")
    assert found.help.startswith("add `archspec: 1`")
