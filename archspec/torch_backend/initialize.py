"""Initialization: each tensor once, from a generator of its own (docs/language.md, section 10)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from operator import index
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils._device import _device_constructors

from archspec.errors import UsageError
from archspec.graph.graph import Graph
from archspec.ops import Init
from archspec.torch_backend.layers import Direction
from archspec.torch_backend.materialize import give, values_of

_INITS = {found for name, found in vars(nn.init).items() if name.endswith("_") and callable(found)}
_DRAWS = {torch.Tensor.uniform_, torch.Tensor.normal_}
_SETS = {*_INITS, *_DRAWS, torch.Tensor.fill_, torch.Tensor.zero_, torch.Tensor.copy_}
"""What gives a tensor its values: initializers, and what they and modules do themselves."""


def _tensor(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return args[0] if args else kwargs.get("tensor")


class _Bare(TorchFunctionMode):
    """Makes tensors on a device, and leaves parameters as they were allocated: modules draw theirs as they are made,
    which would be drawn twice.

    It does what `with device` does too, since each mode costs as much as what it looks at.
    """

    def __init__(self, device: torch.device) -> None:
        super().__init__()
        self.device = device
        self.constructors = _device_constructors()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in self.constructors:
            if kwargs.get("device") is None:
                kwargs["device"] = self.device
        elif func in _SETS:
            tensor = _tensor(args, kwargs)
            if isinstance(tensor, nn.Parameter):
                return tensor
        return func(*args, **kwargs)


class _Keyed(TorchFunctionMode):
    """Gives every draw for a parameter the generator of its key."""

    def __init__(self, keys: dict[int, str], seed: int) -> None:
        super().__init__()
        self.keys = keys
        self.seed = seed

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        tensor = _tensor(args, kwargs) if func in _SETS else None
        if isinstance(tensor, nn.Parameter):
            if id(tensor) not in self.keys:
                # the spec has an initializer of its own for this one
                return tensor
            if func in _DRAWS or (func in _INITS and func.__name__ not in _WITHOUT_DRAWS):
                kwargs = {**kwargs, "generator": generator(self.seed, self.keys[id(tensor)])}
        return func(*args, **kwargs)


_WITHOUT_DRAWS = {"constant_", "ones_", "zeros_", "eye_", "dirac_"}


class _Permuted(TorchFunctionMode):
    """Draws permutations from the tensor's generator too, which `sparse_` forgets."""

    def __init__(self, source: torch.Generator) -> None:
        super().__init__()
        self.source = source

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        more = {"generator": self.source} if func is torch.randperm else {}
        return func(*args, **{**(kwargs or {}), **more})


@contextmanager
def uninitialized(device: torch.device) -> Iterator[None]:
    """While it lasts, modules are made on a device, without values for their parameters."""
    with _Bare(device):
        yield


def generator(seed: int, key: str) -> torch.Generator:
    """The generator of one tensor, seeded by the seed and the tensor's key."""
    digest = blake2b(f"{seed}:{key}".encode(), digest_size=8).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest, "big") >> 1)


@torch.no_grad()
def initialize(module: nn.Module, graph: Graph, seed: int | None) -> int:
    """Draw every parameter: by the spec's initializer where it has one, otherwise as torch does. Returns the seed.

    Raises `UsageError` for a seed that is no integer: it would be another one than the integer that it equals.
    """
    try:
        seed = int(torch.randint(2**62, (), device="cpu")) if seed is None else index(seed)
    except TypeError:
        raise UsageError(f"`seed` must be an integer, found {seed!r}") from None
    chosen = _chosen(graph)
    parameters = dict(module.named_parameters())
    keys = {id(p): key for key, p in parameters.items() if key not in chosen}
    with _Keyed(keys, seed):
        # children first, as they are made: attention then zeroes a bias of its output projection
        for child in reversed(list(module.modules())):
            reset = getattr(child, "reset_parameters", None)
            if callable(reset):
                reset()
            elif any(id(p) in keys for p in child.parameters(recurse=False)):
                name = type(child).__qualname__
                raise UsageError(f"`{name}` needs a method `reset_parameters`, or its op an `init` for each weight")
    for key, init in chosen.items():
        if key in parameters:
            _apply(init, parameters[key], generator(seed, key))
    for path, child in module.named_modules():
        if isinstance(child, Direction) and f"{path}.original0" not in chosen:
            child.measure()
    fill_buffers(module, graph, seed)
    return seed


@torch.no_grad()
def fill_buffers(module: nn.Module, graph: Graph, seed: int) -> None:
    """Give the buffers of the graph their values: those of the spec, or what their initializers draw."""
    for key, values in values_of(graph).items():
        give(module.get_buffer(key), values)
    for path, node in graph.nodes():
        for weight in node.weights:
            init = None if weight.trainable else node.initializer(weight)
            if init is not None:
                key = weight.key(path)
                _apply(init, module.get_buffer(key), generator(seed, key))


def _chosen(graph: Graph) -> dict[str, Init]:
    """The keys that the spec, or an op, initializes itself."""
    found: dict[str, Init] = {}
    for path, node in graph.nodes():
        for weight in node.weights:
            init = node.initializer(weight)
            if init is not None and weight.trainable:
                found[weight.key(path)] = init
    return found


def _apply(init: Init, tensor: torch.Tensor, source: torch.Generator) -> None:
    function = getattr(nn.init, f"{init.name}_")
    arguments = dict(init.arguments)
    if function.__name__ not in _WITHOUT_DRAWS:
        arguments["generator"] = source
    with _Permuted(source):
        function(tensor, **arguments)
