"""Products of several values in the words of einops."""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_letters
from typing import ClassVar

from pydantic import ConfigDict, Field

from archspec.ops.base import FUNCTIONS, Op, PositiveInt, ShapeError, channelled
from archspec.ops.pattern import (
    BATCH,
    Axes,
    Solved,
    axis_names,
    holds,
    is_view,
    kept_stride,
    outcome,
    sides,
    size_axes,
    solve,
    splits,
    without_batch,
)
from archspec.ops.traits import Traits
from archspec.types.call import Call, function
from archspec.types.kept import BYTES, Kept
from archspec.types.sizes import Size, total
from archspec.types.tensor import Factor, Stride, TensorType

_EXAMPLE = "n q (g c), n k (g c) -> n g q k"
_LETTERS = [letter for letter in ascii_letters if letter != "n"]


class Einsum(Op):
    """The product of several values, summed over the axes that the result lacks. Further arguments are sizes of axes.

    The channel axis of the result is the one that `channels` names, or that holds `c`, or the last.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, PositiveInt]

    name: ClassVar[str] = "einsum"
    traits: ClassVar[Traits] = Traits(join="contraction")

    pattern: str = Field(description="Einops pattern, such as `n q (g c), n k (g c) -> n g q k`.", max_length=1000)
    channels: str = Field("c", description="Channel axis of the result.", max_length=100)

    def __hash__(self) -> int:
        return hash((self.name, self.pattern, self.channels))

    def _given(self) -> dict[str, int]:
        return dict(self.__pydantic_extra__ or {})

    def _solved(self, inputs: tuple[TensorType, ...]) -> tuple[list[Axes], Axes, Solved]:
        """The axes of the values and of the result, without the batch, and all sizes."""
        lefts, right = sides(self.pattern, _EXAMPLE)
        if len(lefts) != len(inputs):
            message = f"`{self.pattern}` names {len(lefts)} values, but `from` has {len(inputs)}"
            raise ShapeError("A405", message, "write the axes of each value, with commas between", "pattern")
        for x in inputs:
            channelled("einsum", x, number=True)
        sides_ = [without_batch(axes, x, self.pattern) for axes, x in zip(lefts, inputs, strict=True)]
        batched = next((x for x in inputs if x.batch), None)
        if right[:1] == (BATCH,) and batched is None and not any(axes[:1] == (BATCH,) for axes in lefts):
            raise ShapeError("A406", f"no value of `{self.pattern}` has the axis `n`", "leave it out", "pattern")
        result = without_batch(right, batched, self.pattern)
        known = set().union(*map(axis_names, sides_))
        if odd := sorted(axis_names(result) - known):
            message = f"the right side of `{self.pattern}` has axes that no value has: {', '.join(odd)}"
            raise ShapeError("A406", message, "take them from a value, or leave them out", "pattern")
        if len(known) > len(_LETTERS):
            message = f"`{self.pattern}` names {len(known)} axes, more than {len(_LETTERS)}"
            raise ShapeError("A406", message, "merge axes", "pattern")
        return sides_, result, solve(list(zip(sides_, inputs, strict=True)), self._given())

    def _channels(self, result: Axes) -> int:
        if not result:
            message = f"the result of `{self.pattern}` has no axis for its channels"
            raise ShapeError("A406", message, "end with a 1: `-> n 1`", "pattern")
        at = holds(result, self.channels)
        if at is None and self.channels != "c":
            help = "name an axis of the right side"
            raise ShapeError("A406", f"the result has no axis `{self.channels}` for its channels", help, "channels")
        return len(result) - 1 if at is None else at

    def infer(self, *inputs: TensorType) -> TensorType:
        lefts, result, solved = self._solved(inputs)
        at = self._channels(result)
        after = [group for i, group in enumerate(result) if i != at]
        stride = _stride(list(zip(lefts, inputs, strict=True)), after, solved)
        return outcome("einsum", result, at, solved, inputs[0], stride)

    def constraints(self, *inputs: TensorType) -> dict[str, int]:
        return self._solved(inputs)[2].conditions

    def macs(self, output: TensorType, *inputs: TensorType) -> Size:
        lefts, result, solved = self._solved(inputs)
        return total([solved.total(tuple(sorted(axes))) for axes, _ in _pairs(lefts, result)])

    def keeps(self, output: TensorType, *inputs: TensorType) -> Kept:
        lefts, result, solved = self._solved(inputs)
        width = BYTES[output.dtype]
        terms = [[*["n"] * x.batch, *(n for g in axes for n in g)] for axes, x in zip(lefts, inputs, strict=True)]
        inner, outer = terms[0], [name for group in result for name in group]
        found, own, once = set[int](), list[Size](), list[Size]()
        for number, (_, kept) in enumerate(_pairs(lefts, result), 1):
            last = number == len(lefts) - 1
            given = [name for name in dict.fromkeys([*inner, *terms[number]]) if name in kept]
            out = ["n", *(outer if last else given)]
            for place, term, other in ((number - 1, inner, terms[number]), (number, terms[number], inner)):
                is_value = place == number or number == 1
                if is_value and _is_kept(term, other, out, solved.sizes):
                    found.add(place)
                else:
                    count = solved.total(tuple(name for name in term if name != "n")) * width
                    (own if "n" in term else once).append(count)
            inner = [name for name in dict.fromkeys([*inner, *terms[number]]) if name in kept or name == "n"]
        return Kept(tuple(sorted(found)), own=total(own), once=total(once))

    def lower(self, *inputs: TensorType) -> Call:
        lefts, result, solved = self._solved(inputs)
        letters = _letters(lefts)
        batched = [x.batch for x in inputs]

        def spelled(axes: Axes, batch: bool) -> str:
            return "n" * batch + "".join(letters[name] for group in axes for name in group)

        terms = [spelled(axes, batch) for axes, batch in zip(lefts, batched, strict=True)]
        before, equations = (terms[0], batched[0]), []
        kept = [axes for _, axes in _pairs(lefts, result)]
        for number, axes in enumerate(kept, 1):
            batch = before[1] or batched[number]
            order = [name for name in [n for side in lefts for g in side for n in g] if name in axes]
            out = "n" * batch + "".join(letters[name] for name in dict.fromkeys(order))
            out = spelled(result, batch) if number == len(kept) else out
            equations.append(f"{before[0]},{terms[number]}->{out}")
            before = (out, batch)
        if not kept:
            equations = [f"{terms[0]}->{spelled(result, batched[0])}"]
        given = self._given()
        return function(
            f"{FUNCTIONS}.einsum",
            equations=tuple(equations),
            splits=tuple(
                ((None,) if batch else (), *splits(axes, number, solved, given))
                for number, (axes, batch) in enumerate(zip(lefts, batched, strict=True))
            ),
            merge=(int(any(batched)), *(len(group) for group in result)),
        )


def _pairs(lefts: list[Axes], result: Axes) -> list[tuple[set[str], set[str]]]:
    """For each product of two values, from the left, its axes, and those that are kept."""
    found = []
    before = axis_names(lefts[0])
    for number in range(1, len(lefts)):
        axes = before | axis_names(lefts[number])
        before = axes & axis_names(result).union(*map(axis_names, lefts[number + 1 :]))
        found.append((axes, before))
    return found


def _is_kept(term: list[str], other: list[str], out: list[str], sizes: Mapping[str, Size]) -> bool:
    """Whether a product with another keeps a value itself: not a copy, for a product of matrices."""
    summed = [name for name in term if name in other and name not in out]
    if not summed:
        return True
    shared = [name for name in out if name in term and name in other]
    alone = [name for name in out if name in term and name not in other]
    return is_view(term, (shared, alone, summed), sizes)


def _letters(lefts: list[Axes]) -> dict[str, str]:
    """A letter for each axis, its own first one where that is free."""
    names = list(dict.fromkeys(name for axes in lefts for group in axes for name in group))
    found = {name: name for name in names if name in _LETTERS}
    for name in names:
        if name not in found:
            found[name] = next(x for x in (name[0], *_LETTERS) if x in _LETTERS and x not in found.values())
    return found


def _stride(values: list[tuple[Axes, TensorType]], after: list[tuple[str, ...]], solved: Solved) -> Stride:
    """That of the first value with a batch whose size axes start with those of the result; or those of the axes that
    stand alone in some value; otherwise hidden."""
    for axes, x in values:
        if x.batch:
            before = size_axes(axes, x)
            alike = len(before) == len(after) and all(a[:1] == b[:1] for a, b in zip(before, after, strict=True))
            stride = kept_stride(x, before, after, solved.sizes) if alike else None
            if stride is not None:
                return stride
    factors: list[Factor] = []
    origins = set()
    for group in after:
        places = [(x, i) for axes, x in values for i, own in enumerate(size_axes(axes, x)) if own == group]
        if len(group) != 1 or not places:
            return Stride.hidden(len(after))
        x, i = places[0]
        factors.append(x.stride.factors[i])
        origins.add(x.stride.origin)
    return Stride(tuple(factors), origins.pop()) if len(origins) == 1 else Stride.hidden(len(after))
