"""Artifacts against the module: the largest difference between their outputs."""

from __future__ import annotations

import math
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from archspec.errors import ExportError
from archspec.export.culprit import whole
from archspec.export.samples import Sizes, batch_name, probes, random_inputs
from archspec.export.subject import Artifact, Subject
from archspec.records import record

BATCHES = (1, 2, 3)


@record
class Difference:
    """The largest difference between two tensors: absolute, and relative to the largest value of the expected one."""

    absolute: float = 0.0
    relative: float = 0.0

    def joined(self, other: Difference) -> Difference:
        """The larger of both, absolutely and relatively."""
        return Difference(max(self.absolute, other.absolute), max(self.relative, other.relative))


@dataclass(frozen=True)
class Case:
    """Inputs of one batch and choice of symbolic sizes, and the module's outputs for them."""

    batch: int
    sizes: Sizes
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


@dataclass(frozen=True)
class Comparison:
    """How far an artifact is from the module, and the symbolic sizes that the module takes and the artifact refuses.

    `conditions` is what the artifact says of these: it may hold of other sizes, too.
    """

    difference: Difference
    refused: tuple[Sizes, ...]
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verification:
    """The module's outputs on some inputs, computed once, to compare every artifact with."""

    subject: Subject

    @cached_property
    def cases(self) -> list[Case]:
        """Every batch size, with the usual choices of symbolic sizes in turn, and the unusual ones that it accepts."""
        usual = self.subject.sizes
        found = [self._case(batch, usual[1 - turn % 2]) for turn, batch in enumerate(BATCHES)]
        for sizes in probes(self.subject.graph, usual[0]):
            with suppress(Exception):  # a network that rejects a size raises whatever the operator at fault raises
                found.append(self._case(1, sizes))
        return found

    def _case(self, batch: int, sizes: Sizes) -> Case:
        inputs = random_inputs(self.subject.graph, batch, sizes, seed=batch)
        return Case(batch, sizes, inputs, self.subject.run(inputs))

    @property
    def checked(self) -> dict[str, list[int]]:
        """The values of each dynamic dimension that artifacts are compared on."""
        found: dict[str, set[int]] = {batch_name(self.subject.graph): set(BATCHES)}
        for case in self.cases:
            for name, size in case.sizes.items():
                found.setdefault(name, set()).add(size)
        return {name: sorted(values) for name, values in found.items()}

    def compare(self, artifact: Artifact, tolerance: float) -> Comparison:
        """The largest difference over all cases and outputs, and the sizes that the artifact refuses.

        Raises `ExportError` where a difference is beyond the tolerance, and whatever the artifact raises at the sizes
        that it was made with.
        """
        worst = Difference()
        refused: list[Sizes] = []
        said: dict[str, None] = {}
        for case in self.cases:
            try:
                outputs = artifact(case.inputs)
            except Exception as error:  # runtimes raise all kinds of things for sizes that they do not support
                if case.sizes == self.subject.sizes[0]:
                    raise
                refused.append(case.sizes)
                said.setdefault(" ".join(whole(error).split()) or type(error).__name__)
                continue
            worst = worst.joined(self._difference(case.outputs, outputs, tolerance))
        return Comparison(worst, tuple(refused), tuple(said))

    def _difference(self, expected: tuple[Tensor, ...], outputs: tuple[Tensor, ...], tolerance: float) -> Difference:
        worst = Difference()
        for name, wanted, found in zip(self.subject.graph.outputs, expected, outputs, strict=True):
            if (kind := _kind(found)) != _kind(wanted):
                raise ExportError(f"its output `{name}` is {kind}, but the module's is {_kind(wanted)}")
            seen = difference(wanted, found)
            bound = _bound(tolerance, wanted.dtype)
            if not seen.relative <= bound:
                raise ExportError(
                    f"its output `{name}` ({kind}) differs from the module's by {seen.absolute:.3g}: relatively "
                    f"{seen.relative:.3g}, more than the allowed {bound:.3g}"
                )
            worst = worst.joined(seen)
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
