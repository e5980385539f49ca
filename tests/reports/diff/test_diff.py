from __future__ import annotations

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

import archspec
from archspec.graph import Graph
from archspec.language import bundled_specs
from tests.reports.diff.networks import check, compiled, network

HERE = Path(__file__).parent

FAMILIES = {
    path.parent.name: name
    for name, path in sorted(bundled_specs().items(), reverse=True)
    if "classes" in path.read_text(encoding="utf-8") and path.parent.name not in ("detection", "yolo")
}
"""One network of each family that classifies, and does nothing beside it."""


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


def test_multiples_that_symbolic_sizes_must_be() -> None:
    def crossing(depth: int) -> Graph:
        down = [{"conv": {"kernel": 3, "stride": 2}} for _ in range(depth)]
        up = [{"upsample": {"scale": 2}} for _ in range(depth)]
        return network([{"residual": {"body": [*down, *up], "shortcut": "identity"}}], input=[8, "H", "W"])

    found = check(crossing(1), crossing(2))
    assert re.search(r"^sizes +2 \| H, 2 \| W  4 \| H, 4 \| W$", str(found), re.MULTILINE)


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


@pytest.mark.parametrize(("one", "other"), [("yolov8n", "yolov8s"), ("yolo11n", "yolo11s"), ("yolov8s", "yolov8n")])
def test_a_wider_network_is_wider_at_every_place(one: str, other: str) -> None:
    """Though a block of it is equal to one that stands further on in the narrow one."""
    found = archspec.diff(archspec.compile(one), archspec.compile(other))
    assert found.changes
    assert {change.kind for change in found.changes} == {"changed"}
    assert all(change.before == change.after for change in found.changes)
