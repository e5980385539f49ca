"""What outlives a change of all tensors of a network, as from the device `meta` to another: ties, and given values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from archspec.graph.graph import Graph
from archspec.types.call import Values


def tie(module: nn.Module, ties: Mapping[str, str]) -> None:
    """Let parameters be the same tensors as those that own their values, by their keys."""
    for key, owner in ties.items():
        _put(module, key, module.get_parameter(owner))


def values_of(graph: Graph) -> dict[str, Values]:
    """The values of the buffers that the spec gives, by key."""
    found = ((path, weight) for path, node in graph.nodes() for weight in node.weights)
    return {weight.key(path): weight.values for path, weight in found if weight.values is not None}


@torch.no_grad()
def give(buffer: Tensor, values: Values) -> None:
    """Fill a buffer, in its own dtype, with values that are repeated to its shape."""
    given = torch.tensor(values.flat, dtype=torch.float64 if buffer.is_floating_point() else None)
    buffer.copy_(given.reshape(values.shape).expand(buffer.shape))


@contextmanager
def lasting(module: nn.Module, graph: Graph) -> Iterator[None]:
    """While it lasts, the tensors of a graph's module may be replaced. Parameters that were one are one again, and
    buffers that were on the device `meta` have their values where others are not."""
    keys: defaultdict[nn.Parameter, list[str]] = defaultdict(list)
    for key, parameter in module.named_parameters(remove_duplicate=False):
        keys[parameter].append(key)
    waiting = {key for key, buffer in module.named_buffers() if buffer.is_meta}
    yield
    for tied in keys.values():
        parameters = [module.get_parameter(key) for key in tied]
        kept = next((parameter for parameter in parameters if not parameter.is_meta), parameters[0])
        for key, parameter in zip(tied, parameters, strict=True):
            if parameter is not kept:
                _put(module, key, kept)
    device = next((tensor.device for tensor in module.parameters() if not tensor.is_meta), None)
    for key, values in values_of(graph).items() if waiting else ():
        if key not in waiting:
            continue
        buffer = module.get_buffer(key)
        if buffer.is_meta and device is not None:
            buffer = torch.empty_like(buffer, device=device)
            _put(module, key, buffer)
        if not buffer.is_meta:
            give(buffer, values)


def _put(module: nn.Module, key: str, tensor: Tensor) -> None:
    path, _, name = key.rpartition(".")
    setattr(module.get_submodule(path), name, tensor)
