"""Depth costs time in proportion and no recursion, whether blocks are modules or nodes of one scope."""

from __future__ import annotations

import copy
import pickle
import sys
from typing import Any

import pytest
import torch

import archspec

DEPTH = 10_000
BLOCKS = {
    "blocks": {"tiny": {"params": {"channels": "$in_channels"}, "layers": [{"residual": [{"linear": "$channels"}]}]}},
    "stages": [{"name": "layer1", "block": "tiny", "depth": DEPTH}],
}
NODES = {"layers": [{"repeat": {"times": DEPTH, "layers": [{"residual": [{"linear": {"bias": False}}]}]}}]}


@pytest.mark.slow
@pytest.mark.parametrize("layers", [BLOCKS, NODES], ids=["blocks", "nodes"])
def test_ten_thousand_blocks(layers: dict[str, Any]) -> None:
    limit = sys.getrecursionlimit()
    source = {"archspec": 1, "name": "deep", "input": [2], "init": {"linear": {"weight": "zeros"}}, **layers}
    spec = archspec.load(source)
    assert not [found for found in archspec.validate(spec) if found.severity == "error"]
    graph = archspec.compile(spec)
    assert graph.depth == DEPTH
    assert len(archspec.summarize(graph).rows) < 3 * DEPTH
    assert len(graph.fingerprint) == 64

    module = archspec.build(graph, seed=0)
    keys = [key for key, _ in graph.weights()]
    assert list(module.state_dict()) == keys
    assert len(keys) >= DEPTH
    x = torch.randn(1, 2, requires_grad=True)
    module(x).sum().backward()
    assert x.grad is not None
    for copied in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        with torch.no_grad():
            assert torch.equal(copied(x), module(x))
    assert sys.getrecursionlimit() == limit
