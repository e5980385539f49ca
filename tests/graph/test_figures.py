from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archspec
from archspec.reports.diff.text import plain_text
from archspec.types.figures import bound, figure

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0.1 + 0.2, "0.3"),
        (5 / 11 * 0.1, "0.0454545"),
        (1e-5, "1e-05"),
        (2.0, "2.0"),
        (0.044715, "0.044715"),
        (1234567.0, "1234567.0"),
        (-1 / 3, "-0.333333"),
        (1e30, "1e+30"),
    ],
)
def test_numbers_are_rounded_as_a_person_would(number: float, shown: str) -> None:
    assert figure(number) == shown


@given(NUMBERS)
def test_a_figure_is_close_and_short(number: float) -> None:
    text = figure(number)
    assert math.isclose(float(text), number, rel_tol=1e-5, abs_tol=5e-324)
    assert figure(float(text)) == text
    if abs(number) < 1e6:
        assert len(text) <= len("-1.23456e-308")


@given(st.integers(-(10**14), 10**14))
def test_a_bound_is_what_was_written(number: int) -> None:
    assert int(bound(float(number))) == number


RATES = "archspec: 1\nname: x\nparams: {p: 0.3}\ninput: [8]\nlayers: [dropout: $(p), linear: {features: 2}]\n"


def test_reports_round_what_data_keeps() -> None:
    exact, close = (archspec.compile(RATES, {"p": p}) for p in (0.1 + 0.2, 0.1))
    assert "dropout 0.3<br>" in archspec.draw(exact).mermaid()
    assert "p: 0.3 → 0.1" in plain_text(archspec.diff(exact, close))
    assert "0.30000000000000004" in archspec.resolve(exact)


def test_a_difference_behind_what_is_rounded_is_told() -> None:
    found = archspec.diff(archspec.compile(RATES), archspec.compile(RATES, {"p": 0.1 + 0.2}))
    assert "p: 0.3 → 0.30000000000000004" in plain_text(found)
