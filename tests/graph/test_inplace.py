"""What works in place computes what it would compute otherwise, and so do its gradients."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

import archspec
from archspec.torch_backend import build

CONV = {"conv": {"kernel": 3}}
LEAKY = {"type": "leaky_relu", "negative_slope": -0.1}

NETWORKS: dict[str, tuple[list[Any], int]] = {
    **{act: ([CONV, {"act": act}], 1) for act in ("relu", "relu6", "leaky_relu", "hardswish", "silu")},
    **{act: ([CONV, {"act": act}], 0) for act in ("gelu", "tanh", "sigmoid", "elu")},
    "a negative slope": ([CONV, {"act": LEAKY}], 0),
    "an input": (["act"], 0),
    "batch": ([{"norm": "batch"}, "act"], 1),
    "group": ([{"norm": {"type": "group", "groups": 2}}, "act"], 1),
    "a norm that needs its output": ([{"norm": "layer"}, "act"], 0),
    "a product that needs its output": ([CONV, {"mul": [".", "input"]}, "act"], 0),
    "a value for two": ([{"conv": {"name": "a"}}, "act", {"add": [".", "a"]}], 0),
    "a value that is returned": ([{"conv": {"name": "a"}}, "act"], 0),
    "a residual": ([{"residual": [CONV, {"norm": "batch"}, "act", CONV]}, "act"], 3),
    "a sum that is wider": ([{"global_pool": {"keepdim": True}}, {"conv": 4}, {"add": [".", "input"]}], 0),
    "a sum of three": ([{"conv": {"name": "a"}}, {"conv": {"from": "input"}}, {"add": ["input", ".", "a"]}], 1),
    "a sum whose last alone is fresh": ([{"conv": {"name": "a"}}, "act", "conv", {"add": ["a", "act", "."]}], 0),
    "a sum of one": ([CONV, {"add": ["."]}], 0),
    "concatenated": ([{"concat": [".", "input"]}, "act"], 1),
    "concatenated alone": ([{"concat": ["."]}, "act"], 0),
}  # fmt: skip


def network(name: str, allowed: bool) -> tuple[nn.Module, int]:
    """A network, and how many of its nodes work in place, where that is allowed."""
    found = build.in_place
    count = 0

    def counted(*given: Any) -> Any:
        nonlocal count
        nodes = found(*given) if allowed else {}
        count += len(nodes)
        return nodes

    spec = {"archspec": 1, "name": "x", "input": [4, 6, 6], "act": "relu", "layers": NETWORKS[name][0]}
    if name == "a value that is returned":
        spec["outputs"] = {"a": "a", "b": "act"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "in_place", counted)
        return archspec.build(spec, seed=0), count


def computed(model: nn.Module) -> list[Tensor]:
    x = torch.randn(2, 4, 6, 6, generator=torch.Generator().manual_seed(0)).requires_grad_()
    found = model(x)
    outputs = list(found.values()) if isinstance(found, dict) else [found]
    torch.stack([output.square().sum() for output in outputs]).sum().backward()
    return [*outputs, x.grad, *(parameter.grad for parameter in model.parameters())]


@pytest.mark.parametrize("name", NETWORKS)
def test_it_makes_no_difference(name: str) -> None:
    model, count = network(name, True)
    plain, _ = network(name, False)
    assert count == NETWORKS[name][1]
    for one, two in zip(computed(model), computed(plain), strict=True):
        torch.testing.assert_close(one, two, rtol=0, atol=0)
