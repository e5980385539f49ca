"""What is told of single changes."""

from __future__ import annotations

from typing import Any

import pytest

import archspec
from archspec.graph import Graph
from tests.reports.diff.networks import added, changed, check, compiled, layers, network, removed, renamed, told


def test_an_argument() -> None:
    assert layers([{"conv": {"kernel": 3}}], [{"conv": {"kernel": 5, "bias": False}}]) == [
        changed("conv", kernel=(3, 5), bias=(True, False))
    ]


def test_a_default_that_is_given_up_is_told_by_its_value() -> None:
    assert layers([{"norm": "batch"}], [{"norm": {"type": "batch", "eps": 0.001}}]) == [
        changed("norm", what="norm", eps=(1e-5, 0.001))
    ]


def test_a_default_that_is_written_out_is_no_change() -> None:
    before = [{"conv": {"name": "a", "channels": 4}}, {"conv": {"name": "b", "kernel": 3, "channels": 8}}]
    after = [{"conv": {"name": "a", "channels": 2}}, {"conv": {"name": "b", "kernel": 3, "channels": 8, "padding": 1}}]
    assert layers(before, after) == [changed("a", channels=(4, 2))]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("type: t5", "type: t5, buckets: 8", ("buckets", 32, 8)),
        ("type: alibi", "type: t5", ("type", "alibi", "t5")),
        ("type: t5, max_distance: 64", "type: t5", ("max_distance", 64, 128)),
    ],
)
def test_an_op_with_an_argument_that_is_a_method_of_mappings(before: str, after: str, told: tuple[Any, ...]) -> None:
    """`position_bias` has `keys`, for which `dict` asks what it is given."""
    text = (
        "archspec: 1\ninput: {channels: 4, size: [6], layout: channels_last}\nlayers:\n"
        "  - position_bias: {name: p, heads: 2, %s}\n  - sdpa: {key: ., heads: 2, bias: p}\n"
    )
    (change,) = archspec.diff(text % before, text % after).changes
    assert [(field.name, field.before, field.after) for field in change.fields] == [told]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("parameter: {name: p, shape: [4]}", "parameter: {name: p, shape: [1]}", [("shape", (4,), (1,))]),
        ("buffer: {name: p, value: [1, 2, 3, 4]}", "buffer: {name: p, value: [1, 2, 3, 5]}", ["value"]),
        (
            "buffer: {name: p, shape: [4], value: 1}",
            "buffer: {name: p, shape: [4], value: 1, persistent: false}",
            ["persistent"],
        ),
        ("parameter: {name: p, shape: [4]}", "parameter: {name: p, shape: [4], init: ones}", ["init"]),
        ("linear: {name: p, tie: l}", "linear: {name: p}", [("tie", "l", "none")]),
        ("linear: {name: p, tie: l}", "linear: {name: p, tie: k}", [("tie", "l", "k")]),
        ("linear: {name: p}", "reuse: {name: p, of: l}", [("reuse", "none", "l")]),
        ("reuse: {name: p, of: k}", "reuse: {name: p, of: l}", [("reuse", "k", "l")]),
        ("reuse: {name: p, of: s}", "seq: {name: p, layers: [linear, linear]}", [("reuse", "s.1", "none")]),
    ],
)
def test_what_only_weights_tell_is_a_change(before: str, after: str, told: list[Any]) -> None:
    """Values of their own, and whose weights a node has."""
    text = "input: [4]\nlayers:\n- linear: {name: l}\n- linear: {name: k}\n- seq: {name: s, layers: [linear, linear]}\n"
    text = f"archspec: 1\n{text}- NODE\n- add: [., p]\n"
    for one, two in ((before, after), (after, before)):
        found = archspec.diff(text.replace("NODE", one), text.replace("NODE", two))
        assert not found.renamed
        fields = [field for change in found.changes for field in change.fields]
        assert [field.name for field in fields] == [item if isinstance(item, str) else item[0] for item in told]
        if (one, two) == (before, after):
            assert all(
                isinstance(i, str) or i == (f.name, f.before, f.after) for i, f in zip(told, fields, strict=True)
            )


