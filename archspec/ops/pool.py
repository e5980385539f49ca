"""Pooling."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any, ClassVar, Literal

from pydantic import Field

from archspec.ops.base import (
    MODULES,
    Gap,
    Op,
    PerAxis,
    ShapeError,
    channelled,
    demand,
    numel,
    per_axis,
    positive,
    short,
    spatial,
)
from archspec.ops.padding import Padding, Sides, around, counted, is_even, sees_nothing, sides_of
from archspec.ops.traits import Traits
from archspec.types.call import Call, module
from archspec.types.kept import BYTES, Kept, held
from archspec.types.sizes import Size, agree, agreeing, ceil_mode_windows, windows
from archspec.types.tensor import TensorType, shape_text


class _Window(Op):
    """What max and average pooling share."""

    traits: ClassVar[Traits] = Traits(keeps_variance=True, contiguous=True)

    kernel: PerAxis = Field(description="Size of the window.", examples=[2])
    stride: PerAxis | None = Field(None, description="Step of the window. Default: the kernel.")
    padding: Padding = Field(
        0,
        description="Positions added on each side, at most half the kernel; or pairs of uneven sides, or `same`.",
    )
    ceil_mode: bool = Field(False, description="Include a last, incomplete window.")

    def _sides(self, n: int) -> Sides | Literal["same"]:
        kernel, stride, dilation = self._steps(n)
        return sides_of(self.padding, kernel, stride, dilation)

    def _is_more(self, sides: Sides | Literal["same"], n: int) -> bool:
        """Whether this is more than torch's own pools can pad."""
        if sides == "same" or not is_even(sides):
            return True
        kernel, _, _ = self._steps(n)
        # half of the kernel at most; and means over 3 dimensions want a value as large as it before
        return self.padding == "same" and (
            n == 3 or any(2 * before > k for (before, _), k in zip(sides, kernel, strict=True))
        )

    def _steps(self, n: int) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        kernel = per_axis(self.kernel, n, "kernel")
        stride = kernel if self.stride is None else per_axis(self.stride, n, "stride")
        return kernel, stride, per_axis(getattr(self, "dilation", 1), n, "dilation")

    def _axes(self, n: int) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        kernel, stride, dilation = self._steps(n)
        sides = self._sides(n)
        return kernel, stride, tuple([before for before, _ in sides] if sides != "same" else ()), dilation

    def _uneven(self, x: TensorType, sides: Sides | Literal["same"]) -> TensorType:
        """The output where torch's own pools cannot pad."""
        kernel, stride, dilation = self._steps(len(x.size))
        if self.ceil_mode and self.padding != "same":
            message, help = "`ceil_mode` does not go with pairs of `padding`", "pad more after the value"
            raise ShapeError("A406", message, help, "ceil_mode")
        pairs = [None] * len(kernel) if sides == "same" else list(sides)
        for n, pair, k, s, d in zip(x.size, pairs, kernel, stride, dilation, strict=True):
            if (pair is not None and max(pair) > d * (k - 1)) or sees_nothing(n, pair, k, s, d):
                message = f"a window of `{self.name}` would cover only padding of {x}"
                raise ShapeError("A406", message, "use less `padding`, or a smaller `dilation`", "padding")
        size = counted(x.size, sides, kernel, stride, dilation)
        return x.sized(positive(self.name, size, x), stride)

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        n = spatial(self.name, x)
        sides = self._sides(n)
        if self._is_more(sides, n):
            return self._uneven(x, sides)
        kernel, stride, padding, dilation = self._axes(n)
        if any(2 * p > k for p, k in zip(padding, kernel, strict=True)):
            raise ShapeError(
                "A406",
                f"`padding` {self.padding} is more than half the kernel {self.kernel}",
                "a window must see at least one value",
                "padding",
            )
        if any(p > 0 and -p % d >= n for n, p, d in zip(x.size, padding, dilation, strict=True)):
            raise ShapeError(
                "A406",
                f"the first window of `{self.name}` would cover only padding of {x}",
                "use less `padding`, or a smaller `dilation`",
                "padding",
            )
        rule = ceil_mode_windows if self.ceil_mode else windows
        axes = zip(x.size, kernel, stride, padding, dilation, strict=True)
        return x.sized(positive(self.name, tuple(rule(*axis) for axis in axes), x), stride)

    def full(self, *inputs: TensorType) -> "_Window":
        given = {"stride": self.kernel if self.stride is None else self.stride}
        axes = {
            name: given.get(name, value) for name, value in self if name in ("kernel", "stride", "padding", "dilation")
        }
        return self.model_copy(update={name: short(value) for name, value in axes.items()})

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        (x,) = inputs
        sides = self._sides(len(x.size))
        # where the largest values stand
        places = numel(output.shape) * BYTES["int64"] if self.name == "max_pool" else 0
        if not self._is_more(sides, len(x.size)):
            return Kept((0,), own=places)
        counted = self.name == "avg_pool" and not getattr(self, "count_include_pad", True)
        share = numel(output.size) * BYTES[x.dtype] if counted else 0
        whole = around(x.size, sides, *self._steps(len(x.size)))
        return Kept(own=places + x.channels * numel(whole) * BYTES[x.dtype], once=share)

    def _lower(self, x: TensorType, **more: Any) -> Call:
        sides = self._sides(len(x.size))
        if self._is_more(sides, len(x.size)):
            kernel, stride, dilation = self._steps(len(x.size))
            given = {"kernel_size": kernel, "stride": stride, "sides": sides, "dilation": dilation}
            counts = {"count_include_pad": False} if more.get("count_include_pad") is False else {}
            return module(f"{MODULES}.PaddedPool", kind=self.name[:3], **given, **counts)
        kernel, stride, padding, _ = self._axes(len(x.size))
        name = {"max_pool": "MaxPool", "avg_pool": "AvgPool"}[self.name]
        return module(
            f"torch.nn.{name}{len(x.size)}d",
            kernel_size=kernel,
            stride=stride,
            padding=padding,
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
        is_own = len(x.size) == 3 and not self._is_more(self._sides(3), 3)
        if is_own and any(n < k for n, k in zip(x.size, kernel, strict=True)):
            message = f"`avg_pool` over 3 dimensions needs a value of at least its kernel, found {x}"
            raise ShapeError("A403", message, "padding does not count here: use a smaller kernel", "kernel")
        return found

    def lower(self, *inputs: TensorType) -> Call:
        return self._lower(inputs[0], count_include_pad=self.count_include_pad)


def uneven(x: TensorType, wanted: tuple[Size, ...], type: str) -> Iterator[Gap]:
    """What ONNX cannot say of a pool to some sizes: its windows have one size, in numbers; torch's exporter translates
    means over two dimensions all the same, and writes others wrongly, or not at all."""
    known = all(isinstance(n, int) for n in x.size)
    even = all(isinstance(n, int) and isinstance(k, int) and n % k == 0 for n, k in zip(x.size, wanted, strict=True))
    if set(wanted) == {1} or (known and len(wanted) < 3 if type == "avg" else even):
        return
    help = "give the input a size that is known and that the pool divides (`--input-size`), or pool to a size of 1"
    what = f"pools {shape_text(x.size)} to {shape_text(wanted)}"
    yield Gap(("onnx",), "A502" if known else "A407", what, help)


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
        if all(isinstance(n, int) for n in x.size):
            return x.sized(size, tuple(Fraction(int(a), b) for a, b in zip(x.size, size, strict=True)))
        return x.resized(size)

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        if self.type == "max":
            return Kept((0,), own=numel(output.shape) * BYTES["int64"])
        # one of everything is a mean
        return Kept(() if len(output.size) > 1 and all(n == 1 for n in output.size) else (0,))

    def gaps(self, *inputs: TensorType) -> Iterator[Gap]:
        (x,) = inputs
        yield from uneven(x, per_axis(self.size, len(x.size), "size"), self.type)

    def lower(self, *inputs: TensorType) -> Call:
        (x,) = inputs
        n = len(x.size)
        kind = "Avg" if self.type == "avg" else "Max"
        return module(f"torch.nn.Adaptive{kind}Pool{n}d", output_size=per_axis(self.size, n, "size"))

    def full(self, *inputs: TensorType) -> "AdaptivePool":
        return self.model_copy(update={"size": short(self.size)})


class GlobalPool(Op):
    """Mean or maximum over all size dimensions. Returns a vector, or sizes of 1 with `keepdim`."""

    name: ClassVar[str] = "global_pool"
    principal: ClassVar[str | None] = "type"
    traits: ClassVar[Traits] = Traits(keeps_variance=True, contiguous=True, light=True)

    type: Literal["avg", "max"] = Field("avg", description="Mean or maximum.")
    keepdim: bool = Field(False, description="Keep the size dimensions, with size 1.")
    mask: str | None = Field(None, description="Reference to ids, one a position: 1 takes part, 0 does not.")

    references: ClassVar[tuple[str, ...]] = ("mask",)

    def _check_mask(self, x: TensorType, mask: TensorType) -> None:
        if mask.vocab is None or mask.vocab > 2:
            found = f"{mask} of {mask.vocab} ids" if mask.vocab is not None else str(mask)
            message = f"`mask` of `global_pool` takes ids, 0 or 1 for each position; found {found}"
            raise ShapeError("A402", message, "declare them as `{vocab: 2, length: L}`", "mask")
        if len(x.size) != len(mask.size) or not all(map(agree, x.size, mask.size)):
            message = f"`mask` is {mask}, but the value is {x}"
            raise ShapeError("A412", message, "the mask must have an id for each position of the value", "mask")

    def constraints(self, *inputs: TensorType) -> dict[str, int]:
        if self.mask is None:
            return {}
        found: dict[str, int] = {}
        for a, b in zip(inputs[0].size, inputs[1].size, strict=True):
            demand(found, agreeing(a, b))
        return found

    def infer(self, *inputs: TensorType) -> TensorType:
        x = inputs[0]
        channelled("global_pool", x)
        if x.is_vector:
            raise ShapeError("A402", "`global_pool` needs a value with a size, found a vector", "remove it")
        if self.mask is not None:
            self._check_mask(x, inputs[1])
        # a size of 1 is broadcast where it is joined: no step, and so no stride
        return replace(x, size=(1,) * len(x.size)) if self.keepdim else x.vector(x.channels)

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        x = inputs[0]
        is_max = self.type == "max"
        if self.mask is None:
            return Kept((0,), output=True) if is_max else Kept()
        # a truth value for each position; and of a mean their number, of a maximum what is not hidden and its maximum
        rest = held(x) + held(output) + 1 if is_max else BYTES["int64"]
        return Kept(own=numel(inputs[1].size) + rest)

    def lower(self, *inputs: TensorType) -> Call:
        x = inputs[0]
        if self.mask is not None:
            given = {"first": x.channels_first, **({"sizes": len(x.size)} if len(x.size) > 1 else {})}
            return module(f"{MODULES}.MaskedPool", kind=self.type, keepdim=self.keepdim, **given)
        dims = tuple(range(x.first_axis, x.first_axis + len(x.size)))
        return module(f"{MODULES}.GlobalPool", dims=dims, kind=self.type, keepdim=self.keepdim)
