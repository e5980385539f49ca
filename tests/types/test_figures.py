from __future__ import annotations

import pytest

from archspec.types.figures import bound, brief, byte_size, count, figure, file_size, number
from archspec.types.sizes import Dim


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_949, "999.9 kB"), (999_950, "1.0 MB"), (97_812_345, "97.8 MB")],
)
def test_sizes_are_short(count, text):
    assert file_size(count) == text


def test_bytes_of_nothing_are_not_told_and_open_ones_are_a_formula():
    assert byte_size(0) == ""
    assert byte_size(1500) == "1.5 kB"
    assert byte_size(Dim.symbol("H") * 4000) == "4,000*H B"


H, W = Dim.symbol("H"), Dim.symbol("W")


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, ""),
        (1234567, "1,234,567"),
        (H, "H"),
        (H * 1000 + 1000, "1,000*H + 1,000"),
        (H * H * 4096 - W * 512, "4,096*H² - 512*W"),
        ((H + 999) // 1000 * 1000, "1,000*⌈H/1000⌉"),
    ],
)
def test_costs_have_separators_whether_open_or_not(count, text):
    assert number(count) == text
    assert brief(count, len(text)) == text


@pytest.mark.parametrize("longest", [0, 5, 16])
def test_what_is_too_long_says_what_it_depends_on(longest):
    assert brief(H * W * 4096 + W * 512, longest) == "depends on H, W"


@pytest.mark.parametrize("shown", [file_size, count])
@pytest.mark.parametrize("number", [0, 7, 999, 1000, 1234, 999_949, 999_950, 25_557_032, 10**9, 4_110_000_000, 10**13])
def test_large_numbers_are_told_by_three_digits_or_four(shown, number):
    text, _, unit = shown(number).partition(" ")
    factor = 1000 ** ["", "k", "M", "G", "T", "P"].index(unit.removesuffix("B"))
    assert abs(float(text) * factor - number) <= 0.05 * factor * (factor > 1)
    assert factor == 1 or 1 <= float(text) < 1000
    assert factor > 1 or text == str(number)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1 + 0.2, "0.3"), (1 / 3, "0.333333"), (2, "2.0"), (-0.5, "-0.5"), (999_999.4, "999999.0"),
        (1_000_000.26, "1000000.3"), (12_345_678, "12345678"), (1e-7, "1e-07"),
    ],
)  # fmt: skip
def test_figures_have_six_digits(value, text):
    assert figure(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (16777216.0, "16777216"),
        (0.5, "0.5"),
        (1e30, "1e+30"),
        (1e15, "1e+15"),
        (1e15 - 1, "999999999999999"),
        (-3, "-3"),
    ],
)
def test_bounds_are_as_they_were_written(value, text):
    assert bound(value) == text


def test_counts_have_separators():
    assert [number(value) for value in (0, 1, 999, 1000, 25_557_032)] == ["", "1", "999", "1,000", "25,557,032"]
    assert number(Dim.symbol("H") * 4) == "4*H"
