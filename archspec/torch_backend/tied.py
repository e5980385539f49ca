"""Keys of a state dict that share memory, as tied weights do: what is loaded into one is loaded into the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping
from typing import Any

import torch
from torch import Tensor

from archspec.torch_backend.origin import bytes_of


def same_keys(state: Mapping[str, Tensor]) -> dict[str, str]:
    """The keys that are the same tensor as an earlier one, each with that."""
    first: dict[Hashable, str] = {}
    owners = {key: first.setdefault(_memory_of(tensor), key) for key, tensor in state.items() if tensor.numel()}
    return {key: owner for key, owner in owners.items() if key != owner}


def conflicting(state: Mapping[str, Tensor], chosen: Mapping[str, Tensor]) -> tuple[str, str] | None:
    """Two keys of which the second would overwrite other values of the first, if these were loaded in their order."""
    groups: defaultdict[Hashable, list[str]] = defaultdict(list)
    for key in chosen:
        if state[key].numel():
            groups[state[key].device, state[key].untyped_storage().data_ptr()].append(key)
    for keys in groups.values():
        if len(keys) > 1 and (conflict := _conflict({key: state[key] for key in keys}, chosen)):
            return conflict
    return None


def _memory_of(tensor: Tensor) -> Hashable:
    start = tensor.untyped_storage().data_ptr()
    return tensor.device, start, tensor.storage_offset(), tensor.shape, tensor.stride(), tensor.dtype


def _conflict(shared: Mapping[str, Tensor], chosen: Mapping[str, Tensor]) -> tuple[str, str] | None:
    """The same of keys in one storage: their values are written into a copy of it, and read again."""
    storage = next(iter(shared.values())).untyped_storage().clone()
    views = {key: _view(storage, tensor) for key, tensor in shared.items()}
    for key, view in views.items():
        view.copy_(chosen[key])
    lost = next((key for key, view in views.items() if not _holds(view, chosen[key])), None)
    if lost is None:
        return None
    views[lost].copy_(chosen[lost])
    for key in [key for key in views if key != lost]:
        views[key].copy_(chosen[key])
        if not _holds(views[lost], chosen[lost]):
            return lost, key
    raise AssertionError("no key overwrites what one of them did")


def _view(storage: Any, tensor: Tensor) -> Tensor:
    empty = torch.empty(0, dtype=tensor.dtype, device=tensor.device)
    return empty.set_(storage, tensor.storage_offset(), tensor.shape, tensor.stride())


def _holds(view: Tensor, values: Tensor) -> bool:
    return bytes_of(view) == bytes_of(values.to(view.dtype))
