from __future__ import annotations

import copy
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

import archspec
from archspec.graph import Graph
from archspec.language import bundled_specs
from archspec.reports import Diff
from archspec.reports.diff.records import Change
from archspec.weights.contents import Contents
from archspec.weights.fit import fit, wanted

HERE = Path(__file__).parent

FAMILIES = {
    path.parent.name: name
    for name, path in sorted(bundled_specs().items(), reverse=True)
    if "classes" in path.read_text(encoding="utf-8")
}
"""One network of each family that classifies."""

OPPOSITE = {"added": "removed", "removed": "added"}


@cache
def compiled(name: str) -> Graph:
    return archspec.compile(name)


def network(layers: Any, **more: Any) -> Graph:
    base = {"archspec": 1, "name": "demo", "input": [8, 16, 16], "norm": "batch", "act": "relu"}
    return archspec.compile({**base, **more, "layers": layers})


def told(change: Change) -> tuple[Any, ...]:
    """What a change says, in short."""
    fields = {field.name: (field.before, field.after) for field in change.fields}
    return (change.kind, change.what, change.after or change.before, fields)


def layers(before: Any, after: Any, **more: Any) -> list[tuple[Any, ...]]:
    """The changes between two lists of nodes."""
    return [told(change) for change in archspec.diff(network(before, **more), network(after, **more)).changes]


def changed(*paths: str, what: str = "conv", **fields: tuple[Any, Any]) -> tuple[Any, ...]:
    return ("changed", what, paths, fields)


def added(what: str, *paths: str, **fields: Any) -> tuple[Any, ...]:
    return ("added", what, paths, {name: (None, value) for name, value in fields.items()})


def removed(what: str, *paths: str, **fields: Any) -> tuple[Any, ...]:
    return ("removed", what, paths, {name: (value, None) for name, value in fields.items()})


def renamed(what: str, *paths: str) -> tuple[Any, ...]:
    return ("renamed", what, paths, {})


# laws


def check(a: Graph, b: Graph) -> Diff:
    """The laws that hold for any two networks."""
    found = archspec.diff(a, b)
    assert found.same == (a.fingerprint == b.fingerprint)
    assert bool(found.changes) != found.same
    one, two = ({key: weight.shape for key, weight in graph.weights()} for graph in (a, b))
    keys = found.keys
    assert list(keys.survive) == [key for key, shape in one.items() if two.get(key) == shape]
    assert [(r.key, r.before, r.after) for r in keys.reshaped] == [
        (key, shape, two[key]) for key, shape in one.items() if key in two and two[key] != shape
    ]
    assert list(keys.vanish) == [key for key in one if key not in two]
    assert list(keys.appear) == [key for key in two if key not in one]
    assert (keys.loads == "strictly") == (one == two)
    assert (keys.loads == "not at all") == (one != two and not keys.survive)
    assert all(one[old] == two[new] and old != new for old, new in keys.renamed)
    assert {*keys.misplaced} <= {*keys.survive}
    if found.renamed:
        assert {change.kind for change in found.changes} == {"renamed"}
        assert (found.parts, found.reshaped, found.before.params) == ((), 0, found.after.params)
        assert str(found).splitlines()[0] == f"{a.name} → {b.name}: the same architecture under other names"
    if keys.renames:
        report, _ = fit(wanted(b), Contents(wanted(a)), renames=keys.renames, own=True)
        assert {old: report.renamed.get(old) for old, _ in keys.renamed} == dict(keys.renamed)
        assert {new for _, new in keys.renamed} <= {*report.loaded}
        assert report.complete or not keys.loads_renamed
    assert mirrored(archspec.diff(b, a)) == plain(found)
    assert str(found).splitlines()[0].startswith(f"{a.name} → {b.name}")
    return found


def plain(diff: Diff) -> tuple[Any, ...]:
    changes = [
        (c.kind, c.before, c.after, [(f.name, f.before, f.after) for f in c.fields], c.params, c.everywhere)
        for c in diff.changes
    ]
    reshaped = [(key.key, key.before, key.after) for key in diff.keys.reshaped]
    parts = [(part.before, part.after) for part in diff.parts]
    keys = diff.keys
    lists = (changes, parts, reshaped, keys.survive, keys.vanish, keys.appear, keys.renamed, keys.misplaced)
    return (diff.before, diff.after, diff.same, diff.reshaped, *(sorted(map(str, items)) for items in lists))


