"""Published networks of attention, shared weights and windows, each with its own weights: key for key, output for
output. Those with a section `weights` load the original's file by their rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor

import archspec
from tests.goldens.check_parity import check

HERE = Path(__file__).parent / "additions"
STATES = {path.stem: path for path in sorted((HERE / "gold").glob("*.pt"))}
FORMULAS = {path.stem: path for path in sorted((HERE / "gold").glob("*.json"))}


def single(value: Tensor) -> Tensor:
    return value.float() if value.is_floating_point() else value


def by_name(found: Tensor | dict[str, Tensor]) -> dict[str, Tensor]:
    return found if isinstance(found, dict) else {"": found}


def test_every_spec_has_its_golden() -> None:
    assert sorted([*STATES, *FORMULAS]) == sorted(path.stem for path in HERE.glob("*.yaml"))


@pytest.mark.parametrize("name", STATES)
@torch.no_grad()
def test_it_computes_what_the_original_does(name: str, tmp_path: Path) -> None:
    gold = torch.load(STATES[name], map_location="cpu", weights_only=True)
    graph = archspec.compile(HERE / f"{name}.yaml", gold.get("params"))
    model = archspec.build(graph, seed=0).eval()
    state = {key: single(value) for key, value in gold["state"].items()}
    if graph.rules:
        torch.save(state, tmp_path / "state.pth")
        archspec.load_weights(model, tmp_path / "state.pth")
    else:
        assert {key: weight.shape for key, weight in graph.weights()} == {k: tuple(v.shape) for k, v in state.items()}
        model.load_state_dict(state)
    found = by_name(model(*map(single, by_name(gold["inputs"]).values())))
    wanted = by_name(gold.get("out", gold.get("output")))
    assert len(found) == len(wanted)
    for have, want in zip(found.values(), wanted.values(), strict=True):
        assert have.shape == want.shape
        largest = want.abs().max().item()
        # what is the same for every sample would show nothing
        assert (want[0] - want[1]).abs().max().item() > 1e-3 * largest
        assert (have - want).abs().max().item() <= 1e-5 * largest


@pytest.mark.parametrize("name", FORMULAS)
def test_it_is_the_published_network(name: str) -> None:
    want = json.loads(FORMULAS[name].read_text())
    graph = archspec.compile(HERE / f"{name}.yaml")
    assert graph.parameter_count == want["num_params"]
    report = check(archspec.build(graph, seed=0), want, double=False)
    assert report["ok"], report


@pytest.mark.parametrize("name", [*STATES, *FORMULAS])
def test_it_resolves_to_itself(name: str) -> None:
    graph = archspec.compile(HERE / f"{name}.yaml")
    assert archspec.compile(archspec.resolve(graph)).fingerprint == graph.fingerprint
