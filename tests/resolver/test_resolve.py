"""What is written out compiles to the same network, and is written out as it stands."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import assume, given, note

import archspec
from archspec.graph import Graph
from archspec.language import bundled_specs
from tests.export.networks import SPECS
from tests.torch_backend.random_specs import specs

HERE = Path(__file__).parent
BUNDLED = sorted(bundled_specs())
CASES = sorted(path.stem for path in HERE.glob("*.yaml") if not path.stem.endswith("_resolved"))


def facts(graph: Graph) -> dict[str, Any]:
    """What two graphs of one network have in common, whatever their modules are called."""
    return {
        "name": (graph.name, graph.reference),
        "nodes": [(path, node.output.type and node.output.type.shape) for path, node in graph.nodes()],
        "weights": [(key, weight.shape, weight.trainable, weight.dtype) for key, weight in graph.weights()],
        "macs": str(graph.macs),
        "inputs": {name: value.type for name, value in graph.inputs.items()},
        "outputs": (graph.single, {name: str(value.type) for name, value in graph.outputs.items()}),
        "levels": [(level.name, str(level.value.type)) for level in graph.levels],
        "constraints": graph.constraints,
        "rules": graph.rules,
    }


def check(graph: Graph, again: bool = True) -> str:
    text = archspec.resolve(graph)
    found = archspec.compile(text)
    assert facts(found) == facts(graph), text
    # its first line is what the graph it was written from has
    assert text.startswith(f"# fingerprint: {found.fingerprint}\n"), text
    assert not again or archspec.resolve(found) == text
    return text


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_specs(name: str) -> None:
    text = check(archspec.compile(name), again=BUNDLED.index(name) % 10 == 0)
    network, _, _ = text.partition("\nweights: ")
    # a scope whose nodes hide the name of what it receives is a block, which calls that `input`, as is what runs again;
    # what else they take from outside are parameters
    assert not re.search(r"\$(?!value_\d)", network)
    assert not re.search(r"params: {(?!value_\d+: ref)", network)


@given(spec=specs())
def test_random_specs(spec: dict[str, Any]) -> None:
    try:
        graph = archspec.compile(spec)
    except archspec.SpecError:
        assume(False)
    note(str(graph))
    check(graph)


SQUARE = {"H": 16, "W": 16}
SIZES = {"everything": {**SQUARE, "L": 5}, "symbolic": SQUARE, "hidden": SQUARE, "parts": SQUARE}


@pytest.mark.parametrize("name", CASES)
def test_case(name: str, golden: Callable[[Path, str], None]) -> None:
    golden(HERE / f"{name}_resolved.yaml", check(archspec.compile(HERE / f"{name}.yaml")))


@pytest.mark.parametrize("name", [*SPECS, *CASES, "mlp_small", "resnet20_cifar", "bert_tiny"])
def test_both_compute_the_same(name: str) -> None:
    """Bit for bit, from the same seed: in training, with what is dropped at random, and in evaluation."""
    spec: Any = SPECS.get(name) or (HERE / f"{name}.yaml" if name in CASES else name)
    graph = archspec.compile(spec, input_size=SIZES.get(name))
    modules = [archspec.build(found, seed=3) for found in (graph, archspec.compile(archspec.resolve(graph)))]
    first, second = (module.state_dict() for module in modules)
    assert list(first) == list(second)
    assert all(torch.equal(first[key], second[key]) for key in first)
    kinds = [value.type for value in graph.inputs.values() if value.type is not None]
    inputs = [torch.randint(k.vocab, (2, *k.shape)) if k.vocab else torch.randn(2, *k.shape) for k in kinds]
    for training in (True, False):
        outputs = []
        for module in modules:
            torch.manual_seed(0)
            with torch.no_grad():
                found = module.train(training)(*inputs)
            outputs.append([found] if graph.single else [found[key] for key in graph.outputs])
        assert all(torch.equal(a, b) for a, b in zip(*outputs, strict=True))


def test_the_end_of_a_residual_in_the_first_branch_is_not_that_of_the_split() -> None:
    """The join of a residual takes two values, among them the branch's part: just as many as the split has parts."""
    residual = "residual: {body: [linear], drop_path: 0.1}"
    split = f"parallel: {{split: [1, 3], branches: [[{residual}], [act: relu]]}}"
    text = check(
        archspec.compile(
            "archspec: 1\nname: split\ninput: {channels: 4, size: 3, layout: channels_last}\n"
            f"layers: [{split}, norm: {{type: batch, name: last}}]\n"
        )
    )
    assert "concat: {name: concat, from: [add, .]}" in text


