"""How many steps a network takes to expand: one for each node that the walk comes to, and no more than it may."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import archspec
from archspec.compiler import here, walk

MOST = 40
HEAD = "archspec: 1\nname: x\ninput: [4]\nact: relu\n"
FORMS: dict[str, tuple[Callable[[int], str], int]] = {
    "nodes": (lambda n: f"layers: [{', '.join(['act'] * n)}]", 2),
    "nodes that are left out": (lambda n: f"layers: [act{', {act: {when: false}}' * (n - 1)}]", 2),
    "a list": (lambda n: f"layers: [seq: [{', '.join(['act'] * n)}]]", 3),
    "two lists": (lambda n: f"layers: [act, seq: [{', '.join(['act'] * (n - 1))}]]", 3),
    "lists in lists": (lambda n: f"layers: [act{', seq: [act' * (n // 2)}{', act' * (n % 2)}{']' * (n // 2)}]", 3),
    "a repeat": (lambda n: f"layers: [repeat: {{times: {n}, layers: [act]}}]", 3),
    "a residual": (lambda n: f"layers: [residual: [{', '.join(['act'] * n)}]]", 3),
    "a block": (lambda n: f"blocks: {{b: {{layers: [{', '.join(['act'] * n)}]}}}}\nlayers: [b]", 5),
}
"""A network of so many nodes, and the steps that it takes beside them."""


@pytest.mark.parametrize("form", FORMS)
def test_as_many_steps_as_may_be_and_no_more(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(here, "STEPS", MOST)
    monkeypatch.setattr(walk, "STEPS", MOST)
    text, more = FORMS[form]
    refused = [
        any(finding.code == "A309" for finding in archspec.validate(HEAD + text(nodes))) for nodes in range(2, MOST + 3)
    ]
    assert refused == [nodes + more > MOST for nodes in range(2, MOST + 3)]
