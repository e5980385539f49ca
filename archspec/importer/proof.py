"""What is imported computes what the module does, or it is not shown."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import nn

from archspec.records import record

BATCHES = (2, 3)
_CLOSE = {torch.float32: 1e-5, torch.float64: 1e-12}


@record
class Proof:
    """How equal outputs are: 0 where they are to the bit, otherwise the largest relative difference in float32 and in
    float64; and what was compared."""

    float32: float
    float64: float
    training: bool

    @property
    def exact(self) -> bool:
        """Whether all outputs are equal to the bit."""
        return self.float32 == self.float64 == 0

    def __str__(self) -> str:
        how = "bit-equal" if self.exact else f"equal to {self.float32:.0e} in float32, {self.float64:.0e} in float64"
        return f"outputs {how}, in evaluation" + (" and in training" if self.training else "")


class Unequal(Exception):
    """The spec is not that of the module; the text says in what."""


def prove(module: nn.Module, built: nn.Module, inputs: Sequence[torch.Tensor], random: bool) -> Proof:
    """Compare a module with what was built of its spec: keys, shapes, and outputs with weights and statistics drawn at
    random. Training is compared too where nothing of it is `random`. Raises `Unequal`."""
    module, built = copy.deepcopy(module), copy.deepcopy(built)
    ours, theirs = built.state_dict(), module.state_dict()
    odd = [
        *(f"no {key}" for key in theirs if key not in ours),
        *(f"{key} too much" for key in ours if key not in theirs),
    ]
    if odd:
        raise Unequal(f"the keys differ: {', '.join(odd[:5])}")
    _draw(module)
    built.load_state_dict(module.state_dict(), strict=True)
    worst = {}
    for dtype in (torch.float32, torch.float64):
        worst[dtype] = max(_differences(module.to(dtype), built.to(dtype), inputs, dtype, random))
        if worst[dtype] > _CLOSE[dtype]:
            raise Unequal(f"outputs differ by {worst[dtype]:.1e}, relatively, in {str(dtype).removeprefix('torch.')}")
    return Proof(worst[torch.float32], worst[torch.float64], not random)


def is_single(module: nn.Module, inputs: Sequence[torch.Tensor]) -> bool:
    """Whether a module gives one tensor in evaluation."""
    with torch.no_grad():
        return len(_flat(copy.deepcopy(module).eval()(*inputs))) == 1


def _draw(module: nn.Module) -> None:
    """Other weights and statistics: heads of zeros and layer scales of 1e-6 would hide everything."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            if not tensor.is_floating_point():
                continue
            drawn = torch.randn(tensor.shape, generator=generator)
            if name.endswith("running_var"):
                tensor.copy_(drawn.abs() + 0.5)
            elif tensor.ndim > 1:
                tensor.copy_(drawn / max(tensor[0].numel(), 1) ** 0.5)
            else:
                tensor.copy_(drawn * 0.1 + (name.endswith("weight") and 1.0))


def _differences(
    module: nn.Module, built: nn.Module, inputs: Sequence[torch.Tensor], dtype: torch.dtype, random: bool
) -> Iterator[float]:
    generator = torch.Generator().manual_seed(1)
    for training in (False,) if random else (False, True):
        module.train(training)
        built.train(training)
        for batch in BATCHES:
            drawn = [_like(one, batch, generator, dtype) for one in inputs]
            with torch.no_grad():
                theirs, ours = _flat(module(*drawn)), _flat(built(*drawn))
            if len(ours) != len(theirs) and not training:
                raise Unequal(f"it has {len(theirs)} outputs, and the spec {len(ours)}")
            # heads for training alone come behind the output
            for one, other in zip(theirs, ours, strict=False):
                if one.shape != other.shape:
                    raise Unequal(f"an output has the shape {(*one.shape,)}, and that of the spec {(*other.shape,)}")
                yield 0.0 if torch.equal(one, other) else _relative(one, other)


def _like(value: torch.Tensor, batch: int, generator: torch.Generator, dtype: torch.dtype) -> torch.Tensor:
    shape = (batch, *value.shape[1:])
    if value.is_floating_point():
        return torch.randn(shape, generator=generator).to(dtype)
    return torch.randint(int(value.max()) + 1, shape, generator=generator).to(value.dtype)


def _relative(one: torch.Tensor, other: torch.Tensor) -> float:
    scale = float(one.abs().max())
    found = float((one - other).abs().max()) / (scale or 1.0)
    return found if found == found else float("inf")


def _flat(value: Any) -> list[torch.Tensor]:
    """The tensors of a result, in their order."""
    if isinstance(value, torch.Tensor):
        return [value]
    return [one for inner in (value.values() if isinstance(value, dict) else value) for one in _flat(inner)]