def test_a_join_keeps_its_name_inside_a_module_too() -> None:
    body = [{"conv": 4}, {"add": {"from": ["input", "."], "name": "add_7"}}, {"conv": 4}]
    residual = {"residual": {"name": "r", "body": body, "drop_path": 0.1}}
    graph = archspec.compile({"archspec": 1, "name": "x", "input": [4, 8, 8], "layers": [residual]})
    assert "r.add_7" in dict(archspec.compile(check(graph)).nodes())


@pytest.mark.parametrize("name", ["0", "-", "1e5", "0x1F", "null", "true", "a-b.c", "010", "_.-1", "1_000"])
def test_names_that_yaml_would_take_for_something_else(name: str) -> None:
    spec = {"archspec": 1, "name": "x", "input": [4], "layers": [{"linear": {"name": name}}, {"add": [".", name]}]}
    graph = archspec.compile(spec)
    assert list(dict(archspec.compile(check(graph)).nodes())) == [name, "add"]


def test_what_is_nested_too_deep() -> None:
    blocks = "".join(f"  b{i}: {{layers: [seq: {{name: s, layers: [b{i + 1}]}}]}}\n" for i in range(20))
    text = f"archspec: 1\nname: x\ninput: [4]\nblocks:\n{blocks}  b20: {{layers: [linear]}}\nlayers: [b0]\n"
    with pytest.raises(archspec.UsageError, match="`x` cannot be written out: lists and mappings are nested more than"):
        archspec.resolve(text)


def test_parameters_and_sizes_are_those_given() -> None:
    text = archspec.resolve("resnet18", params={"classes": 7}, input_size=64)
    assert "size: [64, 64]" in text
    assert "linear: {name: fc, features: 7, bias: true}" in text
    assert facts(archspec.compile(text)) == facts(archspec.compile("resnet18", {"classes": 7}, 64))


def test_a_network_larger_than_a_spec_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = archspec.compile("resnet18")
    monkeypatch.setattr("archspec.limits.TEXT_BYTES", 5000)
    with pytest.raises(archspec.UsageError, match="`resnet18` cannot be written out: the text is longer than 5,000"):
        archspec.resolve(graph)


def test_renames_of_weights_stay() -> None:
    rename = {r"^module\.": "", "(a|b)$": r"\1.weight", "no": "yes", "1": "0", "ü, {": "#: '\""}
    spec = {"archspec": 1, "input": [4], "layers": [{"linear": 2}], "weights": {"rename": rename}}
    graph = archspec.compile(spec)
    assert graph.rules.rename == tuple(rename.items())
    check(graph)


@pytest.mark.parametrize("named", ["", "name: w, "])
def test_a_residual_in_a_within_refers_to_what_the_within_begins_with(named: str) -> None:
    body = "layers: [residual: [conv: {kernel: 3, groups: depthwise}]]"
    text = f"within: {{{named}pattern: n (h w) c -> n c h w, h: 4, {body}}}"
    check(
        archspec.compile(f"archspec: 1\ninput: {{channels: 8, size: [16], layout: channels_last}}\nlayers: [{text}]\n")
    )


@pytest.mark.parametrize("depth", [1, 2])
def test_a_block_takes_the_owner_of_its_weights_from_outside(depth: int) -> None:
    """With a `within` in it, it is written as a block, in which no name of outside is found."""
    within = "within: {pattern: n c h w -> n (h w) c, layers: [linear: {tie: $of}]}"
    blocks = f"  b1: {{params: {{of: ref}}, layers: [{within}]}}\n" + "".join(
        f"  b{i}: {{params: {{of: ref}}, layers: [b{i - 1}: {{name: inner, of: $of}}, {within}]}}\n"
        for i in range(2, depth + 1)
    )
    layers = f"[rearrange: n c h w -> n h w c, linear: {{name: a}}, rearrange: n h w c -> n c h w, b{depth}: {{of: a}}]"
    check(archspec.compile(f"archspec: 1\ninput: [8, 4, 4]\nblocks:\n{blocks}layers: {layers}\n"))
