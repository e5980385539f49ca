"""Parameters and sizes that a sound spec does not take are blamed themselves, with the way out."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import archspec

UNET = """
archspec: 1
name: unet
params: {{classes: 2, width: {{type: int, default: 4, min: 2, max: 64}}, kind: {{default: a, choices: [a, b]}}}}
input: [3, {sizes}]
layers:
  - conv: {{name: start, channels: $width}}
  - repeat: {{times: {depth}, layers: [max_pool: {{kernel: {kernel}, stride: 2}}]}}
  - repeat: {{times: {depth}, layers: [upsample: 2]}}
  - concat: [., start]
  - conv: $classes
"""


def errors(spec: str, **options: Any) -> list[archspec.Diagnostic]:
    with pytest.raises(archspec.SpecError) as raised:
        archspec.compile(spec, **options)
    told = [(error.code, error.message) for error in archspec.validate(spec, **options) if error.severity == "error"]
    assert told == [(error.code, error.message) for error in raised.value.diagnostics]
    return list(raised.value.diagnostics)


def is_sound(spec: str, **options: Any) -> bool:
    try:
        archspec.compile(spec, **options)
    except archspec.SpecError:
        return False
    return True


@pytest.mark.parametrize("sizes", ["H, W", "64, 64"])
@settings(max_examples=40, deadline=None)
@given(depth=st.integers(1, 4), kernel=st.integers(1, 4), size=st.integers(1, 300))
def test_every_size_that_is_proposed_fits(sizes: str, depth: int, kernel: int, size: int) -> None:
    spec = UNET.format(sizes=sizes, depth=depth, kernel=kernel)
    if not is_sound(spec) or is_sound(spec, input_size=size):
        return
    (error,) = errors(spec, input_size=size)
    assert error.span is None
    assert error.message.startswith(f"`input_size={size}` does not fit `unet`: ")
    assert error.related[0].span.source.name == "<text>"
    proposed = [int(n) for n in re.findall(r"(?:: |or |least |be )(\d+)", error.message.partition("unet`")[2])]
    assert proposed, error.message
    assert all(is_sound(spec, input_size=n) for n in proposed), error.message


@settings(max_examples=40, deadline=None)
@given(depth=st.integers(1, 4), kernel=st.integers(1, 4), height=st.integers(1, 99), width=st.integers(1, 99))
def test_sizes_that_are_written_get_those_that_fit(depth: int, kernel: int, height: int, width: int) -> None:
    spec = UNET.format(sizes=f"{height}, {width}", depth=depth, kernel=kernel)
    if is_sound(spec) or not is_sound(UNET.format(sizes="H, W", depth=depth, kernel=kernel)):
        return
    (error, *_) = errors(spec)
    if error.code != "A412":
        return
    _, _, words = error.help.partition("; or change the input: ")
    proposed = re.search(r"a multiple of (\d+): ([\d or]+)", words)
    assert proposed is not None, error.help
    step = int(proposed[1])
    near = {side: [n for n in (side // step * step, -(-side // step) * step) if n] for side in (height, width)}
    assert {int(n) for n in proposed[2].split(" or ")} <= {*near[height], *near[width]}
    assert is_sound(spec, input_size=(near[height][-1], near[width][-1]))


@pytest.mark.parametrize(
    ("input", "given", "words"),
    [
        ("[3, H, W]", 250, "H must be a multiple of 32: 224 or 256, and so must W"),
        ("[3, H, 64]", {"H": 250}, "H must be a multiple of 32: 224 or 256"),
        ("[3, 64, 64]", (64, 250), "the width must be a multiple of 32: 224 or 256"),
        ("[3, 64]", 3, "the length must be a multiple of 32: 32"),
        ("[3, 64, 64, T]", (64, 65, 66), "the height must be a multiple of 32: 64 or 96, and so must T"),
    ],
)
def test_the_words(input: str, given: Any, words: str) -> None:
    layers = "layers: [conv: {stride: 32}, upsample: 32, concat: [., input]]"
    (error,) = errors(f"archspec: 1\nname: x\ninput: {input}\n{layers}\n", input_size=given)
    assert words in error.message


def test_too_small_is_told_with_the_least() -> None:
    for size in (1, 8, 31):
        (error,) = errors("vgg16", input_size=size)
        assert error.code == "A403"
        assert error.message.endswith("the height must be at least 32, and so must the width")
    archspec.compile("vgg16", input_size=32)


def test_sizes_of_inputs_that_must_agree() -> None:
    spec = "archspec: 1\nname: x\ninputs: {a: [1, 8], b: [2, 8], c: [3]}\nlayers: [concat: [a, b]]\n"
    (error,) = errors(spec, input_size={"a": 9})
    assert error.message.endswith("does not fit `x`: the length of `a` must be 8")
    for both in (9, {"a": 9, "b": 9}, {"a": (9,), "b": 9}):
        assert archspec.compile(spec, input_size=both).inputs["b"].type.shape == (2, 9)
    shared = spec.replace("8", "L")
    assert archspec.compile(shared, input_size={"a": 9}).inputs["b"].type.shape == (2, 9)
    with pytest.raises(archspec.UsageError, match="two sizes for `L`, 9 and 8"):
        archspec.compile(shared, input_size={"a": 9, "b": 8})


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (66, "the height of `a` must be a multiple of 4: 64 or 68, and so must the width of `a` and the height of `b`"),
        ((96, 66), "the width of `a` must be a multiple of 4: 64 or 68, and so must the width of `b`"),
        ({"a": 96}, "the height of `a` must be 64, and so must the width of `a`"),
    ],
)
def test_sizes_of_inputs_that_must_agree_and_be_multiples(given: Any, words: str) -> None:
    layers = "layers: [concat: {from: [a, b], name: c}, conv: {stride: 4}, upsample: 4, concat: [., c]]"
    spec = f"archspec: 1\nname: x\ninputs: {{a: [1, 64, 64], b: [2, 64, 64]}}\n{layers}\n"
    archspec.compile(spec, input_size=96)
    (error,) = errors(spec, input_size=given)
    assert words in error.message


def test_a_size_for_what_has_none() -> None:
    with pytest.raises(archspec.UsageError, match="`input_size=8`: the input has channels alone and no size"):
        archspec.compile("archspec: 1\nname: x\ninput: [4]\nlayers: [linear]\n", input_size=8)


@pytest.mark.parametrize(
    ("params", "code", "words"),
    [
        ({"classes": "ten"}, "A203", "`params={'classes': 'ten'}`: `channels` of `conv` must be an integer"),
        ({"classes": 0}, "A203", "`params={'classes': 0}`: `channels` of `conv` must be an integer of at least 1"),
        ({"width": 1}, "A204", "`params={'width': 1}`: `width` of the spec must be at least 2, found 1"),
        ({"width": "x"}, "A204", "`params={'width': 'x'}`: `width` of the spec must be an integer, found 'x'"),
        ({"kind": "c"}, "A204", "`params={'kind': 'c'}`: `kind` of the spec must be one of a, b"),
        ({"kind": "b", "classes": "x", "width": 8}, "A203", "`params={'classes': 'x'}`: `channels` of `conv`"),
    ],
)
def test_a_parameter_is_blamed_itself(params: dict[str, Any], code: str, words: str) -> None:
    (error,) = errors(UNET.format(sizes="H, W", depth=1, kernel=2), params=params)
    assert (error.code, error.span) == (code, None)
    assert error.message.startswith(words)


def test_a_parameter_without_a_default() -> None:
    spec = "archspec: 1\nname: x\nparams: {classes: {type: int}, w: str}\ninput: [4]\nlayers: [linear: $classes]\n"
    (error,) = errors(spec, params={"classes": -3, "w": "a"})
    assert error.message.startswith("`params={'classes': -3}`: `features` of `linear` must be an integer")


def test_all_that_is_wrong_is_told_at_once() -> None:
    found = errors(UNET.format(sizes="H, W", depth=2, kernel=2), params={"classes": 0}, input_size=250)
    assert [error.message.partition("}")[0].partition(": H")[0] for error in found] == [
        "`params={'classes': 0",
        "`input_size=250` does not fit `unet`",
    ]


def test_what_is_wrong_without_them_stays_at_its_line() -> None:
    spec = "archspec: 1\nname: x\nparams: {n: 3}\ninput: [4, 9]\nlayers: [conv: $n, conv: {kernel: 2}]\n"
    assert all(error.span is not None for error in errors(spec, params={"n": -1}, input_size=4))


def test_a_network_too_large_to_be_tried_again_is_told_as_it_is() -> None:
    layers = "layers: [repeat: {times: 40000, layers: [act: relu]}, linear: $n]\n"
    (error,) = errors(f"archspec: 1\nname: x\nparams: {{n: 3}}\ninput: [4]\n{layers}", params={"n": -1})
    assert error.span is not None


@pytest.mark.parametrize(
    ("params", "given", "help"),
    [
        ("{classes: 10}", {"classes": 0}, "give `classes` another value; by default it is 10"),
        ("{classes: 10}", {"classes": "ten"}, "give `classes` another value; by default it is 10"),
        ("{classes: $(5 + 5)}", {"classes": 0}, "write for example `features: 3`"),
        ("{classes: int}", {"classes": 0}, "write for example `features: 3`"),
        ("{classes: {default: 10, choices: [10, 20]}}", {"classes": 11}, "10"),
    ],
)
def test_the_help_for_a_parameter_names_the_parameter(params: str, given: dict[str, Any], help: str) -> None:
    spec = f"archspec: 1\nname: x\nparams: {params}\ninput: [4]\nlayers: [linear: $classes]\n"
    (error,) = errors(spec, params=given)
    assert error.span is None
    assert help in f"{error.help} {error.message}"
