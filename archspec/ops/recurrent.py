"""Recurrent networks over sequences, and their cells for a single step."""

from dataclasses import replace
from typing import Any, ClassVar

from pydantic import Field

from archspec.ops.base import (
    MODULES,
    Op,
    PositiveInt,
    Probability,
    ShapeError,
    channelled,
    channels_last,
    numel,
    sequence_length,
)
from archspec.ops.join import Agreed
from archspec.ops.traits import Traits
from archspec.types.call import Call, Weight, module
from archspec.types.sizes import Size
from archspec.types.tensor import Stride, TensorType


class _Gated(Op):
    """What works with gates: `gates` of them have a matrix for the value and one for the state each."""

    gates: ClassVar[int]
    mode: ClassVar[str]
    principal: ClassVar[str | None] = "features"
    traits: ClassVar[Traits] = Traits(fresh=True)

    features: PositiveInt = Field(description="Length of the hidden state.")
    bias: bool = Field(True, description="Add biases.")
    state: str | None = Field(None, description="Reference to the state to begin with. Default: zeros.")

    def _states(self, *inputs: TensorType) -> dict[str, TensorType]:
        """The states that are given, by their names."""
        return dict(zip(self.referred, inputs[1:], strict=True))

    def _matrices(self, channels: int, suffix: str = "") -> tuple[Weight, ...]:
        """The weights of one layer in one direction."""
        rows = self.gates * self.features
        shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, channels), "weight_hh": (rows, self.features)}
        if self.bias:
            shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
        return tuple([Weight(f"{name}{suffix}", shape, start=name) for name, shape in shapes.items()])

    def _takes(self) -> dict[str, Any]:
        return {"takes": self.referred} if self.referred else {}


