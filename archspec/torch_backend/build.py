"""Graph to `nn.Module`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib import import_module
from typing import Any

import torch
from torch import nn

from archspec.errors import UsageError
from archspec.graph.graph import Graph
from archspec.graph.inplace import in_place
from archspec.graph.nodes import Node, Scope, Value
from archspec.torch_backend.contract import contract
from archspec.torch_backend.initialize import initialize, uninitialized
from archspec.torch_backend.materialize import tie
from archspec.torch_backend.modules import contiguous
from archspec.torch_backend.origin import Origin, remember
from archspec.torch_backend.program import Slots, allocate, is_chain
from archspec.torch_backend.scope import Chain, Closed, Composite, Container, Joined, Network, Step, scope_class
from archspec.torch_backend.strides import strided_points


def build_module(graph: Graph, device: str | torch.device = "cpu", seed: int | None = None) -> nn.Module:
    """The module of a graph, in training mode.

    On the device `meta` it has no values. Elsewhere every weight is drawn on the CPU from a generator of its own,
    seeded by `seed` and its key, and then moved: the same weights on every device, and whatever torch's default dtype,
    default device and modes are. Without a seed, one is drawn from torch's global generator.

    Raises `UsageError` for a device that there is not, or that has no room.
    """
    place = _device(device)
    with neutral():
        with uninitialized(torch.device("meta" if place.type == "meta" else "cpu")):
            module = _network(graph)
        if place.type != "meta":
            remember(module, Origin("random", initialize(module, graph, seed)))
        if graph.dtype != "float32":
            module.to(getattr(torch, graph.dtype))
        if place.type in ("cpu", "meta"):
            return module
        try:
            return module.to(place)
        except _NO_DEVICE as error:
            raise _refused(device, error) from None


_NO_DEVICE = (RuntimeError, AssertionError, NotImplementedError, TypeError, ValueError)
"""What torch raises for a device that there is not, or that it was not compiled for."""


def _device(device: str | torch.device) -> torch.device:
    try:
        return torch.device(device)
    except _NO_DEVICE as error:
        raise _refused(device, error) from None


def _refused(device: object, error: Exception) -> UsageError:
    reason = " ".join(str(error).split())
    return UsageError(f"cannot use the device `{device}`: {reason}")


@contextmanager
def neutral() -> Iterator[None]:
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


def _axes(value: Value) -> int | None:
    """How many axes an output has that is the same for every sample."""
    return None if value.type is None or value.type.batch else len(value.type.shape)


def _network(graph: Graph) -> nn.Module:
    module = scope_class(Network, graph.name, tuple(graph.inputs))()
    _Builder().fill(module, graph.root)
    order = [graph.root.gives.index(value) for value in graph.outputs.values()]
    module._results = tuple(module._results[i] for i in order)
    module._names = () if graph.single else tuple(graph.outputs)
    module._repeated = tuple(_axes(value) for value in graph.outputs.values())
    module._graph = graph
    module._contract = contract(graph)
    module.feature_info = tuple(level.feature for level in graph.levels)
    network: nn.Module = module
    tie(network, graph.ties())
    for path in strided_points(graph):
        network.get_submodule(path).register_forward_pre_hook(contiguous)
    return network


class _Builder:
    """Makes the modules of scopes, and knows that of each: what runs again finds it there."""

    def __init__(self) -> None:
        self.homes: dict[Scope, nn.Module] = {}

    def scope(self, scope: Scope) -> nn.Module:
        """The module of a scope."""
        if is_chain(scope):
            chain: nn.Module = scope_class(Chain, scope.label, ())()
            self.homes[scope] = chain
            overwritten = in_place(scope)
            for item in scope.body:
                chain.add_module(item.name, self.child(item, item in overwritten))
            return chain
        others = len(scope.takes) - 1
        base = Closed if others < 0 else Joined if others else Composite
        made = scope_class(base, scope.label, ())
        composite: Composite = made(others) if others > 0 else made()
        self.fill(composite, scope)
        return composite

    def fill(self, module: Composite, scope: Scope) -> None:
        """Register the children of a composite scope, and give it the steps of those that run."""
        self.homes[scope] = module
        slots, places, count = allocate(scope)
        overwritten = in_place(scope)
        for item in scope.body:
            if item.of is not None:
                continue
            *containers, name = item.name.split(".")
            home: nn.Module = module
            for part in containers:
                if part not in home._modules:
                    home.add_module(part, Container())
                home = home._modules[part]  # type: ignore[assignment]
            if isinstance(item, Scope) or item.call.is_module:
                home.add_module(name, self.child(item, item in overwritten))
                continue
            for weight in item.weights:
                empty = torch.empty(weight.shape, dtype=getattr(torch, weight.dtype))
                if weight.trainable:
                    home.register_parameter(name, nn.Parameter(empty))
                else:
                    home.register_buffer(name, empty, persistent=weight.persistent)
        module._steps = tuple(self.step(slot, overwritten) for slot in slots)
        module._results, module._places = places, count

    def step(self, slot: Slots, overwritten: Mapping[Node, int]) -> Step:
        """The step of an item: a child, or a function that overwrites one of its inputs if it may."""
        item, inputs = slot.item, slot.inputs
        first = item.of or item
        path = tuple(first.name.split("."))
        home = None if item.of is None else self.homes[_home(first)]
        if isinstance(item, Scope) or item.call.is_module:
            return Step(path, inputs, slot.outputs, free=slot.free, home=home, name=item.name)
        target = item.call.target
        if item in overwritten:
            at = overwritten[item]
            inputs, target = (inputs[at], *inputs[:at], *inputs[at + 1 :]), f"{target}_"
        own = path if item.facts.weights else ()
        function, arguments = imported(target), item.call.arguments
        home = home if own else None
        return Step(own, inputs, slot.outputs, function, arguments, slot.free, home, item.name)

    def child(self, item: Node | Scope, overwrites: bool) -> nn.Module:
        """The module of an item."""
        if isinstance(item, Scope):
            return self.scope(item)
        call = item.call
        found: nn.Module = imported(call.target)(**call.arguments, **({"inplace": True} if overwrites else {}))
        return found


def _home(item: Node | Scope) -> Scope:
    """The scope that an item stands in."""
    found = item.output.scope if isinstance(item, Node) else item.parent
    assert found is not None
    return found


@cache
def imported(target: str) -> Any:
    """The class or function of a lowering; the name comes from the code of an op, never from a spec."""
    home, name = target.rsplit(".", 1)
    return getattr(import_module(home), name)
