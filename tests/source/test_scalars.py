from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec import limits
from archspec.source.scalars import BadNumber, closes, plain_value, unclosed

VALUES: dict[str, Any] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "false": False,
    "0": 0,
    "-0": 0,
    "+0": 0,
    "3": 3,
    "-3": -3,
    "+3": 3,
    "1234567890": 1234567890,
    "0o17": 15,
    "0o0": 0,
    "0x1F": 31,
    "0xff": 255,
    "0x00": 0,
    "1e-5": 1e-5,
    "1E5": 1e5,
    "1e5": 1e5,
    "1e+5": 1e5,
    "-1e5": -1e5,
    ".5": 0.5,
    "-.5": -0.5,
    "+.5": 0.5,
    "1.": 1.0,
    "1.e2": 100.0,
    "0.1": 0.1,
    "0.": 0.0,
    "0e0": 0.0,
    "-0.0": -0.0,
    "3.14": 3.14,
    "1e-400": 0.0,
    "9" * limits.NUMBER_LENGTH: 10**limits.NUMBER_LENGTH - 1,
}

STRINGS = """
    True TRUE False FALSE yes Yes no NO on off y n nULL NaN nan inf Infinity none None nil
    12:30 1:2:3 2020-01-01 2020-01-01T12:00:00Z 1_000 1_0.5 0b101 0o8 0o 0x 0xG -0x1F +0o17 0X1F 0O17
    + - . .. ... -- +- -. +. 1e 1e+ e5 .e5 1.2.3 1,000 1+1 --1 +-1 1- 1a .nanx .INf .Nan
    + .inf-1 $channels 3x3 ١٢ １２ ½ ∞
""".split()  # noqa: SIM905

BAD = """
    010 -010 +010 00 000 -00 007 08 0123456789 01.5 00.5 01e5 -01.5 001
    .nan .NaN .NAN .inf .Inf .INF -.inf +.inf -.Inf 1e400 -1e400 1e99999 123e999
""".split()  # noqa: SIM905


@pytest.mark.parametrize(("text", "value"), VALUES.items())
def test_value(text: str, value: Any) -> None:
    found = plain_value(text)
    assert found == value
    assert type(found) is type(value)
    if isinstance(value, float):
        assert math.copysign(1, found) == math.copysign(1, value)


@pytest.mark.parametrize("text", [*STRINGS, "1\N{NO-BREAK SPACE}", "1 2", " 1", "1\n"])
def test_string(text: str) -> None:
    assert plain_value(text) == text


@pytest.mark.parametrize("text", BAD)
def test_bad_number(text: str) -> None:
    found = plain_value(text)
    assert isinstance(found, BadNumber)
    assert text in found.message
    assert found.help


@pytest.mark.parametrize(
    ("text", "instead", "fix", "help"),
    [
        ("010", 10, None, 'write `10`, or `0o10` if it is octal, or "010" if you mean a string'),
        ("-010", -10, None, 'write `-10`, or "-010" if you mean a string'),
        ("007", 7, "7", 'write `7`, or `0o7` if it is octal, or "007" if you mean a string'),
        ("089", 89, "89", 'write `89`, or "089" if you mean a string'),
        ("00", 0, "0", 'write `0`, or "00" if you mean a string'),
        ("01.5", 1, "1.5", 'write `1.5`, or "01.5" if you mean a string'),
    ],
)
def test_leading_zero_says_what_to_write(text: str, instead: int, fix: str | None, help: str) -> None:
    """What may be octal is for the writer to decide."""
    assert plain_value(text) == BadNumber(f"the number `{text}` has a leading zero", help, instead, fix)


@pytest.mark.parametrize(
    "text",
    ["1" * 101, "1" * 5000, "-" + "1" * 5000, "0x" + "f" * 5000, "0o" + "7" * 5000, "0" * 5000, "1e" + "9" * 5000],
)
def test_a_number_of_absurd_length(text: str) -> None:
    found = plain_value(text)
    assert isinstance(found, BadNumber)
    assert f"{len(text):,} characters" in found.message
    assert len(found.message) < 100


@given(st.integers(-(10**80), 10**80))
def test_integers_are_read_as_written(number: int) -> None:
    assert plain_value(str(number)) == number
    if number >= 0:
        assert plain_value(hex(number)) == number
        assert plain_value(oct(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_are_read_as_written(number: float) -> None:
    assert plain_value(repr(number)) == number


@given(st.text() | st.text(st.sampled_from("+-.0123456789eExo_:infaN")))
def test_any_text_has_a_value(text: str) -> None:
    value = plain_value(text)
    assert value == text if isinstance(value, str) else value is None or isinstance(value, (int, float, BadNumber))
    assert not (isinstance(value, float) and not math.isfinite(value))


@pytest.mark.parametrize(
    ("value", "left_open"),
    [
        ("$(max(3", 2), ("$(a", 1), ("x$((a)", 1), ("$(a)", 0), ("$(a))", 0), ("(3", 1), ("( -1", 1), ("(.5", 1),
        ("((3", 0), ("(a", 0), ("a (3", 0), ("a(b", 0), ("", 0), (3, 0), (1.5, 0), (True, 0), (None, 0),
    ],
)  # fmt: skip
def test_what_an_expression_without_quotes_leaves_open(value: Any, left_open: int) -> None:
    assert unclosed(value) == left_open


@given(st.text("()a", max_size=9))
def test_the_rest_of_an_expression_closes_more_than_it_opens(text: str) -> None:
    assert closes(text) == (text.count(")") - text.count("(") > 0)
    assert unclosed(f"$({text}") == max(0, 1 + text.count("(") - text.count(")"))
    assert not closes(3)
