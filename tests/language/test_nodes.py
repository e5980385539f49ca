"""LANGUAGE.md, section 4: nodes."""

from __future__ import annotations

from pathlib import Path

from tests.language.case import Case, cases

CASES = cases(
    Case("A node is an op name", "- act", graph="act: act(type=relu) → 4 × 8 × 8"),
    Case("A node is an op name", "- act:", graph="act: act(type=relu) → 4 × 8 × 8"),
    Case("A node is an op name", "- act: {}", graph="act: act(type=relu) → 4 × 8 × 8"),
    Case("a mapping with exactly one key, the op", "- conv: 8  #! A205: exactly one\n  name: a\n- act"),
    Case("a mapping with exactly one key", "- {}  #! A205"),
    Case("a mapping with exactly one key", "- []  #! A205"),
    Case("a mapping with exactly one key", "- 3  #! A205: 3"),
    Case("a mapping with exactly one key", "- null  #! A205: nothing"),
    Case("a mapping with exactly one key", "- true  #! A205: true"),
    Case("Nodes are ops", "- covn: 8  #! A301: covn"),
    Case("Nodes are ops", "- Conv: 8  #! A301: Conv"),
    Case("Nodes are ops", "- chunk: {start: 0, length: 2}  #! A301: chunk"),
    Case("Nodes are ops", "- drop_path: 0.1  #! A301: drop_path"),
    Case(
        "whose value is its arguments",
        "- conv: {channels: 64, kernel: 3, stride: 2, name: conv1}",
        graph="conv1: conv(channels=64, kernel=3, stride=2) → 64 × 4 × 4",
    ),
    Case("its arguments", "- conv: {channels: 64, kernl: 3}  #! A201: kernl"),
    Case("its arguments", "- conv: {channels: '64'}  #! A203: '64'"),
    Case("its arguments", "- conv: {channels: 64.0}  #! A203: 64.0"),
    Case("its arguments", "- conv: {channels: true}  #! A203: true"),
    Case("its arguments", "- conv_transpose: 8  #! A202: kernel"),
    Case(
        "a bare value is the principal argument",
        "params: {classes: 10}\nlayers: [flatten, linear: $classes]",
        same="- flatten\n- linear: {features: 10}",
    ),
    Case(
        "a bare value is the principal argument",
        """
        - conv: 8
        - norm: layer
        - act: gelu
        - max_pool: 2
        - adaptive_pool: [3, 2]
        - upsample: 2
        - multiply: 0.5
        - scale: 0.1
        - pad: [1, 1]
        - dropout: 0.2
        - softmax: channels
        - global_pool: max
        """,
        same="""
        - conv: {channels: 8}
        - norm: {type: layer}
        - act: {type: gelu}
        - max_pool: {kernel: 2}
        - adaptive_pool: {size: [3, 2]}
        - upsample: {scale: 2}
        - multiply: {factor: 0.5}
        - scale: {init: 0.1}
        - pad: {padding: [1, 1]}
        - dropout: {p: 0.2}
        - softmax: {dim: channels}
        - global_pool: {type: max}
        """,
    ),
    Case("a bare value is the principal argument", "- flatten: 3  #! A201: flatten"),
    Case("a bare value is the principal argument", "- repeat: [conv: 8]  #! A201: repeat"),
    Case("a bare value is the principal argument", "blocks: {own: {layers: [act]}}\nlayers:\n- own: 3  #! A303: own"),
    Case(
        "Every node also takes `name`",
        "- conv: {channels: 8, name: a}\n- norm: {name: b}\n- act: {name: c}",
        modules="a b",
    ),
    Case("Every node also takes `name`", "- conv: {channels: 8, name: [a]}  #! A203: name"),
    Case("Every node also takes `name`", "- conv: {channels: 8, name: 3}", modules="3"),
    Case("Every node also takes `name`", "- conv: {channels: 8, name: ''}  #! A311"),
    Case("Every node also takes `name`", "- conv: {channels: 8, name: null}  #! A203"),
    Case(
        "`from` (a reference whose value it receives instead of the previous node's)",
        "- conv: {channels: 8, name: a}\n- conv: {channels: 6, stride: 2}\n- conv: {from: a, channels: 2}",
        graph="""
        a: conv(channels=8) → 8 × 8 × 8
        conv: conv(channels=6, stride=2) → 6 × 4 × 4
        conv_2: conv(channels=2) ← a → 2 × 8 × 8
        """,
    ),
    Case("`from`", "- act\n- conv: {from: input, channels: 2}\n- conv: {from: ., channels: 3}", output="3 × 8 × 8"),
    Case(
        "Every node also takes … `from`",
        """
        - conv: {name: a, channels: 8}
        - max_pool: 2
        - seq: {from: a, layers: [conv: 3]}
        - max_pool: 2
        - residual: {from: a, body: [conv: 8]}
        - max_pool: 2
        - basic: {from: a, channels: 8}
        - max_pool: 2
        - repeat: {from: a, times: 2, layers: [act]}
        - max_pool: 2
        - parallel: {from: a, branches: [[act], []]}
        - max_pool: 2
        - stage: {from: a, block: basic, channels: 8}
        """,
        output="8 × 8 × 8",
    ),
    Case("`from` (a reference", "- conv: {from: b, channels: 2}  #! A302: b"),
    Case("`from` (a reference", "- conv: {from: b, channels: 2}  #! A302: b\n- conv: {name: b}"),
    Case("`from` (a reference", "- conv: {from: 3, channels: 2}  #! A302: 3"),
    Case("`from` (a reference", "- conv: {name: a, from: a}  #! A302: a"),
    Case(
        "`when` (left out if the expression is false)",
        "params: {deep: false}\nlayers: [conv: {channels: 8, when: $deep}, conv: {channels: 6, when: $(not deep)}]",
        graph="conv: conv(channels=6) → 6 × 8 × 8",
    ),
    Case(
        "left out if the expression is false",
        "- conv: {channels: 8, when: false}\n- conv: {channels: 6, when: true}",
        modules="conv",
    ),
    Case(
        "left out if the expression is false",
        "- conv: {channels: 8, when: 0}\n- conv: {channels: 6, when: 1}",
        output="6 × 8 × 8",
    ),
    Case("left out if the expression is false", "- conv: {channels: 8, when: 'no'}  #! A203: when"),
    Case("left out if the expression is false", "- conv: {channels: 8, when: [1]}  #! A203: when"),
    Case(
        "decided first, with the previous node's value",
        "- conv: {name: a, channels: 8}\n- conv: {channels: 6}\n- conv: {from: a, channels: 3, when: $(in_channels == 6)}",
        output="3 × 8 × 8",
    ),
    Case(
        "so that a node left out may name what was left out too",
        "params: {skip: false}\nlayers: [conv: {name: a, when: $skip}, act, add: {from: [., a], when: $skip}, conv: {from: a, when: $skip}]",
        graph="act: act(type=relu) → 4 × 8 × 8",
    ),
    Case(
        "what was left out",
        "- conv: {name: a, when: false}\n- act\n- conv: {from: a}  #! A302: left out",
    ),
    Case(
        "a node left out is not checked against its value",
        "- flatten\n- conv: {channels: 8, when: false}\n- linear: 3",
        output="3",
    ),
    Case("a node left out has no name", "- conv: {name: a, when: false}\n- conv: {name: a}", modules="a"),
    Case(
        "Nodes are ops (section 9), combinators (5), and blocks (7)",
        "- conv: 8\n- seq: [act]\n- basic: 8",
        output="8 × 8 × 8",
    ),
    Case(
        "every mistake of a file comes at once",
        "- covn: 8  #! A301\n- conv: {kernel: 0}  #! A203\n- act: rely  #! A203\n- linear: 3",
    ),
    Case(
        "a bad node hides nothing else",
        "- covn: 8  #! A301\n- conv: {channels: 8, kernel: three}  #! A203\n- norm: {eps: -1}  #! A203",
    ),
    Case(
        "a mistake gives no others",
        "- covn: {name: a}  #! A301\n- add: [., a]\n- linear: 3\n- flatten\n- residual: {from: a, body: [conv: 8]}",
    ),
    Case("a list of nodes", "layers: conv  #! A203: list of nodes"),
    Case("a list of nodes", "layers: []\ninput: [4]", graph=""),
)


@CASES
def test_nodes(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
