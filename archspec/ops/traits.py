"""What an op is like, for all that treats ops by their kind: lint, work in place, folded norms, layout of source."""

from __future__ import annotations

from archspec.records import record


@record
class Traits:
    """What an op says of itself; where it says nothing, nothing is assumed of it.

    `layer`: it multiplies channels by weights. If it has an argument `bias`, that says whether it adds a bias.
    `output_axis`: the axis of its `weight`, 0 or 1, along which the output channels stand, where it multiplies by that
    and adds `bias`; the input channels, those of one group, are the other of the two, and any more axes are a kernel.
    `norm`: how it normalizes: `batch`, `layer`, `group`, `instance`, `rms`, or in another way. `batch` is what
    `BatchNorm` does, in evaluation by `running_mean`, `running_var` and the argument `eps`; `frozen` is that always.
    `activation`: the name of the activation that it is.
    `final`: a network may end in this activation, which makes probabilities, or bounded or positive values.
    `join`: how it joins its inputs: `sum`, `product`, `concat`, or in another way.
    `passes`: it gives its input as it is, at least in evaluation.
    `dropout`: the probability with which it zeroes a value while training.
    `scales`: it multiplies by a factor, which keeps the variance of residuals down.
    `keeps_variance`: the variance of its output depends on that of its input.
    `enlarges`: it makes sizes larger.
    `rearranges`: it moves axes, so that channels may become a size.
    `contiguous`: where its inputs lie in memory in the order of their axes, its output does.
    `fresh`: its output is a tensor of its own, which its own gradient does not need.
    `overwrites`: the number of first inputs of which it may overwrite one, since its gradient does not need it. A
    module, which may overwrite the first alone, is then made with `inplace=True`; instead of a function the one with
    the same name and an underscore is called, with the value to overwrite first.
    `restores`: in place it keeps its output until its gradient is computed, and not its input.
    `part`: it gives a part of its input, of which others may go unused.
    `tokens`: the number of positions that it puts in front of a sequence.
    `positions`: its one parameter holds a vector for each position of a sequence, in order: (1, positions, C).
    `light`: it is short to write, and stands in one line of source with what takes its value.
    """

    layer: bool = False
    output_axis: int | None = None
    norm: str | None = None
    activation: str | None = None
    final: bool = False
    join: str | None = None
    passes: bool = False
    dropout: float = 0
    scales: bool = False
    keeps_variance: bool = False
    enlarges: bool = False
    rearranges: bool = False
    contiguous: bool = False
    fresh: bool = False
    overwrites: int = 0
    restores: bool = False
    part: bool = False
    tokens: int = 0
    positions: bool = False
    light: bool = False
