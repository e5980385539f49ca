"""Symbolic sizes: they compute as the integers they stand for, print what is true, and say what makes them equal."""

from __future__ import annotations

import copy
import math
import pickle
import re
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from archspec.types.sizes import (
    LARGEST_DIVISOR,
    Dim,
    Size,
    agree,
    agreeing,
    ceil_div,
    ceil_mode_windows,
    divisibility,
    evaluate,
    symbols,
    total,
)

H, W = Dim.symbol("H"), Dim.symbol("W")


# Random expressions: functions of the sizes of H and W, which take integers as well as symbols.

Expression = Callable[[Size, Size], Size]
BINARY: list[Callable[[Size, Size], Size]] = [lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b]
DIVISIONS: list[Callable[[Size, int], Size]] = [lambda a, k: a // k, lambda a, k: a % k, ceil_div]


def constant(number: int) -> Expression:
    return lambda h, w: number


def binary(operator: Callable[[Size, Size], Size], a: Expression, b: Expression) -> Expression:
    return lambda h, w: operator(a(h, w), b(h, w))


def division(operator: Callable[[Size, int], Size], a: Expression, divisor: int) -> Expression:
    return lambda h, w: operator(a(h, w), divisor)


def negation(a: Expression) -> Expression:
    return lambda h, w: -a(h, w)


LEAVES: st.SearchStrategy[Expression] = st.one_of(
    st.just(lambda h, w: h), st.just(lambda h, w: w), st.integers(-9, 9).map(constant)
)
EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(binary, st.sampled_from(BINARY), inner, inner),
        st.builds(division, st.sampled_from(DIVISIONS), inner, st.integers(1, 9)),
        inner.map(negation),
    ),
    max_leaves=6,
)
VALUES = st.integers(1, 200)
LINEAR = st.builds(lambda a, b, c: a * H + b * W + c, st.integers(-9, 9), st.integers(-9, 9), st.integers(-20, 20))
NAMES = st.lists(st.sampled_from(["H", "W"]), unique=True)


# Networks: chains of layers, from torch's formulas.


def conv(size: Size, kernel: int, stride: int, padding: int) -> Size:
    return (size + 2 * padding - (kernel - 1) - 1) // stride + 1


def upsample(size: Size, scale: int) -> Size:
    return size * scale


LAYERS: st.SearchStrategy[Callable[[Size], Size]] = st.one_of(
    st.builds(
        lambda kernel, stride, padding: lambda size: conv(size, kernel, stride, padding),
        st.integers(1, 7),
        st.integers(1, 4),
        st.integers(0, 3),
    ),
    st.just(lambda size: upsample(size, 2)),
)


def run(layers: Sequence[Callable[[Size], Size]], size: Size) -> Size:
    return reduce(lambda value, layer: layer(value), layers, size)


def read(text: str, **values: int) -> Fraction:
    """The value of a printed size."""
    code = text.replace("⌊", "floor(").replace("⌈", "ceil(").replace("⌋", ")").replace("⌉", ")")
    code = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda power: f"**{int(power[0].translate(NORMAL_DIGITS))}", code)
    exact = {name: Fraction(value) for name, value in values.items()}
    return Fraction(eval(code, {"floor": math.floor, "ceil": math.ceil, **exact}))


NORMAL_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


