"""Records: the same as frozen dataclasses with slots, whatever their fields are."""

from __future__ import annotations

import pickle
from copy import copy, deepcopy
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from inspect import signature
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.records import record


class _Fields:
    """One of each kind of field."""

    a: int
    b: str = "b"
    c: list[int] = field(default_factory=list, repr=False, compare=False)
    d: tuple[int, ...] = ()

    @property
    def twice(self) -> int:
        return 2 * self.a


def _made(decorate: Any) -> Any:
    """A class with these fields, decorated."""
    body = {name: value for name, value in vars(_Fields).items() if name not in ("__dict__", "__weakref__")}
    return decorate(type("Made", (), {**body, "__qualname__": "Made"}))


Ours = _made(record)
Theirs = _made(dataclass(frozen=True, slots=True))

VALUES = st.fixed_dictionaries(
    {"a": st.integers(0, 2)},
    optional={"b": st.sampled_from("bc"), "c": st.lists(st.integers(), max_size=1), "d": st.tuples(st.integers(0, 1))},
)


@given(VALUES, VALUES)
def test_a_record_is_what_the_dataclass_is(one: dict[str, Any], other: dict[str, Any]) -> None:
    ours, theirs = Ours(**one), Theirs(**one)
    assert repr(ours) == repr(theirs)
    assert (ours == Ours(**other)) == (theirs == Theirs(**other))
    assert (hash(ours) == hash(Ours(**other))) == (hash(theirs) == hash(Theirs(**other)))
    assert (ours.a, ours.b, ours.c, ours.d, ours.twice) == (theirs.a, theirs.b, theirs.c, theirs.d, theirs.twice)
    assert repr(replace(ours, a=7)) == repr(replace(theirs, a=7))
    for again in (copy(ours), deepcopy(ours)):
        assert (again, again.c) == (ours, ours.c)


def test_it_has_the_signature_and_the_slots_of_the_dataclass() -> None:
    assert list(signature(Ours).parameters) == list(signature(Theirs).parameters)
    assert Ours.__init__.__annotations__ == Theirs.__init__.__annotations__
    assert Ours.__slots__ == Theirs.__slots__
    assert Ours.__match_args__ == Theirs.__match_args__
    assert [one.name for one in fields(Ours)] == [one.name for one in fields(Theirs)]
    assert not hasattr(Ours(1), "__dict__")


@pytest.mark.parametrize("name", ["a", "d", "other"])
def test_nothing_of_it_can_be_changed(name: str) -> None:
    made = Ours(1)
    with pytest.raises(FrozenInstanceError, match=name):
        setattr(made, name, 2)
    with pytest.raises(FrozenInstanceError, match=name):
        delattr(made, name)
    assert made == Ours(1)


def test_each_has_a_list_of_its_own() -> None:
    assert Ours(1).c is not Ours(1).c


def test_records_of_other_classes_are_not_equal() -> None:
    assert Ours(1) != _made(record)(1)
    assert Ours(1) != (1, "b", ())


@record
class Pair:
    """A record that a pickle can find, with a check of its own."""

    one: int
    other: int = 1

    def __post_init__(self) -> None:
        if self.one < 0:
            raise ValueError("negative")


@record(eq=False, repr=False)
class Apart:
    """Each equals itself alone."""

    one: int


def test_it_can_be_pickled_and_checks_itself() -> None:
    assert pickle.loads(pickle.dumps(Pair(2))) == Pair(2)
    with pytest.raises(ValueError, match="negative"):
        Pair(-1)


def test_without_eq_each_equals_itself_alone() -> None:
    one = Apart(1)
    assert one == one
    assert one != Apart(1)
    assert len({one, Apart(1)}) == 2
    assert "object at" in repr(one)
