from __future__ import annotations

import pytest

import archspec
from archspec.language.bundled_files import bundled_blocks
from archspec.language.combinators import COMBINATORS
from archspec.language.remedies import _uneven, takes
from archspec.ops import OPS

HOLDERS = {name: model for name, model in COMBINATORS.items() if model.lists()}


@pytest.mark.parametrize("name", HOLDERS)
def test_a_node_in_the_place_of_a_key_belongs_in_the_first_list_that_is_left(name: str) -> None:
    model = HOLDERS[name]
    lists = [*model.lists()]
    for key in (*OPS, *bundled_blocks(), "nonsense"):
        for number, first in enumerate([*lists, None]):
            found = takes(model, key, lists[:number])
            if key == "nonsense" or first is None:
                assert found.startswith(("it takes `", "write `")), (key, number)
            else:
                assert found.startswith(("write `", f"put nodes in a list, `{first}: [{key}: …]`")), (key, number)


@pytest.mark.parametrize(
    ("node", "told", "found"),
    [
        ("conv: {kernel: [0]}", "or a list of at most 3 integers of at least 1", "[0]"),
        ("conv: {kernel: [99999999999]}", "of at least 1 and at most 16,777,216", "[99999999999]"),
        ("parameter: {name: p, shape: [4.5]}", "must be a list, each `n` or an integer of at least 1", "[4.5]"),
        ("buffer: {name: p, shape: [0], value: 1}", "must be a list, each `n` or an integer of at least 1", "[0]"),
        (
            "buffer: {name: p, shape: [99999999999], value: 1}",
            "of at least 1 and at most 2,147,483,647",
            "[99999999999]",
        ),
        ("flip: {dim: [x]}", "or a list, each `channels` or an integer of at least 0", "['x']"),
        ("rope: {grid: [0, 1]}", "must be a list of 2 integers of at least 1 or a reference", "[0, 1]"),
        ("split: {parts: {a: 0, b: 4}}", "or a mapping to integers of at least 1", "{a: 0, b: 4}"),
    ],
)
def test_what_is_wrong_in_a_list_is_told_of_its_entries(node: str, told: str, found: str) -> None:
    head = "archspec: 1\ninput: {channels: 4, size: [8, 8], layout: channels_last}\nlayers:\n  - "
    (error,) = (d for d in archspec.validate(head + node) if d.severity == "error")
    assert error.code == "A203"
    assert told in error.message
    assert error.message.endswith(f"found {found}")
    # the example is of the right kind
    key, _, example = error.help.removeprefix("write for example `").partition("`")[0].partition(": ")
    again = node.replace(node[node.index(f"{key}: ") :].removesuffix("}").partition(", value")[0], f"{key}: {example}")
    assert not any(d.code == "A203" for d in archspec.validate(head + again)), again


def test_a_pattern_that_a_remedy_writes_can_be_copied() -> None:
    """A comma ends a value in flow style, unless it stands in quotes."""
    head = "archspec: 1\ninputs: {q: [3, 8], k: [5, 8]}\nlayers:\n  - "
    (error,) = archspec.validate(head + "matmul: [q, k]\n")
    written = error.help.partition("`")[2].removesuffix("`")
    assert not [d for d in archspec.validate(head + written) if d.severity == "error"]


PADDINGS = ([1, 2], [0, 3], [1, 2, 3, 4], [1, 0, 0, 2], [1, 2, 3, 4, 5, 6], [9, 8, 7, 6, 5, 4])


@pytest.mark.parametrize("sides", PADDINGS, ids=str)
def test_padding_as_torch_has_it_is_told_as_pairs_and_as_a_node(sides: list[int]) -> None:
    """From the last dimension to the first, each with what stands before and after; also where pairs are not taken."""
    pairs = [sides[at : at + 2] for at in range(0, len(sides), 2)][::-1]
    for given in (tuple(sides), tuple(map(tuple, pairs))):
        told = _uneven("padding", given, takes_pairs=False)
        assert told == f"pad the sides in a node before this one, `- pad: {sides}`, and write `padding: 0` here"
    assert _uneven("padding", tuple(sides), takes_pairs=True) == (
        f"write pairs, the first dimension first: `padding: {pairs}`"
    )
    for strange in ([*sides, 1], [*sides[1:], -1], [*sides[1:], True], [*sides[1:], "x"], sides[1:]):
        assert _uneven("padding", tuple(strange), takes_pairs=True) == ""
    assert _uneven("kernel", tuple(sides), takes_pairs=True) == ""


@pytest.mark.parametrize("node", ["linear: 4", "linear: {features: 4}", "linear:  4", "fc: {x: 1}"])
def test_a_node_in_quotes_is_told_to_lose_them(node: str) -> None:
    found = archspec.validate(f"archspec: 1\nname: a\ninput: [3]\nlayers: ['{node}']\n")
    assert [(d.code, d.help) for d in found if d.severity == "error"] == [("A301", f"leave out the quotes: `{node}`")]
