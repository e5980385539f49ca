from __future__ import annotations

import pytest

from archspec.types.figures import byte_size, file_size
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
    assert byte_size(Dim.symbol("H") * 4) == "4*H B"
