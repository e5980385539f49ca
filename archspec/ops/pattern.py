"""Einops patterns (Rogozhnikov 2022): what they say of the axes of values, and of their sizes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from math import prod
from typing import Any, TypeAlias

from archspec.ops.base import ShapeError, concrete, demand, numel
from archspec.types.sizes import Size, divisibility
from archspec.types.tensor import Factor, Layout, Stride, TensorType, ratio

Axes: TypeAlias = tuple[tuple[str, ...], ...]
Part: TypeAlias = int | tuple[int, int, int] | None
"""The size of a part of an axis: a number, that of an axis of another value over a number, or what is left."""

BATCH = ("n",)


@lru_cache(maxsize=1024)
def sides(pattern: str, example: str) -> tuple[tuple[Axes, ...], Axes]:
    """The groups of axis names of each value, and of the result; a `1` or `()` is an empty group.

    Raises `ShapeError`, with the example.
    """
    halves = pattern.split("->")
    if len(halves) != 2:
        # the comma ends a value without quotes
        quote = "; in flow style (`{…}`), quote a pattern that has a comma" if "," in example else ""
        raise ShapeError("A406", f"`{pattern}` is not a pattern", f"write `{example}`{quote}", "pattern")
    *left, right = parsed(pattern, (*halves[0].split(","), halves[1]), f"as in `{example}`")
    return tuple(left), right


def parsed(pattern: str, parts: Iterable[str], help: str) -> list[Axes]:
    """The groups of axis names in each part of a pattern. Raises `ShapeError`, with the help."""
    from einops import EinopsError
    from einops.parsing import ParsedExpression

    try:
        found: list[Any] = [ParsedExpression(part.strip()) for part in parts]
    except EinopsError as error:
        raise ShapeError("A406", f"`{pattern}` is not a pattern: {error}", help, "pattern") from None
    if any(part.has_ellipsis or part.has_non_unitary_anonymous_axes for part in found):
        raise ShapeError("A406", f"`{pattern}` has an unnamed axis", "name each axis", "pattern")
    return [tuple(tuple(group) for group in part.composition) for part in found]


def axis_names(axes: Axes) -> set[str]:
    """The names in some groups."""
    return {name for group in axes for name in group}


def without_batch(axes: Axes, x: TensorType | None, pattern: str) -> Axes:
    """The groups but for that of the batch, which a value without one (or None) may leave out. Raises `ShapeError`."""
    if axes[:1] == (BATCH,):
        axes = axes[1:]
    elif x is not None and x.batch:
        first = axes[0][0] if axes and axes[0] else ""
        # as `torch.einsum` has it
        letters = len(axes) == 1 and first.startswith("n")
        help = f"put spaces between axes: `{' '.join(first)}`" if letters else "put the batch first: `n …`"
        raise ShapeError("A406", f"the first axis of `{pattern}` is not `n`", help, "pattern")
    if "n" in axis_names(axes):
        message = f"`n` stands for the batch in `{pattern}`, and only first"
        raise ShapeError("A406", message, "give the axis another name", "pattern")
    return axes


@dataclass(slots=True)
class Solved:
    """The size of each axis, where it is taken from, and what symbolic sizes must be multiples of."""

    sizes: dict[str, Size]
    found: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    conditions: dict[str, int] = field(default_factory=dict)

    def total(self, group: tuple[str, ...]) -> Size:
        """The size of a group."""
        return numel(tuple(self.sizes[name] for name in group))

    def must_be(self, one: Size, other: Size) -> bool:
        """Whether two sizes are equal, or are for certain multiples, which are noted."""
        if isinstance(one, int) and isinstance(other, int):
            return one == other
        needed = divisibility(one, other)
        demand(self.conditions, needed)
        return needed is not None


def check_count(axes: Axes, x: TensorType) -> None:
    """Raise `ShapeError` unless there is a group for each axis of a value, the batch aside."""
    if len(axes) != len(x.shape):
        message = f"the pattern names {len(axes) + 1} axes, but the value {x} has {len(x.shape) + 1} with the batch"
        help = "name the batch axis `n` first, then one axis or group for each dimension"
        raise ShapeError("A405", message, help, "pattern")


def solve(values: Sequence[tuple[Axes, TensorType]], given: Mapping[str, int]) -> Solved:
    """The sizes of all axes of values, whose groups are without the batch. Raises `ShapeError`."""
    for axes, x in values:
        check_count(axes, x)
    known = set().union(*(axis_names(axes) for axes, _ in values))
    for name in given:
        if name not in known:
            raise ShapeError("A406", f"the pattern has no axis `{name}`", "only its axes can have sizes", name)
    solved = Solved(dict(given))
    pending = [
        (value, axis, group, total)
        for value, (axes, x) in enumerate(values)
        for axis, (group, total) in enumerate(zip(axes, x.shape, strict=True), 1)
    ]
    while pending:
        left = [item for item in pending if not _settled(solved, *item)]
        if len(left) == len(pending):
            _, _, group, total = left[0]
            help = f"give all but one of {', '.join(f'`{name}`' for name in group)} a size"
            raise ShapeError(
                "A406", f"the sizes in `({' '.join(group)})` of {total} are not determined", help, "pattern"
            )
        pending = left
    return solved


def _settled(solved: Solved, value: int, axis: int, group: tuple[str, ...], total: Size) -> bool:
    """Whether a group says all of its sizes by now."""
    unknown = [name for name in group if name not in solved.sizes]
    part = numel(tuple(solved.sizes[name] for name in group if name in solved.sizes))
    if len(unknown) > 1 or (unknown and not isinstance(part, int)):
        return False
    whole = total // part * part if isinstance(part, int) and unknown else part
    if not solved.must_be(total, whole):
        if len(group) == 1 and not unknown:
            message = f"the axis `{group[0]}` cannot have the sizes {part} and {total}"
            raise ShapeError("A404", message, "it has one size wherever it stands; name another axis", "pattern")
        message = f"the axes `({' '.join(group)})` cannot have the size {total} with a part of {part}"
        raise ShapeError("A404", message, "the given sizes must divide the axis", "pattern")
    if unknown and isinstance(part, int):
        solved.sizes[unknown[0]] = total // part
        solved.found[unknown[0]] = (value, axis, part)
    return True


def splits(axes: Axes, value: int, solved: Solved, given: Mapping[str, int]) -> tuple[tuple[Part, ...], ...]:
    """The parts of each axis of a value without its batch."""
    return tuple([_parts(group, (value, axis), solved, given) for axis, group in enumerate(axes, 1)])


def _parts(
    group: tuple[str, ...], place: tuple[int, int], solved: Solved, given: Mapping[str, int]
) -> tuple[Part, ...]:
    unknown = [name for name in group if name not in given]
    left = unknown if len(unknown) == 1 else [name for name in unknown if solved.found[name][:2] == place]
    return tuple([None if name in left else given.get(name) or solved.found[name] for name in group])


def outcome(op: str, axes: Axes, at: int, solved: Solved, like: TensorType, stride: Stride) -> TensorType:
    """The type of a result whose channels are group number `at`. Raises `ShapeError`."""
    if at not in (0, len(axes) - 1):
        message = f"the channel axis is number {at + 1} of {len(axes) + 1} in the result"
        raise ShapeError("A402", message, "put the channels right after the batch, or last", "pattern")
    layout: Layout = "channels_first" if at == 0 and len(axes) > 1 else "channels_last"
    size = tuple(solved.total(group) for i, group in enumerate(axes) if i != at)
    return TensorType(concrete(op, solved.total(axes[at])), size, layout, like.dtype, stride)


def size_axes(axes: Axes, x: TensorType) -> list[tuple[str, ...]]:
    """The groups of a value's sizes."""
    return [group for i, group in enumerate(axes) if i != channels_of(x)]


