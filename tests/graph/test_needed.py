"""A value is computed only if an output, or a node that runs, takes it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings

import archspec
from archspec.graph import Graph, Node, Scope
from archspec.graph.needed import Roles
from tests.sentences.case import full
from tests.torch_backend.networks import SPECS, flat, inputs
from tests.torch_backend.random_specs import specs
from tests.torch_backend.test_random_specs import compiled

DEAD = SPECS["dead"]


def needed(graph: Graph) -> list[Node]:
    """By the definition, whatever scopes there are."""
    wanted = set(graph.outputs.values())
    found = []
    for _, node in reversed(list(graph.nodes())):
        if not wanted.isdisjoint(node.outputs):
            found.append(node)
            wanted.update(node.inputs)
    return found[::-1]


@given(spec=specs())
def test_what_runs_is_what_is_needed(spec: dict[str, Any]) -> None:
    graph = compiled(spec)
    running = list(graph.root.nodes(running=True))
    scopes = [graph.root, *(item for _, item in graph.items() if isinstance(item, Scope))]
    if any(len(scope.family) > 1 for scope in scopes):
        # a module gives in each of its runs all that is needed of some run
        assert set(needed(graph)) <= set(running)
        return
    assert running == needed(graph)
    for scope in scopes:
        assert scope.runs or not set(scope.nodes()) & set(running)
        assert scope is graph.root or set(scope.gives) <= {scope.output, *scope.exports}
        assert set(scope.takes) <= {*scope.inputs, *scope.captures}


@given(spec=specs())
def test_the_outputs_are_those_of_the_network_that_computes_everything(spec: dict[str, Any]) -> None:
    graph, other = compiled(spec), compiled(spec)
    values = {f"_{i}": other.root.receive(node.output) for i, (_, node) in enumerate(other.nodes())}
    everything = replace(other, outputs={**other.outputs, **values}, single=False)
    assert list(everything.root.nodes(running=True)) == [node for _, node in everything.nodes()]
    xs = inputs(graph)
    with torch.no_grad():
        whole = archspec.build(everything, seed=0).eval()(*xs)
        model = archspec.build(graph, seed=0).eval()
        found = model(*xs)
    assert [(k, p.shape) for k, p in model.state_dict().items()] == [(k, w.shape) for k, w in graph.weights()]
    expected = [whole[name] for name in graph.outputs]
    torch.testing.assert_close(flat(found), expected)


def test_what_is_dead_changes_nothing_while_training() -> None:
    """It draws no random numbers, updates no statistics and gets no gradient; its weights have their keys."""
    graph = archspec.compile(DEAD)
    model = archspec.build(graph, seed=0)
    assert list(model.state_dict()) == [key for key, _ in graph.weights()]
    before = {key: value.clone() for key, value in model.state_dict().items()}
    state = torch.get_rng_state()
    torch.stack([value.square().sum() for value in model(*inputs(graph)).values()]).sum().backward()
    assert torch.equal(state, torch.get_rng_state())
    dead = {path for path, node in graph.nodes() if node not in needed(graph)}
    assert {"unseen", "nobody.conv1", "pair.far", "pair.gain", "level.0", "row.inner.unseen", "idle.0"} <= dead
    for key, parameter in model.named_parameters():
        assert (parameter.grad is None) == any(key == path or key.startswith(f"{path}.") for path in dead), key
    changed = {key for key, value in model.state_dict().items() if not torch.equal(before[key], value)}
    assert changed == {f"row.4.{name}" for name in ("running_mean", "running_var", "num_batches_tracked")}


def test_costs_are_of_what_runs_and_parameters_of_all() -> None:
    graph = archspec.compile(DEAD)
    rows = {row.path: row for row in archspec.summarize(graph).rows}
    assert (rows["wide"].macs, rows["unseen"].macs, rows["nobody"].macs, rows["nobody.conv1"].macs) == (1152, 0, 0, 0)
    assert rows["nobody.conv1"].params == 4 * 4 * 9
    assert rows["pair"].macs == 8 * 8 * 36
    assert sum(row.macs for row in rows.values() if row.leaf) == graph.macs
    assert sum(row.params for row in rows.values() if row.leaf) == graph.parameter_count
    assert graph.depth == 4


def test_feature_levels_leave_out_what_they_do_not_need() -> None:
    graph = archspec.compile(DEAD, features=True)
    assert [path for path, _ in graph.nodes() if "." not in path] == ["chunk", "chunk_2", "a", "b", "mul", "wide"]
    model = archspec.build(graph, seed=0).eval()
    with torch.no_grad():
        assert list(model(*inputs(graph))) == ["level"]


@settings(max_examples=30)
@given(spec=specs())
def test_roles_are_the_values_of_all_runs_together(spec: dict[str, Any]) -> None:
    graph = compiled(spec)
    for scope in [graph.root, *(item for _, item in graph.items() if isinstance(item, Scope) and item.of is None)]:
        roles, runs = Roles(scope), scope.family

        def together(name: str, items: tuple[Node | Scope, ...]) -> tuple[object, ...]:
            values = [getattr(item, name) for item in items]
            return values[0] if len(items) == 1 else tuple(zip(*values, strict=True))

        assert (roles.takes, roles.gives) == (together("takes", runs), together("gives", runs))
        bodies = [items for items in zip(*(run.body for run in runs), strict=True) if items[0].runs]
        assert roles.items == [(items[0], together("takes", items), together("gives", items)) for items in bodies]


BODY = "seq: {name: s, layers: [conv: {name: c}, norm: {name: n, from: c}, act: {name: r, from: c}]}"


@pytest.mark.parametrize(
    ("uses", "runs"),
    [
        # who refers to a value is dead itself
        ("[reuse: {of: s, name: t}, act: {name: dead, from: t.n}, add: [s, t]]", False),
        ("[act: {name: dead, from: s.n}, reuse: {of: s, name: t, from: s}, add: [s, t]]", False),
        # another run of the module needs it
        ("[reuse: {of: s, name: t}, act: {name: live, from: t.n}, add: [s, live]]", True),
        ("[act: {name: live, from: s.n}, reuse: {of: s, name: t}, add: [live, t]]", True),
        # a run that is met later than another one needs it
        ("[seq: {name: u, layers: [reuse: {of: s, name: t}]}, reuse: {of: s, name: v}, add: [s.n, v]]", True),
        ("[seq: {name: u, layers: [reuse: {of: s, name: t}]}, act: {name: dead, from: s.n}, add: [s, u]]", False),
    ],
)
def test_what_no_run_needs_does_not_run_in_any(uses: str, runs: bool) -> None:
    graph = archspec.compile(full(f"layers: [{BODY}, {uses[1:]}"))
    nodes = [node for node in graph.root.nodes() if node.op.name == "norm"]
    assert {node.runs for node in nodes} == {runs}
    model, met = archspec.build(graph, seed=0), list[int]()
    model.s.n.register_forward_hook(lambda *_: met.append(1))
    model(torch.zeros(2, 4, 8, 8))
    assert bool(met) == runs
