"""What can be done to weights for another input, so that they fit: for other channels, and for other positions."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import isqrt, prod
from typing import Literal, TypeAlias, get_args

from archspec.errors import UsageError
from archspec.records import record
from archspec.types.tensor import shape_text
from archspec.weights.foreign import Foreign, Grid
from archspec.weights.report import Mismatch

Channels: TypeAlias = Literal["mean", "keep"]
"""How a convolution takes weights for other input channels: their mean for each channel, or themselves for the channels
that there are, and their mean for the rest."""


@record
class Adapt:
    """What may be done to weights that do not fit."""

    in_channels: Channels | None = None
    positions: bool = False


NOTHING = Adapt()

CHOICES = {
    "--adapt-in-channels": Adapt(in_channels="mean"),
    "--adapt-positions": Adapt(positions=True),
}
"""What may be asked for, by the option that does it."""


def choice(in_channels: bool | str | None, positions: bool) -> Adapt:
    """What the arguments of a call ask for; true stands for `mean`. Raises `UsageError` for what is no choice."""
    if not isinstance(positions, bool):
        raise UsageError(f"`adapt_positions` must be true or false, found {positions!r:.80}")
    if in_channels is None or isinstance(in_channels, bool):
        return Adapt("mean" if in_channels else None, positions)
    for mode in get_args(Channels):
        if isinstance(in_channels, str) and in_channels == mode:
            return Adapt(mode, positions)
    raise UsageError(f'`adapt_in_channels` must be "mean", "keep", true or false, found {in_channels!r:.80}')


def adaptation(found: Mismatch, own: Foreign, adapt: Adapt) -> str:
    """What makes a weight of another shape fit, in words; nothing where it is not asked for, or cannot be done."""
    if found.reason:
        return ""
    if adapt.in_channels and found.key in own.first and _differ_in_channels(found):
        return _channels(found.found[1], found.wanted[1], adapt.in_channels)
    if adapt.positions and found.key in own.positions:
        grid = own.positions[found.key]
        old = old_grid(found, grid)
        kept = f", {grid.tokens} token{'s' * (grid.tokens > 1)} kept" if grid.tokens else ""
        return f"positions interpolated from {shape_text(old)} to {shape_text(grid.size)}{kept}" if old else ""
    return ""


def obstacles(misfits: Iterable[Mismatch], own: Foreign, adapt: Adapt) -> dict[str, str]:
    """Why weights that may be adapted are not."""
    found = {}
    for misfit in misfits:
        if adapt.in_channels == "keep" and misfit.key in own.first and _differ_in_channels(misfit):
            found[misfit.key] = f"`keep` needs at least the {misfit.found[1]} input channels of the file"
        if adapt.positions and misfit.key in own.positions:
            grid = own.positions[misfit.key]
            tokens = f" with {grid.tokens} token{'s' * (grid.tokens > 1)} in front" if grid.tokens else ""
            found[misfit.key] = f"{shape_text(misfit.found)} is no grid for {shape_text(grid.size)}{tokens}"
    return found


def unused(misfits: Iterable[Mismatch], own: Foreign, adapt: Adapt) -> tuple[str, ...]:
    """The options that were given, and are for none of what does not fit."""
    keys = [misfit.key for misfit in misfits]
    asked = {
        "--adapt-in-channels": (adapt.in_channels, own.first),
        "--adapt-positions": (adapt.positions, own.positions),
    }
    return tuple(option for option, (given, those) in asked.items() if given and keys and not {*keys} & {*those})


def remedies(misfits: Iterable[Mismatch], own: Foreign) -> dict[str, tuple[str, ...]]:
    """The keys that each option would make fit, and each rule of a spec."""
    left = [misfit for misfit in misfits if not misfit.reason]
    found = {
        option: tuple(misfit.key for misfit in left if adaptation(misfit, own, adapt))
        for option, adapt in CHOICES.items()
    }
    found |= _other_channels(left, own)
    for rule, would in (("transpose", _is_transposed), ("reshape", _is_reshaped)):
        found[rule] = tuple(misfit.key for misfit in left if would(misfit))
    return {option: keys for option, keys in found.items() if keys}


def _other_channels(misfits: Iterable[Mismatch], own: Foreign) -> dict[str, tuple[str, ...]]:
    """The keys that fit a network whose input has the channels of the file, by the option that gives it them."""
    differ = {misfit.key: misfit.found[1] for misfit in misfits if _differ_in_channels(misfit)}
    found = {}
    for name in dict.fromkeys(own.first.values()):
        keys = tuple(key for key in own.first if own.first[key] == name)
        numbers = {differ.get(key) for key in keys}
        if len(numbers) == 1 and None not in numbers:
            found[f"--in-channels {name}{'=' * bool(name)}{numbers.pop()}"] = keys
    return found


def _is_transposed(misfit: Mismatch) -> bool:
    return len(misfit.found) == 2 and misfit.found == misfit.wanted[::-1]


def _is_reshaped(misfit: Mismatch) -> bool:
    """Whether a weight has the same values in axes that were merged, divided or of size 1."""
    found, wanted = misfit.found, misfit.wanted
    if prod(found) != prod(wanted) or len(found) == len(wanted):
        return False
    return found[:1] == wanted[:1] or [n for n in found if n > 1] == [n for n in wanted if n > 1]


def _differ_in_channels(mismatch: Mismatch) -> bool:
    """Whether two weights of convolutions differ in their input channels alone."""
    found, wanted = mismatch.found, mismatch.wanted
    return len(found) == len(wanted) > 2 and found[0] == wanted[0] and found[2:] == wanted[2:] and found[1] > 0


def _channels(channels: int, wanted: int, how: Channels) -> str:
    if how == "mean":
        return f"mean over {channels} input channels, times {Fraction(channels, wanted)}"
    return f"{channels} input channels kept, {wanted - channels} with their mean" if wanted > channels else ""


def old_grid(mismatch: Mismatch, grid: Grid) -> tuple[int, ...]:
    """The grid that a file's position embedding is for; empty where it is not known.

    In a file stand only numbers of positions: those of two dimensions are taken for a square, as timm does, and where
    they are none, for a grid of the proportions of the network's.
    """
    shape = mismatch.found
    if len(shape) < 2 or shape[:-2] not in ((), (1,)) or shape[-1] != mismatch.wanted[-1] or shape[-2] <= grid.tokens:
        return ()
    count = shape[-2] - grid.tokens
    if len(grid.size) == 1:
        return (count,)
    if len(grid.size) != 2:
        return ()
    height, width = whole(grid)
    for rows in (isqrt(count), isqrt(int(Fraction(count * height, width)))):
        if rows and count % rows == 0 and (rows * rows == count or rows * width == count // rows * height):
            return rows, count // rows
    return ()


def whole(grid: Grid) -> tuple[int, ...]:
    """The sizes of a grid, which are numbers: an embedding of positions has no symbolic ones."""
    return tuple(size for size in grid.size if isinstance(size, int))
