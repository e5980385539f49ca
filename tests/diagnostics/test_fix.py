from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from archspec.diagnostics import Fix, Source, Span, correction, did_you_mean, renames, replacement
from archspec.diagnostics.fix import fixed, nearest, searched, slips
from archspec.language import bundled_blocks, bundled_specs
from archspec.language.combinators import COMBINATORS
from archspec.ops import OPS

NODES = [*OPS, *COMBINATORS, *bundled_blocks()]


def whole(text: str) -> Span:
    """The span of a text of one line."""
    return Span(Source("a.yaml", text), 1, 1, 1, len(text) + 1)


def meant(word: str, known: list[str]) -> str | None:
    found = correction(word, known, whole(word))
    return found.text if found else None


@pytest.mark.parametrize(
    ("word", "known", "text"),
    [
        ("kernal", ["kernel", "channels", "stride"], "kernel"),
        ("widht", ["width", "depth"], "width"),
        ("ReLU", ["relu", "gelu", "silu"], "relu"),
        ("drop-path", ["drop_path", "dropout"], "drop_path"),
        ("liner", NODES, "linear"),
        ("Conv", NODES, "conv"),
        ("elu2", ["elu"], None),  # a digit is no slip
        ("conv3", ["conv1", "conv2"], None),
        ("gelu_", ["gelu", "gelu__"], None),  # two are equally near
        ("relu", ["gelu", "selu"], None),
        ("ac", ["act"], None),  # too short to tell
        ("batchnorm", ["batch", "layer"], None),
        ("kernel", [], None),
        ("nul", ["null"], None),  # without quotes it would be no text
        ("a.ymal", ["a\nb.yaml", "a.yaml"], "a.yaml"),
        ("ab.ymal", ["a\nb.yaml"], None),
    ],
)
def test_only_what_can_be_meant_is_written(word: str, known: list[str], text: str | None) -> None:
    assert meant(word, known) == text


@given(st.sampled_from(NODES), st.data())
def test_one_slip_is_result_to_the_word_or_not_at_all(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("aeiz_"))
    mistyped = [
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at:],
        word[:at] + letter + word[at + 1 :],
        word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :],
    ]
    slip = data.draw(st.sampled_from([slip for slip in mistyped if slip and slip not in NODES] or ["zzzzzz"]))
    assert meant(slip, NODES) in (word, None) or slip == "zzzzzz"


@pytest.mark.parametrize(
    ("word", "known", "text"),
    [
        ("ect", NODES, "act"),  # more of `select` is the same
        ("ups", ["groups", "eps"], "eps"),
        ("aprmas", ["params", "name"], "params"),
        ("ac", ["act"], "act"),  # nothing is written, but something may be meant
        ("BatchNorm", ["batch", "layer"], "batch"),
        ("zzzzzz", NODES, None),
        ("deconv", NODES, "conv_transpose"),  # not `conv`, with two letters too many
        ("hsigmoid", ["relu", "sigmoid", "hardsigmoid"], "hardsigmoid"),
    ],
)
def test_the_hint_names_what_is_written(word: str, known: list[str], text: str | None) -> None:
    assert meant(word, known) in (text, None)
    assert did_you_mean(word, known) == (f"did you mean `{text}`?" if text else "")


@given(st.text("abcde", min_size=1, max_size=9), st.data())
def test_how_many_slips_a_word_may_have(word: str, data: st.DataObject) -> None:
    """None below three letters; one up to five, or with another first letter; else two."""
    letters, kept = list(word), data.draw(st.booleans())
    for at in data.draw(st.lists(st.integers(kept, max(len(word) - 1, kept)), max_size=3, unique=True)):
        letters[at : at + 1] = data.draw(st.sampled_from(["x", "", "xy"]))
    mistyped = "".join(letters)
    count = distance(mistyped, word)
    allowed = 0 if len(mistyped) < 3 else 1 if len(mistyped) < 6 or mistyped[0] != word[0] else 2
    assume(mistyped and len(mistyped) > 1 < len(word))
    assert (nearest(mistyped, (word,)) == word) == (count <= allowed)


def test_a_name_is_found_among_all_that_is_bundled() -> None:
    """However long the name is, and with half as many again: the gallery grows."""
    known = [*bundled_specs(), *NODES]
    assert all(searched(name, [*known, *known[::2]]) for name in known)
    assert did_you_mean("botleneck", known) == "did you mean `bottleneck`?"


def test_among_very_many_letters_none_is_looked_for() -> None:
    known = [f"{'x' * 200}{index}" for index in range(200)]
    assert not did_you_mean("x" * 200, known)


def test_quotes_stay() -> None:
    quoted = whole('"kernal"')
    assert replacement(quoted, "kernal", "kernel") == Fix(quoted.part(1, 7), "kernel")
    assert replacement(whole("x"), "kernal", "kernel") is None, "what stands there is something else"


def test_no_key_is_written_twice() -> None:
    known = ["kernel", "stride", "channels"]
    assert renames(["kernal", "strid"], known) == {"kernal": "kernel", "strid": "stride"}
    assert renames(["kernal", "kernl"], known) == {}
    assert renames(["kernal"], known, taken=["kernel"]) == {}


TEXTS = st.text(st.sampled_from("ab ü\r\n\t#"), max_size=30)


@given(TEXTS, st.data())
def test_everything_else_stays_as_it_is(text: str, data: st.DataObject) -> None:
    source = Source("a.yaml", text)
    line = data.draw(st.integers(1, len(source.lines)))
    ends = st.integers(1, len(source.lines[line - 1]) + 1)
    first, last = sorted([data.draw(ends), data.draw(ends)])
    fix = Fix(Span(source, line, first, line, last), "NEW")
    result = fixed(text, [fix, fix])
    before = result.index("NEW")
    assert result.count("NEW") == 1
    assert text.startswith(result[:before])
    assert text == result[:before] + fix.span.text + result[before + 3 :]


def test_of_fixes_that_overlap_one_waits() -> None:
    source = Source("a.yaml", "abcdef\r\nabc")

    def fix(line: int, first: int, last: int, text: str) -> Fix:
        return Fix(Span(source, line, first, line, last), text)

    fixes = [fix(1, 1, 3, "X"), fix(1, 3, 5, "Y"), fix(1, 4, 6, "Z"), fix(1, 6, 7, "V"), fix(2, 1, 4, "W")]
    assert fixed(source.text, fixes) == "XcZV\r\nW"


def distance(a: str, b: str) -> int:
    """All of the table of Damerau (1964), with neighbours that are swapped once."""
    table = {(i, j): max(i, j) for i in range(len(a) + 1) for j in range(len(b) + 1) if not i * j}
    for i, letter in enumerate(a, 1):
        for j, other in enumerate(b, 1):
            ways = [table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (letter != other)]
            if i > 1 and j > 1 and (letter, a[i - 2]) == (b[j - 2], other):
                ways.append(table[i - 2, j - 2] + 1)
            table[i, j] = min(ways)
    return table[len(a), len(b)]


@given(st.text("abc_ä", max_size=9), st.text("abc_ä", max_size=9), st.integers(0, 5))
def test_slips_are_a_distance_up_to_the_most(a: str, b: str, most: int) -> None:
    assert slips(a, b, 9) == distance(a, b)
    assert slips(a, b, most) == min(distance(a, b), most + 1)
