"""docs/language.md, section 1: the file."""

from __future__ import annotations

from pathlib import Path

import pytest

import archspec
from tests.sentences.case import Case, body, cases, full, graph_of

CHECKED = cases(
    Case(
        "UTF-8 (a byte-order mark is accepted)",
        "﻿archspec: 1\ndescription: Faltungsnetz – 3×3\ninput: [4, 8, 8]\nlayers: [conv: 8]\n#= 8 × 8 × 8\n",
    ),
    """
    # one YAML document
    layers: [conv: 8]
    ---  #! A109
    layers: [conv: 8]

    # only `true`/`false` are booleans
    - conv: {channels: 8, bias: false}  #w conv.weight 8 4 1 1

    layers:
    - conv: {channels: 8, bias: no}  #! A203: 'no'
    - conv: {channels: 8, bias: True}  #! A203: 'True'
    - conv: {channels: 8, bias: off}  #! A203: 'off'
    - conv: {channels: 8, bias: 0}  #! A203: found 0
    - conv: {channels: 8, bias: {a: 1}}  #! A302: a reference

    # `1e-5` is a float
    - norm: {eps: 1e-5}  #~ norm: norm(type=batch, eps=1e-05) → 4 × 8 × 8

    # `010` is an error (leading zero)
    - conv: 010          #! A106: 010
    - conv: 00           #! A106: 00
    - norm: {eps: 01.5}  #! A106: 01.5

    # `12:30`, `no` and dates are strings
    description: 12:30
    reference: 2015-12-10
    - conv: {channels: 8, name: no}  #> no

    - conv: 12:30  #! A203: '12:30'

    # Keys are strings
    layers: [conv: 8]
    1: 2  #! A110

    - conv: {true: 8}  #! A110

    # Keys are strings, each once
    - conv: {channels: 8, kernel: 3, "channels": 9}  #! A103: channels

    layers: [conv: 8]
    layers: [conv: 9]  #! A103: layers

    # No tags
    - conv: !!int 8        #! A104: !!int
    - !conv {channels: 8}  #! A104: !conv

    # no merge keys (`<<`)
    [conv: &c {channels: 8}, conv: {<<: *c, kernel: 3}]  #! A105

    # no NaN or infinity
    - multiply: .nan   #! A106: .nan
    - multiply: -.inf  #! A106: -.inf
    - multiply: 1e999  #! A106: 1e999

    # Anchors and aliases are allowed
    layers:
    - seq: &two [conv: 8, act]
    - seq: *two
    - seq: *two
    ===
    - conv: 8
    - act
    - conv: 8
    - act
    - conv: 8
    - act

    # acyclic
    - seq: &again [conv: 8, seq: *again]  #! A107
    - seq: *nothing                       #! A107

    # `archspec: 1` | the language version; required
    input: [4]  #! A202: archspec
    layers: []
    # archspec: 1

    # the language version; required
    archspec: 2  #! A203: found 2
    input: [4]
    layers: [linear: 2]

    archspec: "1"  #! A203
    input: [4]
    layers: [linear: 2]

    # `name` | identifier of the network (`[a-z][a-z0-9_]*`)
    name: ResNet-50  #! A203: ResNet-50
    layers: [act]

    # identifier of the network (`[a-z][a-z0-9_]*`)
    name: 2net  #! A203
    layers: [act]

    # `description`, `reference` | free text
    description: [no]  #! A203
    reference: 3  #! A203
    layers: [act]

    # `include` | relative paths of files that hold only `archspec` and `blocks`
    include: [parts/two.yaml]
    layers: [two: 8]
    #> two.conv
    >>> parts/two.yaml
    blocks: {two: {params: {channels: int}, layers: [conv: $channels, act]}}

    # files that hold only `archspec` and `blocks`
    include: [two.yaml]
    layers: [two]
    >>> two.yaml
    norm: batch  #! A201: norm
    blocks: {two: {layers: [conv: 8]}}

    include: [two.yaml]
    layers: [two]
    >>> two.yaml
    params: {width: 8}  #! A201: params
    blocks: {two: {layers: [conv: 8]}}

    # relative paths of files
    include: [/nowhere/two.yaml]  #! A305
    layers: [act]

    include: [nowhere.yaml]  #! A304: nowhere.yaml
    layers: [act]

    # a path is relative to the file that names it
    extends: below/base.yaml
    #> two.conv
    >>> below/base.yaml
    include: [two.yaml]
    input: [4, 8, 8]
    layers: [two]
    >>> below/two.yaml
    blocks: {two: {layers: [conv: 8]}}
    """,
    Case(
        "`params` | named values of this spec, which a command line, a caller or an extending spec may override",
        """
        params: {width: 8}
        layers: [conv: $width]
        #= 16 × 8 × 8
        """,
        params={"width": 16},
    ),
    """
    # a caller or an extending spec may override
    extends: ./base.yaml
    params: {width: 16}
    #= 32 × 8 × 8
    >>> base.yaml
    input: [4, 8, 8]
    params: {width: 8, twice: $(2 * width)}
    layers: [conv: $twice]

    # `input` / `inputs` | the shape of the one input
    input: [4, 8, 8]
    - conv: 8  #= 8 × 8 × 8

    # `inputs` | a mapping of several named inputs
    inputs: {image: [4, 8, 8], mask: [1, 8, 8]}
    layers: [conv: 8, mul: [., mask]]
    ---
    conv: conv(channels=8) → 8 × 8 × 8
    mul: mul ← conv, mask → 8 × 8 × 8

    # `input` / `inputs`
    input: [4]
    inputs: {a: [4]}  #! A206: not both
    layers: [linear: 2]

    # the shape of the one input
    archspec: 1  #! A202: input
    layers: [act: relu]

    # the default normalization and activation, used by every `norm` and `act` node that names no type
    norm: {type: group, groups: 2}
    act: gelu
    layers: [norm, act, norm: layer, act: silu]
    ---
    norm: norm(type=group, groups=2) → 4 × 8 × 8
    act: act(type=gelu) → 4 × 8 × 8
    norm_2: norm(type=layer) → 4 × 8 × 8
    act_2: act(type=silu) → 4 × 8 × 8

    # used by every `norm` and `act` node that names no type
    archspec: 1
    input: [4, 8, 8]
    layers:
      - norm  #! A310: norm
      - act  #! A310: act

    # the default normalization
    norm: batched  #! A203: batched
    layers: [norm]

    # the default … activation
    act: {type: relu, alpha: 1.0}  #! A204: alpha
    layers: [act]

    # `stem`, `stages`, `head` | the network, in this order
    head: [linear: 2]
    stem: [flatten]  #> linear

    # the network, in this order; each optional, at least one of them
    stages: [{block: basic, channels: 8}]
    #> stage1.0.conv1 stage1.0.bn1 stage1.0.conv2 stage1.0.bn2 stage1.0.downsample.0 stage1.0.downsample.1

    # at least one of them
    archspec: 1  #! A202
    input: [4, 8, 8]

    # Lists of nodes; `stages` is a list of stages
    stem: {conv: 8}  #! A203: list of nodes

    # `stages` is a list of stages
    stages:
      - basic  #! A203: stage

    stages: {layer1: {block: basic, channels: 8}}  #! A203: list of stages

    # `layers` | instead of the three above
    stem: [conv: 8]
    layers: [conv: 8]  #! A206: not both

    # `outputs` | name → reference: the network returns a mapping
    layers: [conv: {name: a, channels: 8}, conv: {name: b, channels: 2}]
    outputs: {low: a, high: b, raw: input}  #= 8 × 8 × 8, 2 × 8 × 8, 4 × 8 × 8

    # name → reference
    layers: [conv: {name: a}]
    outputs:
      low: b  #! A302: b

    layers: [seq: {name: a, layers: [conv: 8, conv: 6]}, act]
    outputs: {first: a.0, last: .}  #= 8 × 8 × 8, 6 × 8 × 8

    # `lint` | `{ignore: [CODE, …], batch_size: N}`
    lint: {ignore: [W501], batch_size: 8}
    - conv: 8

    # `{ignore: [CODE, …], batch_size: N}`
    lint: {ignored: []}  #! A201: ignored
    layers: [conv: 8]

    lint: {batch_size: 0}  #! A203: batch_size
    layers: [conv: 8]

    # `$schema` | accepted and ignored
    $schema: https://example.org/archspec.json
    - conv: 8

    # top-level key
    layer: [conv: 8]  #! A201: layer
    layers: [conv: 8]
    """,
)


