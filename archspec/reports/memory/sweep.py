"""A training step, or a forward pass, in bytes: what is in memory at its fullest, without weights and states."""

from __future__ import annotations

from dataclasses import dataclass, field

from archspec.graph.nodes import Node, Value
from archspec.reports.memory.program import Drop, Item, Program, Region, Step


class Tensor:
    """The bytes of a tensor, and how many hold it."""

    __slots__ = ("holders", "size")

    def __init__(self, size: int) -> None:
        self.size, self.holders = size, 1


@dataclass(slots=True, eq=False)
class _Record:
    """What the tape holds of a step or a region: the tensors that it keeps."""

    item: Step | Region
    kept: dict[Value, Tensor]


@dataclass(slots=True)
class Sweep:
    """Bytes that are alive and the most that were, since it was `reset`."""

    alive: int = 0
    peak: int = 0
    _gradients: dict[Value, Tensor] = field(default_factory=dict)
    _learned: set[Node] = field(default_factory=set)

    def made(self, size: int) -> Tensor:
        """A new tensor."""
        self.alive += size
        self.peak = max(self.peak, self.alive)
        return Tensor(size)

    def released(self, tensor: Tensor) -> None:
        """One holder less."""
        tensor.holders -= 1
        if not tensor.holders:
            self.alive -= tensor.size

    def forward(self, items: list[Item], values: dict[Value, Tensor], tape: list[_Record] | None) -> None:
        """Run steps; with a tape, keep what gradients need. Depth is bounded by the compiler."""
        for item in items:
            if isinstance(item, Step):
                self._step(item, values, tape)
            elif isinstance(item, Drop):
                self.released(values.pop(item.value))
            else:
                kept = _held(values, item.takes) if tape is not None else {}
                self.forward(item.items, values, None)
                if tape is not None:
                    tape.append(_Record(item, kept))

    def _step(self, step: Step, values: dict[Value, Tensor], tape: list[_Record] | None) -> None:
        for value, size in step.gives:
            if step.shares is None:
                values[value] = self.made(size)
            else:
                values[value] = values[step.shares]
                values[value].holders += 1
        if tape is not None and (step.needs or step.weights):
            tape.append(_Record(step, _held(values, step.saves)))
            self.alive += step.own
        self.peak = max(self.peak, self.alive + step.spare)

    def backward(self, tape: list[_Record]) -> None:
        """Run the tape back: gradients come and go, those of weights stay."""
        while tape:
            record = tape.pop()
            if isinstance(record.item, Region):
                again: list[_Record] = []
                values = dict(record.kept)
                self.forward(record.item.items, values, again)
                for tensor in values.values():
                    self.released(tensor)
                self.backward(again)
                continue
            self._back(record.item)
            for tensor in record.kept.values():
                self.released(tensor)
            self.alive -= record.item.own

    def _back(self, step: Step) -> None:
        given = [found for value, _ in step.gives if (found := self._gradients.pop(value, None)) is not None]
        if not given:
            return
        for need in step.needs:
            if need.passed:
                given[0].holders += 1
                self._add(need.value, given[0])
            else:
                self._add(need.value, self.made(need.size))
        if step.weights:
            self.made(step.weights)
            if step.owner in self._learned:
                # it is added to what is there
                self.alive -= step.weights
            self._learned.add(step.owner)
        for tensor in given:
            self.released(tensor)

    def _add(self, value: Value, gradient: Tensor) -> None:
        """Add to the gradient of a value, in place where nobody else holds it."""
        before = self._gradients.get(value)
        if before is None:
            self._gradients[value] = gradient
        elif before.holders == 1:
            self.released(gradient)
        else:
            self._gradients[value] = gradient if gradient.holders == 1 else self.made(before.size)
            self.released(before)
            if gradient.holders > 1:
                self.released(gradient)

    def loss(self, program: Program) -> list[Tensor]:
        """Of each output, the logarithms of a cross-entropy, which the loss keeps."""
        return [self.made(size) for value, size in program.outputs if value in program.learned]

    def loss_back(self, program: Program, kept: list[Tensor]) -> None:
        """The gradients of the outputs: each from that of its logarithms."""
        for value, size in program.outputs:
            if value in program.learned:
                logarithms = self.made(size)
                self._add(value, self.made(size))
                self.released(logarithms)
        for tensor in kept:
            self.released(tensor)


def _held(values: dict[Value, Tensor], names: tuple[Value, ...]) -> dict[Value, Tensor]:
    """Tensors by the values that they are, each with one more holder."""
    found = {value: values[value] for value in names}
    for tensor in found.values():
        tensor.holders += 1
    return found


def trained(program: Program) -> tuple[int, int, int, int]:
    """Of one training step: the bytes that are kept when the loss is there, the most of forward with loss, the most of
    backward, and what is left after it."""
    sweep, tape = Sweep(), list[_Record]()
    values = {value: sweep.made(size) for value, size in program.inputs}
    sweep.forward(program.items, values, tape)
    kept = sweep.loss(program)
    alive, forward = sweep.alive, sweep.peak
    sweep.peak = sweep.alive
    sweep.loss_back(program, kept)
    sweep.backward(tape)
    return alive, forward, sweep.peak, sweep.alive


def inferred(program: Program) -> int:
    """The most of one forward pass without gradients."""
    sweep = Sweep()
    values = {value: sweep.made(size) for value, size in program.inputs}
    sweep.forward(program.items, values, None)
    return sweep.peak
