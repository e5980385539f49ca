from __future__ import annotations

from typing import Any

import pytest
import torch

import archspec
from archspec.errors import ExportError
from archspec.export.samples import LITTLE_WORK, choose_sizes, probes, random_inputs, work
from tests.export.networks import graph_of


def test_inputs_are_what_the_spec_declares() -> None:
    (ids,) = random_inputs(graph_of("tokens"), 3, {})
    assert ids.shape == (3, 7)
    assert ids.dtype == torch.int64
    assert 0 <= ids.min() <= ids.max() < 11
    (image,) = random_inputs(graph_of("symbolic"), 2, {"H": 5, "W": 9})
    assert image.shape == (2, 3, 5, 9)
    assert [tuple(x.shape) for x in random_inputs(graph_of("inputs"), 1, {})] == [(1, 3, 8, 8), (1, 4)]


def test_inputs_depend_on_the_seed_alone() -> None:
    graph = graph_of("vector")
    first, again, other = (random_inputs(graph, 2, {}, seed)[0] for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_two_choices_of_sizes_differ_in_each() -> None:
    first, second = choose_sizes(graph_of("symbolic"), lambda sizes: None)
    assert first["H"] != first["W"], "equal sizes would be taken for one"
    assert first["H"] != second["H"]
    assert first["W"] != second["W"]


def test_sizes_are_multiples_of_what_the_network_asks_for() -> None:
    patches = {"rearrange": {"pattern": "n c (l p) -> n l (p c)", "p": 7}}
    graph = archspec.compile({"archspec": 1, "name": "x", "input": [3, "L"], "layers": [patches]})
    first, second = choose_sizes(graph, lambda sizes: None)
    assert first["L"] % 7 == second["L"] % 7 == 0
    assert first != second


def test_sizes_that_the_network_rejects_are_passed_over() -> None:
    def attempt(sizes: dict[str, int]) -> None:
        if sizes["H"] > 20:
            raise ValueError("too large")

    first, second = choose_sizes(graph_of("symbolic"), attempt)
    assert first["H"] <= 20
    assert second["H"] <= 20


def test_no_size_at_all_is_an_error() -> None:
    def attempt(sizes: dict[str, int]) -> None:
        raise ValueError("never")

    with pytest.raises(ExportError, match="`symbolic` does not run on any usual size for H, W: never"):
        choose_sizes(graph_of("symbolic"), attempt)


CONV = {"conv": {"channels": 4, "kernel": 3}}
OPEN: dict[str, dict[str, Any]] = {
    "sequence": {"input": [3, "L"], "layers": [CONV]},
    "image": {"input": [3, "H", "W"], "layers": [CONV]},
    "volume": {"input": [3, "H", "W", "D"], "layers": [CONV, {"upsample": 2}, CONV]},
    "multiples": {"input": [3, "H", "W", "D"], "layers": [{"residual": [{"max_pool": 32}, {"upsample": 32}]}]},
    "enlarged": {"input": [64, "H", "W"], "layers": [{"upsample": 16}, {"conv": {"channels": 64, "kernel": 3}}]},
    "two": {
        "inputs": {"a": [3, "A", "B"], "b": [3, "C", "D"]},
        "layers": [
            {"conv": {"from": "a", "name": "c", "channels": 64, "kernel": 7}},
            {"conv": {"from": "b", "name": "d", "channels": 64, "kernel": 7}},
        ],
        "outputs": {"c": "c", "d": "d"},
    },
    "attention": {"input": {"channels": 64, "size": ["L"], "layout": "channels_last"}, "layers": [{"attention": 4}]},
}  # fmt: skip


@pytest.mark.parametrize("name", OPEN)
def test_sizes_are_little_work_in_any_number_of_dimensions(name: str) -> None:
    graph = archspec.compile({"archspec": 1, "name": name, **OPEN[name]})
    for sizes in choose_sizes(graph, lambda sizes: None):
        assert work(graph, sizes) <= LITTLE_WORK
        assert len(set(sizes.values())) == len(sizes), "equal sizes would be taken for one"
        assert all(size % graph.constraints.get(key, 1) == 0 for key, size in sizes.items())


def test_where_all_is_much_work_it_is_the_least(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archspec.export.samples.LITTLE_WORK", 0)
    first, _ = choose_sizes(graph_of("symbolic"), lambda sizes: None)
    assert first["H"] * first["W"] <= 3 * 4


@pytest.mark.parametrize(
    ("layers", "least"),
    [("conv: {channels: 2, kernel: 3}", 1), ("max_pool: 4", 4), ("conv: {channels: 2, kernel: 5, padding: 0}", 5)],
)
def test_the_smallest_sizes_are_probed(layers: str, least: int) -> None:
    graph = archspec.compile(f"{{archspec: 1, name: n, input: [1, H, W], layers: [{layers}]}}")
    found = probes(graph, {"H": 64, "W": 96})
    assert found[:3] == [{"H": size, "W": size} for size in (least, least + 1, least + 2)]
    assert {"H": least, "W": 96} in found
    assert {"H": 64, "W": least} in found
