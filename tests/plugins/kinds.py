"""Ops from outside that are what bundled ones are: they compute the same, and say the same of themselves."""

from __future__ import annotations

from typing import ClassVar

from archspec.plugin import Call, Op, TensorType, Traits, Weight, function, module


class Rectify(Op):
    """`act: relu`."""

    name: ClassVar[str] = "rectify"
    traits: ClassVar[Traits] = Traits(
        activation="rectify", keeps_variance=True, contiguous=True, overwrites=1, light=True
    )

    def lower(self, *inputs: TensorType) -> Call:
        return module("torch.nn.ReLU")


class Filter(Op):
    """`conv` with a kernel of 1."""

    name: ClassVar[str] = "filter"
    principal: ClassVar[str | None] = "channels"
    traits: ClassVar[Traits] = Traits(layer=True, output_axis=0, contiguous=True, fresh=True)

    channels: int
    bias: bool = True

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0].with_channels(self.channels)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        weight = Weight("weight", (self.channels, inputs[0].channels, 1, 1))
        return (weight, Weight("bias", (self.channels,))) if self.bias else (weight,)

    def lower(self, *inputs: TensorType) -> Call:
        return module(
            "torch.nn.Conv2d",
            in_channels=inputs[0].channels,
            out_channels=self.channels,
            kernel_size=(1, 1),
            stride=(1, 1),
            padding=(0, 0),
            dilation=(1, 1),
            groups=1,
            bias=self.bias,
        )


class Dense(Op):
    """`linear`."""

    name: ClassVar[str] = "dense"
    principal: ClassVar[str | None] = "features"
    traits: ClassVar[Traits] = Traits(layer=True, output_axis=0, fresh=True)

    features: int
    bias: bool = True

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0].with_channels(self.features)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        weight = Weight("weight", (self.features, inputs[0].channels))
        return (weight, Weight("bias", (self.features,))) if self.bias else (weight,)

    def lower(self, *inputs: TensorType) -> Call:
        return module("torch.nn.Linear", in_features=inputs[0].channels, out_features=self.features, bias=self.bias)


class Whiten(Op):
    """`norm: batch`."""

    name: ClassVar[str] = "whiten"
    traits: ClassVar[Traits] = Traits(norm="batch", contiguous=True, fresh=True, light=True)

    eps: float = 1e-5

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        shape = (inputs[0].channels,)
        return (
            Weight("weight", shape),
            Weight("bias", shape),
            Weight("running_mean", shape, trainable=False),
            Weight("running_var", shape, trainable=False),
            Weight("num_batches_tracked", (), trainable=False, dtype="int64"),
        )

    def lower(self, *inputs: TensorType) -> Call:
        (x,) = inputs
        return module(f"torch.nn.BatchNorm{max(1, len(x.size))}d", num_features=x.channels, affine=True)


class Plus(Op):
    """`add` of the current value and another."""

    name: ClassVar[str] = "plus"
    principal: ClassVar[str | None] = "other"
    references: ClassVar[tuple[str, ...]] = ("other",)
    traits: ClassVar[Traits] = Traits(join="sum", contiguous=True, fresh=True, overwrites=2)

    other: str

    def lower(self, *inputs: TensorType) -> Call:
        return function("archspec.torch_backend.functions.add")


class Mask(Op):
    """`dropout`."""

    name: ClassVar[str] = "mask"
    principal: ClassVar[str | None] = "p"

    p: float

    @property
    def traits(self) -> Traits:
        return Traits(passes=True, dropout=self.p, keeps_variance=not self.p, contiguous=True, light=True)

    def lower(self, *inputs: TensorType) -> Call:
        return module("torch.nn.Dropout", p=self.p)


KINDS = (Rectify, Filter, Dense, Whiten, Plus, Mask)
