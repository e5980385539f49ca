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
        "lint": graph.lint,
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


@pytest.mark.parametrize(
    "lint", ["{}", "{ignore: [A701]}", "{batch_size: 1}", "{ignore: [A707, A712], batch_size: 8}", "{ignore: []}"]
)
def test_advice_that_is_ignored_stays_so(lint: str) -> None:
    spec = f"archspec: 1\nname: small\ninput: [3, 8, 8]\nlayers: [conv: 3, norm: batch]\nlint: {lint}\n"
    plain = archspec.compile(spec.rpartition("lint")[0])
    text = check(archspec.compile(spec))
    assert text.startswith(f"# fingerprint: {plain.fingerprint}\n")
    assert archspec.load(text).lint == archspec.load(spec).lint
    before, after = ({d.code for d in archspec.validate(given)} for given in (spec, text))
    assert before == after


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


AGAIN = """# a value from outside that is also its input
layers:
  - conv: {name: a}
  - seq: {layers: [conv, {add: [., a]}, conv], name: s}
  - reuse: s
# one value for two parameters
blocks:
  b:
    params: {x: ref, y: ref}
    layers: [conv, {add: [., $x]}, conv, {mul: [., $y]}]
layers:
  - conv: {name: a}
  - conv: {name: c}
  - conv: {name: d}
  - b: {name: m, x: a, y: a}
  - reuse: {of: m, x: c, y: d}
# two values, then one
blocks:
  b:
    params: {x: ref, y: ref}
    layers: [conv, {add: [., $x]}, conv, {mul: [., $y]}]
layers:
  - conv: {name: a}
  - conv: {name: c}
  - conv: {name: d}
  - b: {name: m, x: c, y: d}
  - reuse: {of: m, x: a, y: a}
# its input as a parameter
blocks:
  b:
    params: {x: ref}
    layers: [conv, {add: [., $x]}, conv]
layers:
  - conv: {name: a}
  - b: {name: m, x: a}
  - conv: {name: c}
  - reuse: {of: m, x: a}
# its input as a parameter, then another value
blocks:
  b:
    params: {x: ref}
    layers: [conv, {add: [., $x]}, conv]
layers:
  - conv: {name: a}
  - b: {name: m, x: a}
  - conv: {name: c}
  - conv: {name: d}
  - reuse: {of: m, x: c}
# a module of outside in a repeat
layers:
  - conv: {name: a}
  - seq: {layers: [conv, act], name: s}
  - repeat: {layers: [conv, {reuse: s}], name: r, times: 2}
# a repeat inside
layers:
  - conv: {name: a}
  - seq: {layers: [{repeat: {layers: [conv, {add: [., a]}], name: r, times: 2}}], name: s}
  - reuse: s
# turns that share
layers:
  - conv: {name: a}
  - repeat: {layers: [{conv: {name: c}}, {add: [., a]}, {conv: {name: d}}], name: r, share: true, times: 3}
# turns that share a module
layers:
  - conv: {name: a}
  - repeat:
      name: r
      share: true
      times: 3
      layers: [seq: {name: c, layers: [conv, add: [., input]]}, add: [., a], conv: {name: d}]
# a module that runs again inside
layers:
  - conv: {name: a}
  - seq: {layers: [{conv: {name: k}}, {reuse: k}, {add: [., a]}], name: s}
  - reuse: {name: t, of: s}
  - add: [., t]
# a module of outside inside
layers:
  - conv: {name: a}
  - seq: {layers: [{reuse: a}, conv, {add: [., a]}], name: s}
  - reuse: {name: t, of: s}
  - add: [., t, a]
# a residual
layers:
  - conv: {name: a}
  - residual: {body: [conv, {add: [., a]}, conv], name: s}
  - reuse: s
  - reuse: s
# values passed on to blocks inside
blocks:
  i:
    params: {z: ref}
    layers: [conv, {add: [., $z]}]
  b:
    params: {x: ref, y: ref}
    layers: [{i: {z: $x}}, conv, {i: {z: $y}}]
layers:
  - conv: {name: a}
  - conv: {name: c}
  - conv: {name: d}
  - b: {name: m, x: a, y: a}
  - reuse: {of: m, x: c, y: d}
# values inside, of both runs
blocks:
  b:
    params: {x: ref}
    layers: [{conv: {name: p}}, {add: [., $x]}, {conv: {name: q}}]
layers:
  - conv: {name: a}
  - b: {name: m, x: a}
  - conv: {name: c}
  - reuse: {name: w, of: m, x: input}
  - add: [., m.p, w.p]
# a parameter that is its input once
blocks:
  b:
    params: {x: ref}
    layers: [conv, {add: [., $x, input]}]
layers:
  - conv: {name: a}
  - conv: {name: c}
  - b: {name: m, x: a}
  - reuse: {of: m, x: input}
# an owner of weights from outside
blocks:
  b:
    params: {o: ref}
    layers: [{linear: {tie: $o}}]
layers:
  - rearrange: n c h w -> n h w c
  - linear: {name: a}
  - b: {name: m, o: a}
  - reuse: m
# a within inside
blocks:
  b:
    params: {x: ref}
    layers: [{within: {layers: [linear], pattern: n c h w -> n (h w) c}}, {add: [., $x]}]
layers:
  - conv: {name: a}
  - b: {name: m, x: a}
  - conv: {name: c}
  - reuse: {of: m, x: c}
# a stage
layers:
  - conv: {name: a}
  - stage: {block: basic, channels: 4, depth: 2, name: st}
  - reuse: st
# a value whose name is hidden inside
blocks:
  b:
    params: {x: ref}
    layers: [{conv: {name: a}}, {add: [., $x]}]
layers:
  - conv: {name: a}
  - b: {name: m, x: a}
  - reuse: {of: m, x: a}
  - reuse: {of: m, x: m}
# a name that only passes its input on
layers:
  - conv: {name: a}
  - seq: {name: s, layers: [seq: {name: e, layers: []}, conv, add: [., a, e]]}
  - reuse: s
# states of a recurrent layer
blocks:
  b:
    params: {x: ref}
    layers: [lstm: {name: r, features: 4, state: $x}]
layers:
  - rearrange: n c h w -> n (h w) c
  - lstm: {name: a, features: 4}
  - b: {name: m, x: a.state}
  - reuse: {of: m, name: q, x: a.cell}
  - linear: {from: q.r.cell, features: 2}
# parts of a split
blocks:
  b:
    params: {x: ref}
    layers: [split: [u, v], conv: {from: u, channels: 4}, concat: [v, ., $x], conv: 4]
layers:
  - conv: {name: a}
  - b: {name: m, x: a}
  - reuse: {of: m, name: k, x: m}
  - add: [., k, m]
# a learned value, then another
blocks:
  b:
    params: {x: ref}
    layers: [conv, add: [., $x]]
layers:
  - parameter: {name: p, shape: [n, 4, 1, 1], layout: channels_first}
  - conv: {name: a}
  - b: {name: m, x: p}
  - reuse: {of: m, x: a}
# modules in modules, three deep
blocks:
  i:
    params: {z: ref}
    layers: [conv, seq: {name: q, layers: [conv, add: [., $z, input]]}, reuse: q]
  b:
    params: {x: ref}
    layers: [i: {name: k, z: $x}, reuse: {of: k, z: input}, conv]
layers:
  - conv: {name: a}
  - conv: {name: c}
  - b: {name: m, x: a}
  - reuse: {of: m, x: c}
  - reuse: {of: m, from: a, x: a}
# a module inside, from outside
layers:
  - conv: {name: a}
  - seq: {name: s, layers: [seq: {name: t, layers: [conv, add: [., a]]}, conv]}
  - reuse: s.t
  - reuse: s
  - reuse: {of: s.t, name: z}
# a list of references
blocks:
  b:
    params: {x: refs}
    layers: [conv, add: [., $x]]
layers:
  - conv: {name: a}
  - conv: {name: c}
  - b: {name: m, x: [a, a]}
  - reuse: {of: m, x: [c, a]}
"""
"""Modules that run again, and what they take in each run."""


@pytest.mark.parametrize("spec", AGAIN.split("\n# "), ids=lambda spec: spec.partition("\n")[0].strip("# "))
def test_a_module_that_runs_again_takes_each_value_for_what_it_is_for(spec: str) -> None:
    check(archspec.compile(f"archspec: 1\ninput: [4, 8, 8]\nnorm: batch\nact: relu\n# {spec}"))
