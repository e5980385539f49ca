from __future__ import annotations

import re

import pytest

import archspec
from archspec.language import bundled_blocks
from archspec.language.combinators import COMBINATORS
from archspec.language.library import bundled_block
from archspec.language.models import File
from archspec.language.phrases import keys
from archspec.language.words import names, word
from archspec.ops import OPS

OURS = [name for name, op in OPS.items() if op.__module__.startswith("archspec.ops.")]
WITHOUT_EXAMPLE = {"include", "$schema"}
"""What needs another file, and what means nothing."""


@pytest.mark.parametrize("name", names())
def test_every_example_validates_and_uses_its_word(name):
    example = word(name).example
    if example:
        assert archspec.validate(example) == []
        assert re.search(rf"(?<!\w){re.escape(name)}(?!\w)", example)
        assert f"```yaml\n{example}```\n" in word(name).page


def test_every_op_block_combinator_and_section_has_an_example():
    wanted = {*OURS, *COMBINATORS, *bundled_blocks(), *keys(File)} - WITHOUT_EXAMPLE
    assert [name for name in sorted(wanted) if not word(name).example] == []


@pytest.mark.parametrize("name", OURS)
def test_an_op_has_all_its_arguments_the_principal_one_first(name):
    found = [argument.name for argument in word(name).arguments if argument.name != "…"]
    assert sorted(found) == sorted(keys(OPS[name]))
    assert OPS[name].principal in (None, *found[:1])
    assert all(argument.text for argument in word(name).arguments)


@pytest.mark.parametrize("name", bundled_blocks())
def test_a_block_has_all_its_parameters(name):
    assert [argument.name for argument in word(name).arguments] == list(bundled_block(name).parameters)


def test_what_is_required_and_what_is_not():
    assert [str(argument) for argument in word("bottleneck").arguments][:2] == [
        "channels: int",
        "hidden_channels=$(channels // 4)",
    ]
    assert [argument.name for argument in word("conv_transpose").arguments if argument.required] == ["kernel"]
    assert (
        "- `stride` (an integer of at least 1 or a list of at most 3 integers of at least 1, default `1`): "
        in word("conv").page
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("norm", "op"),
        ("residual", "combinator"),
        ("mlp_residual", "block"),
        ("budget", "key"),
        ("leaky_relu", "type of `act`"),
        ("in_size", "variable"),
        ("make_divisible", "function"),
    ],
)
def test_a_word_says_what_it_is(name, kind):
    assert word(name).kind == kind
    assert f"\n\nKind: {kind}." in word(name).page


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("freeze", "freeze weights where you train it"),
        ("frezee", "freeze weights where you train it"),
        ("SyncBN", "write `norm: batch`"),
        ("swiglu", "write the product"),
        ("padding_mode", "it is an argument of `conv`, "),
        ("nn.Conv2d", "did you mean `conv`?"),
        ("botleneck", "did you mean `bottleneck`?"),
        ("qqqqqq", "`archspec list` shows ops and blocks"),
        ("", "`arch"),
    ],
)
def test_an_unknown_word_is_told_with_the_nearest(name, hint):
    with pytest.raises(LookupError) as caught:
        word(name)
    assert hint in str(caught.value)