def test_an_initializer() -> None:
    found = layers(["conv"], [{"conv": {"init": {"weight": {"normal": {"std": 0.5}}}}}])
    ((_, _, paths, fields),) = found
    assert (paths, [*fields]) == (("conv",), ["init.weight"])
    assert [*map(str, fields["init.weight"])] == ["None", str(fields["init.weight"][1])]


def test_another_op_of_the_same_name() -> None:
    assert layers([{"conv": {"name": "x"}}], [{"scale": {"name": "x"}}]) == [changed("x", op=("conv", "scale"))]


def test_a_node_that_became_a_block() -> None:
    assert layers([{"conv": {"name": "x"}}], [{"basic": {"name": "x", "channels": 8}}]) == [
        changed("x", op=("conv", "basic"))
    ]


def test_a_node_between_others_changes_nothing_else() -> None:
    before = ["conv", "norm", "act", "conv", "norm", "act"]
    assert layers(before, [*before[:3], {"dropout": 0.1}, *before[3:]]) == [added("dropout", "dropout", p=0.1)]
    assert layers(before, before[1:]) == [removed("conv", "conv"), renamed("conv", "conv")]


def test_a_name_at_another_place_is_told_as_a_move_and_nothing_else() -> None:
    norm, conv = {"norm": {"name": "n"}}, {"conv": {"name": "c", "kernel": 3}}
    found = layers(["act", norm, conv, "act"], ["act", conv, norm, "act"])
    assert found in (
        [("moved", "conv", ("c",), {"input": ("n", "act")})],
        [("moved", "norm", ("n",), {"input": ("act", "c")})],
    )


def test_a_block_at_another_place_is_told_as_a_move_and_nothing_else() -> None:
    block, conv = {"basic": {"name": "b", "channels": 8}}, {"conv": {"name": "c", "kernel": 3}}
    before, after = network(["act", block, conv, "act"]), network(["act", conv, block, "act"])
    (change,) = check(before, after).changes
    assert (change.kind, change.what) in (("moved", "basic"), ("moved", "conv"))


def test_a_node_that_receives_something_else() -> None:
    before = [{"conv": {"name": "a"}}, {"conv": {"name": "b"}}, {"add": [".", "a"]}]
    assert layers(before, [*before[:2], {"add": [".", "input"]}]) == [
        changed("add", what="add", input=("b, a", "b, input"))
    ]


def test_a_branch_that_is_gone_does_not_change_the_join() -> None:
    branches = {"a": ["conv"], "b": [{"conv": {"kernel": 3}}], "c": ["act"]}
    before = [{"parallel": {"branches": branches, "merge": "add"}}]
    after = [{"parallel": {"branches": {"a": ["conv"], "b": branches["b"]}, "merge": "add"}}]
    assert layers(before, after) == [removed("branch", "c")]


def test_what_holds_everywhere_is_one_change() -> None:
    (change,) = archspec.diff(compiled("resnet50"), compiled("resnet50_gn")).changes
    assert told(change)[:2] == ("changed", "norm")
    assert (change.times, change.everywhere) == (53, True)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
@pytest.mark.parametrize("others", [0, 1])
def test_everywhere_is_said_of_three_and_more(number: int, others: int) -> None:
    """One or two are told by their names, and so are any that are not all."""

    def nodes(bias: bool) -> list[dict[str, Any]]:
        return [{"conv": {"bias": bias}}] * number + [{"conv": {"bias": True}}] * others

    (change,) = archspec.diff(network(nodes(True)), network(nodes(False))).changes
    assert (change.times, change.everywhere) == (number, number > 2 and not others)
    assert ("everywhere" in str(archspec.diff(network(nodes(True)), network(nodes(False))))) is change.everywhere


