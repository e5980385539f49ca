"""Artifacts against the module: the largest difference between their outputs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from archspec.errors import ExportError
from archspec.export.samples import Sizes, batch_name, random_inputs
from archspec.export.subject import Artifact, Subject

BATCHES = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Difference:
    """The largest difference between two tensors: absolute, and relative to the largest value of the expected one."""

    absolute: float = 0.0
    relative: float = 0.0


@dataclass(frozen=True)
class Verification:
    """The module's outputs on some inputs, computed once, to compare every artifact with."""

    subject: Subject

    @cached_property
    def cases(self) -> list[tuple[tuple[Tensor, ...], tuple[Tensor, ...]]]:
        """The inputs and outputs of each case: every batch size, with the choices of symbolic sizes in turn."""
        graph = self.subject.graph
        inputs = [random_inputs(graph, batch, sizes, seed=batch) for batch, sizes in self._choices()]
        return [(given, self.subject.run(given)) for given in inputs]

    def _choices(self) -> Iterator[tuple[int, Sizes]]:
        for turn, batch in enumerate(BATCHES):
            yield batch, self.subject.sizes[1 - turn % 2]

    @property
    def checked(self) -> dict[str, Any]:
        """The values of each dynamic dimension that artifacts are compared on."""
        found: dict[str, list[int]] = {batch_name(self.subject.graph): list(BATCHES)}
        for sizes in self.subject.sizes:
            for name, size in sizes.items():
                found[name] = sorted({*found.get(name, []), size})
        return found

    def compare(self, artifact: Artifact, tolerance: float) -> Difference:
        """The largest difference over all cases and outputs. Raises `ExportError` where one is beyond the tolerance."""
        worst = Difference()
        for inputs, expected in self.cases:
            outputs = artifact(inputs)
            for name, wanted, found in zip(self.subject.graph.outputs, expected, outputs, strict=True):
                if (kind := _kind(found)) != _kind(wanted):
                    raise ExportError(f"its output `{name}` is {kind}, the module's {_kind(wanted)}")
                seen = difference(wanted, found)
                bound = _bound(tolerance, wanted.dtype)
                if not seen.relative <= bound:
                    raise ExportError(
                        f"its output `{name}` ({kind}) differs from the module's by {seen.absolute:.3g}, relatively "
                        f"{seen.relative:.3g}, where {bound:.3g} is allowed"
                    )
                worst = Difference(max(worst.absolute, seen.absolute), max(worst.relative, seen.relative))
        return worst


def _bound(tolerance: float, dtype: torch.dtype) -> float:
    """The tolerance of a dtype: half precision is not compared more finely than it counts, token ids are equal."""
    if not tolerance or not dtype.is_floating_point:
        # no tolerance at all means the same bits
        return 0.0
    return max(tolerance, 8 * torch.finfo(dtype).eps)


def _kind(tensor: Tensor) -> str:
    """The dtype and shape of a tensor: `float32 of 2 × 10`."""
    return f"{str(tensor.dtype).removeprefix('torch.')} of {' × '.join(map(str, tensor.shape))}"


def difference(expected: Tensor, found: Tensor) -> Difference:
    """The largest difference; infinite for another shape or dtype, or where only one of them is finite."""
    if expected.shape != found.shape or expected.dtype != found.dtype:
        return Difference(math.inf, math.inf)
    wanted, given = expected.double(), found.double()
    # where both overflow alike there is nothing to subtract
    alike = (wanted == given) | (wanted.isnan() & given.isnan())
    gap = torch.where(alike, 0.0, (wanted - given).abs()).nan_to_num(nan=math.inf, posinf=math.inf)
    absolute = gap.max().item() if gap.numel() else 0.0
    scale = wanted[wanted.isfinite()].abs().max().item() if wanted.isfinite().any() else 0.0
    if absolute == 0:
        return Difference()
    return Difference(absolute, absolute / scale if scale else math.inf)
