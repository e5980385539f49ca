"""Nodes that make one value fit another where the two are joined: the remedy to write, tried before it is told."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

from archspec.ops import JOINS, OPS, ShapeError, agree
from archspec.ops.base import short
from archspec.ops.written import literal
from archspec.records import record
from archspec.types.sizes import Size
from archspec.types.tensor import TensorType

_AXES = "hwd"
_RATIOS = (2, 3, 4, 8, 16, 32)
"""Factors by which a size is tried to be enlarged or reduced where it is open."""


@record
class Step:
    """One node to write: an op and its arguments."""

    op: str
    arguments: dict[str, Any]

    def written(self, **more: str) -> str:
        """As a spec has it, with further arguments before its own."""
        principal = OPS[self.op].principal
        given = {**more, **{key: literal(value) for key, value in self.arguments.items()}}
        if not given:
            return self.op
        if principal is not None and given.keys() == {principal}:
            return f"{self.op}: {given[principal]}"
        return f"{self.op}: {{{', '.join(f'{key}: {value}' for key, value in given.items())}}}"


def fit(x: TensorType, target: TensorType, merge: str, like: str = "") -> list[Step] | None:
    """The nodes after which a value joins another; None where none are known. `like` is how a reference to the other
    is written, where nodes may have one."""
    for axes in _axes(x, target):
        for resize in _resizes(x, target, axes, like):
            steps = [*axes, *resize]
            if merge != "concat" and (channels := _channels(_after(steps, x, target), target)) is not None:
                # a convolution costs less before a value is enlarged than after
                enlarges = bool(resize) and resize[0].op == "upsample"
                steps = [*axes, *channels, *resize] if enlarges else [*steps, *channels]
            if joins(_after(steps, x, target), target, merge):
                return steps
    return None


def joins(a: TensorType | None, b: TensorType, merge: str) -> bool:
    """Whether two values join."""
    try:
        if a is not None:
            JOINS[merge]().infer(b, a)
    except ShapeError:
        return False
    return a is not None


def _after(steps: list[Step], x: TensorType, target: TensorType) -> TensorType | None:
    """The type of a value after these nodes; None where they cannot take it."""
    try:
        for step in steps:
            op = OPS[step.op].model_validate(step.arguments)
            x = op.infer(x, *(target for key in op.references if key in step.arguments))
    except (ShapeError, ValueError):
        return None
    return x


def _channels(x: TensorType | None, target: TensorType) -> list[Step] | None:
    """What gives a value the channels of another."""
    if x is None or x.channels == target.channels or 1 in (x.channels, target.channels):
        return None
    if x.channels_first:
        return [Step("conv", {"channels": target.channels})]
    return [Step("linear", {"features": target.channels})]


def _axes(x: TensorType, target: TensorType) -> Iterator[list[Step]]:
    """What gives a value the axes of another."""
    before: list[Step] = []
    if x.vocab is not None:
        before = [Step("embedding", {"features": target.channels})]
    elif len(x.size) == len(target.size) and x.layout == target.layout:
        yield []
        return
    here, there = _names(x), _names(target)
    if x.size and len(x.size) == len(target.size):
        yield [*before, *_move(here, there, x.channels_first and x.vocab is None, target.channels_first)]
    elif x.size and target.size and 1 in (len(x.size), len(target.size)):
        # a sequence of positions, and a map
        names = max(here, there, key=len)
        merged = f"({' '.join(names)})"
        whole = [*target.size[:-1]] if len(here) == 1 else []
        sizes = dict(zip(names, whole, strict=False))
        pattern = _pattern([merged] if len(here) == 1 else names, x.channels_first and x.vocab is None)
        pattern += " -> " + _pattern([merged] if len(there) == 1 else names, target.channels_first)
        yield [*before, Step("rearrange", {"pattern": pattern, **sizes})]
    pooled = [Step("global_pool", {})] if x.size else []
    ones = _pattern(["1"] * len(target.size), target.channels_first)
    yield [*before, *pooled, *([Step("rearrange", {"pattern": f"n c -> {ones}"})] if target.size else [])]


def _move(here: list[str], there: list[str], first: bool, target_first: bool) -> list[Step]:
    if first == target_first:
        return []
    return [Step("rearrange", {"pattern": f"{_pattern(here, first)} -> {_pattern(there, target_first)}"})]


def _names(x: TensorType) -> list[str]:
    return ["l"] if len(x.size) == 1 else list(_AXES[: len(x.size)])


def _pattern(axes: list[str], channels_first: bool) -> str:
    return " ".join(["n", "c", *axes] if channels_first else ["n", *axes, "c"])


def _resizes(x: TensorType, target: TensorType, axes: list[Step], like: str) -> Iterator[list[Step]]:
    """What gives a value the sizes of another, the best first."""
    moved = _after(axes, x, target)
    if moved is None or len(moved.size) != len(target.size):
        return
    pairs = list(zip(moved.size, target.size, strict=True))
    if all(1 in pair or agree(*pair) for pair in pairs):
        yield []
        return
    there, back = [], []
    if not moved.channels_first:
        names = _names(moved)
        there, back = _move(names, names, False, True), _move(names, names, True, False)
        like = ""
    for resize in _resized(pairs, like):
        yield [*there, resize, *back] if there else [resize]


def _resized(pairs: list[tuple[Size, Size]], like: str) -> Iterator[Step]:
    is_larger = any(isinstance(a, int) and isinstance(b, int) and a > b for a, b in pairs)
    if like and not is_larger:
        yield Step("upsample", {"like": like})
    for op, argument, a, b in (("avg_pool", "kernel", 0, 1), ("upsample", "scale", 1, 0)):
        ratios = tuple(_ratio(pair[a], pair[b]) for pair in pairs)
        if all(ratios):
            yield Step(op, {argument: short(ratios)})
    if like and is_larger:
        yield Step("upsample", {"like": like})
    if all(isinstance(b, int) for _, b in pairs):
        yield Step("adaptive_pool", {"size": short(tuple(b for _, b in pairs))})


def _ratio(large: Size, small: Size) -> int | None:
    """How often a size holds another; None where it does not, or for open ones where none of a few numbers is it."""
    if isinstance(large, int) and isinstance(small, int):
        return large // small if large % small == 0 else None
    return next((ratio for ratio in (1, *_RATIOS) if agree(large, small * ratio)), None)


def positions(x: TensorType) -> int:
    """The number of positions of a value; 0 where it is open."""
    return prod(n if isinstance(n, int) else 0 for n in x.size)