def mirrored(diff: Diff) -> tuple[Any, ...]:
    """The same of the difference seen from the other side, turned round."""
    changes = [
        (
            OPPOSITE.get(c.kind, c.kind),
            c.after,
            c.before,
            [(f.name, f.after, f.before) for f in c.fields],
            c.params[::-1],
            c.everywhere,
        )
        for c in diff.changes
    ]
    reshaped = [(key.key, key.after, key.before) for key in diff.keys.reshaped]
    parts = [(part.after, part.before) for part in diff.parts]
    keys = diff.keys
    turned = [(new, old) for old, new in keys.renamed]
    lists = (changes, parts, reshaped, keys.survive, keys.appear, keys.vanish, turned, keys.misplaced)
    return (diff.after, diff.before, diff.same, diff.reshaped, *(sorted(map(str, items)) for items in lists))


@pytest.mark.parametrize("name", sorted(bundled_specs()))
def test_nothing_differs_from_itself(name: str) -> None:
    found = archspec.diff(compiled(name), compiled(name))
    assert found.same
    assert (found.parts, found.changes, found.reshaped) == ((), (), 0)
    assert found.keys.loads == "strictly"
    assert str(found) == f"{name} → {name}: the same architecture"


@pytest.mark.parametrize(("family", "name"), FAMILIES.items(), ids=FAMILIES)
def test_other_classes_change_the_head_alone(family: str, name: str) -> None:
    found = archspec.diff(compiled(name), archspec.compile(name, {"classes": 7}))
    heads = {path for change in found.changes for path in change.before}
    assert all(c.kind == "changed" and {f.name for f in c.fields} <= {"features", "channels"} for c in found.changes)
    assert {f.after for c in found.changes for f in c.fields} == {7}
    assert not found.keys.vanish
    assert not found.keys.appear
    assert {key.key.rpartition(".")[0] for key in found.keys.reshaped} == heads
    assert 1 <= len(heads) <= 3


PAIRS = [
    ("resnet18", "vgg11"),
    ("pvt_v2_b0", "deit_tiny_patch16_224"),
    ("unet", "nerf"),
    ("googlenet", "squeezenet1_0"),
]


@pytest.mark.parametrize(("name", "other"), PAIRS)
def test_the_laws_hold_for_networks_that_have_little_in_common(name: str, other: str) -> None:
    check(compiled(name), compiled(other))


NODES: SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(
        lambda channels, kernel: {"conv": {"channels": channels, "kernel": kernel}},
        st.sampled_from([8, 16]),
        st.sampled_from([1, 3]),
    ),
    st.sampled_from([{"norm": {}}, {"norm": {"type": "layer"}}, {"act": {}}, {"act": {"type": "gelu"}}]),
    st.sampled_from([{"dropout": {"p": 0.1}}, {"scale": {}}, {"basic": {"channels": 8}}]),
    st.sampled_from(
        [{"residual": {"body": [{"conv": {"kernel": 3}}, "norm"]}}, {"residual": {"body": ["act", "act"]}}]
    ),
    st.just({"seq": {"layers": [{"conv": {"channels": 8}}, "act"], "name": "branch"}}),
)


@st.composite
def edited(draw: DrawFn) -> tuple[list[Any], list[Any]]:
    """A list of nodes, some of them with names, and the same after some edits."""
    before: list[Any] = draw(st.lists(NODES, min_size=1, max_size=7))
    before = [copy.deepcopy(node) for node in before]
    for number, node in enumerate(before):
        ((_, arguments),) = node.items()
        if "name" in arguments or draw(st.booleans()):
            arguments["name"] = f"n{number}"
    after = copy.deepcopy(before)
    for number in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(after)))
        kind = draw(st.sampled_from(["insert", "delete", "replace", "swap", "rename"]))
        if kind == "insert" or at == len(after):
            after.insert(at, unnamed(draw(NODES)))
        elif kind == "delete" and len(after) > 1:
            del after[at]
        elif kind == "replace":
            after[at] = unnamed(draw(NODES))
        elif kind == "swap" and at:
            after[at - 1], after[at] = after[at], after[at - 1]
        elif kind == "rename":
            after[at] = copy.deepcopy(after[at])
            next(iter(after[at].values()))["name"] = f"m{number}"
    return before, after


