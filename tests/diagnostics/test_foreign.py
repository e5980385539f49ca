"""Words from elsewhere: none is a word of the language, and each has one true answer, typed well or not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import archspec
from archspec.diagnostics import did_you_mean, guess, synonyms
from archspec.diagnostics.foreign import elsewhere, meanings, needless, plain, way, ways
from archspec.language.bundled_files import bundled_blocks
from archspec.language.combinators import COMBINATORS, Shortcut
from archspec.language.models import TYPES, File, Input
from archspec.language.phrases import choices, keys, property_of
from archspec.ops import OPS, Act, Norm
from tests.sentences.case import full

ARGUMENTS = {key for model in OPS.values() for key in keys(model)}
PLACES = {
    "node": {*OPS, *COMBINATORS, *bundled_blocks()},
    "argument": ARGUMENTS,
    "section": set(keys(File)),
    "padding": set(choices(property_of(OPS["conv"], "padding"))),
    "norm": set(choices(property_of(Norm, "type"))),
    "act": set(choices(property_of(Act, "type"))),
}
CHOICES = {
    choice
    for model in (*OPS.values(), *COMBINATORS.values(), Input, Shortcut)
    for key in keys(model)
    for choice in choices(property_of(model, key))
}
PARAMETERS = {"hidden_channels", "expand", "shortcut"}


def typos(word: str) -> Iterator[str]:
    """A letter left out, one doubled, and two swapped, in the middle of a word."""
    at = len(word) // 2
    yield word[:at] + word[at + 1 :]
    yield word[:at] + word[at] + word[at:]
    if word[at] != word[at + 1]:
        yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]


@pytest.mark.parametrize("place", PLACES)
def test_what_the_language_has_is_no_foreign_word(place: str) -> None:
    """A word that the language gets loses its entry in `diagnostics/synonyms.py`."""
    assert set(ways(place)) & set(map(plain, PLACES[place])) == set()


def test_what_need_not_be_given_is_no_argument() -> None:
    assert not [key for key in ARGUMENTS if needless(key)]


def test_what_is_meant_is_a_word_of_the_language() -> None:
    sections = [key for model in COMBINATORS.values() for key in keys(model)]
    tokens = ["vocab", "length", "name", "from", "when", *PARAMETERS]
    known = {*PLACES["node"], *ARGUMENTS, *PLACES["section"], *CHOICES, *TYPES, *sections, *tokens}
    assert {meant for means in meanings().values() for meant in means} <= known


@pytest.mark.parametrize("place", PLACES)
def test_a_typo_of_a_foreign_word_has_the_answer_of_the_word(place: str) -> None:
    """Or none, where the typo might as well be another word."""
    known = sorted(PLACES[place])
    told = 0
    for word, answer in ways(place).items():
        meant = elsewhere(word, known)
        assert did_you_mean(word, known, place) == (f"did you mean `{meant}`?" if meant else answer)
        for typo in typos(word) if len(word) > 7 and way(word, place) == answer else ():
            found = guess(typo, known, place)
            assert found.way in ("", answer) or found.words, typo
            told += found.way == answer
    assert told


def test_each_way_is_written_once() -> None:
    for place, table in synonyms.WAYS.items():
        listed = [plain(word) for line in table.values() for word in line.split()]
        if place != "node":
            assert sorted(listed) == sorted(set(listed)), place


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("- rotary_embedding", "`rope`"),
        ("- nn.RNN: 8", "`lstm`"),
        ("- freeze", "requires_grad_"),
        ("- conv: {freeze: true}", "requires_grad_"),
        ("- conv: {pad_mode: reflect}", "`pad`"),
        ("- max_pool: {size: 2}", "`kernel`"),
        ("- unbind: [a, b]", "`split`"),
        ("- norm: SyncBN", "convert_sync_batchnorm"),
        ("- conv: {kernel: 3, padding: same_upper}", "write `same`"),
        ("- conv: {kernel: 3, padding: vaild}", "write `0`"),
        ("- conv: {kernel_sze: 3}", "`kernel`"),
        ("- Conv2D: {filters: 8}", "`conv`"),
        ("- tf.keras.layers.Dense: 8", "`linear`"),
        ("- BatchNormalization", "`norm: batch`"),
        ("- nn.AdaptiveAvgPool2d: 1", "`adaptive_pool`"),
        ("- conv: {activation: relu}", "- act: relu"),
        ("- act: swiglu", "merge: mul"),
        ("- resnet50", "`extends: resnet50`"),
        ("- conv: {act: relu}", "a node of its own"),
        ("pretrained: true\nlayers: [conv: 8]", "--weights"),
        ("optimiser: adam\nlayers: [conv: 8]", "training"),
        ("activatoin: relu\nlayers: [conv: 8]", "`act`"),
        ("num_classes: 10\nlayers: [conv: 8]", "`params: {classes: 10}`"),
    ],
)
def test_a_foreign_word_is_one_finding_with_one_answer(word: str, says: str) -> None:
    (found,) = archspec.validate(full(word))
    assert says in found.help


@pytest.mark.parametrize(
    ("word", "known"),
    [
        ("rope", ["repeat", "pad"]),
        ("padding_mode", ["padding", "stride"]),
        ("size", ["stride", "kernal"]),
        ("split", ["slot"]),
        ("slice", ["scale"]),
        ("width", ["depth", "index"]),
        ("dwconv", ["conv"]),
        ("bbb14", ["bbb1", "bbb4", "bbb10", "bbb11", "bbb12", "bbb13"]),
    ],
)
def test_what_is_far_from_everything_or_near_to_much_is_not_guessed(word: str, known: list[str]) -> None:
    assert did_you_mean(word, known) == ""


def test_equally_near_names_are_all_told() -> None:
    assert did_you_mean("conv3", ["conv1", "conv2", "norm"]) == "did you mean `conv1` or `conv2`?"
