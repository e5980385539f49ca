"""The words that a mistyped one may be, and those that there are."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from archspec.diagnostics.fix import slips
from archspec.diagnostics.hints import Guess, did_you_mean, guess, listed

LETTERS = st.text("pqvwxyz", min_size=1, max_size=14)


EDITS = st.lists(st.tuples(st.integers(0, 13), st.sampled_from(["", "p", "xx"])), max_size=4)


def mistyped(word: str, edits: list[tuple[int, str]]) -> str:
    for at, letters in edits:
        word = word[:at] + letters + word[at + 1 :]
    return word


@given(LETTERS, EDITS)
def test_a_word_is_near_by_its_length_and_its_first_letter(other: str, edits: list[tuple[int, str]]) -> None:
    """One slip from three letters on, two from six, three from ten; of more than one, none is in the first letter."""
    word = mistyped(other, edits)
    assume(word and word != other)
    count, longer = slips(word, other, 99), max(len(word), len(other))
    begins = word[0] == other[0] or word[:2] == other[1::-1]
    near = count <= (longer >= 3) + (longer >= 6) + (longer >= 10) and (count < 2 or begins)
    assert guess(word, [other]) == guess(word.upper(), [other]) == Guess((other,) if near else ())


@given(LETTERS, st.lists(EDITS, max_size=6))
def test_of_the_near_words_the_nearest_are_told_up_to_three(word: str, edits: list[list[tuple[int, str]]]) -> None:
    known = [*dict.fromkeys(mistyped(word, some) for some in edits)]
    near = [other for other in known if other != word and guess(word, [other]).words]
    least = min((slips(word, other, 99) for other in near), default=0)
    nearest = tuple(other for other in near if slips(word, other, 99) == least)
    found = guess(word, known)
    assert found.words == (nearest if len(nearest) <= 3 else ())
    assert found.word == (found.words[0] if len(found.words) == 1 else None)
    assert guess(word, [*known, word, *known]) == found


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ((), ""),
        (("a",), "did you mean `a`?"),
        (("a", "b"), "did you mean `a` or `b`?"),
        (("a", "b", "c"), "did you mean `a` or `b` or `c`?"),
    ],
)
def test_a_guess_as_a_sentence(words: tuple[str, ...], text: str) -> None:
    assert str(Guess(words)) == text
    assert str(Guess(words, "write it so")) == "write it so"


def test_what_is_called_so_elsewhere_comes_first() -> None:
    assert did_you_mean("kernel_size", ["kernel", "kernel_sizes"]) == "did you mean `kernel`?"
    assert did_you_mean("kernal_size", ["kernel", "channels"]) == "did you mean `kernel`?"


@pytest.mark.parametrize("count", [0, 1, 2, 23, 24, 25, 1024, 2000])
def test_of_many_words_the_first_are_listed_and_the_others_counted(count: int) -> None:
    words = [f"w{number}" for number in range(count)]
    shown = ", ".join(f"`{word}`" for word in words[:24]) or "none"
    assert listed(iter(words)) == (f"{shown} and {count - 24:,} more" if count > 24 else shown)


@pytest.mark.parametrize(
    ("word", "near"), [("yzxwvqa", True), ("yzxwvqp", True), ("ayxwvqa", False), ("ayxwvqp", True), ("yyxwvqa", False)]
)
def test_two_letters_that_change_places_at_the_front_are_no_other_first_letter(word: str, near: bool) -> None:
    assert bool(guess(word, ["zyxwvqp"]).words) == near