def unnamed(node: dict[str, Any]) -> dict[str, Any]:
    ((op, arguments),) = node.items()
    return {op: {name: value for name, value in arguments.items() if name != "name"}}


@given(edited(), st.booleans())
def test_the_laws_hold_for_any_edit(lists: tuple[list[Any], list[Any]], numbered: bool) -> None:
    before, after = ([{"seq": {"name": "body", "layers": nodes}}] if numbered else nodes for nodes in lists)
    found = check(network(before), network(after))
    if before == after:
        assert found.same


# what is told of single changes


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


def test_names_that_follow_from_others_are_told_with_their_keys() -> None:
    before = [{"seq": {"name": "s", "layers": [{"conv": 4}, "act", {"conv": 8}]}}]
    after = [{"seq": {"name": "s", "layers": [{"conv": 4}, "norm", "act", {"conv": 8}]}}]
    diff = archspec.diff(network(before), network(after))
    assert [*map(told, diff.changes)] == [added("norm", "s.1", type="batch"), renamed("node", "s.2", "s.3")]
    assert diff.changes[1].before == ("s.1", "s.2")
    assert diff.keys.renamed == (("s.2.weight", "s.3.weight"), ("s.2.bias", "s.3.bias"))
    assert not diff.keys.misplaced


def test_a_key_may_survive_and_belong_to_another_node() -> None:
    before = [{"seq": {"name": "s", "layers": [{"conv": {"kernel": 3}}, {"conv": {"bias": False}}]}}]
    after = [{"seq": {"name": "s", "layers": [{"conv": {}}, *before[0]["seq"]["layers"]]}}]
    diff = archspec.diff(network(before), network(after))
    assert diff.keys.misplaced == ("s.0.bias",)
    assert "1 of 3 keys survive (1 of them for another node)" in str(diff)


def test_a_checkpoint_that_loads_strictly_once_its_keys_are_renamed() -> None:
    diff = archspec.diff(network([{"conv": {"name": "a"}}]), network([{"conv": {"name": "b"}}]))
    assert [*map(told, diff.changes)] == [renamed("conv", "b")]
    assert diff.keys.loads == "not at all"
    assert diff.keys.loads_renamed
    assert "loads strictly once 2 of 2 keys are renamed" in str(diff)


RENAMED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"stages": [("a", 1), ("b", 2)]}, {"stages": [("c", 1), ("b", 2)]}),
    ({"stages": [("a", 3), ("b", 2)]}, {"stages": [("trunk.a", 3), ("trunk.b", 2)]}),
    ({"stages": [("l1", 2), ("l2", 2)]}, {"stages": [("layer1", 2), ("layer2", 2)], "head": "fc"}),
    ({"stages": [("l1", 12)]}, {"stages": [("l1", 12)], "names": "block$(index)"}),
    ({"stages": [("l1", 2)], "block": "mine"}, {"stages": [("l2", 2)], "block": "ours", "inner": "c"}),
    ({"stages": [("l1", 1), ("l2", 1)], "inner": "d"}, {"stages": [("l1", 1), ("l2", 1)], "inner": "e"}),
]


def staged(
    stages: list[tuple[str, int]],
    head: str = "linear",
    names: str = "$index",
    block: str = "plain",
    inner: str = "conv",
    **more: Any,
) -> Graph:
    nodes = [
        {"stage": {"name": name, "block": block, "depth": depth, "names": names, "kernel": 2 * number + 1}}
        for number, (name, depth) in enumerate(stages)
    ]
    body = [{"conv": {"name": inner, "kernel": "$kernel"}}, "norm"]
    blocks = {block: {"params": {"kernel": 3}, "layers": [{"residual": body}]}}
    ending = ["global_pool", {"linear": {"features": 4, "name": head}}]
    return network([*nodes, *ending], blocks=blocks, **more)


