"""What is computed by several processes is what one would have computed."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.cli import spread as room
from archspec.cli.spread import spread


@pytest.fixture(autouse=True)
def several(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "_processors", lambda: 3)
    monkeypatch.setattr(room, "_may_fork", lambda: hasattr(os, "fork"))


def until_it_raises(function, items):
    found = []
    try:
        for one in function(items):
            found.append(one)
    except ValueError as error:
        return found, str(error)
    return found, ""


@given(items=st.lists(st.integers(0, 40), max_size=40), odd=st.sets(st.integers(0, 40), max_size=3))
def test_results_and_errors_come_in_the_order_of_the_items(items: list[int], odd: set[int]) -> None:
    def square(n: int) -> int:
        if n in odd:
            raise ValueError(f"{n} is odd")
        return n * n

    assert until_it_raises(lambda them: spread(square, them), items) == until_it_raises(
        lambda them: map(square, them), items
    )


def test_what_a_process_leaves_out_is_computed_all_the_same() -> None:
    here = os.getpid()

    def fragile(n: int) -> int:
        if os.getpid() != here and n > 10:
            os._exit(3)
        return n

    assert list(spread(fragile, list(range(40)))) == list(range(40))


def test_others_take_their_share() -> None:
    pids = set(spread(lambda _: os.getpid(), list(range(40))))
    assert len(pids) == 3


def test_few_items_stay_here() -> None:
    assert set(spread(lambda _: os.getpid(), list(range(15)))) == {os.getpid()}
