"""What of weights for another input can be made to fit, and what cannot."""

from __future__ import annotations

from math import isqrt, prod
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archspec
from archspec.errors import UsageError
from archspec.graph.rules import Rules
from archspec.language import bundled_specs
from archspec.weights.adapt import CHOICES, Adapt, adaptation, choice, old_grid, remedies
from archspec.weights.contents import Contents
from archspec.weights.fit import fit, wanted
from archspec.weights.foreign import Foreign, Grid, foreign
from archspec.weights.recipe import prepare
from archspec.weights.report import Mismatch
from archspec.weights.stored import Stored

SIZES = st.integers(1, 40)


def positions(file: tuple[int, ...], network: tuple[int, ...]) -> Mismatch:
    return Mismatch("p", file, network)


@given(SIZES, SIZES, st.integers(0, 3), st.booleans())
def test_the_grid_of_a_file(side: int, new: int, tokens: int, flat: bool) -> None:
    """A square is found again, with its tokens, whether the table has an axis of one in front or not."""
    shape = (side * side + tokens, 8) if flat else (1, side * side + tokens, 8)
    assert old_grid(positions(shape, (1, new * new + tokens, 8)), Grid(tokens, (new, new))) == (side, side)


@given(SIZES, SIZES, st.integers(1, 9))
def test_where_it_is_no_square_it_has_the_proportions_of_the_network(height: int, width: int, scale: int) -> None:
    count = height * width * scale * scale
    found = old_grid(positions((1, count, 4), (1, height * width, 4)), Grid(0, (height, width)))
    square = isqrt(count) ** 2 == count
    assert found == ((isqrt(count), isqrt(count)) if square else (height * scale, width * scale))


@given(st.integers(1, 400), SIZES, SIZES)
def test_a_grid_has_as_many_positions_as_the_file(count: int, height: int, width: int) -> None:
    found = old_grid(positions((1, count, 4), (1, height * width, 4)), Grid(0, (height, width)))
    if found:
        rows, columns = found
        assert rows * columns == count
        assert rows == columns or rows * width == columns * height
    assert old_grid(positions((1, count, 4), (1, height, 4)), Grid(0, (height,))) == (count,)


@pytest.mark.parametrize(
    ("file", "grid"),
    [
        ((1, 1, 4), Grid(1, (2, 2))),  # the token alone
        ((1, 17, 4), Grid(0, (2, 2))),  # a token that the network has none of
        ((1, 16, 5), Grid(0, (2, 2))),  # other channels
        ((2, 16, 4), Grid(0, (2, 2))),  # two tables
        ((16,), Grid(0, (2, 2))),
        ((1, 8, 4), Grid(0, (2, 2, 2))),  # three dimensions
        ((1, 4, 4, 4), Grid(0, (2, 2))),
    ],
)
def test_what_cannot_be_interpolated(file: tuple[int, ...], grid: Grid) -> None:
    own = Foreign(positions={"p": grid})
    misfit, adapt = positions(file, (1, 4 + grid.tokens, 4)), Adapt(positions=True)
    assert not adaptation(misfit, own, adapt)
    report, _ = fit({"p": Stored(misfit.wanted)}, Contents({"p": Stored(file)}), own, adapt=adapt)
    assert list(report.obstacles) == ["p"]
    assert "note: `p` cannot be adapted: " in str(report)


def grids(layers: str, size: str = "[3, 32, 48]") -> dict[str, Grid]:
    text = f"archspec: 1\ninput: {size}\nnorm: layer\nact: relu\nlayers:\n{layers}"
    return dict(foreign(archspec.compile(text)).positions)


SPLIT = "  - rearrange: {pattern: n c (h p) (w q) -> n (h w) (p q c), p: 8, q: 8}\n"
PATCHES = "  - conv: {channels: 4, kernel: 16, stride: 16, padding: 0}\n  - rearrange: n c h w -> n (h w) c\n"