@pytest.mark.parametrize(("before", "after"), RENAMED)
def test_stages_and_blocks_that_are_only_renamed(before: dict[str, Any], after: dict[str, Any]) -> None:
    graph = staged(**before)
    found = check(graph, staged(**after))
    keys = found.keys
    assert found.renamed
    assert keys.loads_renamed
    text = str(found)
    assert f"loads strictly once {len(keys.renamed)} of {len(dict(graph.weights()))} keys are renamed" in text
    assert "vanish" not in text
    assert keys.renames
    assert all(f"--rename '{pattern}={replacement}'" in text for pattern, replacement in keys.renames)
    assert not keys.by_rules


@pytest.mark.parametrize(("before", "after"), RENAMED)
def test_a_spec_may_have_the_rules_that_rename(before: dict[str, Any], after: dict[str, Any]) -> None:
    graph = staged(**before)
    renames = dict(archspec.diff(graph, staged(**after)).keys.renames)
    found = archspec.diff(graph, staged(**after, weights={"rename": renames}))
    assert found.keys.by_rules
    assert "loads strictly by the rules in `weights`" in str(found)
    for rules in ({"rename": {"^nothing": "x"}}, {"rename": {"^.*": "x"}}, {"ignore": ["^l"]}):
        assert not archspec.diff(graph, staged(**after, weights=rules)).keys.by_rules


def test_other_names_do_not_help_a_key_of_another_shape() -> None:
    before = [{"conv": {"name": "a"}}, {"conv": {"name": "c"}}]
    after = [{"conv": {"name": "b"}}, {"conv": {"name": "c", "kernel": 3}}]
    diff = archspec.diff(network(before), network(after))
    assert dict(diff.keys.renamed) == {"a.weight": "b.weight", "a.bias": "b.bias"}
    assert [key.key for key in diff.keys.reshaped] == ["c.weight"]
    assert not diff.keys.loads_renamed


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


def test_multiples_that_symbolic_sizes_must_be() -> None:
    def crossing(depth: int) -> Graph:
        down = [{"conv": {"kernel": 3, "stride": 2}} for _ in range(depth)]
        up = [{"upsample": {"scale": 2}} for _ in range(depth)]
        return network([{"residual": {"body": [*down, *up], "shortcut": "identity"}}], input=[8, "H", "W"])

    found = check(crossing(1), crossing(2))
    assert re.search(r"^sizes +2 \| H, 2 \| W  4 \| H, 4 \| W$", str(found), re.MULTILINE)


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


def test_parts_have_the_numbers_before_and_after() -> None:
    one, two = compiled("resnet18"), compiled("resnet34")
    found = archspec.diff(one, two)
    by = [(p.after.params - p.before.params, p.after.macs - p.before.macs) for p in found.parts if p.before and p.after]
    assert sum(params for params, _ in by) == two.parameter_count - one.parameter_count
    assert sum(macs for _, macs in by) == two.macs - one.macs
    assert (
        sum(change.params[1] - change.params[0] for change in found.changes)
        == two.parameter_count - one.parameter_count
    )


def test_neighbours_that_differ_alike_are_one_part() -> None:
    nodes = [{"repeat": {"times": 9, "layers": [{"basic": 8}]}}]
    found = archspec.diff(network(nodes), network(nodes, input=[8, 32, 32]))
    ((part),) = found.parts
    assert part.before is not None
    assert (part.before.path, part.before.times) == ("basic … basic_9", 9)
    assert "basic × 9" in str(found)


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


GOLDENS = [
    ("resnet50", "resnet50_gn"),
    ("resnet50", "resnet50d"),
    ("vgg16", "vgg16_bn"),
    ("vit_b_16", "deit_tiny_patch16_224"),
    ("resnet50", "wide_resnet50_2"),
]


@pytest.mark.parametrize(("before", "after"), GOLDENS)
def test_printed(before: str, after: str, golden: Callable[[Path, str], None]) -> None:
    golden(HERE / f"{before}_{after}.txt", f"{archspec.diff(compiled(before), compiled(after))}\n")