class _Recurrent(_Gated):
    """A recurrent network over a sequence."""

    layers: PositiveInt = Field(1, description="Number of layers, one on top of the other.", le=1000)
    bidirectional: bool = Field(False, description="Run in both directions, and concatenate what they give.")
    dropout: Probability = Field(0, description="Dropout probability between layers in training.")

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    def infer(self, *inputs: TensorType) -> TensorType:
        x = inputs[0]
        sequence_length(self.name, x)
        channels_last(self.name, x)
        wanted = self._state(x)
        for name, found in self._states(*inputs).items():
            channelled(self.name, found)
            if found.shape != wanted.shape:
                message = f"`{name}` of `{self.name}` must be {wanted}, found {found}"
                raise ShapeError("A404", message, "a state has layers · directions × features", name)
        return x.with_channels(self.features * self._directions)

    def _state(self, x: TensorType) -> TensorType:
        """The type of a state: a vector where there is one."""
        count = self.layers * self._directions
        size: tuple[Size, ...] = (count,) if count > 1 else ()
        return TensorType(self.features, size, dtype=x.dtype, stride=Stride.hidden(len(size)))

    def infer_more(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        state = replace(self._state(inputs[0]), batch=self.has_batch(*inputs))
        return (state,) * len(self.more)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        found: list[Weight] = []
        for layer in range(self.layers):
            channels = self.features * self._directions if layer else inputs[0].channels
            for reverse in ("", "_reverse")[: self._directions]:
                found += self._matrices(channels, f"_l{layer}{reverse}")
        return tuple(found)

    def macs(self, output: TensorType, *inputs: TensorType) -> Size:
        products = sum(weight.numel for weight in self.weights(*inputs) if weight.name.startswith("weight"))
        return numel(inputs[0].size) * products

    def lower(self, *inputs: TensorType) -> Call:
        batch = self.has_batch(*inputs)
        named = {"x": inputs[0], **self._states(*inputs)}
        alone = tuple(name for name, kind in named.items() if batch and not kind.batch)
        return module(
            f"{MODULES}.Recurrent",
            mode=self.mode,
            input_size=inputs[0].channels,
            hidden_size=self.features,
            num_layers=self.layers,
            bias=self.bias,
            dropout=self.dropout if self.layers > 1 else 0,
            bidirectional=self.bidirectional,
            **self._takes(),
            **({"alone": alone} if alone else {}),
        )

    @classmethod
    def weight_names(cls) -> tuple[str, ...]:
        return ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


class Lstm(_Recurrent):
    """Long short-term memory over a sequence, like `torch.nn.LSTM`; `NAME.state` and `NAME.cell` are the last ones."""

    name: ClassVar[str] = "lstm"
    references: ClassVar[tuple[str, ...]] = ("state", "cell")
    more: ClassVar[tuple[str, ...]] = ("state", "cell")
    gates: ClassVar[int] = 4
    mode: ClassVar[str] = "LSTM"

    cell: str | None = Field(None, description="Reference to the cell to begin with. Default: zeros.")


class Gru(_Recurrent):
    """Gated recurrent units over a sequence, like `torch.nn.GRU`. `NAME.state` is its last state."""

    name: ClassVar[str] = "gru"
    references: ClassVar[tuple[str, ...]] = ("state",)
    more: ClassVar[tuple[str, ...]] = ("state",)
    gates: ClassVar[int] = 3
    mode: ClassVar[str] = "GRU"


class _Cell(_Gated):
    """One step of a recurrent network, of vectors or at each position; its output is the new state."""

    keeps_positions: ClassVar[bool] = True

    def _agreed(self, *inputs: TensorType) -> tuple[tuple[Size, ...], Agreed]:
        """The sizes of the output, and the conditions for them."""
        x = inputs[0]
        for kind in inputs:
            channelled(self.name, kind)
            channels_last(self.name, kind)
        size, agreed = x.size, Agreed(self.name)
        for name, found in self._states(*inputs).items():
            if found.channels != self.features or len(found.size) != len(x.size):
                code = "A405" if found.channels == self.features else "A404"
                message = f"`{name}` of `{self.name}` must be {x.with_channels(self.features)}, found {found}"
                raise ShapeError(code, message, "a state has `features` channels, at each position", name)
            size = agreed.broadcast(size, found.size, found, name)
        return size, agreed

    def infer(self, *inputs: TensorType) -> TensorType:
        x, (size, _) = inputs[0], self._agreed(*inputs)
        return (x if size == x.size else x.resized(size)).with_channels(self.features)

    def constraints(self, *inputs: TensorType) -> dict[str, int]:
        return self._agreed(*inputs)[1].divisors

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        return self._matrices(inputs[0].channels)

    def macs(self, output: TensorType, *inputs: TensorType) -> Size:
        products = sum(weight.numel for weight in self.weights(*inputs) if weight.name.startswith("weight"))
        return numel(output.size) * products

    def lower(self, *inputs: TensorType) -> Call:
        return module(
            f"{MODULES}.Cell",
            mode=self.mode,
            input_size=inputs[0].channels,
            hidden_size=self.features,
            bias=self.bias,
            **self._takes(),
        )

    @classmethod
    def weight_names(cls) -> tuple[str, ...]:
        return ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


class GruCell(_Cell):
    """One step of gated recurrent units, like `torch.nn.GRUCell`."""

    name: ClassVar[str] = "gru_cell"
    references: ClassVar[tuple[str, ...]] = ("state",)
    gates: ClassVar[int] = 3
    mode: ClassVar[str] = "GRU"


class LstmCell(_Cell):
    """One step of long short-term memory, like `torch.nn.LSTMCell`. `NAME.cell` is the new cell."""

    name: ClassVar[str] = "lstm_cell"
    references: ClassVar[tuple[str, ...]] = ("state", "cell")
    more: ClassVar[tuple[str, ...]] = ("cell",)
    gates: ClassVar[int] = 4
    mode: ClassVar[str] = "LSTM"

    cell: str | None = Field(None, description="Reference to the cell to begin with. Default: zeros.")

    def infer_more(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        return (replace(self.infer(*inputs), batch=self.has_batch(*inputs)),)
