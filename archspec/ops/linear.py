"""Linear maps and embeddings."""

from dataclasses import replace
from math import prod
from typing import ClassVar

from pydantic import Field

from archspec.ops.base import Op, PositiveInt, ShapeError, channelled, numel
from archspec.ops.traits import Traits
from archspec.ops.weighted import Weighted, WeightNormed
from archspec.types.call import Call, Weight, module
from archspec.types.kept import Kept
from archspec.types.sizes import Size
from archspec.types.tensor import TensorType, shape_text


class Linear(Weighted):
    """Linear layer over the last axis, like `torch.nn.Linear`."""

    name: ClassVar[str] = "linear"
    keeps_positions: ClassVar[bool] = True
    principal: ClassVar[str | None] = "features"
    own_traits: ClassVar[Traits] = Traits(layer=True, output_axis=0, fresh=True)

    features: PositiveInt | None = Field(
        None, description="Output features. Default: the input features.", examples=[64]
    )
    bias: bool | str = Field(True, description="Add a bias; or a reference to it.")
    weight: str | None = Field(None, description="Reference to the weight, instead of one of its own.")
    weight_norm: bool | WeightNormed | None = Field(
        None, description="Learn length and direction of the weight apart: `true`, or `{dim: 0}`."
    )

    def _shape(self, *inputs: TensorType) -> tuple[int, ...]:
        """The shape of the weight."""
        x = inputs[0]
        if self.weight is None:
            return (self.features or x.channels, x.channels)
        found = self._given_weight(inputs, 2, True)
        if found[1] != x.channels:
            message = f"`weight` of the shape {shape_text(found)} fits {found[1]} channels, found {x}"
            raise ShapeError("A404", message, "its second axis is the input channels", "weight")
        self._expect("features", None if self.features == found[0] else self.features, found)
        return found

    def infer(self, *inputs: TensorType) -> TensorType:
        x = inputs[0]
        channelled("linear", x)
        if x.channels_first:
            raise ShapeError(
                "A402",
                f"`linear` works on the last axis, but {x} has channels first",
                "put `flatten` or `global_pool` before it, or `rearrange` to move the channels last",
            )
        features = self._shape(*inputs)[0]
        self._check_dim(2)
        self._check_bias(inputs, features, True)
        return x.with_channels(features)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        shape = self._shape(*inputs)
        return self._weights(shape, shape[0])

    def macs(self, output: TensorType, *inputs: TensorType) -> Size:
        return numel(inputs[0].size) * prod(self._shape(*inputs))

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return self._kept(inputs, self._shape(*inputs))

    def lower(self, *inputs: TensorType) -> Call:
        shape = self._shape(*inputs)
        if not self._is_plain:
            return self._layer("linear", shape, inputs)
        return module("torch.nn.Linear", in_features=shape[1], out_features=shape[0], bias=self.bias)

    def full(self, *inputs: TensorType) -> "Linear":
        return self.model_copy(update={"features": self._shape(*inputs)[0], **self._written_out})


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

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        return Kept((0,))

    def lower(self, *inputs: TensorType) -> Call:
        return module("torch.nn.Embedding", num_embeddings=inputs[0].vocab, embedding_dim=self.features)

    @classmethod
    def weight_names(cls) -> tuple[str, ...]:
        return ("weight",)
