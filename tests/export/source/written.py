"""The source of a graph, executed: its module, and what the tests ask of it."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

import archspec
from archspec.export.samples import random_inputs
from archspec.export.source import check_source, source


def executed(name: str, text: str) -> type[nn.Module]:
    """The class of that name, from a source alone."""
    namespace: dict[str, Any] = {"__name__": "written"}
    exec(compile(text, f"{name}.py", "exec"), namespace)
    found: type[nn.Module] = namespace[name]
    return found


def check_bits(graph: archspec.Graph, sizes: dict[str, int] | None = None) -> nn.Module:
    """Same keys in the same order, the state dict taken strictly, the same bits; the module that was written."""
    name, text = source(graph)
    check_source(text, graph)
    model, written = archspec.build(graph, seed=0).eval(), executed(name, text)().eval()
    assert list(written.state_dict()) == [key for key, _ in graph.weights()]
    written.load_state_dict(model.state_dict(), strict=True)
    inputs = random_inputs(graph, 2, sizes or {})
    with torch.no_grad():
        wanted, found = (net(*(value.clone() for value in inputs)) for net in (model, written))
    torch.testing.assert_close(found, wanted, rtol=0, atol=0, equal_nan=True)
    return written
