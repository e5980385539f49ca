"""Ties cost what the nodes that are tied do, however large the module is whose weights they have."""

from __future__ import annotations

import pytest

import archspec
from archspec.compiler import tie
from archspec.graph.nodes import Node, Scope

SPEC = """
archspec: 1
name: x
input: [8, 4, 4]
layers:
  - seq: {name: big, layers: [parameter: {name: weight, shape: [8, 8, 1, 1]}, conv: {channels: 8}]}
  - repeat: {times: 3, layers: [conv: {channels: 8, kernel: 1, bias: false, tie: big}]}
"""


def test_a_module_is_looked_through_once_for_all_that_are_tied_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    parameters = tie._parameters

    def counted(item: Node | Scope) -> object:
        seen.append(item.name)
        return parameters(item)

    monkeypatch.setattr(tie, "_parameters", counted)
    graph = archspec.compile(SPEC)
    assert graph.ties() == {f"{name}.weight": "big.weight" for name in ("conv", "conv_2", "conv_3")}
    assert seen.count("big") == 1