@pytest.mark.parametrize(
    ("layers", "size", "found"),
    [
        (f"{PATCHES}  - position\n", "[3, 32, 48]", Grid(0, (2, 3))),
        (f"{PATCHES}  - class_token\n  - position\n", "[3, 32, 48]", Grid(1, (2, 3))),
        (f"{PATCHES}  - class_token\n  - class_token: {{name: d}}\n  - position\n", "[3, 32, 48]", Grid(2, (2, 3))),
        (f"{PATCHES}  - position\n  - class_token\n", "[3, 32, 48]", Grid(0, (2, 3))),
        (f"{PATCHES}  - linear: 8\n  - norm\n  - class_token\n  - position\n", "[3, 32, 48]", Grid(1, (2, 3))),
        (f"{PATCHES}  - residual: [norm, linear, act]\n  - position\n", "[3, 32, 48]", Grid(0, (2, 3))),
        (f"{SPLIT}  - position\n", "[3, 32, 48]", Grid(0, (4, 6))),
        ("  - rearrange: n c w h -> n (h w) c\n  - position\n", "[3, 4, 6]", Grid(0, (6, 4))),
        ("  - max_pool: 4\n  - rearrange: n c l -> n l c\n  - position\n", "[3, 64]", Grid(0, (16,))),
        ("  - embedding: 4\n  - position\n", "{vocab: 9, length: 7}", Grid(0, (7,))),
        ("  - embedding: 4\n  - class_token\n  - position\n", "{vocab: 9, length: 7}", Grid(1, (7,))),
        ("  - rearrange: n c t h w -> n (t h w) c\n  - position\n", "[3, 2, 4, 6]", Grid(0, (2, 4, 6))),
    ],
)  # fmt: skip
def test_the_grid_of_a_network(layers: str, size: str, found: Grid) -> None:
    assert list(grids(layers, size).values()) == [found]


def embedded() -> list[str]:
    """Bundled networks with position embeddings."""
    return [name for name in bundled_specs() if foreign(archspec.compile(name)).positions]


@pytest.mark.parametrize("name", embedded())
def test_a_bundled_network_takes_its_weights_for_another_input(name: str) -> None:
    """Of positions, nothing but their number differs; so with the option all fits, and without it, it is told."""
    own = archspec.compile(name)
    sizes = {input: [2 * int(size) for size in value.type.size] for input, value in own.inputs.items() if value.type}
    given = {"length", "size"} & own.params.keys()
    if given:
        other = archspec.compile(name, {parameter: 2 * own.params[parameter] for parameter in given})
    else:
        (size,) = sizes.values()
        other = archspec.compile(name, input_size=size)
    contents = Contents(wanted(own))
    report, _ = fit(wanted(other), contents, foreign(other))
    keys = tuple(foreign(other).positions)
    assert not report.fits
    assert report.remedies == {"--adapt-positions": keys}
    assert f"help: `--adapt-positions` would adapt `{keys[0]}`" in str(report)
    adapted, _ = fit(wanted(other), contents, foreign(other), adapt=Adapt(positions=True))
    assert adapted.fits
    assert tuple(m.key for m in adapted.adapted) == keys
    assert not adapted.remedies


@given(st.sampled_from(["mean", "keep"]), st.integers(1, 9), st.integers(1, 9))
def test_what_is_done_to_channels(how: Any, found: int, wanted: int) -> None:
    mismatch = Mismatch("c", (4, found, 3, 3), (4, wanted, 3, 3))
    words = adaptation(mismatch, Foreign(first={"c": ""}), Adapt(in_channels=how))
    assert bool(words) == (how == "mean" or wanted > found)
    for name, option in (("", f"--in-channels {found}"), ("rgb", f"--in-channels rgb={found}")):
        told = remedies([mismatch], Foreign(first={"c": name}))
        assert told == {"--adapt-in-channels": ("c",), option: ("c",)}
    assert not adaptation(mismatch, Foreign(), Adapt(in_channels=how))
    assert "--in-channels" not in str(remedies([mismatch], Foreign(first={"c": "", "d": ""}))), "`d` fits as it is"


@given(st.lists(st.integers(1, 6), min_size=1, max_size=4), st.data())
def test_the_rules_that_are_named_can_be_carried_out(shape: list[int], data: st.DataObject) -> None:
    """Those of a spec: to exchange two axes, or to give the network's shape."""
    other = data.draw(
        st.permutations(shape) | st.sampled_from([[*shape, 1], [prod(shape)], [shape[0], prod(shape[1:])]])
    )
    found, wanted = tuple(shape), tuple(other)
    for rule in remedies([Mismatch("c", found, wanted)] if found != wanted else [], Foreign()):
        ours, theirs = {"c": Stored(wanted)}, {"c": Stored(found)}
        prepared = prepare(theirs, ours, Rules(**{rule: ("c",)}))
        assert prepared.tensors["c"].shape == wanted


@pytest.mark.parametrize(
    ("given", "found"), [(True, "mean"), (False, None), (None, None), ("mean", "mean"), ("keep", "keep")]
)
def test_choices(given: Any, found: Any) -> None:
    assert choice(given, False) == Adapt(found)
    assert choice(given, True) == Adapt(found, True)
    assert set(CHOICES.values()) == {choice(True, False), choice(False, True)}


@pytest.mark.parametrize("given", ["", "Mean", 1, 0, [], object()])
def test_what_is_no_choice(given: Any) -> None:
    with pytest.raises(UsageError, match="`adapt_in_channels` must be"):
        choice(given, False)
