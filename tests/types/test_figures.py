from __future__ import annotations

import pytest

from archspec.types.figures import brief, byte_size, file_size, number
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
