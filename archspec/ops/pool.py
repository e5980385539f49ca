"""Pooling."""

from dataclasses import replace
from fractions import Fraction
from typing import Any, ClassVar, Literal

from pydantic import Field

from archspec.ops.base import (
    FUNCTIONS,
    MODULES,
    Op,
    PerAxis,
    ShapeError,
    channelled,
    count,
    per_axis,
    positive,
    short,
    spatial,
)
from archspec.ops.join import Agreed
from archspec.ops.padding import Padding, Pads, is_uneven, padded_sizes, pads_of, sides, written_pads
from archspec.ops.traits import Traits
from archspec.types.call import Call, function, module
from archspec.types.sizes import ceil_mode_windows, windows
from archspec.types.tensor import TensorType


class _Window(Op):
    """What max and average pooling share."""

    traits: ClassVar[Traits] = Traits(keeps_variance=True, contiguous=True)

    kernel: PerAxis = Field(description="Size of the window.", examples=[2])
    stride: PerAxis | None = Field(None, description="Step of the window. Default: the kernel.")
    padding: Padding = Field(
        0,
        description="Positions added on each side, at most half the kernel, or pairs for before and after; `same`: for "
        "an output of ⌈n / stride⌉.",
    )
    ceil_mode: bool = Field(False, description="Include a last, incomplete window.")

    def _steps(self, n: int) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        kernel = per_axis(self.kernel, n, "kernel")
        stride = kernel if self.stride is None else per_axis(self.stride, n, "stride")
        return kernel, stride, per_axis(getattr(self, "dilation", 1), n, "dilation")

    def _pads(self, n: int) -> Pads:
        kernel, stride, dilation = self._steps(n)
        pads = pads_of(self.padding, kernel, stride, dilation)
        if self.padding != "same" or pads == "same":
            return pads
        # torch's pools pad by half a kernel at most, and those of 3 dimensions want a value as large as it before
        beyond = n == 3 or any(2 * max(sides(pad)) > k for pad, k in zip(pads, kernel, strict=True))
        return tuple([sides(pad) for pad in pads]) if beyond else pads

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        n = spatial(self.name, x)
        kernel, stride, dilation = self._steps(n)
        pads = self._pads(n)
        if is_uneven(pads):
            self._check_uneven(x, pads)
            size = padded_sizes(x, pads, kernel, stride, dilation)
        else:
            self._check_even(x, pads)  # type: ignore[arg-type]
            rule = ceil_mode_windows if self.ceil_mode and self.padding != "same" else windows
            size = tuple(rule(*axis) for axis in zip(x.size, kernel, stride, pads, dilation, strict=True))  # type: ignore[arg-type]
        return x.sized(positive(self.name, size, x), stride)

    def _check_even(self, x: TensorType, pads: tuple[int, ...]) -> None:
        kernel, _, dilation = self._steps(len(x.size))
        if self.padding != "same" and any(2 * p > k for p, k in zip(pads, kernel, strict=True)):
            raise ShapeError(
                "A406",
                f"`padding` {self.padding} is more than half the kernel {self.kernel}",
                "a window must see at least one value",
                "padding",
            )
        if any(p > 0 and -p % d >= n for n, p, d in zip(x.size, pads, dilation, strict=True)):
            raise self._sees_nothing(x)

    def _check_uneven(self, x: TensorType, pads: Pads) -> None:
        kernel, _, dilation = self._steps(len(x.size))
        if pads != "same" and self.padding != "same":
            if self.ceil_mode:
                message = (
                    f"`ceil_mode` of `{self.name}` does not go with `padding` {[list(sides(pad)) for pad in pads]}"
                )
                raise ShapeError("A406", message, "leave it out, and pad more after", "ceil_mode")
            for pad, k, d in zip(pads, kernel, dilation, strict=True):
                if max(sides(pad)) > d * (k - 1):
                    message = f"`padding` {list(sides(pad))} leaves a window of {k} without a value"
                    raise ShapeError("A406", message, "a window must see at least one value", "padding")
        # windows with gaps, on fewer positions than one gap spans
        if any(n < d for n, d in zip(x.size, dilation, strict=True)):
            raise self._sees_nothing(x)

    def _sees_nothing(self, x: TensorType) -> ShapeError:
        message = f"the first window of `{self.name}` would cover only padding of {x}"
        return ShapeError("A406", message, "use less `padding`, or a smaller `dilation`", "padding")

    def full(self, *inputs: TensorType) -> "_Window":
        given = {"stride": self.kernel if self.stride is None else self.stride}
        axes = {name: given.get(name, value) for name, value in self if name in ("kernel", "stride", "dilation")}
        pads = "same" if self.padding == "same" else written_pads(self._pads(len(inputs[0].size)))
        return self.model_copy(update={"padding": pads, **{name: short(value) for name, value in axes.items()}})

    def _lower(self, x: TensorType, **more: Any) -> Call:
        kernel, stride, _ = self._steps(len(x.size))
        pads = self._pads(len(x.size))
        name = {"max_pool": "MaxPool", "avg_pool": "AvgPool"}[self.name]
        home = f"{MODULES}.Padded" if is_uneven(pads) else "torch.nn."
        return module(
            f"{home}{name}{len(x.size)}d",
            kernel_size=kernel,
            stride=stride,
            padding=pads,
            **more,
            ceil_mode=self.ceil_mode,
        )


