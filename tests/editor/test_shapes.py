from __future__ import annotations

import pytest

from archspec.editor.shapes import Shape, compact, told
from archspec.types.sizes import Dim

H = Dim.symbol("H")


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        ([], ""),
        ([()], "a number"),
        ([(64, 56, 56)], "64 × 56 × 56"),
        ([(64, 56), (64, 56), (8, 56)], "64 × 56, 8 × 56"),
        ([(64, 56), (32, 28), (128, 14), (256, 56)], "32…256 × 14…56"),
        ([(8, H), (16, H // 2), (32, H // 4), (64, H // 8)], "8…64 × H…⌊H/8⌋"),
        ([(8, 4), (16,), (32, 4, 4), (64,)], "8 × 4 … 64"),
    ],
)
def test_shapes_read_well(shapes: list[Shape], words: str) -> None:
    assert told(shapes) == words
    assert " × " not in compact(told(shapes))
