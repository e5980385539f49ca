"""Axes split, moved and merged by an einops pattern (Rogozhnikov 2022)."""

from fractions import Fraction
from functools import lru_cache
from math import lcm, prod
from typing import Any, ClassVar, TypeAlias

from pydantic import ConfigDict, Field

from archspec.ops.base import MODULES, Op, PositiveInt, ShapeError, channelled, concrete, numel
from archspec.ops.traits import Traits
from archspec.types.call import Call, module
from archspec.types.sizes import Size, divisibility
from archspec.types.tensor import Factor, Layout, Stride, TensorType

Axes: TypeAlias = tuple[tuple[str, ...], ...]


class Rearrange(Op):
    """Split, move and merge axes with an einops pattern whose first axis is `n`, the batch.

    Further arguments are the sizes of axes. The channel axis of the result is the one that holds `c`, or the one that
    `channels` names.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, PositiveInt]

    name: ClassVar[str] = "rearrange"
    principal: ClassVar[str | None] = "pattern"
    traits: ClassVar[Traits] = Traits(keeps_variance=True, rearranges=True, light=True)

    pattern: str = Field(
        description="Einops pattern, such as `n c h w -> n (h w) c`.",
        max_length=1000,
        examples=["n c h w -> n (h w) c"],
    )
    channels: str = Field("c", description="Channel axis of the result.", max_length=100)

    def __hash__(self) -> int:
        return hash((self.pattern, self.channels))

    def _sizes(self) -> dict[str, int]:
        return dict(self.__pydantic_extra__ or {})

    def _solve(self, x: TensorType) -> tuple[Axes, Axes, dict[str, Size]]:
        """The axes of both sides, and the size of each axis but the batch."""
        left, right = parse(self.pattern)
        given = self._sizes()
        if len(left) - 1 != len(x.shape):
            raise ShapeError(
                "A405",
                f"the pattern names {len(left)} axes, but the value {x} has {len(x.shape) + 1} with the batch",
                "name the batch axis `n` first, then one axis or group for each dimension",
                "pattern",
            )
        names = {name for group in left for name in group}
        for name in given:
            if name not in names:
                raise ShapeError("A406", f"the pattern has no axis `{name}`", "only its axes can have sizes", name)
        sizes: dict[str, Size] = dict(given)
        for group, total in zip(left[1:], x.shape, strict=True):
            unknown = [name for name in group if name not in given]
            known = prod(given[name] for name in group if name in given)
            if len(unknown) > 1:
                help = f"give all but one of {', '.join(f'`{name}`' for name in group)} a size"
                raise ShapeError(
                    "A406", f"the sizes in `({' '.join(group)})` of {total} are not determined", help, "pattern"
                )
            if not _is_multiple(total, known) or (not unknown and total != known):
                message = f"the axes `({' '.join(group)})` cannot have the size {total} with a part of {known}"
                raise ShapeError("A404", message, "the given sizes must divide the axis", "pattern")
            sizes.update(dict.fromkeys(unknown, total // known))
        return left, right, sizes

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        channelled("rearrange", x)
        left, right, sizes = self._solve(x)
        at = [i for i, group in enumerate(right) if self.channels in group]
        if not at:
            help = "name the channel axis `c`, or say which it is: `channels: NAME`"
            raise ShapeError("A406", f"the result has no axis `{self.channels}` for its channels", help, "pattern")
        if at[0] not in (1, len(right) - 1):
            help = "put the channels right after the batch, or last"
            raise ShapeError(
                "A402", f"the channel axis is number {at[0]} of {len(right)} in the result", help, "pattern"
            )
        layout: Layout = "channels_first" if at[0] == 1 and len(right) > 2 else "channels_last"
        groups = [group for i, group in enumerate(right) if i not in (0, at[0])]
        size = tuple(numel(tuple(sizes[name] for name in group)) for group in groups)
        channels = concrete("rearrange", numel(tuple(sizes[name] for name in right[at[0]])))
        before = [group for i, group in enumerate(left) if i not in (0, 1 if x.channels_first else len(left) - 1)]
        return TensorType(channels, size, layout, x.dtype, _stride(x, before, groups, sizes))

    def merged(self, *inputs: TensorType) -> tuple[Size, ...]:
        _, right, sizes = self._solve(inputs[0])
        groups = [group for group in right[1:] if self.channels not in group]
        return tuple(sizes[name] for name in groups[0]) if len(groups) == 1 else ()

    def constraints(self, *inputs: TensorType) -> dict[str, int]:
        (x,) = inputs
        found: dict[str, int] = {}
        given = self._sizes()
        for group, total in zip(parse(self.pattern)[0][1:], x.shape, strict=True):
            known = prod(given.get(name, 1) for name in group)
            for name, divisor in (divisibility(total, total // known * known) or {}).items():
                found[name] = lcm(found.get(name, 1), divisor)
        return found

    def lower(self, *inputs: TensorType) -> Call:
        left, right, _ = self._solve(inputs[0])
        given = self._sizes()
        order = [name for group in left for name in group]
        return module(
            f"{MODULES}.Rearrange",
            pattern=self.pattern,
            split=tuple(tuple(given.get(name) for name in group) for group in left),
            order=tuple(order.index(name) for group in right for name in group),
            merge=tuple(len(group) for group in right),
        )


def _stride(
    x: TensorType, before: list[tuple[str, ...]], after: list[tuple[str, ...]], sizes: dict[str, Size]
) -> Stride:
    """Kept where each axis still starts with the same name at the same place; otherwise hidden."""
    if len(before) != len(after) or any(a[:1] != b[:1] for a, b in zip(before, after, strict=True)):
        return Stride.hidden(len(after))
    factors: list[Factor] = []
    for was, now in zip(before, after, strict=True):
        split, merged = (prod(_number(sizes[name]) for name in group[1:]) for group in (was, now))
        factors.append(Fraction(split, merged))
    return x.stride.times(tuple(factors))


def _is_multiple(total: Size, part: int) -> bool:
    """Whether a size is a multiple of a number, or is for symbols with certain divisors."""
    return total % part == 0 if isinstance(total, int) else divisibility(total, total // part * part) is not None


def _number(size: Size) -> int:
    return size if isinstance(size, int) else 1


_BOTH = "`rearrange` only moves axes; `global_pool` averages over them"


@lru_cache(maxsize=1024)
def parse(pattern: str) -> tuple[Axes, Axes]:
    """The groups of axis names on both sides of a pattern; a `1` or `()` is an empty group."""
    from einops import EinopsError
    from einops.parsing import ParsedExpression

    sides = pattern.split("->")
    if len(sides) != 2:
        raise ShapeError("A406", f"`{pattern}` is not a pattern", "write `n c h w -> n h w c`", "pattern")
    try:
        parsed: list[Any] = [ParsedExpression(side.strip()) for side in sides]
    except EinopsError as error:
        raise ShapeError(
            "A406", f"`{pattern}` is not a pattern: {error}", "as in `n c h w -> n (h w) c`", "pattern"
        ) from None
    if any(side.has_ellipsis or side.has_non_unitary_anonymous_axes for side in parsed):
        raise ShapeError("A406", f"`{pattern}` has an unnamed axis", "name each axis", "pattern")
    left, right = (tuple(tuple(group) for group in side.composition) for side in parsed)
    if left[:1] != (("n",),) or right[:1] != (("n",),):
        raise ShapeError("A406", f"the first axis of `{pattern}` is not `n`", "put the batch first: `n …`", "pattern")
    if parsed[0].identifiers != parsed[1].identifiers:
        odd = ", ".join(f"`{name}`" for name in sorted(parsed[0].identifiers ^ parsed[1].identifiers))
        raise ShapeError("A406", f"the axes of `{pattern}` are not the same on both sides: {odd}", _BOTH, "pattern")
    return left, right
