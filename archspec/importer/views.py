"""Views, permutes, splits and merges of axes as an algebra: nothing is computed until the value is used, and then by
one `rearrange` at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TypeAlias


@dataclass(eq=False)
class Factor:
    """A part of an axis; once it is split, the parts, the outer one first."""

    size: int
    parts: tuple[Factor, ...] = ()

    @property
    def leaves(self) -> list[Factor]:
        """The parts that are split no more."""
        return [leaf for part in self.parts for leaf in part.leaves] if self.parts else [self]


Axis: TypeAlias = tuple[Factor, ...]


@dataclass(frozen=True, eq=False)
class View:
    """Axes over those of a value: `base` are its own, one factor each, the batch in front."""

    base: tuple[Factor, ...]
    axes: tuple[Axis, ...]

    @classmethod
    def of(cls, shape: Sequence[int]) -> View:
        """The view of a value that is the value itself."""
        base = tuple(Factor(size) for size in shape)
        return cls(base, tuple((factor,) for factor in base))

    @property
    def whole(self) -> bool:
        """Whether it is the value itself."""
        ours, theirs = [self.leaves(axis) for axis in self.axes], [factor.leaves for factor in self.base]
        return [_wide(one) for one in ours] == [_wide(one) for one in theirs]

    @property
    def in_order(self) -> bool:
        """Whether its axes, one after the other, are those of the value."""
        ours = [leaf for axis in self.axes for leaf in self.leaves(axis)]
        return _wide(ours) == _wide([leaf for factor in self.base for leaf in factor.leaves])

    @property
    def batched(self) -> bool:
        """Whether the first axis is the batch, and nothing else."""
        return bool(self.axes) and _wide(self.leaves(self.axes[0])) == self.base[0].leaves

    @property
    def shape(self) -> tuple[int, ...]:
        """The sizes of its axes."""
        return tuple(prod(factor.size for factor in axis) for axis in self.axes)

    def leaves(self, axis: Axis) -> list[Factor]:
        """The factors of an axis, as far as they are split."""
        return [leaf for factor in axis for leaf in factor.leaves]

    def permuted(self, dims: Sequence[int]) -> View:
        """The axes in another order."""
        return View(self.base, tuple(self.axes[dim] for dim in dims))

    def squeezed(self, dims: Sequence[int]) -> View:
        """Without some axes of one position."""
        return View(self.base, tuple(axis for at, axis in enumerate(self.axes) if at not in dims))

    def unsqueezed(self, dim: int) -> View:
        """With one more axis of one position."""
        return View(self.base, (*self.axes[:dim], (), *self.axes[dim:]))

    def reshaped(self, shape: Sequence[int]) -> View | None:
        """The same values in the same order along other axes; None where these cut across the ones that are there."""
        rest = [leaf for axis in self.axes for leaf in self.leaves(axis) if leaf.size != 1]
        rest.reverse()
        axes: list[Axis] = []
        for size in shape:
            taken: list[Factor] = []
            while size > 1:
                if not rest:
                    return None
                factor = rest.pop()
                if size % factor.size == 0:
                    taken.append(factor)
                    size //= factor.size
                elif factor.size % size == 0:
                    outer, inner = Factor(size), Factor(factor.size // size)
                    factor.parts = (outer, inner)
                    taken.append(outer)
                    rest.append(inner)
                    size = 1
                else:
                    return None
            axes.append(tuple(taken))
        return View(self.base, tuple(axes)) if not rest else None

    @property
    def arranged(self) -> View:
        """The value itself, with its axes as far as they are split."""
        return View(self.base, tuple((factor,) for factor in self.base))

    def carried(self, arranged: View, shape: Sequence[int], channels: bool = False) -> View:
        """The same axes over a value of a shape that was computed of `arranged`, position by position; the last axis is
        all `channels` of that where they are others."""
        base = tuple(Factor(size) for size in shape)
        found: dict[Factor, Factor] = {}
        for axis, factor in zip(arranged.axes[: len(base) - channels], base, strict=False):
            leaves = arranged.leaves(axis)
            if len(leaves) > 1:
                factor.parts = tuple(Factor(leaf.size) for leaf in leaves)
            found.update(zip(leaves, factor.leaves, strict=True))
        axes = self.axes[:-1] if channels else self.axes
        mapped = [tuple(found[leaf] for leaf in self.leaves(axis) if leaf.size != 1) for axis in axes]
        return View(base, (*mapped, (base[-1],)) if channels else tuple(mapped))

    def channels_last(self) -> View:
        """The value with the leaves of the last axis as its last, and all others in their order before it."""
        last = self.leaves(self.axes[-1])
        rest = [tuple(leaf for leaf in factor.leaves if leaf not in last) for factor in self.base]
        return View(self.base, (*[axis for axis in rest if axis], tuple(last)))

    def picked(self, at: int, channel: int) -> Factor | None:
        """The part of the channels that an axis is, if it is the outermost one, and that alone."""
        leaves = self.base[channel].leaves
        return leaves[0] if len(leaves) > 1 and self.leaves(self.axes[at]) == leaves[:1] else None

    def pattern(self, channel: int, ours: int) -> tuple[str, str, dict[str, int]]:
        """The einops pattern, the name of its channel axis, and the sizes that it needs.

        `channel` is the axis of the result that holds channels, `ours` that of the value.
        """
        names: dict[Factor, str] = {}
        sizes: dict[str, int] = {}
        for at, factor in enumerate(self.base):
            letter = "n" if at == 0 else "c" if at == ours else "lhwd"[at - (at > ours)] if at < 5 else f"x{at}"
            leaves = [leaf for leaf in factor.leaves if leaf.size != 1]
            for number, leaf in enumerate(leaves):
                names[leaf] = letter if len(leaves) == 1 else f"{letter}{number + 1}"
            sizes.update((names[leaf], leaf.size) for leaf in leaves[1:])
        left = [self._group(factor.leaves, names) for factor in self.base]
        right = [self._group(self.leaves(axis), names) for axis in self.axes]
        held = [names[leaf] for leaf in self.leaves(self.axes[channel]) if leaf in names]
        return f"{' '.join(left)} -> {' '.join(right)}", held[0] if held else "", sizes

    @staticmethod
    def _group(leaves: Sequence[Factor], names: dict[Factor, str]) -> str:
        found = [names[leaf] for leaf in leaves if leaf in names]
        return f"({' '.join(found)})" if len(found) > 1 else found[0] if found else "1"


def _wide(leaves: Sequence[Factor]) -> list[Factor]:
    return [leaf for leaf in leaves if leaf.size != 1]
