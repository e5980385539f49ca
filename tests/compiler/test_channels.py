"""Channels of an input that a sound spec does not take are blamed themselves, with the numbers that fit."""

from __future__ import annotations

import re
from typing import Any

import pytest

import archspec
from archspec.errors import UsageError

SPECS: dict[str, tuple[str, list[int]]] = {
    "groups": ("input: [6, 8, 8]\nlayers: [conv: {channels: 12, kernel: 3, groups: 3}]", [3, 6, 9]),
    "norm": ("input: [8, 8, 8]\nlayers: [norm: {type: group, groups: 4}, conv: 2]", [4, 8, 64]),
    "twice": ("input: [3, 8, 8]\nlayers: [conv: {channels: 3, name: a}, add: [a, input]]", [1, 3]),
    "split": ("input: [6, 8, 8]\nlayers: [parallel: {split: true, branches: [[conv: 4], [conv: 4]]}]", [2, 4, 6]),
    "parts": ("input: [3, 8, 8]\nlayers: [parallel: {split: [1, 2], branches: [[act: relu], [conv: 4]]}]", [3]),
    "vector": ("input: [12]\nlayers: [rearrange: {pattern: 'n (c l) -> n c l', l: 4}, conv: 2]", [4, 8]),
    "parameter": ("params: {groups: 2}\ninput: [4, 8, 8]\nlayers: [conv: {groups: $groups, channels: 4}]", [2, 8]),
}  # fmt: skip


def spec(name: str) -> str:
    return f"archspec: 1\nname: small\n{SPECS[name][0]}\n"


def errors(text: str, **given: Any) -> list[archspec.Diagnostic]:
    with pytest.raises(archspec.SpecError) as raised:
        archspec.compile(text, **given)
    return list(raised.value.diagnostics)


def is_sound(text: str, **given: Any) -> bool:
    try:
        archspec.compile(text, **given)
    except archspec.SpecError:
        return False
    return True


@pytest.mark.parametrize("name", SPECS)
def test_the_channels_are_blamed_and_what_is_proposed_fits(name: str) -> None:
    text = spec(name)
    for channels in range(1, 13):
        if is_sound(text, in_channels=channels):
            continue
        (error,) = errors(text, in_channels=channels)
        assert error.span is None
        assert error.related, "the place where it was met"
        start = f"`in_channels={channels}` does not fit `small`: `input` must have "
        assert error.message.startswith(start)
        proposed = [int(n) for n in re.findall(r"\d+", error.message.removeprefix(start))]
        assert proposed
        assert all(is_sound(text, in_channels=n) for n in proposed)
    assert all(is_sound(text, in_channels=n) for n in SPECS[name][1])
    assert not all(is_sound(text, in_channels=n) for n in range(1, 13))


def test_of_several_inputs_the_one_that_is_named_is_blamed() -> None:
    text = "archspec: 1\nname: two\ninputs: {a: [3, 8, 8], b: [3, 8, 8]}\nlayers: [add: [a, b]]\n"
    (error,) = errors(text, in_channels={"a": 4})
    assert error.message == "`in_channels={'a': 4}` does not fit `two`: `a` must have 3 channels"
    (error,) = errors(text, in_channels={"a": 4, "b": 5})
    assert "cannot join `a` (4 × 8 × 8) and `b` (5 × 8 × 8)" in error.message
    assert is_sound(text, in_channels={"a": 4, "b": 4})


def test_what_else_is_wrong_is_blamed_as_ever() -> None:
    text = spec("parameter")
    assert is_sound(text, in_channels=9, params={"groups": 1})
    (error,) = errors(text, in_channels=4, params={"groups": 3})
    assert error.message.startswith("`params={'groups': 3}`: ")
    (error,) = errors(text, in_channels=9)
    assert error.message.startswith("`in_channels=9` does not fit")
    small = text.replace("layers: [", "layers: [conv: {kernel: 5, padding: 0}, ")
    assert is_sound(small, input_size=5)
    (error,) = errors(small, input_size=4, in_channels=8)
    assert error.message.startswith("`input_size=4` does not fit")
    (error,) = errors(small, input_size=5, in_channels=9)
    assert error.message.startswith("`in_channels=9` does not fit")
    assert errors(small, input_size=4, in_channels=9)
    (error,) = errors(text.replace("groups: 2", "groups: 3"), in_channels=4)
    assert error.span is not None, "the spec itself is wrong"


@pytest.mark.parametrize(
    ("inputs", "given", "message"),
    [
        ("input: {vocab: 9, length: 4}", 4, "`in_channels=4`: the input `input` is of token ids"),
        ("input: [3, 8, 8]", 0, "`in_channels=0`: channels must be an integer"),
        ("input: [3, 8, 8]", {"rgb": 4}, "there is no input `rgb`; there is `input`"),
        ("inputs: {rgb: [3, 8, 8], ir: [1, 8, 8]}", 4, "give channels by name, as in `rgb=4`"),
        ("inputs: {rgb: [3, 8, 8], ir: [1, 8, 8]}", {"rg": 4}, "did you mean `rgb`"),
    ],
)
def test_what_are_no_channels_of_the_inputs(inputs: str, given: Any, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        archspec.compile(f"archspec: 1\nname: x\n{inputs}\nlayers: [act: relu]\n", in_channels=given)
    assert message in str(raised.value)
