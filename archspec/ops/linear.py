"""Linear maps and embeddings."""

from dataclasses import replace
from typing import ClassVar

from pydantic import Field

from archspec.ops.base import Op, PositiveInt, ShapeError, channelled, numel
from archspec.ops.traits import Traits
from archspec.types.call import Call, Weight, module
from archspec.types.sizes import Size
from archspec.types.tensor import TensorType


class Linear(Op):
    """Linear layer over the last axis, like `torch.nn.Linear`."""

    name: ClassVar[str] = "linear"
    keeps_positions: ClassVar[bool] = True
    principal: ClassVar[str | None] = "features"
    traits: ClassVar[Traits] = Traits(layer=True, output_axis=0, fresh=True)

    features: PositiveInt | None = Field(
        None, description="Output features. Default: the input features.", examples=[64]
    )
    bias: bool = Field(True, description="Add a bias.")

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        channelled("linear", x)
        if x.channels_first:
            raise ShapeError(
                "A402",
                f"`linear` works on the last axis, but {x} has channels first",
                "put `flatten` or `global_pool` before it, or `rearrange` to move the channels last",
            )
        return x.with_channels(self.features or x.channels)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        (x,) = inputs
        features = self.features or x.channels
        weight = Weight("weight", (features, x.channels))
        return (weight, Weight("bias", (features,))) if self.bias else (weight,)

    def macs(self, output: TensorType, *inputs: TensorType) -> Size:
        (x,) = inputs
        return numel(x.size) * x.channels * (self.features or x.channels)

    def lower(self, *inputs: TensorType) -> Call:
        (x,) = inputs
        return module(
            "torch.nn.Linear", in_features=x.channels, out_features=self.features or x.channels, bias=self.bias
        )

    def full(self, *inputs: TensorType) -> "Linear":
        return self.model_copy(update={"features": self.features or inputs[0].channels})

    @classmethod
    def weight_names(cls) -> tuple[str, ...]:
        return ("weight", "bias")


class Embedding(Op):
    """Map token ids to vectors, like `torch.nn.Embedding`."""

    name: ClassVar[str] = "embedding"
    principal: ClassVar[str | None] = "features"

    features: PositiveInt = Field(description="Length of each vector.", examples=[64])

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        if x.vocab is None:
            raise ShapeError(
                "A402",
                f"`embedding` takes token ids, found {x}",
                "declare them as `input: {vocab: 32000, length: 128}`",
            )
        return replace(x, channels=self.features, layout="channels_last", dtype="float32", vocab=None)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        return (Weight("weight", (inputs[0].vocab or 0, self.features)),)

    def lower(self, *inputs: TensorType) -> Call:
        return module("torch.nn.Embedding", num_embeddings=inputs[0].vocab, embedding_dim=self.features)

    @classmethod
    def weight_names(cls) -> tuple[str, ...]:
        return ("weight",)