def channels_of(x: TensorType) -> int:
    """The number of the channels among the axes of a value, without its batch."""
    return 0 if x.channels_first else len(x.size)


def kept_stride(
    x: TensorType, before: Sequence[tuple[str, ...]], after: Sequence[tuple[str, ...]], sizes: Mapping[str, Size]
) -> Stride | None:
    """The stride where each axis still starts with the same name at the same place, or has become 1; None elsewhere."""
    if len(before) != len(after) or any(b and a[:1] != b[:1] for a, b in zip(before, after, strict=True)):
        return None
    factors: list[Factor] = []
    for was, now in zip(before, after, strict=True):
        split, merged = (prod(_number(sizes[name]) for name in group[1:]) for group in (was, now))
        factors.append(ratio(split, merged) if now else 1)
    return x.stride.times(tuple(factors))


def _number(size: Size) -> int:
    return size if isinstance(size, int) else 1


def is_view(names: Sequence[str], groups: Iterable[Sequence[str]], sizes: Mapping[str, Size]) -> bool:
    """Whether axes that lie in memory by these names can be merged to groups where they are."""
    order = {name: place for place, name in enumerate(name for name in names if sizes.get(name) != 1)}
    known = [[order[name] for name in group if name in order] for group in groups]
    return all(b == a + 1 for group in known for a, b in pairwise(group))


def holds(axes: Axes, name: str) -> int | None:
    """The number of the group that holds a name."""
    return next((i for i, group in enumerate(axes) if name in group), None)