class TestArithmetic:
    @given(EXPRESSIONS, VALUES, VALUES)
    def test_computes_as_the_integers_do(self, expression: Expression, h: int, w: int) -> None:
        assert evaluate(expression(H, W), {"H": h, "W": w}) == expression(h, w)

    @given(EXPRESSIONS, EXPRESSIONS, EXPRESSIONS)
    def test_is_a_ring(self, a: Expression, b: Expression, c: Expression) -> None:
        x, y, z = a(H, W), b(H, W), c(H, W)
        assert x + y == y + x
        assert x * y == y * x
        assert (x + y) + z == x + (y + z)
        assert (x * y) * z == x * (y * z)
        assert x * (y + z) == x * y + x * z
        assert x - y == -(y - x)
        assert hash(x * (y + z)) == hash(x * y + x * z)

    @given(EXPRESSIONS, EXPRESSIONS)
    def test_what_cancels_is_an_integer(self, a: Expression, b: Expression) -> None:
        x, y = a(H, W), b(H, W)
        assert type(x + y - x - y + 3) is int
        assert type((x - x) * y) is int

    @given(LINEAR, st.integers(1, 9), st.integers(1, 9), st.integers(-20, 20))
    def test_divisions_have_one_form(self, x: Size, j: int, k: int, n: int) -> None:
        assert x // j // k == x // (j * k)
        assert (x * k + n) // k == x + n // k
        assert (x * k) // (j * k) == x // j
        assert (x + n * k) // k == x // k + n
        assert ceil_div(x, k) == (x + k - 1) // k == -(-x // k)
        assert ceil_div(ceil_div(x, j), k) == ceil_div(x, j * k)
        assert x // k * k + x % k == x

    def test_whole_parts_leave_the_floor(self) -> None:
        assert (4 * H + W) // 4 == H + W // 4
        assert (2 * H + 1) // 4 == H // 2
        assert (H * W * 6 + 2) // 4 == H * W + (H * W + 1) // 2
        assert (2 * H // 3) // 2 == H // 3
        assert (H - W // 2) // 3 == (2 * H - W + 1) // 6

    def test_strided_layers_compose(self) -> None:
        assert conv(H, 7, 2, 3) == conv(H, 3, 2, 1) == ceil_div(H, 2)
        assert conv(conv(H, 7, 2, 3), 3, 2, 1) == ceil_div(H, 4) == (H - 1) // 4 + 1
        assert conv(H, 2, 2, 0) == H // 2
        assert conv(H, 5, 1, 2) == H

    @given(st.lists(LAYERS, max_size=6), VALUES)
    def test_chains_of_layers(self, layers: list[Callable[[Size], Size]], h: int) -> None:
        assert evaluate(run(layers, H), {"H": h}) == run(layers, h)

    @pytest.mark.parametrize("divisor", [0, -2])
    def test_divisors_are_positive(self, divisor: int) -> None:
        with pytest.raises(ValueError, match=f"size H can be divided by a positive integer only, not by {divisor}"):
            H // divisor

    def test_other_operands_are_type_errors(self) -> None:
        for operation in (
            lambda: H + 0.5,  # type: ignore[operator]
            lambda: 0.5 - H,  # type: ignore[operator]
            lambda: H * 0.5,  # type: ignore[operator]
            lambda: H // W,  # type: ignore[operator]
            lambda: H % W,  # type: ignore[operator]
            lambda: 7 // H,  # type: ignore[operator]
            lambda: H < 0.5,  # type: ignore[operator]
            lambda: H >= "H",  # type: ignore[operator]
        ):
            with pytest.raises(TypeError, match=r"unsupported operand|not supported between"):
                operation()


class TestValue:
    def test_is_immutable_and_hashable(self) -> None:
        assert {H + 1: "a", ceil_div(H, 4): "b"}[1 + H] == "a"
        with pytest.raises(AttributeError):
            H.terms = ()  # type: ignore[misc]

    def test_survives_copying(self) -> None:
        size = ceil_div(H, 4) * W
        assert pickle.loads(pickle.dumps(size)) == copy.deepcopy(size) == size

    def test_is_no_integer(self) -> None:
        for conversion in (int, range, float, [1, 2].__getitem__):
            with pytest.raises(TypeError, match="the size ⌈H/4⌉ is symbolic and has no integer value"):
                conversion(ceil_div(H, 4))
        with pytest.raises(TypeError, match="whether the symbolic size H-4 is zero depends on its names"):
            bool(H - 4)

    def test_is_never_equal_to_one(self) -> None:
        sizes: list[Size] = [H, W, 1, H - H + 1]
        assert [size == 1 for size in sizes] == [False, False, True, True]
        assert sizes[0] != sizes[1]

    def test_symbols(self) -> None:
        assert symbols(7) == frozenset()
        assert symbols(H * (W // 2) + 1) == {"H", "W"}
        assert symbols(H * W - W * (H - 1)) == {"W"}

    def test_evaluation_wants_every_symbol(self) -> None:
        assert evaluate(7, {}) == 7
        assert evaluate(H // 2, {"H": 7, "W": 3}) == 3
        with pytest.raises(KeyError, match="W"):
            evaluate(H * W, {"H": 7})


class TestComparison:
    @given(EXPRESSIONS, EXPRESSIONS, st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=20))
    def test_true_means_always(self, a: Expression, b: Expression, values: list[tuple[int, int]]) -> None:
        x, y = a(H, W), b(H, W)
        for h, w in [(1, 1), *values]:
            left, right = a(h, w), b(h, w)
            assert not x < y or left < right
            assert not x <= y or left <= right
            assert not x > y or left > right
            assert not x >= y or left >= right

    @given(st.lists(st.tuples(st.integers(-3, 3), st.integers(2, 12)), min_size=1, max_size=2), st.integers(-20, 20))
    def test_nothing_is_above_what_it_takes(self, teeth: list[tuple[int, int]], offset: int) -> None:
        """Of sizes that go up and down with the remainder of H, such as 2*(H//3*3 - H), every value is taken."""
        size = sum((m * (H // k * k - H) for m, k in teeth), start=H - H + offset)
        taken = [evaluate(size, {"H": h}) for h in range(1, 133)]
        assert not size > min(taken)
        assert not size < max(taken)
        assert not size >= min(taken) + 1
        assert not size <= max(taken) - 1

    @given(st.integers(-3, 3), st.integers(2, 6), st.integers(0, 3), st.integers(1, 12))
    def test_nor_where_divisions_are_exact(self, m: int, k: int, offset: int, divisor: int) -> None:
        """The same of such sizes times `H/4`, where H is a multiple of 4."""
        size = (H * (m * ((W + offset) // k * k - W) + 1) // divisor).assume({"H": divisor})
        taken = [evaluate(size, {"H": h * divisor, "W": w}) for h in (1, 2) for w in range(1, 13)]
        assert not size > min(taken)
        assert not size < max(taken)
        assert not size >= min(taken) + 1
        assert not size <= max(taken) - 1

    @given(EXPRESSIONS, st.integers(0, 9))
    def test_decides_constant_distances(self, a: Expression, n: int) -> None:
        x = a(H, W)
        assert x <= x + n
        assert x + n >= x
        assert (x < x + n) == (x + n > x) == (n > 0)
        assert not x > x + n

    def test_decides_what_holds_for_all_sizes(self) -> None:
        assert H >= 1
        assert H > 0
        assert H // 2 >= 0
        assert ceil_div(H, 32) >= 1
        assert ceil_div(H, 2) <= H
        assert 2 * ceil_div(H, 2) >= H >= 2 * (H // 2)
        assert 0 <= H % 4 < 4
        assert H * W > (H // 4) * (W // 4)
        assert (H // 4) * (W // 2) >= 0
        assert H * W >= W
        assert -H < 0

    def test_leaves_open_what_depends_on_the_size(self) -> None:
        for size in (H - 4, H // 2, (H - 7) // 2 + 1, H - W + 1, H * W - 5, (H // 2) * W):
            assert not size < 1
            assert not size >= 1


class TestPrinting:
    @pytest.mark.parametrize(
        ("size", "text", "ascii_text"),
        [
            (H, "H", "H"),
            (2 * H, "2*H", "2*H"),
            (H - 4, "H-4", "H-4"),
            (4 - H, "4-H", "4-H"),
            (-H, "-H", "-H"),
            (H * W, "H*W", "H*W"),
            (H // 2, "⌊H/2⌋", "floor(H/2)"),
            (2 * H // 3, "⌊2*H/3⌋", "floor(2*H/3)"),
            ((H - 1) // 4 + 1, "⌈H/4⌉", "floor((H+3)/4)"),
            ((H + 1) // 4, "⌊(H+1)/4⌋", "floor((H+1)/4)"),
            (-H // 2, "-⌈H/2⌉", "-floor((H+1)/2)"),
            (ceil_div(H, 2) - 3, "⌈H/2⌉-3", "floor((H+1)/2)-3"),
            (H % 4, "H-4*⌊H/4⌋", "H-4*floor(H/4)"),
            ((H - W) // 3, "⌊(H-W)/3⌋", "floor((H-W)/3)"),
            (2 * (H // 2) // 3, "⌊2*⌊H/2⌋/3⌋", "floor(2*floor(H/2)/3)"),
            (H * W // 2 - 1, "⌊H*W/2⌋-1", "floor(H*W/2)-1"),
            (H * W - 1, "H*W - 1", "H*W-1"),
            (ceil_div(H, 2) * ceil_div(H, 2) * W, "⌈H/2⌉²*W", "floor((H+1)/2)**2*W"),
        ],
        ids=str,
    )
    def test_cases(self, size: Size, text: str, ascii_text: str) -> None:
        assert str(size) == text
        assert repr(size) == ascii_text
        assert f"{size:>30}" == text.rjust(30)

    @given(st.integers(-3, 3), st.integers(-3, 3), st.integers(-3, 3))
    def test_a_sum_begins_with_what_is_added(self, a: int, b: int, c: int) -> None:
        """In the order of its terms, but for those that are taken away where the first one is."""
        terms = [(a, "H"), (b, "W"), (c, "")]
        found = [(n, name) for n, name in terms if n]
        if found and found[0][0] < 0:
            found.sort(key=lambda term: term[0] < 0)
        texts = [f"{n:+}" if not name else f"{n:+}*{name}".replace("1*", "") for n, name in found]
        assert str(a * H + b * W + c) == ("".join(texts).removeprefix("+") or "0")

    def test_costs_run_from_the_fine_to_the_coarse(self) -> None:
        cost = sum((ceil_div(H, k) * ceil_div(W, k) * 118013952 for k in (32, 4, 1)), start=ceil_div(H, 32) * 3 + 7)
        assert str(cost) == "118013952*H*W + 118013952*⌈H/4⌉*⌈W/4⌉ + 118013952*⌈H/32⌉*⌈W/32⌉ + 3*⌈H/32⌉ + 7"

    @given(EXPRESSIONS, VALUES, VALUES)
    def test_is_true(self, expression: Expression, h: int, w: int) -> None:
        size = expression(H, W)
        assert read(str(size), H=h, W=w) == read(repr(size), H=h, W=w) == expression(h, w)
        assert repr(size).isascii()


class TestPooling:
    @given(st.integers(1, 60), st.integers(1, 6), st.integers(1, 7), st.data(), st.integers(1, 3))
    def test_ceil_mode_is_torchs(self, n: int, kernel: int, stride: int, data: st.DataObject, dilation: int) -> None:
        extent = dilation * (kernel - 1) + 1
        padding = data.draw(st.integers(0, extent // 2))
        windows = (n + 2 * padding - extent + stride - 1) // stride + 1
        if (windows - 1) * stride >= n + padding:
            windows -= 1
        assert ceil_mode_windows(n, kernel, stride, padding, dilation) == windows
        assert evaluate(ceil_mode_windows(H, kernel, stride, padding, dilation), {"H": n}) == windows

    def test_ceil_mode_prints_well(self) -> None:
        assert str(ceil_mode_windows(H, 3, 2)) == "⌊H/2⌋"
        assert str(ceil_mode_windows(H, 2, 2)) == "⌈H/2⌉"
        assert str(ceil_mode_windows(H, 3, 2, padding=1)) == "⌊H/2⌋+1"


class TestDivisibility:
    def test_cases(self) -> None:
        assert divisibility(H, H) == divisibility(3, 3) == {}
        assert divisibility(2 * conv(H, 3, 2, 1), H) == {"H": 2}
        assert divisibility(32 * ceil_div(H, 32), H) == {"H": 32}
        assert divisibility(ceil_div(H, 4), ceil_div(H, 2) // 2) == {"H": 4}
        assert divisibility(ceil_div(H, 6), H // 4) is None
        assert divisibility(4 * (H // 4) + 3 * (W // 3), H + W) == {"H": 4, "W": 3}
        assert divisibility(2 * (H // 2 * W), H * W) == {"H": 2}
        assert divisibility(6 * H, 6 * H // 4 * 4) == {"H": 2}

    @pytest.mark.parametrize(
        ("a", "b"), [(3, 4), (H, 7), (H, W), (H, H + 1), (ceil_div(H, 2), H), (H - 2, 2 * (H // 2))]
    )
    def test_sizes_that_truly_differ(self, a: Size, b: Size) -> None:
        assert divisibility(a, b) is None
        assert divisibility(b, a) is None

    def test_the_largest_divisor(self) -> None:
        assert divisibility(H // LARGEST_DIVISOR * LARGEST_DIVISOR, H) == {"H": LARGEST_DIVISOR}
        assert divisibility(H // 2**11 * 2**11, H) is None
        assert divisibility(H // 2**200 * 2**200, H) is None
        with pytest.raises(ValueError, match="rounded too many times"):
            H // 2**600

    @given(st.lists(LAYERS, max_size=4), st.lists(LAYERS, max_size=4))
    def test_is_sound_and_smallest(self, a: list[Callable[[Size], Size]], b: list[Callable[[Size], Size]]) -> None:
        answer = divisibility(run(a, H), run(b, H))
        period = 4 ** (len(a) + len(b)) * 3 ** (len(a) + len(b))
        if answer is None:
            assert [run(a, period), run(a, 2 * period)] != [run(b, period), run(b, 2 * period)]
            return
        divisor = answer.get("H", 1)
        assert answer == ({"H": divisor} if divisor > 1 else {})
        assert all(run(a, h) == run(b, h) for h in range(divisor, 40 * divisor, divisor))
        for smaller in range(1, divisor):
            assert any(run(a, h) != run(b, h) for h in range(smaller, 3000 * smaller, smaller))

    @given(EXPRESSIONS, st.integers(1, 12), VALUES, VALUES)
    def test_holds_for_several_symbols(self, a: Expression, k: int, h: int, w: int) -> None:
        size = a(H, W)
        answer = divisibility(size, size // k * k)
        assume(answer is not None)
        assert answer is not None
        assert a(h * answer.get("H", 1), w * answer.get("W", 1)) % k == 0


class TestAgreement:
    @given(st.lists(LAYERS, max_size=4), st.lists(LAYERS, max_size=4), st.integers(1, 64))
    def test_sizes_agree_if_divisors_make_them_equal(
        self, a: list[Callable[[Size], Size]], b: list[Callable[[Size], Size]], h: int
    ) -> None:
        x, y = run(a, H), run(b, H)
        divisors = divisibility(x, y)
        assert agree(x, y) == agree(y, x) == (divisors is not None)
        assert agreeing(x, y) == (divisors or {})
        assert agree(run(a, h), run(b, h)) == (run(a, h) == run(b, h))
        assert agreeing(run(a, h), run(b, h)) == {}

    @given(EXPRESSIONS, st.integers(1, 9))
    def test_a_size_agrees_with_itself_and_its_multiple_and_with_no_other(self, a: Expression, k: int) -> None:
        x = a(H, W)
        assert agree(x, x)
        assert agree(H // k * k + x, H + x)
        assert not agree(x, x + k)


def under(size: Size, **divisors: int) -> Size:
    return size.assume(divisors) if isinstance(size, Dim) else size


class TestAssumption:
    def test_prints_exact_divisions(self) -> None:
        assert str(under(ceil_div(H, 4), H=4)) == "H/4"
        assert str(under(3 * H // 4, H=4)) == "3*H/4"
        assert str(under(conv(H, 2, 2, 0) + 1, H=32)) == "H/2+1"
        assert str(under(ceil_div(H, 4) * ceil_div(W, 4) * 64, H=4, W=4)) == "4*H*W"
        assert str(under(ceil_div(H, 4) * ceil_div(W, 4), H=4, W=4)) == "H*W/16"
        assert under(2 * (H // 2), H=2) == H
        assert under(H - 4 * (H // 4), H=4) == 0

    def test_leaves_what_it_does_not_decide(self) -> None:
        assert str(under(ceil_div(H, 8), H=4)) == "⌈H/8⌉"
        assert str(under(H // 8, H=4)) == "⌊H/8⌋"
        assert under(ceil_div(H, 8), W=8) == ceil_div(H, 8)

    def test_goes_on_computing(self) -> None:
        quarter = under(ceil_div(H, 4), H=4)
        assert quarter * 4 == H
        assert str(quarter // 2) == "⌊H/8⌋"
        assert quarter >= 1

    def test_is_checked_by_evaluation(self) -> None:
        quarter = under(ceil_div(H, 4), H=4)
        assert evaluate(quarter, {"H": 64}) == 16
        with pytest.raises(ValueError, match="H/4 is not an integer for H = 62"):
            evaluate(quarter, {"H": 62})

    @given(EXPRESSIONS, NAMES, st.integers(1, 12), VALUES, VALUES)
    def test_keeps_the_value_on_multiples(self, a: Expression, names: list[str], k: int, h: int, w: int) -> None:
        size = a(H, W)
        divisors = dict.fromkeys(names, k)
        values = {"H": h * divisors.get("H", 1), "W": w * divisors.get("W", 1)}
        assumed = under(size, **divisors)
        assert evaluate(assumed, values) == evaluate(size, values)
        assert read(str(assumed), **values) == evaluate(size, values)
        assert under(assumed, **divisors) == assumed


@given(st.lists(EXPRESSIONS, max_size=6))
def test_a_total_is_the_sum(found: list[Expression]) -> None:
    sizes = [expression(H, W) for expression in found]
    assert total(sizes) == sum(sizes)


def test_a_total_of_thousands_of_different_sizes() -> None:
    start = time.process_time()
    assert str(total(H // k for k in range(2, 3000))).count("/") == 2998
    # It takes a twentieth of a second; adding one by one takes more than ten seconds.
    assert time.process_time() - start < 5
    assert total([]) == 0
