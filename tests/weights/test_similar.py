from __future__ import annotations

import time

import pytest

from archspec.weights.similar import nearest
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


@pytest.mark.parametrize("at", range(1, 23))
def test_what_differs_in_one_place_is_found_among_many_that_share_one_end(at: int) -> None:
    """Wherever the place is: what both ends share counts together."""
    key = "backbone.deep.conv.weight"
    other = f"{key[:at]}_{key[at + 1 :]}"
    one_end = [f"{key[:20]}{index:03}" for index in range(50)] + [f"{index:03}{key[-20:]}" for index in range(50)]
    assert nearest([key], state(key), state(*one_end, other)) == {key: other}


def test_hostile_keys_take_no_time() -> None:
    many = state(*(f"{'k' * 300}{i}" for i in range(20_000)), *(f"layer{i}.weight" for i in range(20_000)), "x" * 10**6)
    ours = state(*(f"layers.{i}.weight" for i in range(10)))
    started = time.monotonic()
    nearest(list(ours), ours, many)
    nearest(["x" * 10**6], many, ours)
    assert time.monotonic() - started < 10
