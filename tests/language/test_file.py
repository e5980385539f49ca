"""LANGUAGE.md, section 1: the file."""

from __future__ import annotations

from pathlib import Path

import pytest

import archspec
from tests.language.case import Case, body, cases, full, graph_of

CHECKED = cases(
    Case(
        "UTF-8 (a byte-order mark is accepted)",
        "\ufeffarchspec: 1\ndescription: Faltungsnetz – 3×3\ninput: [4, 8, 8]\nlayers: [conv: 8]\n",
        output="8 × 8 × 8",
    ),
    Case("one YAML document", "layers: [conv: 8]\n---  #! A109\nlayers: [conv: 8]"),
    Case(
        "only `true`/`false` are booleans", "- conv: {channels: 8, bias: false}", weights={"conv.weight": (8, 4, 1, 1)}
    ),
    Case(
        "only `true`/`false` are booleans",
        """
        - conv: {channels: 8, bias: no}  #! A203: 'no'
        - conv: {channels: 8, bias: True}  #! A203: 'True'
        - conv: {channels: 8, bias: off}  #! A203: 'off'
        - conv: {channels: 8, bias: 0}  #! A203: got 0
        """,
    ),
    Case("`1e-5` is a float", "- norm: {eps: 1e-5}", shows="norm: norm(type=batch, eps=1e-05) → 4 × 8 × 8"),
    Case("`010` is an error (leading zero)", "- conv: 010  #! A106: 010"),
    Case("`010` is an error (leading zero)", "- conv: 00  #! A106: 00"),
    Case("`010` is an error (leading zero)", "- norm: {eps: 01.5}  #! A106: 01.5"),
    Case(
        "`12:30`, `no` and dates are strings",
        """
        description: 12:30
        reference: 2015-12-10
        layers: [conv: {channels: 8, name: no}]
        """,
        modules="no",
    ),
    Case("`12:30`, `no` and dates are strings", "- conv: 12:30  #! A203: '12:30'"),
    Case("Keys are strings", "layers: [conv: 8]\n1: 2  #! A110"),
    Case("Keys are strings", "- conv: {true: 8}  #! A110"),
    Case("Keys are strings, each once", 'layers:\n- conv: {channels: 8, kernel: 3, "channels": 9}  #! A103: channels'),
    Case("Keys are strings, each once", "layers: [conv: 8]\nlayers: [conv: 9]  #! A103: layers"),
    Case("No tags", "- conv: !!int 8  #! A104: !!int"),
    Case("No tags", "- !conv {channels: 8}  #! A104: !conv"),
    Case("no merge keys (`<<`)", "layers: [conv: &c {channels: 8}, conv: {<<: *c, kernel: 3}]  #! A105"),
    Case("no NaN or infinity", "- multiply: .nan  #! A106: .nan"),
    Case("no NaN or infinity", "- multiply: -.inf  #! A106: -.inf"),
    Case("no NaN or infinity", "- multiply: 1e999  #! A106: 1e999"),
    Case(
        "Anchors and aliases are allowed",
        "- seq: &two [conv: 8, act]\n- seq: *two\n- seq: *two",
        same="- conv: 8\n- act\n- conv: 8\n- act\n- conv: 8\n- act",
    ),
    Case("acyclic", "- seq: &again [conv: 8, seq: *again]  #! A107"),
    Case("acyclic", "- seq: *nothing  #! A107"),
    Case("`archspec: 1` | the language version; required", "input: [4]  #! A202: archspec\nlayers: []\n# archspec: 1"),
    Case("the language version; required", "archspec: 2  #! A203: got 2\ninput: [4]\nlayers: [linear: 2]"),
    Case("the language version; required", 'archspec: "1"  #! A203\ninput: [4]\nlayers: [linear: 2]'),
    Case(
        "`name` | identifier of the network (`[a-z][a-z0-9_]*`)", "name: ResNet-50  #! A203: ResNet-50\nlayers: [act]"
    ),
    Case("identifier of the network (`[a-z][a-z0-9_]*`)", "name: 2net  #! A203\nlayers: [act]"),
    Case("`description`, `reference` | free text", "description: [no]  #! A203\nreference: 3  #! A203\nlayers: [act]"),
    Case(
        "`include` | relative paths of files that hold only `archspec` and `blocks`",
        "include: [parts/two.yaml]\nlayers: [two: 8]",
        files={"parts/two.yaml": "blocks: {two: {params: {channels: int}, layers: [conv: $channels, act]}}"},
        modules="two.conv",
    ),
    Case(
        "files that hold only `archspec` and `blocks`",
        "include: [two.yaml]\nlayers: [two]",
        files={"two.yaml": "norm: batch  #! A201: norm\nblocks: {two: {layers: [conv: 8]}}"},
    ),
    Case(
        "files that hold only `archspec` and `blocks`",
        "include: [two.yaml]\nlayers: [two]",
        files={"two.yaml": "params: {width: 8}  #! A201: params\nblocks: {two: {layers: [conv: 8]}}"},
    ),
    Case("relative paths of files", "include: [/tmp/two.yaml]  #! A305\nlayers: [act]"),
    Case("relative paths of files", "include: [nowhere.yaml]  #! A304: nowhere.yaml\nlayers: [act]"),
    Case(
        "a path is relative to the file that names it",
        "extends: below/base.yaml",
        files={
            "below/base.yaml": "include: [two.yaml]\ninput: [4, 8, 8]\nlayers: [two]",
            "below/two.yaml": "blocks: {two: {layers: [conv: 8]}}",
        },
        modules="two.conv",
    ),
    Case(
        "`params` | named values of this spec, which a command line, a caller or an extending spec may override",
        "params: {width: 8}\nlayers: [conv: $width]",
        params={"width": 16},
        output="16 × 8 × 8",
    ),
    Case(
        "a caller or an extending spec may override",
        "extends: ./base.yaml\nparams: {width: 16}",
        files={"base.yaml": "input: [4, 8, 8]\nparams: {width: 8, twice: $(2 * width)}\nlayers: [conv: $twice]"},
        output="32 × 8 × 8",
    ),
    Case("`input` / `inputs` | the shape of the one input", "input: [4, 8, 8]\nlayers: [conv: 8]", output="8 × 8 × 8"),
    Case(
        "`inputs` | a mapping of several named inputs",
        """
        inputs: {image: [4, 8, 8], mask: [1, 8, 8]}
        layers: [conv: 8, mul: [., mask]]
        """,
        graph="""
        conv: conv(channels=8) → 8 × 8 × 8
        mul: mul ← conv, mask → 8 × 8 × 8
        """,
    ),
    Case("`input` / `inputs`", "input: [4]\ninputs: {a: [4]}  #! A206: not both\nlayers: [linear: 2]"),
    Case("the shape of the one input", "archspec: 1  #! A202: input\nlayers: [act: relu]"),
    Case(
        "the default normalization and activation, used by every `norm` and `act` node that names no type",
        """
        norm: {type: group, groups: 2}
        act: gelu
        layers: [norm, act, norm: layer, act: silu]
        """,
        graph="""
        norm: norm(type=group, groups=2) → 4 × 8 × 8
        act: act(type=gelu) → 4 × 8 × 8
        norm_2: norm(type=layer) → 4 × 8 × 8
        act_2: act(type=silu) → 4 × 8 × 8
        """,
    ),
    Case(
        "used by every `norm` and `act` node that names no type",
        """
        archspec: 1
        input: [4, 8, 8]
        layers:
          - norm  #! A310: norm
          - act  #! A310: act
        """,
    ),
    Case("the default normalization", "norm: batched  #! A203: batched\nlayers: [norm]"),
    Case("the default … activation", "act: {type: relu, alpha: 1.0}  #! A204: alpha\nlayers: [act]"),
    Case(
        "`stem`, `stages`, `head` | the network, in this order", "head: [linear: 2]\nstem: [flatten]", modules="linear"
    ),
    Case(
        "the network, in this order; each optional, at least one of them",
        "stages: [{block: basic, channels: 8}]",
        modules="stage1.0.conv1 stage1.0.bn1 stage1.0.conv2 stage1.0.bn2 stage1.0.downsample.0 stage1.0.downsample.1",
    ),
    Case("at least one of them", "archspec: 1  #! A202\ninput: [4, 8, 8]"),
    Case("Lists of nodes; `stages` is a list of stages", "stem: {conv: 8}  #! A203: list of nodes"),
    Case("`stages` is a list of stages", "stages:\n  - basic  #! A203: stage"),
    Case("`stages` is a list of stages", "stages: {layer1: {block: basic, channels: 8}}  #! A203: list of stages"),
    Case("`layers` | instead of the three above", "stem: [conv: 8]\nlayers: [conv: 8]  #! A206: not both"),
    Case(
        "`outputs` | name → reference: the network returns a mapping",
        "layers: [conv: {name: a, channels: 8}, conv: {name: b, channels: 2}]\noutputs: {low: a, high: b, raw: input}",
        output="8 × 8 × 8, 2 × 8 × 8, 4 × 8 × 8",
    ),
    Case("name → reference", "layers: [conv: {name: a}]\noutputs:\n  low: b  #! A302: b"),
    Case(
        "name → reference",
        "layers: [seq: {name: a, layers: [conv: 8, conv: 6]}, act]\noutputs: {first: a.0, last: .}",
        output="8 × 8 × 8, 6 × 8 × 8",
    ),
    Case("`lint` | `{ignore: [CODE, …], batch_size: N}`", "lint: {ignore: [W501], batch_size: 8}\nlayers: [conv: 8]"),
    Case("`{ignore: [CODE, …], batch_size: N}`", "lint: {ignored: []}  #! A201: ignored\nlayers: [conv: 8]"),
    Case("`{ignore: [CODE, …], batch_size: N}`", "lint: {batch_size: 0}  #! A203: batch_size\nlayers: [conv: 8]"),
    Case("`$schema` | accepted and ignored", "$schema: https://example.org/archspec.json\nlayers: [conv: 8]"),
    Case("top-level key", "layer: [conv: 8]  #! A201: layer\nlayers: [conv: 8]"),
)


