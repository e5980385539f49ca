"""Recurrent layers over a sequence, and their cells."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, ClassVar

from pydantic import Field

from archspec.formats import TRACED
from archspec.limits import LAYERS
from archspec.ops.base import (
    MODULES,
    Gap,
    Op,
    PositiveInt,
    Probability,
    ShapeError,
    channelled,
    channels_last,
    count,
    numel,
    sequence_length,
)
from archspec.ops.join import Agreed
from archspec.types.call import Call, Weight, module
from archspec.types.kept import BYTES, Kept, held
from archspec.types.sizes import Size
from archspec.types.tensor import Stride, TensorType, shape_text

_PARTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


def _shapes(gates: int, features: int, channels: int) -> tuple[tuple[int, ...], ...]:
    """The shapes of the weights of one layer in one direction."""
    rows = gates * features
    return (rows, channels), (rows, features), (rows,), (rows,)


class _Recurrent(Op):
    """One layer or several, each over all positions, in one direction or in both."""

    target: ClassVar[str]
    gates: ClassVar[int]
    saved: ClassVar[int] = 0
    principal: ClassVar[str | None] = "features"
    zeros: ClassVar[tuple[str, ...]] = ("state", "cell")
    features: PositiveInt = Field(description="Channels of the hidden state.", examples=[64])
    layers: Annotated[int, Field(ge=1, le=LAYERS)] = Field(1, description="Number of layers, one after the other.")
    bidirectional: bool = Field(False, description="Also go from the end to the start; twice the channels come out.")
    dropout: Probability = Field(0, description="Dropout probability between layers in training.")
    bias: bool = Field(True, description="Add biases.")
    state: str | None = Field(None, description="Reference to the first hidden state. Default: zeros.")

    @property
    def _directions(self) -> int:
        return 2 if self.bidirectional else 1

    @property
    def _rows(self) -> tuple[int, ...]:
        """The sizes of a state: its layers and directions, unless there is one."""
        found = self.layers * self._directions
        return () if found == 1 else (found,)

    def infer(self, *inputs: TensorType) -> TensorType:
        x = inputs[0]
        sequence_length(self.name, x)
        channels_last(self.name, x)
        for name, given in self._values(inputs).items():
            channelled(self.name, given)
            channels_last(self.name, given)
            wanted = (*self._rows, self.features)
            if given.shape != wanted:
                message = f"`{name}` of `{self.name}` is {given}, expected {shape_text(wanted)}"
                help = "a vector of `features`, or a sequence of one for each layer and direction"
                raise ShapeError("A404" if len(given.shape) == len(wanted) else "A405", message, help, name)
        return x.with_channels(self._directions * self.features)

    def infer_more(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        x, rows = inputs[0], self._rows
        state = replace(x.vector(self.features), size=rows, stride=Stride.hidden(len(rows)))
        return (state,) * len(self.more)

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        found = []
        for layer in range(self.layers):
            channels = self._directions * self.features if layer else inputs[0].channels
            shapes = _shapes(self.gates, self.features, channels)[: 4 if self.bias else 2]
            for end in ("", "_reverse")[: self._directions]:
                found += [Weight(f"{part}_l{layer}{end}", shape) for part, shape in zip(_PARTS, shapes, strict=False)]
        return tuple(found)

    def macs(self, output: TensorType, *inputs: TensorType) -> Size:
        return inputs[0].size[0] * sum(weight.numel for weight in self.weights(*inputs) if len(weight.shape) == 2)

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        x, width = inputs[0], BYTES[inputs[0].dtype]
        length, directions = x.size[0], self._directions
        between = (self.layers - 1) * directions * self.features * (2 if self.dropout else 1)
        taken = length * (directions * x.channels + between)
        # two states that are not both zeros are one more
        first = self.saved and not self.referred
        steps = directions * self.layers * self.features * (7 * length - first)
        return Kept(own=(taken + steps) * width)

    def gaps(self, *inputs: TensorType) -> Iterator[Gap]:
        length = inputs[0].size[0]
        if not isinstance(length, int):
            # one position is computed after the other: a tracer writes down as many steps as it sees
            help = "give the input a number there, in the file or with `--input-size`"
            yield Gap(TRACED, "A407", f"goes over the open length {length}", help)

    def lower(self, *inputs: TensorType) -> Call:
        return module(
            self.target,
            input_size=inputs[0].channels,
            hidden_size=self.features,
            num_layers=self.layers,
            bias=self.bias,
            # of one layer, torch warns of what has no effect
            dropout=float(self.dropout) if self.layers > 1 else 0.0,
            bidirectional=self.bidirectional,
            takes=self.referred,
        )

    @classmethod
    def weight_names(cls) -> tuple[str, ...]:
        ends = [f"_l{layer}{end}" for layer in range(LAYERS) for end in ("", "_reverse")]
        return tuple([part + end for end in ends for part in _PARTS])


class Lstm(_Recurrent):
    """Long short-term memory over a sequence, like `torch.nn.LSTM`; also gives its last `state` and `cell`."""

    name: ClassVar[str] = "lstm"
    target: ClassVar[str] = f"{MODULES}.LSTM"
    gates: ClassVar[int] = 4
    saved: ClassVar[int] = 1
    references: ClassVar[tuple[str, ...]] = ("state", "cell")
    more: ClassVar[tuple[str, ...]] = ("state", "cell")

    cell: str | None = Field(None, description="Reference to the first cell state. Default: zeros.")


class Gru(_Recurrent):
    """Gated recurrent units over a sequence, like `torch.nn.GRU`; also gives its last `state`."""

    name: ClassVar[str] = "gru"
    target: ClassVar[str] = f"{MODULES}.GRU"
    gates: ClassVar[int] = 3
    references: ClassVar[tuple[str, ...]] = ("state",)
    more: ClassVar[tuple[str, ...]] = ("state",)


class _Cell(Op):
    """One step of a recurrent layer, of vectors or at each position; `inside` are the states that it keeps."""

    target: ClassVar[str]
    gates: ClassVar[int]
    inside: ClassVar[int]
    principal: ClassVar[str | None] = "features"
    zeros: ClassVar[tuple[str, ...]] = ("state", "cell")

    features: PositiveInt = Field(description="Channels of the hidden state.", examples=[64])
    state: str | None = Field(None, description="Reference to the hidden state before. Default: zeros.")

    def _agreed(self, *inputs: TensorType) -> Agreed:
        """The conditions under which all are of the same positions."""
        x, agreed = inputs[0], Agreed(self.name)
        for name, given in self._values(inputs).items():
            channelled(self.name, given)
            channels_last(self.name, given)
            if len(given.size) != len(x.size):
                message = f"`{name}` of `{self.name}` has {count(len(given.size), 'size')}, but the value is {x}"
                raise ShapeError("A405", message, "give a state for each position", name)
            agreed.equal(given.size, x.size, f"positions in `{name}`", name)
            if given.channels != self.features:
                message = f"`{name}` of `{self.name}` has {count(given.channels, 'channel')}, expected {self.features}"
                raise ShapeError("A404", message, "a state has `features` channels", name)
        return agreed

    def infer(self, *inputs: TensorType) -> TensorType:
        channelled(self.name, inputs[0])
        channels_last(self.name, inputs[0])
        self._agreed(*inputs)
        return inputs[0].with_channels(self.features)

    def infer_more(self, *inputs: TensorType) -> tuple[TensorType, ...]:
        return (inputs[0].with_channels(self.features),) * len(self.more)

    def constraints(self, *inputs: TensorType) -> dict[str, int]:
        return self._agreed(*inputs).divisors

    def weights(self, *inputs: TensorType) -> tuple[Weight, ...]:
        shapes = _shapes(self.gates, self.features, inputs[0].channels)
        return tuple([Weight(part, shape) for part, shape in zip(_PARTS, shapes, strict=True)])

    def macs(self, output: TensorType, *inputs: TensorType) -> Size:
        x = inputs[0]
        return numel(x.size) * self.gates * self.features * (x.channels + self.features)

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        missing = not {"state", *self.more} <= set(self.referred)
        return Kept(tuple(range(len(inputs))), own=held(output) * (self.inside + missing))

    def lower(self, *inputs: TensorType) -> Call:
        arguments: dict[str, Any] = {"input_size": inputs[0].channels, "hidden_size": self.features}
        return module(self.target, **arguments, takes=self.referred)

    @classmethod
    def weight_names(cls) -> tuple[str, ...]:
        return _PARTS


class LstmCell(_Cell):
    """One step of an LSTM, like `torch.nn.LSTMCell`; the value is the hidden state, and it also gives its `cell`."""

    name: ClassVar[str] = "lstm_cell"
    target: ClassVar[str] = f"{MODULES}.LSTMCell"
    gates: ClassVar[int] = 4
    inside: ClassVar[int] = 5
    references: ClassVar[tuple[str, ...]] = ("state", "cell")
    more: ClassVar[tuple[str, ...]] = ("cell",)

    cell: str | None = Field(None, description="Reference to the cell state before. Default: zeros.")


class GruCell(_Cell):
    """One step of a GRU, like `torch.nn.GRUCell`."""

    name: ClassVar[str] = "gru_cell"
    target: ClassVar[str] = f"{MODULES}.GRUCell"
    gates: ClassVar[int] = 3
    inside: ClassVar[int] = 6
    references: ClassVar[tuple[str, ...]] = ("state",)
