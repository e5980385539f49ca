"""Recurrent layers, which take and give their states with the batch first, and each state as a value of its own."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class BatchFirst(nn.RNNBase):
    """What LSTM and GRU have in common.

    A state has the layers and directions behind the batch, or no axis for them where there is one.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int,
        bias: bool,
        dropout: float,
        bidirectional: bool,
        takes: tuple[str, ...],
    ) -> None:
        super().__init__(input_size, hidden_size, num_layers, bias, True, dropout, bidirectional)  # type: ignore[arg-type]
        self.takes, self.rows = takes, num_layers * (2 if bidirectional else 1)

    def arguments(self) -> tuple[Any, ...]:
        """What torch's function takes after the value and its states."""
        # as attributes: what is tied, or comes from the device meta, is another tensor than at first
        weights = [getattr(self, name) for name in self._flat_weights_names]
        return weights, self.bias, self.num_layers, self.dropout, self.training, self.bidirectional, True


class LSTM(BatchFirst, nn.LSTM):
    """`nn.LSTM` of a sequence; `takes` names the states that it is given, others are zeros."""

    def forward(self, x: Tensor, *others: Tensor) -> tuple[Tensor, Tensor, Tensor]:  # type: ignore[override]
        """(N, L, C) to (N, L, features), with the last states."""
        x, states = with_states(x, self.takes, others, self.rows)
        zeros = x.new_zeros(self.rows, x.shape[0], self.hidden_size)
        given = (states.get("state", zeros), states.get("cell", zeros))
        found = torch.lstm(x, given, *self.arguments())
        return found[0], batch_first(found[1], self.rows), batch_first(found[2], self.rows)


class GRU(BatchFirst, nn.GRU):
    """`nn.GRU` of a sequence; `takes` says whether it is given a state, which is zeros otherwise."""

    def forward(self, x: Tensor, *others: Tensor) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        """(N, L, C) to (N, L, features), with the last state."""
        x, states = with_states(x, self.takes, others, self.rows)
        given = states.get("state", x.new_zeros(self.rows, x.shape[0], self.hidden_size))
        found = torch.gru(x, given, *self.arguments())
        return found[0], batch_first(found[1], self.rows)


def with_states(
    x: Tensor, takes: tuple[str, ...], others: tuple[Tensor, ...], rows: int
) -> tuple[Tensor, dict[str, Tensor]]:
    """A value, and its states by name as torch takes them, (rows, N, features), all with the batch that they have
    together."""
    if not takes:
        return x, {}
    states = [state.unsqueeze(1) if rows == 1 else state for state in others]
    batch = torch.broadcast_tensors(x[:, :1, :1], *[state[:, :1, :1] for state in states])[0].shape[0]
    given = [state.expand(batch, -1, -1).transpose(0, 1).contiguous() for state in states]
    return x.expand(batch, -1, -1), dict(zip(takes, given, strict=True))


def batch_first(state: Tensor, rows: int) -> Tensor:
    """A state as torch gives it, with the batch in front."""
    return state.squeeze(0) if rows == 1 else state.transpose(0, 1).contiguous()


class LSTMCell(nn.LSTMCell):
    """`nn.LSTMCell` at each position; `takes` names the states that it is given, others are zeros."""

    def __init__(self, input_size: int, hidden_size: int, takes: tuple[str, ...]) -> None:
        super().__init__(input_size, hidden_size)
        self.takes = takes

    def forward(self, x: Tensor, *others: Tensor) -> tuple[Tensor, Tensor]:  # type: ignore[override]
        """(N, …, C) to (N, …, features), the next state and cell."""
        front, rows, states = in_rows(x, self.takes, others)
        zeros = rows.new_zeros(rows.shape[0], self.hidden_size)
        given = (states.get("state", zeros), states.get("cell", zeros))
        found = torch.lstm_cell(rows, given, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        shape = front + (self.hidden_size,)  # noqa: RUF005
        return found[0].reshape(shape), found[1].reshape(shape)


class GRUCell(nn.GRUCell):
    """`nn.GRUCell` at each position; `takes` says whether it is given a state, which is zeros otherwise."""

    def __init__(self, input_size: int, hidden_size: int, takes: tuple[str, ...]) -> None:
        super().__init__(input_size, hidden_size)
        self.takes = takes

    def forward(self, x: Tensor, *others: Tensor) -> Tensor:  # type: ignore[override]
        """(N, …, C) to (N, …, features), the next state."""
        front, rows, states = in_rows(x, self.takes, others)
        given = states.get("state", rows.new_zeros(rows.shape[0], self.hidden_size))
        found = torch.gru_cell(rows, given, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        return found.reshape(front + (self.hidden_size,))  # noqa: RUF005


def in_rows(
    x: Tensor, takes: tuple[str, ...], others: tuple[Tensor, ...]
) -> tuple[torch.Size, Tensor, dict[str, Tensor]]:
    """The axes before the channels that all have together, and a value and its states by name as rows."""
    front = torch.broadcast_tensors(x[..., :1], *[state[..., :1] for state in others])[0].shape[:-1]
    rows, *states = (part.expand(front + (-1,)).reshape(-1, part.shape[-1]) for part in (x, *others))  # noqa: RUF005
    return front, rows, dict(zip(takes, states, strict=True))
