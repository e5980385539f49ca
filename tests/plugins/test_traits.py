"""An op from outside is treated as the bundled one that it is like, by advice, work in place, folding and source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

import pytest
import torch

import archspec
from archspec.errors import UsageError
from archspec.export import fold_norms
from archspec.export.source import source
from archspec.graph import Graph
from archspec.graph.inplace import in_place
from archspec.graph.nodes import Scope
from archspec.ops import OPS
from archspec.plugin import Call, Op, TensorType, module
from archspec.torch_backend.strides import strided_points
from archspec.weights.foreign import foreign
from tests.plugins.kinds import KINDS
from tests.sentences.case import full

OURS = {
    "FILTER": "conv", "DENSE": "linear", "RECTIFY": "act: relu", "WHITEN": "norm: batch", "MASK": "dropout",
    "PLUS": "add: [., a]",
}  # fmt: skip
THEIRS = {
    "FILTER": "filter", "DENSE": "dense", "RECTIFY": "rectify", "WHITEN": "whiten", "MASK": "mask", "PLUS": "plus: a",
}  # fmt: skip

NETWORKS = {
    "a bias before a norm": "[FILTER: 16, WHITEN, RECTIFY]",
    "two activations": "[FILTER: 16, RECTIFY, MASK: 0.5, RECTIFY]",
    "a last activation": "[global_pool, DENSE: 10, RECTIFY]",
    "uneven channels": "[FILTER: 20, RECTIFY, FILTER: 16]",
    "dropout before a norm": "[FILTER: {channels: 16, bias: false}, MASK: 0.1, RECTIFY, FILTER: 16, MASK: 0, WHITEN]",
    "many layers": f"[{', '.join(['FILTER: 16', 'RECTIFY'] * 22)}]",
    "many layers beside a sum": f"[conv: {{name: a, channels: 16}}, {'FILTER: 16, RECTIFY, ' * 22}PLUS]",
    "residuals without a norm": "[conv: {name: a, channels: 16}, FILTER: 16, PLUS, RECTIFY, FILTER: 16, PLUS]",
    "residuals with a norm": "[conv: {name: a, channels: 16, bias: false}, WHITEN, FILTER: 16, PLUS, FILTER: 16, PLUS]",
    "a projection of equals": "[residual: {body: [FILTER: 16], shortcut: [FILTER: 16]}]",
    "a sum, overwritten": "[conv: {name: a, channels: 16}, RECTIFY, FILTER: 16, PLUS, RECTIFY]",
    "vectors": "[global_pool, DENSE: 24, WHITEN, RECTIFY, DENSE: 8]",
    "channels that moved": "[norm: layer, RECTIFY, FILTER: 16, WHITEN, conv: {channels: 8, stride: 2}]",
}


@pytest.fixture(autouse=True)
def _kinds(registered: None) -> None:
    for kind in KINDS:
        archspec.op(kind)


def written(layers: str, names: dict[str, str]) -> str:
    """The spec with these ops, a node a line, so that a finding has a line of its own."""
    for name, op in names.items():
        # what stands alone in our list has an argument already
        plain = re.sub(rf"\b{name}\b(?!:)", f"{{{op}}}" if ":" in op else op, layers)
        layers = re.sub(rf"\b{name}\b", op, plain)
    return full(f"input: [16, 9, 9]\nlayers: {layers}")


def both(name: str) -> Iterator[tuple[str, Graph]]:
    for names in (OURS, THEIRS):
        text = written(NETWORKS[name], names)
        yield text, archspec.compile(text)


def scopes(graph: Graph) -> list[Scope]:
    return [graph.root, *(item for _, item in graph.items() if isinstance(item, Scope))]


@pytest.mark.parametrize("name", NETWORKS)
def test_advice(name: str) -> None:
    ours, theirs = ([d.code for d in archspec.validate(text) if d.code < "A712"] for text, _ in both(name))
    assert ours == theirs


def test_every_rule_that_asks_for_kinds_is_met() -> None:
    found = {d.code for name in NETWORKS for d in archspec.validate(written(NETWORKS[name], THEIRS))}
    assert found >= {"A702", "A703", "A704", "A705", "A707", "A708", "A710", "A711"}


@pytest.mark.parametrize("names", [OURS, THEIRS], ids=["ours", "theirs"])
def test_a_small_batch(names: dict[str, str]) -> None:
    for layers, code in (("[WHITEN]", "A701"), ("[global_pool, WHITEN]", "A706")):
        found = archspec.validate(written(layers, names), batch_size=2 if code == "A701" else 1)
        assert [d.code for d in found] == [code]


@pytest.mark.parametrize("name", NETWORKS)
def test_in_place(name: str) -> None:
    ours, theirs = ([sorted(in_place(scope).values()) for scope in scopes(graph)] for _, graph in both(name))
    assert ours == theirs


@pytest.mark.parametrize("name", NETWORKS)
def test_what_else_is_known_of_a_network(name: str) -> None:
    ours, theirs = ((len(strided_points(graph)), len(foreign(graph).first)) for _, graph in both(name))
    assert ours == theirs


@pytest.mark.parametrize("name", NETWORKS)
def test_folding(name: str) -> None:
    found = []
    for _, graph in both(name):
        model = archspec.build(graph, seed=0)
        for key, tensor in model.state_dict().items():
            if tensor.is_floating_point():
                tensor.uniform_(0.5 if key.endswith("running_var") else -1.0, 1.5)
        optimized = fold_norms(graph, model)
        x = torch.randn(2, 16, 9, 9)
        torch.testing.assert_close(model.eval()(x), optimized.model.eval()(x), rtol=1e-3, atol=1e-3)
        found.append((optimized.folded, optimized.norms, optimized.saved))
    assert found[0] == found[1]


def test_something_is_folded() -> None:
    graph = archspec.compile(written(NETWORKS["a bias before a norm"], THEIRS))
    assert fold_norms(graph, archspec.build(graph, seed=0)).folded == 1


def plain(graph: Graph) -> str:
    """The source without names: `self.rectify` and `self.act` are `self._`; what is said of the file is left out."""
    text = source(graph)[1]
    body = text[text.index("class ") :]
    names = "|".join(sorted({*(kind.name for kind in KINDS), "conv", "linear", "act", "norm", "dropout", "add"}))
    return re.sub(rf"\b({names})(_\d+)?\b", "_", body)


@pytest.mark.parametrize("name", NETWORKS)
def test_source(name: str) -> None:
    ours, theirs = (plain(graph) for _, graph in both(name))
    assert ours == theirs


def test_traits_must_be_traits() -> None:
    class Odd(Op):
        """Odd."""

        name: ClassVar[str] = "odd"
        traits: ClassVar[dict[str, bool]] = {"layer": True}  # type: ignore[assignment]

        def lower(self, *inputs: TensorType) -> Call:
            return module("torch.nn.ReLU")

    with pytest.raises(UsageError, match="the op `odd` needs `traits` that are `Traits`"):
        archspec.op(Odd)
    assert "odd" not in OPS