def test_what_holds_in_many_places_is_one_change() -> None:
    def mine(**more: Any) -> dict[str, Any]:
        return {"mine": {"params": {"channels": "int"}, "layers": [{"basic": {"channels": "$channels", **more}}]}}

    nodes = [{"stage": {"name": "s", "block": "mine", "depth": 5, "channels": 8}}]
    one, two = network(nodes, blocks=mine()), network(nodes, blocks=mine(attention=[{"squeeze_excitation": 2}]))
    assert [*map(told, archspec.diff(one, two).changes)] == [
        added("squeeze_excitation", *(f"s.{n}.basic.squeeze_excitation" for n in range(5)))
    ]


def test_a_block_that_is_a_variant_of_another_shows_how() -> None:
    def blocks(kernel: int) -> dict[str, Any]:
        nodes = [{"conv": {"kernel": kernel}}, "norm", "act", {"conv": {"bias": False}}, "norm", "act"]
        return {name: {"params": {"channels": "int"}, "layers": nodes} for name in ("mine", "yours")}

    before, after = ([{"stage": {"name": "s", "block": name, "depth": 2, "channels": 8}}] for name in ("mine", "yours"))
    diff = archspec.diff(network(before, blocks=blocks(3)), network(after, blocks=blocks(5)))
    assert [*map(told, diff.changes)] == [
        changed("s.0", "s.1", what="mine", block=("mine", "yours")),
        changed("s.0.conv", "s.1.conv", kernel=(3, 5)),
    ]
    assert archspec.diff(network(before, blocks=blocks(3)), network(after, blocks=blocks(3))).same


def test_deeper_stages_have_more_blocks() -> None:
    found = [told(change) for change in archspec.diff(compiled("resnet18"), compiled("resnet34")).changes]
    assert found == [
        added("basic", "layer1.2"),
        added("basic", "layer2.2", "layer2.3"),
        added("basic", *(f"layer3.{n}" for n in range(2, 6))),
        added("basic", "layer4.2"),
    ]


def test_inputs_and_outputs() -> None:
    nodes = [{"conv": {"name": "a"}}, {"conv": {"name": "b"}}]
    found = layers(nodes, nodes, input=[8, 32, 16])
    assert not found
    one = network(nodes)
    assert [*map(told, archspec.diff(one, network(nodes, input=[8, 32, 16])).changes)] == [
        changed("input", what="input", shape=((8, 16, 16), (8, 32, 16)))
    ]
    (change,) = archspec.diff(one, network(nodes, outputs={"output": "b"})).changes
    assert told(change) == changed("output", what="output", returned=("alone", "by name"))
    two = network(nodes, outputs={"x": "a", "y": "b"})
    assert [*map(told, archspec.diff(one, two).changes)] == [
        removed("output", "output", **{"from": "b", "returned": "alone"}),
        added("output", "x", **{"from": "a", "returned": "by name"}),
        added("output", "y", **{"from": "b", "returned": "by name"}),
    ]
    assert [*map(told, archspec.diff(two, network(nodes, outputs={"x": "b", "y": "b"})).changes)] == [
        changed("x", what="output", **{"from": ("a", "b")})
    ]


def test_symbolic_sizes() -> None:
    nodes = [{"conv": {"kernel": 3, "stride": 2}}, {"conv": {"kernel": 3, "stride": 2}}]
    one, two = network(nodes, input=[8, "H", "W"]), network(nodes[:1], input=[8, "H", "W"])
    found = check(one, two)
    assert [told(change) for change in found.changes] == [removed("conv", "conv_2", kernel=3, stride=2)]
    assert "8 × ⌈H/4⌉ × ⌈W/4⌉  8 × ⌈H/2⌉ × ⌈W/2⌉" in str(found)


def test_a_deep_network_with_a_change_in_every_block() -> None:
    def deep(depth: int, norm: str) -> Graph:
        return network([{"stage": {"name": "s", "block": "basic", "depth": depth, "channels": 8}}], norm=norm)

    found = archspec.diff(deep(300, "batch"), deep(299, "layer"))
    assert [(change.kind, change.what, change.times) for change in found.changes] == [
        ("changed", "norm", 598),
        ("removed", "basic", 1),
    ]
    assert len(str(found)) < 2000
