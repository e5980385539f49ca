"""Sizes of inputs that a caller gives: each way says the same, and what is none is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archspec

LAYERS = "layers: [act: relu]\n"
ONE = f"archspec: 1\ninput: [3, H, W]\n{LAYERS}"
TWO = f"archspec: 1\ninputs: {{rgb: [3, H, W], depth: [1, H, 9], label: [7]}}\n{LAYERS}"
SIZES = st.integers(1, 99)


def sizes(spec: str, given: Any) -> dict[str, tuple[int, ...]]:
    """The sizes of the inputs."""
    graph = archspec.compile(spec, input_size=given)
    return {name: value.type.size for name, value in graph.inputs.items() if value.type is not None}


@given(SIZES, SIZES)
def test_every_way_gives_the_same_sizes(h: int, w: int) -> None:
    for ways in ((h, w), [h, w], {"H": h, "W": w}, {"input": (h, w)}, {"W": w, "input": [h, w]}):
        assert sizes(ONE, ways) == {"input": (h, w)}
    assert sizes(ONE, h) == sizes(ONE, (h, h)) == {"input": (h, h)}
    assert sizes(TWO, {"W": w, "H": h}) == {"rgb": (h, w), "depth": (h, 9), "label": ()}
    assert sizes(TWO, {"depth": (h, w), "rgb": (h, 5)}) == {"rgb": (h, 5), "depth": (h, w), "label": ()}
    assert sizes(TWO, (h, w)) == {"rgb": (h, w), "depth": (h, w), "label": ()}


@given(SIZES)
def test_what_is_not_given_stays(h: int) -> None:
    assert list(map(str, sizes(ONE, {"H": h})["input"])) == [str(h), "W"]
    assert list(map(str, sizes(TWO, {"depth": h})["rgb"])) == [str(h), "W"]


WRONG = [0, -1, -(10**30), True, False, 1.5, 8.0, "8", b"8"]


@pytest.mark.parametrize(
    "whole",
    [
        *(way for x in WRONG for way in (x, [8, x], (x, 8), {"H": x}, {"H": 8, "input": [8, x]})),
        [8, None], [8, [8]], {"H": None}, {"H": {"W": 8}}, {"H": 8, "W": 0},
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_no_size_is_refused(whole: Any) -> None:
    with pytest.raises(archspec.UsageError, match=re.escape(f"must hold integers of at least 1, found {whole!r}")):
        archspec.compile(ONE, input_size=whole)


@pytest.mark.parametrize(
    ("spec", "size", "message"),
    [
        (ONE, (8,), "the input has 2 dimensions, found 1 sizes"),
        (ONE, (5, 8, 8), "the input has 2 dimensions, found 3 sizes"),
        (ONE, (3, 8, 8), "the input has 2 dimensions, found 3 sizes; leave out the channels"),
        (ONE, (8, 8, 8, 3), "the input has 2 dimensions, found 4 sizes"),
        (ONE, {"input": (3, 8, 8)}, "found 3 sizes; leave out the channels"),
        (ONE, {"H": (8, 8)}, "`H` is one size, found 2"),
        (ONE, {"H": 8, "input": (9, 8)}, "two sizes for `H`, 8 and 9"),
        (ONE, {"h": 8}, "the input has no size named `h`"),
        (TWO, {"rgb": (8, 8, 8)}, "the input `rgb` has 2 dimensions, found 3 sizes"),
        (TWO, {"rgb": 8, "depth": 9}, "two sizes for `H`, 8 and 9"),
        (TWO, {"red": 8}, "the input has no size named `red`"),
        (ONE.replace("H, W", "L"), (8, 8), "the input has 1 dimension, found 2 sizes"),
        (ONE.replace("H, W", "4, 4"), {"H": 8}, "the input has no size named `H`; give plain numbers: `256`"),
        (ONE.replace(", H, W", ""), 8, "the input has channels alone and no size"),
    ],
)
def test_what_does_not_fit_is_refused(spec: str, size: Any, message: str) -> None:
    with pytest.raises(archspec.UsageError, match=re.escape(message) + r"(?!; leave|\w)"):
        archspec.compile(spec, input_size=size)