@CHECKED
def test_the_file(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


BUDGETS = cases(
    """
    # limits that `validate` enforces: `params`
    budget: {params: 40}
    - conv: 8

    # each a maximum
    budget: {params: 39}  #! A601: 40
    layers: [conv: 8]

    # `macs`
    budget: {macs: 2047}  #! A601: 2,048
    layers: [conv: 8]

    # `activations` (bytes)
    budget: {activations: 2048}
    - conv: 8

    budget: {activations: 2047}  #! A601: 2,048
    layers: [conv: 8]

    # Wherever a value stands: a limit follows the parameters
    params: {width: 8}
    budget: {params: $(5 * width), macs: "$(max(4 * width * 64, 1))"}
    - conv: $width

    params: {width: 8}
    budget: {params: $(5 * width - 1)}  #! A601: 40
    layers: [conv: $width]

    # a limit is an integer
    params: {width: 8}
    budget:
      params: $(width / 2)  #! A203: 4.0
      macs: $(width // 0)  #! A253: zero
    layers: [conv: $width]

    params: {width: 8}
    budget:
      params: $in_channels  #! A252: in_channels
      macs: few  #! A203: few
      depth: -1  #! A203: -1
    layers: [conv: $width]

    # `depth`
    budget: {depth: 2}
    [conv: 8, act, residual: [conv: 8]]

    budget: {depth: 1}  #! A601: 2
    layers: [conv: 8, act, residual: [conv: 8]]

    # `budget`
    budget: {parameters: 39}  #! A201: parameters
    layers: [conv: 8]

    budget: {params: -1}  #! A203: -1
    layers: [conv: 8]

    budget: 1000  #! A203
    layers: [conv: 8]
    """,
)


@BUDGETS
def test_the_budget(case: Case, tmp_path: Path) -> None:
    if "#!" in case.spec and "A601" in case.spec:
        found = archspec.validate(full(case.spec))
        wanted = case.spec.split("A601: ")[1].split("\n")[0]
        assert [d.code for d in found] == ["A601"]
        assert wanted in found[0].message
        assert found[0].help
        assert graph_of(case.spec), "a budget forbids nothing but validating"
    else:
        case.check(tmp_path)


def test_nodes_and_nesting_are_limited() -> None:
    """Anchors and aliases … count against a limit on nodes; nesting is limited too."""
    many = "- seq: &a0 [act, act, act, act, act, act, act, act, act, act]\n"
    many += "".join(f"- seq: &a{i + 1} [{', '.join([f'seq: *a{i}'] * 10)}]\n" for i in range(8))
    assert [d.code for d in archspec.validate(full(many))] == ["A108"]
    deep = "- " + "seq: [" * 100 + "act" + "]" * 100
    assert [d.code for d in archspec.validate(full(deep))] == ["A108"]
    repeated = "- repeat: {times: 10000, layers: [repeat: {times: 10000, layers: [act]}]}"
    assert [d.code for d in archspec.validate(full(repeated))] == ["A309"]


def test_it_is_read_as_utf_8(tmp_path: Path) -> None:
    """UTF-8 … one YAML document."""
    path = tmp_path / "spec.yaml"
    text = full("description: é\nlayers: [conv: 8]")
    path.write_bytes(text.encode("utf-8-sig"))
    assert archspec.validate(path) == []
    path.write_bytes(text.encode("latin-1"))
    assert [(d.code, d.span and d.span.line) for d in archspec.validate(path)] == [("A101", 5)]
    path.write_bytes(text.encode("utf-16"))
    assert [d.code for d in archspec.validate(path)] == ["A101"]


def test_crlf_and_a_document_start_change_nothing() -> None:
    """one YAML document"""
    text = full("- conv: 8\n- act")
    wanted = body(archspec.compile(text))
    assert body(archspec.compile(text.replace("\n", "\r\n"))) == wanted
    assert body(archspec.compile("%YAML 1.2\n---\n" + text + "...\n")) == wanted


@pytest.mark.parametrize("text", ["\n", "# nothing\n", "---\n", "archspec\n: 1\n", "- act\n- act\n", "null\n", "\t\n"])
def test_what_is_no_mapping_is_refused(text: str) -> None:
    """One YAML file describes one network completely"""
    found = archspec.validate(text)
    assert len(found) == 1
    assert found[0].severity == "error"
    assert found[0].help


def test_outputs_are_a_mapping_and_otherwise_the_last_value_is_returned() -> None:
    """without it, the last value"""
    assert graph_of("- conv: 8").single
    assert not graph_of("layers: [conv: {name: a}]\noutputs: {only: a}").single
