from __future__ import annotations

import pytest

from archspec.ops import JOINS, ShapeError
from archspec.types import TensorType

NUMBER = TensorType.number()
JOINING = ["add", "mul", "sub", "div", "concat"]


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("name", JOINING)
def test_numbers_alone_are_a_number_and_have_no_channels_to_stand_in_a_row(name: str, count: int) -> None:
    op = JOINS[name]()
    if name == "concat":
        with pytest.raises(ShapeError, match="`concat` needs a value with channels, found a number"):
            op.infer(*[NUMBER] * count)
    else:
        assert op.infer(*[NUMBER] * count).shape == ()


@pytest.mark.parametrize("name", JOINING)
@pytest.mark.parametrize("first", [False, True])
def test_a_number_beside_a_value_is_repeated(name: str, first: bool) -> None:
    vector = TensorType(4)
    found = JOINS[name]().infer(*((NUMBER, vector) if first else (vector, NUMBER)))
    assert found.shape == ((5,) if name == "concat" else (4,))
    assert found.batch
