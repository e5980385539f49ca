"""LANGUAGE.md, section 7: blocks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

import archspec
from tests.language.case import Case, body, cases, full, graph_of

PARAMETERS = cases(
    Case(
        "the example of a block, `basic`",
        """
        blocks:
          mine:
            description: Two 3×3 convolutions and a shortcut (He et al., 2015).
            params: {channels: int, hidden_channels: $channels, stride: 1, attention: layers}
            layers:
              - residual:
                  body:
                    - conv: {name: conv1, channels: $hidden_channels, kernel: 3, stride: $stride, bias: false}
                    - norm: {name: bn1}
                    - act
                    - conv: {name: conv2, channels: $channels, kernel: 3, bias: false}
                    - norm: {name: bn2}
                    - slot: attention
                  shortcut: {name: downsample}
                  after: [act]
        layers: [mine: {channels: 8, stride: 2}]
        """,
        graph="""
        mine: block mine
          conv1: conv(channels=8, kernel=3, stride=2, bias=false) → 8 × 4 × 4
          bn1: norm(type=batch) → 8 × 4 × 4
          act: act(type=relu) → 8 × 4 × 4
          conv2: conv(channels=8, kernel=3, bias=false) → 8 × 4 × 4
          bn2: norm(type=batch) → 8 × 4 × 4
          downsample: shortcut ← input  # stride 2, 4 → 8 channels
            0: conv(channels=8, stride=2, bias=false) → 8 × 4 × 4
            1: norm(type=batch) → 8 × 4 × 4
          add: add ← mine.downsample.1, mine.bn2 → 8 × 4 × 4
          act_2: act(type=relu) → 8 × 4 × 4
        """,
    ),
    Case(
        "A parameter is a type name (`int float bool str list`: required; …)",
        """
        blocks:
          own:
            params: {a: int, b: float, c: bool, d: str, e: list}
            layers: [conv: {channels: $a, bias: $c, name: $d, kernel: $e}, multiply: $b]
        layers: [own: {a: 8, b: 2, c: false, d: x, e: [3, 1]}]
        """,
        graph="""
        own: block own
          x: conv(channels=8, kernel=[3, 1], bias=false) → 8 × 8 × 8
          multiply: multiply(factor=2.0) → 8 × 8 × 8
        """,
    ),
    *(
        Case(
            "a type name (`int float bool str list`",
            f"blocks: {{own: {{params: {{a: {kind}}}, layers: [act]}}}}\nlayers:\n- own: {{a: {value}}}  #! A204: `a`",
        )
        for kind, value in [
            ("int", "2.0"),
            ("int", "true"),
            ("int", "x"),
            ("float", "x"),
            ("float", "true"),
            ("bool", "1"),
            ("bool", "'true'"),
            ("str", "1"),
            ("str", "true"),
            ("list", "1"),
            ("list", "{b: 1}"),
            ("int", "null"),
        ]
    ),
    *(
        Case("required", f"blocks: {{own: {{params: {{a: {kind}}}, layers: [act]}}}}\nlayers:\n- own  #! A202: `a`")
        for kind in ("int", "float", "bool", "str", "list", "ref")
    ),
    Case(
        "`layers`: a list of nodes, default none",
        "blocks: {own: {params: {x: layers}, layers: [conv, slot: x]}}\nlayers: [own]",
        modules="own.conv",
    ),
    Case(
        "`layers`: a list of nodes",
        "blocks: {own: {params: {x: layers}, layers: [conv, slot: x]}}\nlayers:\n- own: {x: 3}  #! A203: list of nodes",
    ),
    Case(
        "`layers`: a list of nodes",
        "blocks: {own: {params: {x: layers}, layers: [conv, slot: x]}}\nlayers:\n- own: {x: {conv: 8}}  #! A203: list of nodes",
    ),
    Case(
        "`layers` … as the principal parameter",
        "blocks: {own: {params: {x: layers}, layers: [conv, slot: x]}}\nlayers: [own: [norm, act]]",
        modules="own.conv own.norm",
    ),
    Case(
        "`layers` with a default in full",
        "blocks: {own: {params: {x: {type: layers, default: [norm, act]}}, layers: [conv, slot: x]}}\nlayers: [own, own: [], own: {x: [conv]}]",
        modules="own.conv own.norm own_2.conv own_3.conv own_3.conv_2",
    ),
    Case(
        "`ref`: a reference, resolved where the block is called",
        "blocks: {own: {params: {skip: ref}, layers: [conv: {name: a, channels: 6}, concat: [., $skip]]}}\nlayers: [conv: {name: a, channels: 3}, own: {skip: a}, own: {skip: input}, own: {skip: own.a}]",
        shows=(
            "concat: concat ← own.a, a → 9 × 8 × 8",
            "concat: concat ← own_2.a, input → 10 × 8 × 8",
            "concat: concat ← own_3.a, own.a → 12 × 8 × 8",
        ),
    ),
    Case(
        "`ref`",
        "blocks: {own: {params: {skip: ref}, layers: [conv, concat: [., $skip]]}}\nlayers: [conv: 6, own: .]",
        output="12 × 8 × 8",
    ),
    Case(
        "`ref`",
        "blocks: {own: {params: {skip: ref}, layers: [add: [., $skip]]}}\nlayers:\n- own: {skip: b}  #! A302: b",
    ),
    Case(
        "`ref`",
        "blocks: {own: {params: {skip: ref}, layers: [conv: {from: $skip, channels: $in_channels}]}}\nlayers: [conv: {name: a, channels: 6}, conv: 3, own: a]",
        output="6 × 8 × 8",
    ),
    Case(
        "`ref` passed on",
        "blocks: {inner: {params: {s: ref}, layers: [add: [., $s]]}, outer: {params: {s: ref}, layers: [conv, inner: $s]}}\nlayers: [conv: {name: a}, outer: a]",
        output="4 × 8 × 8",
    ),
    Case(
        "`ref` in `like`",
        "blocks: {own: {params: {s: ref}, layers: [upsample: {like: $s}]}}\nlayers: [conv: {name: a}, max_pool: 2, own: a]",
        output="4 × 8 × 8",
    ),
    Case(
        "`ref` is no text",
        "blocks: {own: {params: {s: ref}, layers: [conv: {name: $s}]}}  #! A203\nlayers: [conv: {name: a}, own: a]",
    ),
    Case(
        "`ref` is no number",
        "blocks: {own: {params: {s: ref}, layers: [conv: $(s + 1)]}}  #! A253\nlayers: [conv: {name: a}, own: a]",
    ),
    Case(
        "or a default value",
        "blocks: {own: {params: {c: 8, b: false, k: [3, 1]}, layers: [conv: {channels: $c, bias: $b, kernel: $k}]}}\nlayers: [own]",
        shows="conv: conv(channels=8, kernel=[3, 1], bias=false) → 8 × 8 × 8",
    ),
    Case(
        "a quoted type name is a text",
        "blocks: {own: {params: {n: 'int'}, layers: [conv: {name: $n}]}}\nlayers: [own]",
        modules="own.int",
    ),
    Case(
        "which may be an expression over earlier parameters and `in_channels`",
        "blocks: {own: {params: {a: $(2 * in_channels), b: $(a + 1)}, layers: [conv: $a, conv: $b]}}\nlayers: [own, own: 3]",
        weights={"own.conv_2.weight": (9, 8, 1, 1), "own_2.conv_2.weight": (4, 3, 1, 1)},
    ),
    Case(
        "earlier parameters", "blocks:\n  own: {params: {a: $b, b: 3}, layers: [conv: $a]}  #! A252: b\nlayers: [own]"
    ),
    Case(
        "`in_channels` is that of the value the block receives",
        "blocks: {own: {params: {c: $in_channels}, layers: [conv: 16, conv: $c]}}\nlayers: [conv: {name: a, channels: 6}, conv: 9, own: {from: a}]",
        output="6 × 8 × 8",
    ),
    Case(
        "in full `{type, default, min, max, choices, description}`",
        "blocks: {own: {params: {c: {type: int, default: 8, min: 1, max: 9, description: Width.}, m: {default: a, choices: [a, b]}}, layers: [conv: {channels: $c, name: $m}]}}\nlayers: [own, own: {c: 9, m: b}]",
        modules="own.a own_2.b",
    ),
    Case(
        "min, max",
        "blocks: {own: {params: {c: {type: int, min: 2, max: 9}}, layers: [conv: $c]}}\nlayers:\n- own: 1  #! A204: at least 2\n- own: 10  #! A204: at most 9",
    ),
    Case(
        "choices",
        "blocks: {own: {params: {m: {default: a, choices: [a, b]}}, layers: [conv: {name: $m}]}}\nlayers:\n- own: c  #! A204: a, b",
    ),
    Case(
        "in full, without default: required",
        "blocks: {own: {params: {c: {type: int}}, layers: [conv: $c]}}\nlayers:\n- own  #! A202: c",
    ),
    Case(
        "in full, with neither type nor default",
        "blocks: {own: {params: {c: {min: 2}}, layers: [conv: $c]}}\nlayers:\n- own  #! A202: c",
    ),
    Case(
        "in full", "blocks: {own: {params: {c: {type: integer}}, layers: [conv: 8]}}  #! A203: integer\nlayers: [own]"
    ),
    Case("in full", "blocks: {own: {params: {c: {typ: int}}, layers: [conv: 8]}}  #! A201: typ\nlayers: [own]"),
    Case(
        "a default is checked like a value",
        "blocks: {own: {params: {c: {type: int, default: 2.5}}, layers: [conv: $c]}}  #! A204: 2.5\nlayers: [own]",
    ),
    Case(
        "parameters of a spec in full",
        "params: {c: {type: int, default: 8, min: 1}}\nlayers: [conv: $c]",
        params={"c": 9},
        output="9 × 8 × 8",
    ),
    Case("parameters of a spec", "params:\n  c: layers  #! A203: layers\nlayers: [conv: 8]"),
    Case("The first parameter is the principal one: `- basic: 64`", "- basic: 8", same="- basic: {channels: 8}"),
    Case(
        "An unknown … argument is an error at the call", "layers:\n- basic: {channels: 8, channel: 3}  #! A303: channel"
    ),
    Case(
        "A … missing argument is an error at the call",
        "layers:\n- basic  #! A202: channels\n- basic: {stride: 2}  #! A202: channels",
    ),
    Case("an error at the call", "stages:\n- {block: basic, depth: 2, chanels: 8, channels: 8}  #! A303: chanels"),
    Case("parameters", "blocks: {own: {params: {a-b: 1}, layers: [act]}}  #! A207: a-b\nlayers: [own]"),
    Case("parameters", "blocks: {own: {params: [a], layers: [act]}}  #! A203: params\nlayers: [own]"),
    Case("a block needs `layers`", "blocks: {own: {params: {a: 1}}}  #! A202: layers\nlayers: [own]"),
    Case("a block's keys", "blocks: {own: {param: {a: 1}, layers: [act]}}  #! A201: param\nlayers: [own]"),
    Case("a block is a mapping", "blocks: {own: [act]}  #! A203: own\nlayers: [own]"),
    Case("a block's name", "blocks: {my-block: {layers: [act]}}  #! A207: my-block\nlayers: [act]"),
)

CALLS = cases(
    Case(
        "Nodes passed for a `layers` parameter are evaluated with the caller's names, references and defaults",
        """
        params: {k: 3}
        defaults: {conv: {bias: false}}
        include: [own.yaml]
        layers: [norm: {name: n}, own: {x: [conv: {kernel: $k}, add: [., n]]}]
        """,
        files={"own.yaml": "blocks: {own: {params: {x: layers, k: 1}, layers: [conv: {kernel: $k}, slot: x]}}"},
        graph="""
        n: norm(type=batch) → 4 × 8 × 8
        own: block own
          conv: conv → 4 × 8 × 8
          conv_2: conv(kernel=3, bias=false) → 4 × 8 × 8
          add: add ← own.conv_2, n → 4 × 8 × 8
        """,
    ),
    Case(
        "and with `in_channels`, `in_size`, `norm` and `act` of the place where the slot stands",
        "- basic: {channels: 8, stride: 2, norm: layer, act: gelu, attention: [conv: {channels: $in_channels, kernel: '$(in_size[0] + 1)'}, norm, act]}",
        shows=(
            "conv: conv(channels=8, kernel=5) → 8 × 4 × 4",
            "norm: norm(type=layer) → 8 × 4 × 4",
            "act_2: act(type=gelu) → 8 × 4 × 4",
        ),
    ),
    Case(
        "the caller's names: those of the block that calls",
        """
        blocks:
          inner: {params: {x: layers, w: 3}, layers: [slot: x]}
          outer: {params: {w: 6}, layers: [conv: 5, inner: {x: [conv: $w, conv: $input_channels]}]}
        layers: [outer]
        """,
        weights={"outer.inner.conv.weight": (6, 5, 1, 1), "outer.inner.conv_2.weight": (4, 6, 1, 1)},
    ),
    Case(
        "nodes passed on to another block",
        """
        blocks: {outer: {params: {x: layers}, layers: [basic: {channels: 4, attention: $x}]}}
        layers: [conv: {name: a}, outer: {x: [norm: {name: n}, add: [., a]]}]
        """,
        modules="a outer.basic.conv1 outer.basic.bn1 outer.basic.conv2 outer.basic.bn2 outer.basic.n",
    ),
    Case(
        "nodes passed on to another block within others",
        """
        blocks: {outer: {params: {x: layers}, layers: [basic: {channels: 4, attention: [slot: x, act]}]}}
        layers: [outer: {x: [norm: {name: n}]}]
        """,
        modules="outer.basic.conv1 outer.basic.bn1 outer.basic.conv2 outer.basic.bn2 outer.basic.n",
    ),
    Case(
        "`index` of the caller in nodes passed in a stage",
        "stages: [{block: basic, depth: 2, channels: 4, attention: [conv: {name: x$index}]}]",
        weights={"stage1.0.x0.weight": (4, 4, 1, 1), "stage1.1.x1.weight": (4, 4, 1, 1)},
    ),
    Case(
        "a slot's mistake is told at the nodes passed",
        "layers:\n- basic:\n    channels: 8\n    attention:\n    - covn: 3  #! A301: covn",
    ),
    Case(
        "a slot's mistake is told at the nodes passed",
        "layers:\n- basic:\n    channels: 8\n    attention:\n    - conv: $channels  #! A252: channels",
    ),
    Case(
        "A call may set `norm` and `act` for everything inside",
        "blocks: {own: {layers: [conv_norm_act: 8, norm, act, residual: [conv: 4]]}}\nlayers: [own: {norm: {type: group, groups: 2}, act: silu}, norm, act]",
        graph="""
        own: block own
          conv_norm_act: block conv_norm_act
            0: conv(channels=8, bias=false) → 8 × 8 × 8
            1: norm(type=group, groups=2) → 8 × 8 × 8
            2: act(type=silu) → 8 × 8 × 8
          norm: norm(type=group, groups=2) → 8 × 8 × 8
          act: act(type=silu) → 8 × 8 × 8
          conv: conv(channels=4) → 4 × 8 × 8
          shortcut: shortcut ← own.act  # 8 → 4 channels
            0: conv(channels=4, bias=false) → 4 × 8 × 8
            1: norm(type=group, groups=2) → 4 × 8 × 8
          add: add ← own.shortcut.1, own.conv → 4 × 8 × 8
        norm: norm(type=batch) → 4 × 8 × 8
        act: act(type=relu) → 4 × 8 × 8
        """,
    ),
    Case(
        "A call may set `norm` and `act`",
        "- conv_norm_act: {channels: 8, norm: none, act: identity}",
        modules="conv_norm_act.0",
        shows=("1: norm(type=none) → 8 × 8 × 8", "2: act(type=identity) → 8 × 8 × 8"),
    ),
    Case(
        "A call may set `norm` and `act`",
        "layers:\n- basic: {channels: 8, norm: bacth}  #! A203: bacth\n- basic: {channels: 8, act: rely}  #! A203: rely",
    ),
    Case(
        "A call may set `norm` and `act`",
        "defaults: {conv_norm_act: {act: silu}}\nlayers: [conv_norm_act: 8, conv_norm_act: {act: gelu}]",
        shows=("2: act(type=silu) → 8 × 8 × 8", "2: act(type=gelu) → 8 × 8 × 8"),
    ),
    Case(
        "Blocks may use blocks",
        "blocks: {a: {layers: [conv]}, b: {layers: [a, c]}, c: {layers: [a]}}\nlayers: [b]",
        modules="b.a.conv b.c.a.conv",
    ),
    Case(
        "a recursion is an error", "blocks: {a: {layers: [b]}, b: {layers: [a]}}  #! A308: `a` → `b` → `a`\nlayers: [a]"
    ),
    Case("a recursion is an error", "blocks: {a: {layers: [a]}}  #! A308: a\nlayers: [a]"),
    Case("a recursion is an error", "blocks: {a: {layers: [stage: {block: a, depth: 2}]}}  #! A308: a\nlayers: [a]"),
    Case(
        "a recursion is an error",
        "blocks: {a: {params: {n: int}, layers: [a: {n: $(n - 1), when: $(n > 0)}]}}  #! A308: a\nlayers: [a: 3]",
    ),
    Case(
        "a recursion through a slot is none",
        "- basic: {channels: 4, attention: [basic: {channels: 4, name: inner}]}",
        weights={"basic.inner.conv1.weight": (4, 4, 3, 3)},
    ),
    *(
        Case(
            "Names that a stage or a node reserves … cannot be parameters",
            f"blocks: {{own: {{params: {{{name}: 1}}, layers: [act]}}}}  #! A208: {name}\nlayers: [own]",
        )
        for name in ("name", "from", "when", "norm", "act", "block", "depth", "first", "names", "layers")
    ),
    Case(
        "`stride` excepted",
        "blocks: {own: {params: {stride: 1}, layers: [conv: {stride: $stride}]}}\nlayers: [own: 2]",
        output="4 × 4 × 4",
    ),
    Case(
        "a spec's parameters may bear them",
        "params: {layers: 2, act: 3, names: 1}\nlayers: [conv: $(layers + act)]",
        output="5 × 8 × 8",
    ),
    Case(
        "`numbered: true` numbers the block's children",
        "blocks: {own: {numbered: true, layers: [conv, residual: [conv], basic: 4]}}\nlayers: [own]",
        modules="own.0 own.1.conv own.2.conv1 own.2.bn1 own.2.conv2 own.2.bn2",
    ),
    Case("`numbered: true`", "blocks: {own: {numbered: 1, layers: [conv]}}  #! A203: numbered\nlayers: [own]"),
    Case(
        "A definition of the same name shadows a bundled one, with a warning",
        "blocks: {basic: {layers: [conv: 8]}}  #! A306: basic\nlayers: [basic]",
    ),
    Case("an op cannot be redefined silently", "blocks: {conv: {layers: [act]}}  #! A208: conv\nlayers: [conv]"),
    Case("a combinator cannot be a block", "blocks: {residual: {layers: [act]}}  #! A208: residual\nlayers: [act]"),
    Case(
        "a block that nothing calls is checked too", "blocks: {own: {layers: [covn: 8]}}  #! A301: covn\nlayers: [act]"
    ),
    Case(
        "a block that nothing calls is checked too",
        "blocks: {own: {layers: [conv: {kernl: 8}]}}  #! A201: kernl\nlayers: [act]",
    ),
    Case(
        "a mistake in a block that is called often is one finding",
        "blocks: {own: {layers: [conv: {channels: 8, kernel: 2}]}}\nlayers:\n- own  #! A406: even\n- own\n- stage: {block: own, depth: 3}",
    ),
    Case(
        "what is wrong with shapes is told at the call",
        "blocks: {own: {layers: [conv: {kernel: 9, padding: 0}]}}\nlayers:\n- own  #! A403: 4 × 8 × 8",
    ),
    Case(
        "what is wrong with an argument is told at the call",
        "layers:\n- basic: {channels: eight}  #! A204: eight\n- basic: {channels: 8, stride: 0}  #! A203: stride",
    ),
)


@PARAMETERS
def test_parameters(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@CALLS
def test_calls(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


def test_the_definition_is_shown() -> None:
    """An unknown or missing argument is an error at the call, with the definition shown."""
    text = "blocks:\n  own: {params: {a: int}, layers: [conv: $a]}\nlayers:\n- own: {b: 3}\n- own"
    unknown, missing = archspec.validate(full(text))
    for found in (unknown, missing):
        assert [(r.span.line, "defined" in r.label) for r in found.related] == [(6, True)], str(found)


def test_a_shadowed_block_is_used_by_name_alone() -> None:
    """A definition of the same name shadows a bundled one, with a warning."""
    text = full(
        "blocks: {conv_norm_act: {layers: [act]}}\nlayers: [conv_norm_act, inverted_residual: {channels: 4, expand: 1}]"
    )
    assert [d.severity for d in archspec.validate(text)] == ["warning"]
    printed = body(archspec.compile(text))
    assert printed.startswith("conv_norm_act: block conv_norm_act\n  act: act(type=relu)")


BUNDLED: list[tuple[str, str, dict[str, Any]]] = [
    ("basic", "channels", {"hidden_channels": 8, "stride": 1, "groups": 1, "dilation": 1, "shortcut": "auto", "drop_path": 0.0}),
    ("bottleneck", "channels", {"hidden_channels": 2, "stride": 1, "groups": 1, "dilation": 1, "shortcut": "auto", "drop_path": 0.0}),
    ("preact_basic", "channels", {"hidden_channels": 8, "stride": 1, "groups": 1, "dilation": 1, "drop_path": 0.0}),
    ("preact_bottleneck", "channels", {"hidden_channels": 2, "stride": 1, "groups": 1, "dilation": 1, "drop_path": 0.0}),
    ("inverted_residual", "channels", {"expand": 6, "kernel": 3, "stride": 1, "hidden_channels": 96, "drop_path": 0.0}),
    ("conv_norm_act", "channels", {"kernel": 1, "stride": 1, "groups": 1, "dilation": 1}),
    ("squeeze_excitation", "hidden_channels", {"gate": "sigmoid"}),
]  # fmt: skip


@pytest.mark.parametrize(("block", "principal", "defaults"), BUNDLED, ids=[name for name, *_ in BUNDLED])
def test_bundled_blocks_have_these_parameters(block: str, principal: str, defaults: dict[str, Any]) -> None:
    """The bundled blocks are files in this same language, available without `include`."""
    short = graph_of(f"input: [16, 8, 8]\nlayers: [{block}: 8]")
    arguments = yaml.safe_dump({principal: 8, **defaults}, default_flow_style=True).strip()
    assert body(graph_of(f"input: [16, 8, 8]\nlayers: [{block}: {arguments}]")) == body(short)


@pytest.mark.parametrize("block", ["basic", "bottleneck", "preact_basic", "preact_bottleneck", "inverted_residual"])
def test_bundled_blocks_take_attention(block: str) -> None:
    """channels, …, attention"""
    graph = graph_of(
        f"layers: [{block}: {{channels: 8, attention: [squeeze_excitation: {{hidden_channels: 2, name: se}}]}}]"
    )
    assert "se: block squeeze_excitation" in body(graph)


MODULES = cases(
    Case(
        "`bottleneck` | channels // 4",
        "- bottleneck: 16",
        weights={
            "bottleneck.conv1.weight": (4, 4, 1, 1),
            "bottleneck.conv3.weight": (16, 4, 1, 1),
            "bottleneck.downsample.0.weight": (16, 4, 1, 1),
        },
    ),
    Case(
        "stride, groups, dilation",
        "- bottleneck: {channels: 16, stride: 2, groups: 2, dilation: 2}",
        shows="conv2: conv(channels=4, kernel=3, stride=2, dilation=2, groups=2, bias=false) → 4 × 4 × 4",
    ),
    Case(
        "shortcut=auto", "- basic: {channels: 8, shortcut: pad}", modules="basic.conv1 basic.bn1 basic.conv2 basic.bn2"
    ),
    Case(
        "drop_path",
        "- basic: {channels: 8, drop_path: 0.5}",
        shows="drop_path: drop_path(p=0.5) ← basic.bn2 → 8 × 8 × 8",
    ),
    Case(
        "`preact_basic`",
        "- preact_basic: {channels: 8, stride: 2}",
        modules="preact_basic.norm1 preact_basic.conv1 preact_basic.norm2 preact_basic.conv2 preact_basic.downsample.conv",
    ),
    Case(
        "`preact_bottleneck`",
        "- preact_bottleneck: 4",
        modules="preact_bottleneck.norm1 preact_bottleneck.conv1 preact_bottleneck.norm2 preact_bottleneck.conv2 preact_bottleneck.norm3 preact_bottleneck.conv3",
    ),
    Case(
        "`inverted_residual`",
        "- inverted_residual: 4",
        modules="inverted_residual.conv.0.0 inverted_residual.conv.0.1 inverted_residual.conv.1.0 inverted_residual.conv.1.1 inverted_residual.conv.2 inverted_residual.conv.3",
        shows="add: add ← input, inverted_residual.conv.3 → 4 × 8 × 8",
    ),
    Case(
        "`inverted_residual` expand=1",
        "- inverted_residual: {channels: 8, expand: 1}",
        modules="inverted_residual.conv.0.0 inverted_residual.conv.0.1 inverted_residual.conv.1 inverted_residual.conv.2",
        lacks="add",
    ),
    Case(
        "`conv_norm_act` | channels (unchanged), kernel=1, …; numbered",
        "- conv_norm_act: {kernel: 3}\n- conv_norm_act",
        weights={"conv_norm_act.0.weight": (4, 4, 3, 3), "conv_norm_act_2.0.weight": (4, 4, 1, 1)},
    ),
    Case(
        "`squeeze_excitation` | hidden_channels (in_channels // 16)",
        "input: [32, 8, 8]\nlayers: [squeeze_excitation]",
        weights={"squeeze_excitation.fc1.weight": (2, 32, 1, 1), "squeeze_excitation.fc2.weight": (32, 2, 1, 1)},
        shows="act_2: act(type=sigmoid) → 32 × 1 × 1",
    ),
    Case(
        "gate=sigmoid",
        "- squeeze_excitation: {hidden_channels: 2, gate: hardsigmoid}",
        shows="act_2: act(type=hardsigmoid) → 4 × 1 × 1",
    ),
    Case(
        "`mlp` | hidden_channels (4 × in_channels), channels (unchanged), dropout",
        "input: [6]\nlayers: [mlp, mlp: {hidden_channels: 5, channels: 3, dropout: 0.1}]",
        weights={
            "mlp.fc1.weight": (24, 6),
            "mlp.fc2.weight": (6, 24),
            "mlp_2.fc1.weight": (5, 6),
            "mlp_2.fc2.weight": (3, 5),
        },
    ),
    Case(
        "`mlp_residual` | channels (unchanged), hidden_channels (4 × channels)",
        "input: [6]\nlayers: [mlp_residual, mlp_residual: 3]",
        weights={
            "mlp_residual.fc1.weight": (24, 6),
            "mlp_residual_2.fc1.weight": (12, 6),
            "mlp_residual_2.shortcut.0.weight": (3, 6),
        },
    ),
    Case(
        "blocks in other dimensions",
        "input: [4, 9]\nlayers: [bottleneck: {channels: 8, stride: 2}, squeeze_excitation: 2, inverted_residual: 8]",
        output="8 × 5",
    ),
)


@MODULES
def test_bundled_blocks_name_their_children(case: Case, tmp_path: Path) -> None:
    """Specs rely on their parameters and on their children's names"""
    case.check(tmp_path)
