"""What a rearrangement makes of the stride: where each axis still begins as it did, and how far a step on it goes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import prod

import pytest

from archspec.ops import OPS
from archspec.types import Stride
from tests.tensors import image


@pytest.mark.parametrize(
    ("pattern", "sizes", "factors"),
    [
        ("n c h w -> n c h w", {}, (1, 1)),
        ("n c h w -> n h w c", {}, (1, 1)),
        ("n c h w -> n h (w c)", {"channels": "h"}, None),
        ("n c h w -> n c w h", {}, None),
        ("n c h w -> n c (h w)", {}, None),
        ("n c (h p) (w q) -> n (c p q) h w", {"p": 2, "q": 4}, (2, 4)),
        ("n c (h p) (w q) -> n (p q c) h w", {"p": 2, "q": 4}, (2, 4)),
        ("n c (p h) (w q) -> n (p q c) h w", {"p": 2, "q": 4}, None),
        ("n c (p h) (w q) -> n (c q h) p w", {"p": 2, "q": 4}, (4, 4)),
        ("n (c p q) h w -> n c (h p) (w q)", {"p": 2, "q": 4}, (Fraction(1, 2), Fraction(1, 4))),
        ("n (c p q) h w -> n c (h p q) w", {"p": 2, "q": 4}, (Fraction(1, 8), 1)),
        ("n (c p q) h w -> n c (p h) (w q)", {"p": 2, "q": 4}, None),
        ("n (c p) (h q) w -> n c (h p) (w q)", {"p": 2, "q": 4}, (2, Fraction(1, 4))),
        ("n (c p) (h q) w -> n c (h q) (w p)", {"p": 2, "q": 4}, (1, Fraction(1, 2))),
    ],
)
@pytest.mark.parametrize("before", [(1, 1), (2, 8), (Fraction(1, 2), 3)])
def test_stride(
    pattern: str, sizes: dict[str, object], factors: tuple[Fraction, ...] | None, before: tuple[Fraction, ...]
) -> None:
    op = OPS["rearrange"].model_validate({"pattern": pattern, **sizes})
    found = op.infer(replace(image(8, 8, 8), stride=Stride(before))).stride
    if factors is None:
        assert found.origin != 0
    else:
        assert (found.origin, found.factors) == (0, tuple(a * b for a, b in zip(before, factors, strict=True)))


@pytest.mark.parametrize(
    ("pattern", "sizes", "axes"),
    [
        ("n c h w -> n (h w) c", {}, (8, 12)),
        ("n c h w -> n (w h) c", {}, (12, 8)),
        ("n c h w -> n c (h w)", {}, (8, 12)),
        ("n c (h p) (w q) -> n (h w) (p q c)", {"p": 2, "q": 4}, (4, 3)),
        ("n c (h p) (w q) -> n (h p w) (q c)", {"p": 2, "q": 4}, (4, 2, 3)),
        ("n c h w -> n (c h) w", {"channels": "w"}, (4, 8)),
        ("n c h w -> n (c h w)", {}, ()),
        ("n c h w -> n c h w", {}, ()),
        ("n c h w -> n h w c", {}, ()),
    ],
)
def test_what_the_one_axis_of_positions_is_made_of(
    pattern: str, sizes: dict[str, object], axes: tuple[int, ...]
) -> None:
    op, x = OPS["rearrange"].model_validate({"pattern": pattern, **sizes}), image(4, 8, 12)
    assert op.merged(x) == axes
    size = op.infer(x).size
    assert size == (prod(axes),) if axes else len(size) != 1
