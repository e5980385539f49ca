from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.weights.contents import Contents
from archspec.weights.fit import fit
from archspec.weights.prefixes import hold
from archspec.weights.rename import Rename
from archspec.weights.stored import Stored
from archspec.weights.suggest import suggest


def state(*keys: str, shape: tuple[int, ...] = (1,)) -> dict[str, Stored]:
    return dict.fromkeys(keys, Stored(shape, "float32"))


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
    assert (found and found.renames) == (rule and (rule,))
    if found is not None:
        assert found.gain == sum(key not in ("other.thing",) for key in theirs)


@given(st.integers(0, 5), st.integers(0, 8))
def test_it_is_suggested_for_half_of_what_is_left_over_and_more(fitting: int, others: int) -> None:
    theirs = [*(f"module.{key}" for key in OURS[:fitting]), *(f"other{number}.thing" for number in range(others))]
    found = suggest(state(*theirs), state(*OURS), [])
    assert found == (((Rename(r"^module\.", ""),), fitting) if fitting and fitting >= others else None)


def test_what_fits_already_is_left_alone() -> None:
    assert suggest(state("conv.weight"), state("stem.conv.weight"), ["fc.weight"]) is None
    assert suggest(state("conv.weight"), state("stem.conv.weight"), []) is not None


@pytest.mark.parametrize("length", [10, 90, 150, 240, 300])
def test_a_rename_is_whole_or_not_suggested(length: int) -> None:
    name = "k" * length
    found = fit(state("a.weight"), Contents(state(f"{name}.a.weight")))[0]
    told = f"help: `--rename '^{name}\\.='` would make 1 more fit" in str(found)
    assert told == (found.suggestion is not None) == (length < 250)


def test_shapes_must_agree() -> None:
    assert suggest(state("m.a", shape=(2,)), state("a"), []) is None


def block(path: str, width: int) -> dict[str, Stored]:
    """The keys of two convolutions and norms, with the shapes that distinguish them."""
    found = {}
    for number in (1, 2):
        found |= state(f"{path}.conv{number}.weight", shape=(width, number, 3, 3))
        found |= state(f"{path}.bn{number}.weight", f"{path}.bn{number}.bias", shape=(width,))
    return found


NETWORK = {
    **block("layer1.0", 4), **block("layer1.1", 4), **block("layer2.0", 8), **block("layer3.0", 16),
    **state("fc.weight", shape=(5, 16)), **state("fc.bias", shape=(5,)),
}  # fmt: skip

CHANGES: dict[str, Callable[[str], str]] = {
    "two stages": lambda key: key.replace("layer1", "a").replace("layer2", "b"),
    "all stages": lambda key: key.replace("layer", "blocks."),
    "layers inside": lambda key: key.replace("conv", "c").replace("bn", "norm"),
    "older norms": lambda key: key.replace("bn1.weight", "bn1.gamma").replace("bn1.bias", "bn1.beta"),
    "a wrapper and a head": lambda key: "net." + key.replace("fc", "classifier"),
    "a wrapper of some": lambda key: f"net.{key}" if "layer" in key else key,
}


@pytest.mark.parametrize("kind", CHANGES)
def test_several_renames_are_suggested_that_do_it_together(kind: str) -> None:
    names = {CHANGES[kind](key): key for key in NETWORK}
    theirs = {new: NETWORK[key] for new, key in names.items()}
    unexpected = {key: tensor for key, tensor in theirs.items() if key not in NETWORK}
    missing = {key: tensor for key, tensor in NETWORK.items() if key not in theirs}
    found = suggest(unexpected, missing, [key for key in theirs if key in NETWORK])
    assert found is not None
    assert found.gain == len(unexpected)
    assert hold(found.renames, names, ())


@given(st.dictionaries(st.sampled_from([*NETWORK]), st.sampled_from(["a", "b.c", "layer1.0", "fc", ""]), min_size=1))
def test_what_is_suggested_makes_as_many_fit_as_it_says(changed: dict[str, str]) -> None:
    theirs = {f"{changed[key]}.{key}" if key in changed else key: tensor for key, tensor in NETWORK.items()}
    unexpected = {key: tensor for key, tensor in theirs.items() if key not in NETWORK}
    missing = {key: tensor for key, tensor in NETWORK.items() if key not in theirs}
    fitting = [key for key in theirs if key in NETWORK]
    found = suggest(unexpected, missing, fitting)
    if found is None:
        return
    assert 2 * found.gain >= len(unexpected)
    after = renamed(found.renames, theirs)
    assert len({*after}) == len(theirs)
    fits = [key for key, tensor in zip(after, theirs.values(), strict=True) if NETWORK.get(key) == tensor]
    assert len(fits) >= len(fitting) + found.gain
    assert {*fitting} <= {*fits}


def renamed(renames: tuple[Rename, ...], keys: dict[str, Stored]) -> list[str]:
    found = [*keys]
    for pattern, replacement in renames:
        found = [re.sub(pattern, replacement, key) for key in found]
    return found


def test_hostile_keys_take_no_time() -> None:
    many = state(*(f"{'k' * 300}{i}" for i in range(20_000)), *(f"layer{i}.weight" for i in range(20_000)), "x" * 10**6)
    ours = state(*(f"layers.{i}.weight" for i in range(10)))
    alike = state(*(f"{i}.a.b.c.d.weight" for i in range(60_000)))
    started = time.monotonic()
    suggest(many, ours, [])
    suggest(alike, state(*(f"x{key}" for key in alike)), [])
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("new", ["1", "12", "conv2"])
def test_a_part_that_becomes_a_number(new: str) -> None:
    suggestion = suggest(state("a.conv.weight", "b.conv.weight"), state(f"a.{new}.weight", f"b.{new}.weight"), ())
    assert suggestion is not None
    (rule,) = suggestion.renames
    assert re.sub(rule.pattern, rule.replacement, "a.conv.weight") == f"a.{new}.weight"
