"""What archspec accepts is built and runs; every type, weight and cost that it says beforehand is what torch has."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
import torch
from hypothesis import assume, example, given, note
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import archspec
from archspec.graph import Graph, Scope
from archspec.types import TensorType
from tests.torch_backend.random_specs import specs

BATCH = 2

EMPTY_FIRST = {
    "archspec": 1,
    "name": "empty_first",
    "input": [4],
    "layers": [
        {"repeat": {"times": 0, "name": "part.n1", "layers": ["norm"]}},
        {"linear": 4},
        {"norm": {"name": "part.n2"}},
    ],
    "norm": "batch",
}
"""A container is made by what holds no weights, and comes first in `state_dict` nevertheless."""
RUN_FIRST = {
    "archspec": 1,
    "name": "run_first",
    "input": [4],
    "layers": [
        {"linear": {"name": "a", "features": 4}},
        {"reuse": {"of": "a", "name": "part.n1"}},
        {"linear": {"name": "b", "features": 4}},
        {"linear": {"name": "part.n2", "features": 4}},
    ],
}
"""None is made by what runs again."""


def compiled(spec: dict[str, Any]) -> Graph:
    try:
        graph = archspec.compile(spec)
    except archspec.SpecError as error:
        note(str(error))
        assume(False)
    note(str(graph))
    return graph


def inputs(graph: Graph, device: str = "cpu") -> list[Tensor]:
    return [torch.randn(BATCH, *value.type.shape, device=device) for value in graph.inputs.values() if value.type]


def values(output: Any) -> list[Tensor]:
    if isinstance(output, dict):
        return list(output.values())
    return list(output) if isinstance(output, tuple) else [output]


def batch(kind: TensorType) -> int:
    """How many samples or windows a value of a type has."""
    windows = 1 if kind.frame is None else int(kind.frame.count)
    return (BATCH if kind.batch else 1) * windows


def promised(graph: Graph) -> dict[str, list[TensorType | None]]:
    """The types of what each module that runs returns, by its path."""
    found: dict[str, list[TensorType | None]] = {}
    stack: list[tuple[str, Scope]] = [("", graph.root)]
    while stack:
        prefix, scope = stack.pop()
        for item in scope.body:
            if item.of is not None:
                continue
            if item.runs and (isinstance(item, Scope) or item.call.is_module):
                found[prefix + item.name] = [value.type for value in item.gives]
            if item.runs and isinstance(item, Scope):
                stack.append((f"{prefix}{item.name}.", item))
    return found


@example(spec=EMPTY_FIRST)
@example(spec=RUN_FIRST)
@given(spec=specs())
def test_types_weights_and_costs_are_those_of_torch(spec: dict[str, Any]) -> None:
    graph = compiled(spec)
    module = archspec.build(graph, seed=0)

    assert [(k, tuple(v.shape)) for k, v in module.state_dict().items()] == [(k, w.shape) for k, w in graph.weights()]
    assert sum(p.numel() for p in module.parameters()) == graph.parameter_count == archspec.summarize(graph).params

    expected, seen = promised(graph), {}
    for path, child in module.named_modules():
        if path in expected:
            child.register_forward_hook(lambda _, __, output, path=path: seen.update({path: values(output)}))
    with torch.no_grad():
        outputs = values(module.eval()(*inputs(graph)))
    assert set(seen) == set(expected)
    for path, tensors in seen.items():
        shapes = [tuple(tensor.shape[1:]) for tensor in tensors]
        assert shapes == [kind.shape for kind in expected[path] if kind], path
        assert [len(tensor) for tensor in tensors] == [batch(kind) for kind in expected[path] if kind], path
    assert [tuple(o.shape) for o in outputs] == [(BATCH, *v.type.shape) for v in graph.outputs.values() if v.type]

    # on the meta device and in training, where no fused attention hides its products
    with FlopCounterMode(display=False) as counter:
        archspec.build(graph, device="meta")(*inputs(graph, "meta"))
    assert counter.get_total_flops() == 2 * BATCH * graph.macs


@given(spec=specs())
def test_it_trains_and_is_traced(spec: dict[str, Any]) -> None:
    """What is computed in place is what would be computed otherwise, gradients too, and a tracer sees the same.

    Close and not equal: other memory formats, and fused attention in evaluation, round differently.
    """
    graph = compiled(spec)
    xs = [x.double() for x in inputs(graph)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("archspec.torch_backend.build.in_place", lambda scope: {})
        plain = archspec.build(graph, seed=0).double()
    module = archspec.build(graph, seed=0).double()
    traced = torch.fx.symbolic_trace(module)
    expected = step(plain, xs)
    torch.testing.assert_close(step(module, xs), expected)
    for copied in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert len(list(copied.parameters())) == len(list(module.parameters()))
    torch.testing.assert_close(step(traced, xs)[0], expected[0])
    torch.testing.assert_close(run(torch.fx.symbolic_trace(module.eval()), xs), run(module, xs))


def run(module: nn.Module, xs: list[Tensor]) -> list[Tensor]:
    with torch.no_grad():
        return values(module(*xs))


def step(module: nn.Module, xs: list[Tensor]) -> tuple[list[Tensor], dict[str, Tensor]]:
    """Outputs and gradients of one training step."""
    torch.manual_seed(0)
    xs = [x.clone().requires_grad_() for x in xs]
    outputs = values(module.train()(*xs))
    torch.stack([output.square().sum() for output in outputs]).sum().backward()
    gradients = {key: p.grad for key, p in module.named_parameters() if p.grad is not None}
    return [output.detach() for output in outputs], gradients | {"input": xs[0].grad} if xs[0].grad is not None else {}
