"""What becomes of the keys of a checkpoint."""

from __future__ import annotations

import re
from typing import Any

import pytest

import archspec
from archspec.graph import Graph
from tests.reports.diff.networks import added, check, network, renamed, told


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


@pytest.mark.parametrize("order", [("b", "a", "c"), ("c", "b", "a"), ("b", "c", "a"), ("a", "c", "b"), ("c", "a", "b")])
def test_names_that_were_exchanged_are_renamed(order: tuple[str, ...]) -> None:
    """Stages that stay where they are under the names of others; the renames turn one checkpoint into the other."""

    def named(names: tuple[str, ...]) -> Graph:
        stages = [f"  - {{name: {name}, block: basic, depth: 2, channels: {8 * n}}}" for n, name in enumerate(names, 1)]
        head = "archspec: 1\nname: n\ninput: [8, 4, 4]\nnorm: batch\nact: relu\nstages:"
        return archspec.compile("\n".join([head, *stages]))

    before, after = named(("a", "b", "c")), named(order)
    found = archspec.diff(before, after)
    keys = found.keys
    assert len(keys.renames) >= 3
    renamed = [key for key, _ in before.weights()]
    for pattern, replacement in keys.renames:
        renamed = [re.sub(pattern, replacement, key) for key in renamed]
    wanted = dict(after.weights())
    assert [wanted[key].shape for key in renamed] == [weight.shape for _, weight in before.weights()]
    assert sorted(renamed) == sorted(wanted)


def test_stages_that_moved_keep_their_names() -> None:
    """The same contents under the same name are no exchange."""
    text = "archspec: 1\nname: n\ninput: [8, 4, 4]\nact: relu\nlayers: [{0}]\n"
    one, two = "conv: {name: a, channels: 8}", "conv: {name: b, channels: 8, kernel: 3}"
    found = archspec.diff(*(archspec.compile(text.format(", ".join(nodes))) for nodes in ((one, two), (two, one))))
    assert found.keys.renamed == ()
