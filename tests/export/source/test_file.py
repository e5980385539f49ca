"""What is written for a network: readable, complete, the same keys and the same bits."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import torch
from hypothesis import assume, given, note, settings

import archspec
from archspec.export.source import source
from archspec.language import bundled_specs
from archspec.torch_backend import modules
from tests.export.networks import SPECS as EXPORTED
from tests.export.source.written import check_bits, executed
from tests.torch_backend.networks import SPECS
from tests.torch_backend.random_specs import specs

GOLDENS = Path(__file__).parent / "goldens"
PAGE = Path(__file__).parents[3] / "docs" / "export.md"


def test_a_class_of_ours_stands_after_those_that_it_derives_from() -> None:
    classes = [item for item in vars(modules).values() if isinstance(item, type)]
    pairs = [(base, cls) for cls in classes for base in cls.__bases__ if base.__module__.startswith("archspec.")]
    # in a file they stand by the alphabet
    assert [cls for base, cls in pairs if base.__name__ > cls.__name__] == []
    assert {cls.__name__ for _, cls in pairs} >= {"LSTM", "WeightNorm"}


@pytest.mark.parametrize("name", ["mlp_residual", "resnet50", "unet"])
def test_it_reads_as_if_somebody_had_written_it(name: str, golden: Callable[[Path, str], None]) -> None:
    graph = archspec.compile(name)
    golden(GOLDENS / f"{name}.py", source(graph)[1].replace(graph.fingerprint, "0" * 64))


def test_the_page_shows_what_is_written(golden: Callable[[Path, str], None]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    (spec,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    before, _, rest = text.partition("```python\n")
    _, fence, after = rest.partition("```")
    assert fence
    golden(PAGE, f"{before}```python\n{source(archspec.compile(spec))[1]}```{after}")


def test_every_bundled_network_has_its_keys_in_order_and_is_well_formatted(tmp_path: Path) -> None:
    for name in bundled_specs():
        graph = archspec.compile(name)
        root, text = source(graph)
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
        with torch.device("meta"):
            state = executed(root, text)().state_dict()
        assert [(key, tuple(t.shape)) for key, t in state.items()] == [(k, w.shape) for k, w in graph.weights()], name
        tree = ast.parse(text)
        imported = {n.module for n in tree.body if isinstance(n, ast.ImportFrom)}
        assert imported <= {"__future__", "collections", "collections.abc", "typing", "torch", "torch.overrides"}, name
        about = " ".join((ast.get_docstring(tree) or "").split())
        assert all(fact in about for fact in (f"`{name}`", graph.fingerprint, " ".join(graph.reference.split()))), name
        assert root in text
    for check in (["format", "--check"], ["check"]):
        command = [sys.executable, "-m", "ruff", *check, "--isolated", "--line-length", "120", str(tmp_path)]
        run = subprocess.run(command, capture_output=True, text=True)
        assert run.returncode == 0, run.stdout


@pytest.mark.parametrize(
    "name",
    ["bert_tiny", "deep_autoencoder", "espcn", "lenet5", "m5", "mlp_deep", "nerf", "resnet20_cifar"],
)
def test_bundled_networks_compute_the_same_bits(name: str) -> None:
    check_bits(archspec.compile(name))


@pytest.mark.parametrize("name", SPECS)
def test_scopes_of_every_kind_compute_the_same_bits(name: str) -> None:
    check_bits(archspec.compile(SPECS[name]), {})


@pytest.mark.parametrize("name", EXPORTED)
def test_inputs_and_outputs_of_every_kind(name: str) -> None:
    check_bits(archspec.compile(EXPORTED[name]), {"H": 8, "W": 12})


ODD = {
    "names that are no attributes": """
        blocks:
          odd: {numbered: true, layers: [linear: 4, scale: 2.0, residual: [linear: 4]]}
        layers:
          - linear: {name: class, features: 4}
          - linear: {name: a-b, features: 4}
          - scale: {name: lambda}
          - linear: {name: c.0, features: 4}
          - act: {name: c.2, type: relu}
          - linear: {name: d.x-y.1, features: 4}
          - odd
          - seq: {name: e, layers: [linear: {name: in, features: 4}, add: [., in]]}
    """,
    "names that Python or torch use": """
        blocks:
          nn: {params: {half: int, i: 3, forward: 2, F: 4}, layers: [linear: $half, linear: $F, multiply: $forward]}
          module: {params: {training: int, type: 2.0}, layers: [linear: $training, multiply: $type]}
          debug: {params: {__debug__: ref}, layers: [linear: 4, add: [., $__debug__]]}
          none:
            params: {Module: int, __class__: int, __size: int}
            layers: [module: $Module, linear: $__class__, linear: $__size]
        layers:
          - none: {Module: 5, __class__: 4, __size: 3}
          - none: {Module: 6, __class__: 5, __size: 4}
          - repeat: {times: 3, as: k, layers: [nn: {half: $(2 + k), forward: $(0.5 * k)}]}
          - module: 4
          - module: {training: 5, type: 3.0}
          - nn: {half: 7, F: 5, i: 4}
          - linear: {name: x, features: 4}
          - residual: [linear: {name: y, features: 4}, linear: {name: self, features: 4}]
          - debug: {__debug__: x}
    """,
    "containers that things without weights name first": """
        layers:
          - act: {name: b.first, type: relu}
          - linear: {name: a, features: 4}
          - linear: {name: b.second, features: 4}
          - add: {name: d.sum, from: [., a]}
          - linear: {name: c.1.deep, features: 4}
          - linear: {name: d.0, features: 4}
    """,
    "values that are passed along": """
        blocks:
          inner: {params: {channels: int}, layers: [linear: {name: first, features: $channels}, linear: {name: second}]}
          user: {params: {skip: ref, other: ref}, layers: [linear: 4, mul: [., $skip, input]]}
        stages:
          - {name: s, block: inner, depth: 2, channels: 4}
        head:
          - user: {skip: s.0.first, other: s.1.first}
          - residual: {name: r, body: [linear: 4, concat: [., s.1.second]], shortcut: none}
        outputs: {a: r, b: s.0.first, again: r}
    """,
    "blocks inside each other and themselves": """
        blocks:
          a: {params: {features: int, inside: layers}, layers: [linear: $features, slot: inside, add: [., linear]]}
          b: {params: {inside: layers}, layers: [slot: inside, act: relu, linear: 4]}
        layers:
          - a: {features: 4, inside: [b: {inside: [a: {features: 4, inside: [b]}, a: 4]}]}
          - b: {inside: [b: {inside: [a: {features: 5, inside: [linear: 5]}]}]}
          - seq: {name: c, layers: [b, a: {features: 4, inside: [a: 4]}]}
    """,
    "parts that some leave out": """
        norm: layer
        act: relu
        blocks:
          part:
            params: {channels: int, gate: true, more: false}
            layers:
              - linear: {name: a, features: $channels}
              - linear: {name: gate, features: $channels, when: $gate}
              - act
              - add: {from: [., input], when: $more}
          join:
            params: {channels: int}
            layers:
              - residual:
                  body: [norm, act: {name: pre}, linear: $channels]
                  shortcut: {name: short, layers: [linear: {from: pre, features: $channels}]}
        layers:
          - part: {channels: 4}
          - part: {channels: 4, more: true}
          - part: {channels: 5, gate: false}
          - part: {channels: 5, gate: false, more: true}
          - join: 5
          - join: 6
          - mlp_residual: {channels: 6, drop_path: 0.1}
          - mlp_residual: {channels: 6, drop_path: 0.2}
          - mlp_residual: {channels: 3}
    """,
    "arguments that differ, and parts of a value": """
        blocks:
          slopes: {params: {slope: 0.25}, layers: [act: {type: prelu, init: $slope}, act: {type: elu}]}
          mixed:
            params: {parts: list}
            numbered: true
            layers:
              - parallel: {split: $parts, branches: [[linear: 3], [], [act: relu]], merge: concat}
              - act: {type: leaky_relu, negative_slope: "$(parts[0] / 10)"}
        layers:
          - linear: 8
          - slopes
          - slopes: {slope: 0.5}
          - linear: 12
          - mixed: {parts: [4, 4, 4]}
          - mixed: {parts: [4, 4, 3]}
          - mixed: {parts: [2, 5, 3]}
          - linear: 4
          - linear: {features: 6, bias: false}
          - softmax
    """,
    "values that are used twice, or not at all": """
        layers:
          - linear: {name: first, features: 4}
          - linear: {name: unused, from: first, features: 2}
          - act: {name: left, from: first, type: relu}
          - act: {name: right, from: first, type: relu}
          - add: [left, right, first]
          - mul: [., .]
          - residual: {body: [], merge: concat}
          - parallel: {branches: [[linear: 8], [], [linear: 8, act: gelu]], merge: add}
    """,
}


@pytest.mark.parametrize("layers", ODD.values(), ids=ODD)
def test_odd_networks_compute_the_same_bits(layers: str) -> None:
    check_bits(archspec.compile(f"archspec: 1\nname: odd\ninput: [4]{_dedented(layers)}"))


def _dedented(text: str) -> str:
    return "\n" + dedent(text)


@pytest.mark.parametrize("dtype", ["float64", "bfloat16", "float16"])
def test_weights_are_of_the_type_of_the_input(dtype: str) -> None:
    layers = "layers: [conv: {channels: 4, kernel: 3}, norm: batch, act: relu, global_pool, linear: 2]"
    spec = f"archspec: 1\nname: typed\ninput: {{channels: 3, size: [8, 8], dtype: {dtype}}}\n{layers}"
    written = check_bits(archspec.compile(spec))
    assert {str(p.dtype) for p in written.parameters()} == {f"torch.{dtype}"}


def test_parameters_start_as_the_spec_says() -> None:
    spec = """
        archspec: 1
        name: starts
        input: {vocab: 5, length: 4}
        layers:
          - embedding: 3
          - position: {name: pos, init: {trunc_normal: {std: 0.02}}}
          - class_token: {name: token}
          - scale: {name: one}
          - scale: {name: small, init: 0.5}
          - position: {name: whole, init: {constant: 2}}
    """
    text = source(archspec.compile(_dedented(spec)))[1]
    assert "self.pos = nn.Parameter(nn.init.trunc_normal_(torch.empty(1, 4, 3), std=0.02))" in text
    assert "self.token = nn.Parameter(torch.zeros(1, 1, 3))" in text
    assert "self.one = nn.Parameter(torch.ones(3))" in text
    assert "self.small = nn.Parameter(torch.full((3,), 0.5))" in text
    assert "self.whole = nn.Parameter(torch.full((1, 5, 3), 2.0))" in text


def test_a_class_for_each_set_of_parts_and_what_half_have_is_a_default() -> None:
    spec = """
        archspec: 1
        name: parts
        input: [4, 8, 8]
        norm: batch
        act: relu
        blocks:
          part:
            params: {stride: int, whole: true}
            layers:
              - conv: {kernel: 3, stride: $stride}
              - norm: {name: bn, when: $whole}
              - act
              - max_pool: {name: pool, kernel: 3, stride: 1, padding: 1, when: $whole}
        layers: [part: 1, part: 2, part: {stride: 1, whole: false}]
    """
    graph = archspec.compile(_dedented(spec))
    text = source(graph)[1]
    assert "class Part(nn.Module):" in text
    assert "def __init__(self, channels: int, stride: int = 1) -> None:" in text
    assert "self.part_2 = Part(4, stride=2)" in text
    assert "class Part2(nn.Module):" in text
    assert not re.search(r"\b(if|else)\b", text)
    check_bits(graph)


def test_a_reference_cannot_break_the_docstring() -> None:
    reference = 'a """ b \\" \\N{DASH} ' + "long " * 60
    graph = archspec.compile(
        {"archspec": 1, "name": "quoted", "reference": reference, "input": [2], "layers": [{"linear": 2}]}
    )
    check_bits(graph)
    assert max(map(len, source(graph)[1].splitlines())) <= 120


@settings(max_examples=15)
@given(spec=specs())
def test_whatever_archspec_accepts_has_its_keys_and_computes_the_same_bits(spec: dict[str, Any]) -> None:
    try:
        graph = archspec.compile(spec)
    except archspec.SpecError:
        assume(False)
    note(source(graph)[1])
    check_bits(graph)