class MaxPool(_Window):
    """Maximum of each window, like `torch.nn.MaxPool1d`, `2d`, `3d`."""

    name: ClassVar[str] = "max_pool"
    principal: ClassVar[str | None] = "kernel"

    dilation: PerAxis = Field(1, description="Spacing between the values of a window.")

    def lower(self, *inputs: TensorType) -> Call:
        (x,) = inputs
        return self._lower(x, dilation=per_axis(self.dilation, len(x.size), "dilation"))


class AvgPool(_Window):
    """Mean of each window, like `torch.nn.AvgPool1d`, `2d`, `3d`."""

    name: ClassVar[str] = "avg_pool"
    principal: ClassVar[str | None] = "kernel"

    count_include_pad: bool = Field(True, description="Include padded positions in the mean.")

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        found = super().infer(x)
        kernel = per_axis(self.kernel, len(x.size), "kernel")
        within = not is_uneven(self._pads(len(x.size)))
        if len(x.size) == 3 and within and any(n < k for n, k in zip(x.size, kernel, strict=True)):
            message = f"`avg_pool` over 3 dimensions needs a value of at least its kernel, found {x}"
            raise ShapeError("A403", message, "padding does not count here: use a smaller kernel", "kernel")
        return found

    def lower(self, *inputs: TensorType) -> Call:
        return self._lower(inputs[0], count_include_pad=self.count_include_pad)


class AdaptivePool(Op):
    """Pooling to a given output size, like `torch.nn.AdaptiveAvgPool2d`."""

    name: ClassVar[str] = "adaptive_pool"
    principal: ClassVar[str | None] = "size"
    traits: ClassVar[Traits] = Traits(keeps_variance=True, contiguous=True)

    size: PerAxis = Field(description="Output size.")
    type: Literal["avg", "max"] = Field("avg", description="Mean or maximum.")

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        size = per_axis(self.size, spatial("adaptive_pool", x), "size")
        return to_size(x, size)

    def lower(self, *inputs: TensorType) -> Call:
        (x,) = inputs
        n = len(x.size)
        kind = "Avg" if self.type == "avg" else "Max"
        return module(f"torch.nn.Adaptive{kind}Pool{n}d", output_size=per_axis(self.size, n, "size"))

    def full(self, *inputs: TensorType) -> "AdaptivePool":
        return self.model_copy(update={"size": short(self.size)})


def to_size(x: TensorType, size: tuple[int, ...]) -> TensorType:
    """A value after a step to a size; its stride is known where the size before is."""
    if all(isinstance(n, int) for n in x.size):
        return x.sized(size, tuple(Fraction(int(a), b) for a, b in zip(x.size, size, strict=True)))
    return x.resized(size)


class GlobalPool(Op):
    """Mean or maximum over all size dimensions. Returns a vector, or sizes of 1 with `keepdim`."""

    name: ClassVar[str] = "global_pool"
    principal: ClassVar[str | None] = "type"
    references: ClassVar[tuple[str, ...]] = ("mask",)
    traits: ClassVar[Traits] = Traits(keeps_variance=True, contiguous=True, light=True)

    type: Literal["avg", "max"] = Field("avg", description="Mean or maximum.")
    keepdim: bool = Field(False, description="Keep the size dimensions, with size 1.")
    mask: str | None = Field(None, description="Reference to ids, one a position: 1 counts, 0 is left out.")

    def _agreed(self, x: TensorType, mask: TensorType) -> Agreed:
        if mask.vocab is None or mask.vocab > 2:
            message = f"`mask` of `global_pool` takes ids, 0 or 1 for each position; found {mask}"
            raise ShapeError("A402", message, "declare them as `{vocab: 2, length: L}`", "mask")
        if len(mask.size) != len(x.size):
            message = f"`mask` has {count(len(mask.size), 'size')} for {count(len(x.size), 'size')} of {x}"
            raise ShapeError("A405", message, "one id for each position", "mask")
        agreed = Agreed("global_pool")
        agreed.equal(mask.size, x.size, "positions in its mask", "mask")
        return agreed

    def constraints(self, *inputs: TensorType) -> dict[str, int]:
        return self._agreed(*inputs).divisors if self.mask is not None else {}

    def infer(self, *inputs: TensorType) -> TensorType:
        x = inputs[0]
        channelled("global_pool", x)
        if x.is_vector:
            raise ShapeError("A402", "`global_pool` needs a value with a size, found a vector", "remove it")
        if self.mask is not None:
            self._agreed(*inputs)
        # a size of 1 is broadcast where it is joined: no step, and so no stride
        return replace(x, size=(1,) * len(x.size)) if self.keepdim else x.vector(x.channels)

    def lower(self, *inputs: TensorType) -> Call:
        x = inputs[0]
        dims = tuple(range(x.first_axis, x.first_axis + len(x.size)))
        if self.mask is not None:
            given = {"dims": dims, "kind": self.type, "keepdim": self.keepdim}
            return function(f"{FUNCTIONS}.masked_pool", **given)
        return module(f"{MODULES}.GlobalPool", dims=dims, kind=self.type, keepdim=self.keepdim)
