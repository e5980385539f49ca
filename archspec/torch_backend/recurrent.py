"""Recurrent networks and cells with one value for each of their states."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class Recurrent(nn.RNNBase):
    """`nn.LSTM` or `nn.GRU` (`mode`) over (N, L, C), from the states that it `takes`, zeros otherwise.

    `vector` says that a state is one vector, since there is one layer in one direction. Of `state`, `cell` and the
    sequence itself, `x`, those that are `alone` are a batch of one for all samples.
    """

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        bias: bool,
        dropout: float,
        bidirectional: bool,
        takes: tuple[str, ...] = (),
        alone: tuple[str, ...] = (),
    ) -> None:
        self.takes, self.alone = takes, alone
        self.vector = num_layers == 1 and not bidirectional
        super().__init__(mode, input_size, hidden_size, num_layers, bias, True, dropout, bidirectional)

    def forward(self, x: Tensor, *others: Tensor) -> tuple[Tensor, ...]:
        """(N, L, C) and states of (N, [layers · directions,] features) to (N, L, features · directions), and states."""
        given = dict(zip(self.takes, others, strict=True))
        if self.alone:
            n = next(value.shape[0] for name, value in {"x": x, **given}.items() if name not in self.alone)
            x = x.expand(n, *x.shape[1:])
        count = self.num_layers * (2 if self.bidirectional else 1)
        zeros = x.new_zeros(count, x.shape[0], self.hidden_size)
        names = ("state", "cell") if self.mode == "LSTM" else ("state",)
        states = [self._stacked(given[name], x) if name in given else zeros for name in names]
        weights: Any = self._flat_weights
        run = torch.lstm if self.mode == "LSTM" else torch.gru
        hidden: Any = states if self.mode == "LSTM" else states[0]
        y, *last = run(
            x, hidden, weights, self.bias, self.num_layers, self.dropout, self.training, self.bidirectional,
            True,
        )  # fmt: skip
        return y, *[state[0] if self.vector else state.transpose(0, 1) for state in last]

    def _stacked(self, state: Tensor, x: Tensor) -> Tensor:
        """A state as torch has it: (layers · directions, N, features)."""
        n, count, _ = (state.unsqueeze(1) if self.vector else state).shape
        state = state.reshape(n, count, self.hidden_size)
        return state.expand(x.shape[0], count, self.hidden_size).transpose(0, 1).contiguous()


class Cell(nn.RNNCellBase):
    """`nn.LSTMCell` or `nn.GRUCell` (`mode`), of vectors or at each position; a state that is not given is zeros."""

    def __init__(self, mode: str, input_size: int, hidden_size: int, bias: bool, takes: tuple[str, ...] = ()) -> None:
        super().__init__(input_size, hidden_size, bias, num_chunks=4 if mode == "LSTM" else 3)
        self.mode, self.takes = mode, takes

    def forward(self, x: Tensor, *others: Tensor) -> Any:
        """(N, …, C) and states of (N, …, features) to the new state, and with an LSTM its cell."""
        # where one is the same for every sample or position, the others say how many there are
        shape = torch.broadcast_shapes(x.shape[:-1], *[value.shape[:-1] for value in others])
        rows, *flat = [value.expand(*shape, value.shape[-1]).reshape(-1, value.shape[-1]) for value in (x, *others)]
        given = dict(zip(self.takes, flat, strict=True))
        zeros = rows.new_zeros(rows.shape[0], self.hidden_size)
        states = [given.get(name, zeros) for name in (("state", "cell") if self.mode == "LSTM" else ("state",))]
        weights = self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh
        if self.mode == "LSTM":
            new = torch.lstm_cell(rows, states, *weights)
            return tuple([value.reshape(*shape, self.hidden_size) for value in new])
        return torch.gru_cell(rows, states[0], *weights).reshape(*shape, self.hidden_size)
