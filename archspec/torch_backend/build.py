"""Graph to `nn.Module`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib import import_module
from typing import Any

import torch
from torch import nn

from archspec.graph.graph import Graph
from archspec.graph.nodes import Node, Scope, Value
from archspec.torch_backend.initialize import initialize, uninitialized
from archspec.torch_backend.inplace import in_place
from archspec.torch_backend.origin import Origin, remember
from archspec.torch_backend.program import allocate, is_chain, received, returned
from archspec.torch_backend.scope import Chain, Composite, Container, Joined, Step, network_class
from archspec.weights.fit import foreign


def build_module(graph: Graph, device: str | torch.device = "cpu", seed: int | None = None) -> nn.Module:
    """The module of a graph, in training mode.

    On the device `meta` it has no values. Elsewhere every weight is drawn on the CPU from a generator of its own,
    seeded by `seed` and its key, and then moved: the same weights on every device, and whatever torch's default dtype,
    default device and modes are. Without a seed, one is drawn from torch's global generator.
    """
    device = torch.device(device)
    with _neutral():
        with uninitialized(torch.device("meta" if device.type == "meta" else "cpu")):
            module = _network(graph)
        if device.type != "meta":
            remember(module, Origin("random", initialize(module, graph, seed)))
        if graph.dtype != "float32":
            module.to(getattr(torch, graph.dtype))
        return module if device.type in ("cpu", "meta") else module.to(device)


@contextmanager
def _neutral() -> Iterator[None]:
    """While it lasts, nothing of torch's global state has a say in what is made: it is as torch starts."""
    dtype = torch.get_default_dtype()
    with ExitStack() as stack:
        if dtype != torch.float32:
            torch.set_default_dtype(torch.float32)
            stack.callback(torch.set_default_dtype, dtype)
        if torch.get_default_device().type != "cpu":
            stack.enter_context(torch.device("cpu"))
        if torch.is_inference_mode_enabled():
            stack.enter_context(torch.inference_mode(False))
        if torch.is_autocast_enabled("cpu"):
            stack.enter_context(torch.autocast("cpu", enabled=False))
        yield


def _network(graph: Graph) -> nn.Module:
    results = list(dict.fromkeys(graph.outputs.values()))
    module = _fill(network_class(tuple(graph.inputs))(), graph.root, results)
    order = [results.index(value) for value in graph.outputs.values()]
    module._results = tuple(module._results[i] for i in order)
    module._names = () if graph.single else tuple(graph.outputs)
    module._label = graph.name
    module._foreign = foreign(graph)
    module.feature_info = tuple(level.feature for level in graph.levels)
    network: nn.Module = module
    return network


def _scope(scope: Scope) -> nn.Module:
    results = returned(scope)
    if is_chain(scope, results):
        chain = Chain()
        chain._label = scope.label
        overwritten = in_place(scope, results)
        for item in scope.body:
            chain.add_module(item.name, _child(item, item in overwritten))
        return chain
    others = len(received(scope)) - 1
    composite: nn.Module = _fill(Joined(others) if others else Composite(), scope, results)
    return composite


def _fill(module: Any, scope: Scope, results: list[Value]) -> Any:
    """Register the children of a composite scope, and give it its steps."""
    slots, places, count = allocate(scope, results)
    overwritten = in_place(scope, results)
    steps: list[Step] = []
    for slot in slots:
        item = slot.item
        path = tuple(item.name.split("."))
        home: nn.Module = module
        for part in path[:-1]:
            if part not in home._modules:
                home.add_module(part, Container())
            home = home._modules[part]  # type: ignore[assignment]
        if isinstance(item, Scope) or item.call.is_module:
            home.add_module(path[-1], _child(item, item in overwritten))
            steps.append(Step(path, slot.inputs, slot.outputs, free=slot.free))
            continue
        weights = item.weights
        for weight in weights:
            home.register_parameter(path[-1], nn.Parameter(torch.empty(weight.shape)))
        own = path if weights else ()
        inputs, target = slot.inputs, item.call.target
        if item in overwritten:
            at = overwritten[item]
            inputs, target = (inputs[at], *inputs[:at], *inputs[at + 1 :]), f"{target}_"
        steps.append(Step(own, inputs, slot.outputs, resolve(target), item.call.arguments, slot.free))
    module._label = scope.label
    module._steps, module._results, module._places = tuple(steps), places, count
    return module


def _child(item: Node | Scope, overwrites: bool) -> nn.Module:
    if isinstance(item, Scope):
        return _scope(item)
    call = item.call
    found: nn.Module = resolve(call.target)(**call.arguments, **({"inplace": True} if overwrites else {}))
    return found


@cache
def resolve(target: str) -> Any:
    """The class or function of a lowering; the name comes from the code of an op, never from a spec."""
    home, name = target.rsplit(".", 1)
    return getattr(import_module(home), name)
