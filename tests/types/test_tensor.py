"""Strides, frames, and the axes of a tensor's type."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.types.sizes import Dim
from archspec.types.tensor import Factor, Frame, Stride, TensorType, ratio, shape_text, whole, windows

FACTORS: st.SearchStrategy[Factor] = st.integers(1, 12) | st.fractions(Fraction(1, 8), 12, max_denominator=8)
STRIDES = st.lists(FACTORS, max_size=3).map(tuple)


@given(FACTORS, FACTORS)
def test_a_ratio_is_exact_and_an_integer_where_it_is_whole(a: Factor, b: Factor) -> None:
    found = ratio(a, b)
    assert found * b == a
    assert isinstance(found, int) == ((Fraction(a) / b).denominator == 1)
    assert (whole(a), isinstance(whole(a), int)) == (a, Fraction(a).denominator == 1)


@given(STRIDES, st.data())
def test_what_a_stride_was_multiplied_by_is_its_stride_over_the_first(
    start: tuple[Factor, ...], data: st.DataObject
) -> None:
    steps = data.draw(st.lists(st.tuples(*[FACTORS] * len(start)), max_size=3))
    first = last = Stride(start)
    for step in steps:
        last = last.times(step)
    over = tuple(whole(Fraction(a) / b) for a, b in zip(last.factors, start, strict=True))
    assert last.over(first) == over
    assert first.over(first) == (1,) * len(start)
    assert last.over(Stride.hidden(len(start))) is None
    assert last.over(Stride((*start, 1))) is None


def test_a_hidden_stride_compares_with_itself_alone() -> None:
    one, other = Stride.hidden(2), Stride.hidden(2)
    assert one.over(other) is other.over(one) is one.over(Stride((1, 1))) is None
    assert one.times((2, 3)).over(one) == (2, 3)
    assert one.factors == (1, 1)


@given(st.lists(st.booleans(), min_size=1, max_size=5))
def test_the_windows_are_those_of_the_innermost_frame_that_joins_them(joined: list[bool]) -> None:
    frames: list[Frame] = []
    for joins in joined:
        frames.append(Frame(4, Stride(), False, frames[-1] if frames else None, joins))
    assert [frame.depth for frame in frames] == list(range(1, len(joined) + 1))
    joining = [frame for frame in frames if frame.joined]
    assert windows(frames[-1]) is (joining[-1] if joining else None)
    assert windows(None) is None


KINDS = [
    TensorType(3, size, layout, stride=Stride((1,) * len(size)))
    for size, layout in product(((), (5,), (5, 7), (5, Dim.symbol("W"), 9)), ("channels_first", "channels_last"))
    if size or layout == "channels_last"
]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_the_axes_of_a_tensor(kind: TensorType) -> None:
    with_batch = ("N", *kind.shape)
    assert with_batch[kind.channel_axis] == 3
    assert with_batch[kind.first_axis : kind.first_axis + len(kind.size)] == kind.size
    assert len(kind.shape) == len(kind.size) + 1
    assert kind.is_vector == (len(kind.shape) == 1)
    assert str(kind) == shape_text(kind.shape) == " × ".join(map(str, kind.shape))
    assert not kind.is_number


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_what_a_step_changes(kind: TensorType) -> None:
    double, size = (2,) * len(kind.size), tuple(2 * n for n in kind.size)
    wide, large, other, vector = kind.with_channels(6), kind.sized(size, double), kind.resized(size), kind.vector(6)
    assert (wide.channels, wide.size, wide.layout, wide.stride) == (6, kind.size, kind.layout, kind.stride)
    assert (large.size, large.layout, large.stride.over(kind.stride)) == (size, kind.layout, double)
    assert (other.size, other.layout, other.stride.over(kind.stride)) == (size, kind.layout, None)
    assert (vector.shape, vector.dtype, vector.stride.origin) == ((6,), kind.dtype, kind.stride.origin)
    assert vector.is_vector


def test_what_has_no_channels() -> None:
    ids = TensorType(0, (5,), vocab=100, stride=Stride((1,)))
    assert (ids.shape, ids.is_number, str(ids)) == ((5,), False, "5")
    for batch in (True, False):
        number = TensorType.number(batch)
        assert (number.shape, number.is_number, number.batch, str(number)) == ((), True, batch, "a number")
        assert number.stride.over(Stride()) is None