@CHECKED
def test_the_file(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


BUDGETS = cases(
    Case("limits that `validate` enforces: `params`", "budget: {params: 40}\nlayers: [conv: 8]"),
    Case("each a maximum", "budget: {params: 39}  #! A601: 40\nlayers: [conv: 8]"),
    Case("`macs`", "budget: {macs: 2047}  #! A601: 2,048\nlayers: [conv: 8]"),
    Case("`activations` (bytes)", "budget: {activations: 2048}\nlayers: [conv: 8]"),
    Case("`activations` (bytes)", "budget: {activations: 2047}  #! A601: 2,048\nlayers: [conv: 8]"),
    Case("`depth`", "budget: {depth: 2}\nlayers: [conv: 8, act, residual: [conv: 8]]"),
    Case("`depth`", "budget: {depth: 1}  #! A601: 2\nlayers: [conv: 8, act, residual: [conv: 8]]"),
    Case("`budget`", "budget: {parameters: 39}  #! A201: parameters\nlayers: [conv: 8]"),
    Case("`budget`", "budget: {params: -1}  #! A203: -1\nlayers: [conv: 8]"),
    Case("`budget`", "budget: 1000  #! A203\nlayers: [conv: 8]"),
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


DEFAULTS = cases(
    Case(
        "`defaults` | op or block → arguments that its nodes leave out",
        """
        defaults: {conv: {bias: false, kernel: 3}}
        layers: [conv: 8, conv: {channels: 8, kernel: 1}, conv: {bias: true}]
        """,
        graph="""
        conv: conv(channels=8, kernel=3, bias=false) → 8 × 8 × 8
        conv_2: conv(channels=8, bias=false) → 8 × 8 × 8
        conv_3: conv(kernel=3) → 8 × 8 × 8
        """,
    ),
    Case(
        "op or block → arguments that its nodes leave out",
        """
        defaults: {basic: {hidden_channels: 2}}
        layers: [basic: 4, basic: {channels: 4, hidden_channels: 3}]
        """,
        weights={"basic.conv1.weight": (2, 4, 3, 3), "basic_2.conv1.weight": (3, 4, 3, 3)},
    ),
    Case(
        "A file and what it extends count as one",
        "extends: ./base.yaml\ndefaults: {conv: {bias: false}}",
        files={
            "base.yaml": """
            input: [4, 8, 8]
            defaults: {conv: {kernel: 3}}
            blocks: {own: {layers: [conv: 8]}}
            layers: [own]
            """
        },
        shows="conv: conv(channels=8, kernel=3, bias=false) → 8 × 8 × 8",
    ),
    Case(
        "included … blocks do not take them inside",
        "include: [own.yaml]\ndefaults: {conv: {bias: false}}\nlayers: [own, conv: 8]",
        files={"own.yaml": "blocks: {own: {layers: [conv: 8]}}"},
        graph="""
        own: block own
          conv: conv(channels=8) → 8 × 8 × 8
        conv: conv(channels=8, bias=false) → 8 × 8 × 8
        """,
    ),
    Case(
        "included and bundled blocks do not take them inside, while calls of such blocks do",
        """
        defaults: {linear: {bias: false}, mlp: {hidden_channels: 5}, dropout: {p: 0.5}}
        layers: [flatten, linear: 8, mlp]
        """,
        graph="""
        flatten: flatten → 256
        linear: linear(features=8, bias=false) → 8
        mlp: block mlp
          fc1: linear(features=5) → 5
          act: act(type=relu) → 5
          dropout: dropout(p=0.0) → 5
          fc2: linear(features=8) → 8
          dropout_2: dropout(p=0.0) → 8
        """,
    ),
    Case(
        "stages' calls and nodes passed to slots too",
        """
        defaults: {basic: {hidden_channels: 2}, conv: {bias: false}}
        stages: [{block: basic, channels: 4, attention: [conv: {name: extra}]}]
        """,
        weights={"stage1.0.conv1.weight": (2, 4, 3, 3)},
        shows="extra: conv(bias=false) → 4 × 8 × 8",
    ),
    Case(
        "Expressions see the spec's `params` and what is in scope where the node stands",
        """
        params: {rate: 2}
        defaults: {conv: {channels: $(rate * in_channels + index)}, own: {width: $(rate + stage_index)}}
        blocks: {own: {params: {width: int}, layers: [conv: {kernel: 3}, conv: $width]}}
        stages: [{block: own, depth: 2}]
        """,
        graph="""
        stage1: stage
          0: block own
            conv: conv(channels=8, kernel=3) → 8 × 8 × 8
            conv_2: conv(channels=2) → 2 × 8 × 8
          1: block own
            conv: conv(channels=5, kernel=3) → 5 × 8 × 8
            conv_2: conv(channels=2) → 2 × 8 × 8
        """,
    ),
    Case(
        "Expressions see … what is in scope where the node stands",
        """
        defaults: {conv: {channels: $(2 * width)}}
        blocks: {own: {params: {width: int}, layers: [conv]}}
        layers: [own: 3]
        """,
        output="6 × 8 × 8",
    ),
    Case("`defaults`", "defaults:\n  convolution: {bias: false}  #! A301: convolution\nlayers: [conv: 8]"),
    Case("`defaults`", "defaults:\n  conv: {biases: false}  #! A201: biases\nlayers: [conv: 8, conv: 8]"),
    Case("`defaults`", "defaults:\n  basic: {attn: []}  #! A303: attn\nlayers: [basic: 8, basic: 8]"),
    Case("`defaults`", "defaults:\n  conv: 3  #! A203\nlayers: [conv: 8]"),
    Case("`defaults`", "defaults:\n  conv: {bias: 3}  #! A203: bias\nlayers: [act]"),
    Case("`defaults`", "defaults:\n  conv: {channels: $widht}  #! A252: widht\nparams: {width: 8}\nlayers: [conv]"),
    Case(
        "A default that a bare value overrides",
        "defaults: {conv: {channels: 16}}\nlayers: [conv: 8]",
        output="8 × 8 × 8",
    ),
    Case(
        "what a joined node leaves out",
        "defaults: {residual: {drop_path: 0.25}}\nlayers: [residual: [conv]]",
        shows="drop_path: drop_path(p=0.25) → 4 × 8 × 8",
    ),
)


@DEFAULTS
def test_defaults(case: Case, tmp_path: Path) -> None:
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
