from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.weights.rename import Rename
from archspec.weights.similar import nearest, suggest
from archspec.weights.stored import Stored


def state(*keys: str, shape: tuple[int, ...] = (1,)) -> dict[str, Stored]:
    return dict.fromkeys(keys, Stored(shape, "float32"))


def test_the_same_shape_comes_before_a_nearer_name() -> None:
    others = {**state("block.conv.weight", shape=(3,)), **state("block.convolution.weight", shape=(4,))}
    assert nearest(["block.conv2.weight"], state("block.conv2.weight", shape=(4,)), others) == {
        "block.conv2.weight": "block.convolution.weight"
    }
    assert nearest(["block.conv2.weight"], state("block.conv2.weight", shape=(9,)), others) == {
        "block.conv2.weight": "block.conv.weight"
    }
    assert nearest(["q"], state("q"), others) == {}


def test_a_key_inside_another_comes_before_a_similar_one() -> None:
    assert nearest(["encoder.bn1.bias"], state("encoder.bn1.bias"), state("layer1.0.bn1.bias", "bn1.bias")) == {
        "encoder.bn1.bias": "bn1.bias"
    }
    others = state("module.layer1.0.conv1.weight", "module.conv1.weight")
    assert nearest(["conv1.weight"], state("conv1.weight"), others) == {"conv1.weight": "module.conv1.weight"}


OURS = ("stem.conv.weight", "stem.bn.weight", "layer1.0.conv.weight", "layer1.1.conv.weight", "fc.weight")


@pytest.mark.parametrize(
    ("theirs", "rule"),
    [
        ([f"module.{key}" for key in OURS], Rename(r"^module\.", "")),
        ([f"_orig_mod.{key}" for key in OURS], Rename(r"^_orig_mod\.", "")),
        ([f"module._orig_mod.{key}" for key in OURS], Rename(r"^module\._orig_mod\.", "")),
        ([f"a.{key}" for key in OURS[:3]] + ["other.thing"], Rename(r"^a\.", "")),
        ([f"net.{key}" for key in OURS if key.startswith("layer1")], Rename(r"^net\.", "")),
        (
            [key.replace("layer1", "stages") for key in OURS if key.startswith("layer1")],
            Rename(r"^stages\.", "layer1."),
        ),
        ([key.removeprefix("stem.") for key in OURS if key.startswith("stem")], Rename("^", "stem.")),
        (["quite", "different"], None),
        ([], None),
    ],
)
def test_a_prefix_is_suggested(theirs: list[str], rule: Rename | None) -> None:
    found = suggest(state(*theirs), state(*OURS), [])
    assert (found and found.rename) == rule
    if found is not None:
        assert found.gain == sum(key not in ("other.thing",) for key in theirs)


@given(st.integers(0, 5), st.integers(0, 8))
def test_it_is_suggested_for_half_of_what_is_left_over_and_more(fitting: int, others: int) -> None:
    theirs = [*(f"module.{key}" for key in OURS[:fitting]), *(f"other{number}.thing" for number in range(others))]
    found = suggest(state(*theirs), state(*OURS), [])
    assert found == ((Rename(r"^module\.", ""), fitting) if fitting and fitting >= others else None)


def test_what_fits_already_is_left_alone() -> None:
    assert suggest(state("conv.weight"), state("stem.conv.weight"), ["fc.weight"]) is None
    assert suggest(state("conv.weight"), state("stem.conv.weight"), []) is not None


def test_shapes_must_agree() -> None:
    assert suggest(state("m.a", shape=(2,)), state("a"), []) is None


def test_hostile_keys_take_no_time() -> None:
    many = state(*(f"{'k' * 300}{i}" for i in range(20_000)), *(f"layer{i}.weight" for i in range(20_000)), "x" * 10**6)
    ours = state(*(f"layers.{i}.weight" for i in range(10)))
    started = time.monotonic()
    nearest(list(ours), ours, many)
    nearest(["x" * 10**6], many, ours)
    suggest(many, ours, [])
    assert time.monotonic() - started < 10
