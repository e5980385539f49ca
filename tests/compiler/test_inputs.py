"""An input whose axes stand in the order of another library is told how to be written."""

from __future__ import annotations

import re

import pytest

import archspec

BATCHES = ["N", "batch", "null", "-1", "B"]
SHAPES = ["[3, 64, 64]", "[784]", "[1, 16000]", "[3, 16, 64, 64]", "[3, H, W]"]


def told(shape: str) -> archspec.Diagnostic:
    (error,) = archspec.validate(f"archspec: 1\nname: x\ninput: {shape}\nlayers: [act: relu]\n")
    assert error.code == "A203"
    return error


def is_sound(shape: str) -> bool:
    return not archspec.validate(f"archspec: 1\nname: x\ninput: {shape}\nlayers: [act: relu]\n")


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_batch_is_left_out(batch: str, shape: str) -> None:
    error = told(f"[{batch}, {shape[1:]}")
    assert error.help == f"write `{shape}`: channels first, and no batch"
    assert error.span is not None
    assert error.span.text == batch
    assert is_sound(shape)


@pytest.mark.parametrize(("shape", "meant"), [("[H, W, 3]", "[3, H, W]"), ("[8, 3, 5, 64, 64]", "[3, 5, 64, 64]")])
def test_axes_in_another_order(shape: str, meant: str) -> None:
    assert f"write `{meant}`" in told(shape).help
    assert is_sound(meant)


@pytest.mark.parametrize(
    "shape", ["[0, 3, 8]", "['3', 8, 8]", "[true, 3]", "[H, W]", "[1.5, 3]", "[N]", "[]", "[N, 3, 4, 5, 6, 7]"]
)
def test_what_is_no_batch_is_no_batch(shape: str) -> None:
    assert not re.search("no batch", told(shape).help)
