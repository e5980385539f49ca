"""Originals that are configured by the parameters of the specs.

Large networks are compared twice: keys, shapes and parameters in full, on the meta device, and outputs with other
parameters of the spec, so few that weights can be drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import nn

import archspec

Params = Mapping[str, Any]


class Sized(Protocol):
    """An original, by the parameters of its spec."""

    small: Params
    """Parameters of the spec with which outputs are compared."""

    def full(self, params: Params) -> nn.Module:
        """The original on the meta device."""

    def make(self, params: Params) -> nn.Module:
        """The original with weights, called with tensors in order, returning tensors in the order of the outputs."""


class Maker:
    """Makes originals by the names of the specs, with small parameters; `whole` makes them in full."""

    def __init__(self, originals: Mapping[str, Sized]) -> None:
        self.originals = originals
        self.params = {name: original.small for name, original in originals.items()}

    def __call__(self, name: str) -> nn.Module:
        return self.originals[name].make(archspec.compile(name, self.params[name]).params)

    def whole(self, name: str) -> nn.Module:
        return self.originals[name].full(archspec.compile(name).params)


@dataclass(frozen=True)
class Built:
    """An original that one function makes, whatever its size."""

    make: Callable[[Params], nn.Module]
    small: Params

    def full(self, params: Params) -> nn.Module:
        with torch.device("meta"):
            return self.make(params)
