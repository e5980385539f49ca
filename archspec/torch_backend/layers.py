"""Linear maps and convolutions whose weights are values, or are made from other parameters."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Layer(nn.Module):
    """A linear map or convolution, by its `function` in torch, with a `weight` of this shape.

    Weight or bias may be values: `takes` names those, in the order in which they are given. A value is a batch of one,
    or of the samples where each has a weight of its own (`each`).
    """

    bias: Tensor | None

    def __init__(
        self,
        function: str,
        weight: tuple[int, ...],
        bias: bool,
        takes: tuple[str, ...] = (),
        each: bool = False,
        **arguments: Any,
    ) -> None:
        super().__init__()
        self.function, self.shape, self.takes, self.each, self.arguments = function, weight, takes, each, arguments
        self.channels = weight[1] * arguments["groups"] if "transpose" in function else weight[0]
        self.register(bias)
        self.reset_parameters()

    def register(self, bias: bool) -> None:
        """Its parameters."""
        if "weight" not in self.takes:
            self.weight = nn.Parameter(torch.empty(self.shape))
        self.register_parameter("bias", nn.Parameter(torch.empty(self.channels)) if bias else None)

    def reset_parameters(self) -> None:
        """As torch's own layers start."""
        if "weight" in self._parameters:
            nn.init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(math.prod(self.shape[1:]))
            nn.init.uniform_(self.bias, -bound, bound)

    def made(self) -> Tensor:
        """The weight that it computes with."""
        return self.weight

    def forward(self, x: Tensor, *others: Tensor) -> Tensor:
        """(N, C, …) or (N, …, C), and the values that it takes, to the same with other channels and sizes."""
        given = dict(zip(self.takes, others, strict=True))
        bias = given.get("bias")
        if self.each:
            y = self._each(x, given["weight"])
            bias = self.bias[None] if bias is None and self.bias is not None else bias
        else:
            weight = given["weight"][0] if "weight" in given else self.made()
            y = self._computed(x, weight, self.bias, self.arguments)
        if bias is None:
            return y
        ones = (1,) * (y.dim() - 2)
        shape = (*ones, self.channels) if self.function == "linear" else (self.channels, *ones)
        return y + bias.reshape(bias.shape[0], *shape)

    def _computed(self, x: Tensor, weight: Tensor, bias: Tensor | None, arguments: dict[str, Any]) -> Tensor:
        y: Tensor = getattr(F, self.function)(x, weight, bias, **arguments)
        return y

    def _each(self, x: Tensor, weight: Tensor) -> Tensor:
        """Each sample by its own weight."""
        n = weight.shape[0]
        x = x.expand(n, *x.shape[1:])
        if self.function == "linear":
            y = torch.bmm(x.reshape(n, -1, x.shape[-1]), weight.transpose(1, 2))
            return y.reshape(*x.shape[:-1], weight.shape[1])
        groups = self.arguments["groups"]
        if torch.compiler.is_exporting():
            return self._unfolded(x, weight)
        # the samples are groups of one convolution
        arguments = {**self.arguments, "groups": n * groups}
        y = self._computed(x.reshape(1, -1, *x.shape[2:]), weight.flatten(0, 1), None, arguments)
        return y.reshape(n, weight.shape[1], *y.shape[2:])

    def _unfolded(self, x: Tensor, weight: Tensor) -> Tensor:
        """The same as a product of matrices, for formats whose convolutions have a fixed number of groups."""
        steps = [self.arguments[name] for name in ("dilation", "padding", "stride")]
        sizes = [
            (n + 2 * p - d * (k - 1) - 1) // s + 1
            for n, k, d, p, s in zip(x.shape[2:], weight.shape[3:], *steps, strict=True)
        ]
        kernel, groups = tuple(weight.shape[3:]), self.arguments["groups"]
        if len(kernel) == 1:
            x, kernel = x.unsqueeze(2), (1, *kernel)
            steps = [(neutral, *step) for neutral, step in zip((1, 0, 1), steps, strict=True)]
        windows = F.unfold(x, kernel, *steps).reshape(x.shape[0], groups, math.prod(self.shape[1:]), -1)
        y = torch.matmul(weight.reshape(x.shape[0], groups, self.shape[0] // groups, -1), windows)
        return y.reshape(x.shape[0], self.shape[0], *sizes)

    def extra_repr(self) -> str:
        """The arguments."""
        taken = f", takes={self.takes}" if self.takes else ""
        arguments = "".join([f", {name}={value}" for name, value in self.arguments.items()])
        return f"{self.function}, {self.shape}, bias={self.bias is not None}{taken}{arguments}"


class Direction(nn.Module):
    """A weight as a direction, and a length for each index of `dim` (Salimans and Kingma 2016)."""

    def __init__(self, shape: tuple[int, ...], dim: int) -> None:
        super().__init__()
        axes = range(len(shape))
        self.others = [axis for axis in axes if axis != axes[dim]]
        self.original0 = nn.Parameter(torch.empty([1 if axis in self.others else n for axis, n in enumerate(shape)]))
        self.original1 = nn.Parameter(torch.empty(shape))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """As the weight of torch's own layers starts."""
        nn.init.kaiming_uniform_(self.original1, a=math.sqrt(5))
        self.measure()

    def measure(self) -> None:
        """Make the length that of the direction, which then is the weight."""
        with torch.no_grad():
            self.original0.copy_(self.length())

    def length(self) -> Tensor:
        """The length of the direction."""
        found: Tensor = torch.linalg.vector_norm(self.original1, dim=self.others, keepdim=True)
        return found

    def forward(self) -> Tensor:
        """The weight."""
        return self.original1 * (self.original0 / self.length())


class WeightNorm(Layer):
    """A layer whose weight is a direction and its length, with the keys of torch's parametrization."""

    def __init__(self, function: str, weight: tuple[int, ...], bias: bool, dim: int = 0, **arguments: Any) -> None:
        self.dim = dim
        super().__init__(function, weight, bias, **arguments)

    def register(self, bias: bool) -> None:
        """The bias, and what the weight is made of."""
        self.register_parameter("bias", nn.Parameter(torch.empty(self.channels)) if bias else None)
        self.parametrizations = nn.ModuleDict({"weight": Direction(self.shape, self.dim)})

    def made(self) -> Tensor:
        """The direction, with the length."""
        found: Tensor = self.parametrizations["weight"]()
        return found

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *others: Any) -> None:
        # what torch's older `weight_norm` has written
        for name, key in (("weight_g", "original0"), ("weight_v", "original1")):
            if f"{prefix}{name}" in state_dict:
                state_dict[f"{prefix}parametrizations.weight.{key}"] = state_dict.pop(f"{prefix}{name}")
        super()._load_from_state_dict(state_dict, prefix, *others)


class Standardized(Layer):
    """A layer whose weight is standardized for each output channel (Qiao et al. 2019); with a `gain`, which is learned,
    it has the variance `scale`² / fan-in (NFNets, Brock et al. 2021)."""

    gain: Tensor

    def __init__(
        self,
        function: str,
        weight: tuple[int, ...],
        bias: bool,
        eps: float,
        gain: bool = False,
        scale: float = 1.0,
        **arguments: Any,
    ) -> None:
        self.eps, self.has_gain, self.factor = eps, gain, scale / math.sqrt(math.prod(weight[1:]))
        super().__init__(function, weight, bias, **arguments)

    def register(self, bias: bool) -> None:
        """Those of every layer, and the gain."""
        super().register(bias)
        if self.has_gain:
            self.gain = nn.Parameter(torch.empty(self.channels, *(1,) * (len(self.shape) - 1)))

    def reset_parameters(self) -> None:
        """As torch's own layers start, with a gain of 1."""
        super().reset_parameters()
        if self.has_gain:
            nn.init.ones_(self.gain)

    def made(self) -> Tensor:
        """The weight, standardized."""
        axes = tuple(range(1, len(self.shape)))
        variance, mean = torch.var_mean(self.weight, axes, correction=0, keepdim=True)
        scale = (variance + self.eps).rsqrt()
        if self.has_gain:
            scale = scale * (self.gain * self.factor)
        return (self.weight - mean) * scale
