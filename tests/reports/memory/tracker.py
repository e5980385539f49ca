"""What a training step and a forward pass take in torch: the bytes of all tensors, counted on tensors without data."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.checkpoint import checkpoint

import archspec
from archspec.graph import Graph
from archspec.reports.memory.program import Checkpointing, checkpointed

OPTIMIZERS: dict[str, Any] = {
    "adamw": lambda weights: torch.optim.AdamW(weights, foreach=True),
    "adam": lambda weights: torch.optim.Adam(weights, foreach=True),
    "momentum": lambda weights: torch.optim.SGD(weights, momentum=0.9, foreach=True),
    "sgd": lambda weights: torch.optim.SGD(weights, foreach=True),
}


class Tracker(TorchDispatchMode):
    """Counts the bytes of storages that are alive, and the most that were."""

    def __init__(self) -> None:
        super().__init__()
        self.alive = self.peak = 0
        self.sizes: dict[int, int] = {}

    def see(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key not in self.sizes:
            self.sizes[key] = storage.nbytes()
            self.alive += storage.nbytes()
            self.peak = max(self.peak, self.alive)
            weakref.finalize(storage, self.gone, key)

    def gone(self, key: int) -> None:
        self.alive -= self.sizes.pop(key)

    def most(self) -> int:
        """The most since this was asked last."""
        found, self.peak = self.peak, self.alive
        return found

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        for tensor in tree_leaves(result):
            if isinstance(tensor, Tensor):
                self.see(tensor)
        return result


def tracked(graph: Graph, batch: int, dtype: str, optimizer: str, way: Checkpointing = "none") -> dict[str, int]:
    """The most bytes of each phase of the second training step, and of a forward pass without gradients."""
    model = archspec.build(graph, device="meta")
    with FakeTensorMode(allow_non_fake_inputs=True):
        tracker = Tracker()
        fill(model, getattr(torch, dtype), tracker)
        weights = tracker.alive
        for path in checkpointed(graph, way):
            rerun(model.get_submodule(path))
        step = OPTIMIZERS[optimizer](model.parameters())
        with tracker:
            for _ in range(2):
                found = trained(graph, model.train(), batch, getattr(torch, dtype), step, tracker)
        step.zero_grad()
        gc.collect()
        with tracker, torch.no_grad():
            before = tracker.alive
            inputs = example(graph, batch, getattr(torch, dtype))
            tracker.most()
            outputs = model.eval()(*inputs)
            found["inference"] = tracker.most() - before + weights
            del outputs
    return found


def trained(
    graph: Graph, model: nn.Module, batch: int, dtype: torch.dtype, step: torch.optim.Optimizer, tracker: Tracker
) -> dict[str, int]:
    step.zero_grad()
    inputs = example(graph, batch, dtype)
    tracker.most()
    outputs = model(*inputs)
    values = outputs.values() if isinstance(outputs, dict) else [outputs]
    loss = sum(cross_entropy(graph, x, value) for x, value in zip(values, graph.outputs.values(), strict=True))
    forward = tracker.most()
    loss.backward()  # type: ignore[union-attr]
    backward = tracker.most()
    step.step()
    return {"forward": forward, "backward": backward, "optimizer step": tracker.most()}


def cross_entropy(graph: Graph, x: Tensor, value: Any) -> Tensor:
    if not value.type.channels_first:
        x = x.flatten(0, -2)
    return F.cross_entropy(x, torch.zeros((x.shape[0], *x.shape[2:]), dtype=torch.int64))


def example(graph: Graph, batch: int, dtype: torch.dtype) -> list[Tensor]:
    kinds = [value.type for value in graph.inputs.values() if value.type]
    return [
        torch.zeros((batch, *kind.shape), dtype=dtype if kind.vocab is None else torch.int64)  # type: ignore[arg-type]
        for kind in kinds
    ]


def fill(model: nn.Module, dtype: torch.dtype, tracker: Tracker) -> None:
    """Give a model from the device meta weights without data; those that are tied stay one."""
    made: dict[int, tuple[Tensor, Tensor]] = {}
    for module in model.modules():
        for home in (module._parameters, module._buffers):
            for name, old in home.items():
                if old is None:
                    continue
                if id(old) not in made:
                    new = torch.empty(old.shape, dtype=dtype if old.is_floating_point() else old.dtype)
                    made[id(old)] = old, nn.Parameter(new) if isinstance(old, nn.Parameter) else new
                    tracker.see(new)
                home[name] = made[id(old)][1]  # type: ignore[assignment]


def rerun(module: nn.Module) -> None:
    """Let a module keep nothing but its inputs, and run again for its gradient."""
    forward = module.forward
    module.forward = lambda *given: (
        checkpoint(forward, *given, use_reentrant=False) if module.training else forward(*given)
    )  # type: ignore[method-assign,assignment]
