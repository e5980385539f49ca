"""LANGUAGE.md, section 5: shortcuts."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from tests.language.case import Case, body, cases, graph_of, module_of

STRIDED = "conv: {channels: 8, kernel: 3, stride: 2}"
LAST = "input: {channels: 6, size: [5], layout: channels_last}\n"

POLICY = cases(
    Case(
        "The policy compares what the body did, its own stride and its channels, with its input",
        "- residual: [conv: {channels: 9, kernel: 3}, conv: {channels: 4, kernel: 3}]",
        lacks="shortcut",
    ),
    Case(
        "its own stride",
        "- max_pool: 2\n- residual: [conv: {kernel: 3}]",
        graph="""
        max_pool: max_pool(kernel=2) → 4 × 4 × 4
        conv: conv(kernel=3) → 4 × 4 × 4
        add: add ← max_pool, conv → 4 × 4 × 4
        """,
    ),
    Case(
        "not a size that happens to fit",
        "input: [4, 1, 1]\nlayers: [residual: [conv: {kernel: 3, stride: 2}]]",
        graph="""
        conv: conv(kernel=3, stride=2) → 4 × 1 × 1
        shortcut: shortcut ← input  # stride 2
          0: conv(channels=4, stride=2, bias=false) → 4 × 1 × 1
          1: norm(type=batch) → 4 × 1 × 1
        add: add ← shortcut.1, conv → 4 × 1 × 1
        """,
    ),
    Case(
        "its own stride … a stride in one dimension",
        "- residual: [conv: {kernel: 3, stride: [1, 2]}]",
        shows=(
            "shortcut: shortcut ← input  # stride 1 × 2",
            "0: conv(channels=4, stride=[1, 2], bias=false) → 4 × 8 × 4",
        ),
    ),
    Case(
        "a stride that is undone is 1",
        "- residual: [max_pool: 2, conv: 6, upsample: 2, conv: 4]",
        lacks="shortcut",
    ),
    Case(
        "a stride that is undone is 1",
        "- residual: [max_pool: 2, conv_transpose: {channels: 4, kernel: 2, stride: 2}]",
        lacks="shortcut",
    ),
    Case("stride 1 and sizes that differ", "- residual: [conv: {kernel: 3, padding: 0}]  #! A412: 4 × 6 × 6"),
    Case("a body that enlarges", "- residual: [upsample: 2]  #! A413: stride 1/2"),
    Case("a global pool has no stride of its own", "- residual: [global_pool: {keepdim: true}]", output="4 × 8 × 8"),
    Case(
        "and the join broadcasts",
        "- residual: {body: [global_pool: {keepdim: true}], shortcut: []}",
        output="4 × 8 × 8",
    ),
    Case(
        "A `rearrange` keeps the stride where each spatial axis still starts with the same name at the same place",
        "- residual: [rearrange: n c h w -> n h w c, linear: 9, rearrange: n h w c -> n c h w, conv: {channels: 4, stride: 2}]",
        shows="shortcut: shortcut ← input  # stride 2",
    ),
    Case(
        "(`(h p) -> h` multiplies it by p)",
        "- residual: [rearrange: {pattern: n c (h p) (w q) -> n (c p q) h w, p: 2, q: 2}]",
        shows=(
            "shortcut: shortcut ← input  # stride 2, 4 → 16 channels",
            "0: conv(channels=16, stride=2, bias=false) → 16 × 4 × 4",
        ),
    ),
    Case(
        "(`(h p) -> h` multiplies it by p), and `h -> (h p)` divides it",
        "- residual: [conv: {channels: 16, stride: 2}, rearrange: {pattern: n (c p q) h w -> n c (h p) (w q), p: 2, q: 2}]",
        lacks="shortcut",
    ),
    Case(
        "elsewhere it hides it, and then equal sizes count as stride 1",
        "- residual: [rearrange: n c h w -> n c w h, conv]",
        lacks="shortcut",
    ),
    Case(
        "elsewhere it hides it, and then equal sizes count as stride 1",
        "- residual: [conv: {kernel: 3, stride: 2}, upsample: 2, rearrange: n c h w -> n (h w) c, rearrange: {pattern: n (h w) c -> n c h w, h: 8}]",
        lacks="shortcut",
    ),
    Case(
        "and unequal ones are an error",
        "- residual: [rearrange: n c h w -> n c w h, max_pool: 2]  #! A412: 4 × 4 × 4",
    ),
    Case(
        "while channels are compared as ever",
        "- residual: [rearrange: n c h w -> n (h w) c, linear: 6, rearrange: {pattern: n (h w) c -> n c h w, h: 8}]",
        shows=("shortcut: shortcut ← input  # 4 → 6 channels", "0: conv(channels=6, bias=false) → 6 × 8 × 8"),
    ),
    Case("unequal ones are an error", "- residual: [flatten]  #! A412: 256"),
    Case("unequal ones are an error", "- residual: [global_pool]  #! A412"),
    Case("unequal ones are an error", "- residual: [rearrange: n c h w -> n h w c]  #! A412"),
    Case(
        "`rearrange` to another layout with the same sizes",
        "input: [8, 8]\nlayers: [residual: [rearrange: n c l -> n l c]]  #! A412",
    ),
)

AUTO = cases(
    Case(
        "`auto` (default) | identity",
        "- residual: [conv]",
        graph="conv: conv → 4 × 8 × 8\nadd: add ← input, conv → 4 × 8 × 8",
    ),
    Case("`auto` (default)", "- residual: {body: [conv: 8], shortcut: auto}", same="- residual: [conv: 8]"),
    Case("`auto` (default)", "- residual: {body: [conv: 8], shortcut: {policy: auto}}", same="- residual: [conv: 8]"),
    Case("`auto` (default)", "- residual: {body: [conv: 8], shortcut: {}}", same="- residual: [conv: 8]"),
    Case(
        "projection: 1×1 conv with the body's stride, no bias, then the default norm",
        f"norm: {{type: group, groups: 4}}\nlayers: [residual: [{STRIDED}]]",
        graph="""
        conv: conv(channels=8, kernel=3, stride=2) → 8 × 4 × 4
        shortcut: shortcut ← input  # stride 2, 4 → 8 channels
          0: conv(channels=8, stride=2, bias=false) → 8 × 4 × 4
          1: norm(type=group, groups=4) → 8 × 4 × 4
        add: add ← shortcut.1, conv → 8 × 4 × 4
        """,
        weights={"shortcut.0.weight": (8, 4, 1, 1)},
    ),
    Case(
        "1×1 conv … in one dimension",
        "input: [4, 9]\nlayers: [residual: [conv: {channels: 8, kernel: 3, stride: 2}]]",
        weights={"shortcut.0.weight": (8, 4, 1)},
        output="8 × 5",
    ),
    Case(
        "1×1 conv … in three dimensions",
        "input: [4, 5, 4, 3]\nlayers: [residual: [conv: {channels: 8, kernel: 3, stride: 3}]]",
        weights={"shortcut.0.weight": (8, 4, 1, 1, 1)},
        output="8 × 2 × 2 × 1",
    ),
    Case(
        "no bias … whatever `defaults` say",
        "defaults: {conv: {bias: true, kernel: 3}, norm: {eps: 0.1}}\nlayers: [residual: [conv: 8]]",
        shows=("0: conv(channels=8, bias=false) → 8 × 8 × 8", "1: norm(type=batch) → 8 × 8 × 8"),
    ),
    Case(
        "on vectors … linear without bias, then the norm",
        "input: [6]\nlayers: [residual: [linear: 9, act, linear: 8]]",
        graph="""
        linear: linear(features=9) → 9
        act: act(type=relu) → 9
        linear_2: linear(features=8) → 8
        shortcut: shortcut ← input  # 6 → 8 channels
          0: linear(features=8, bias=false) → 8
          1: norm(type=batch) → 8
        add: add ← shortcut.1, linear_2 → 8
        """,
    ),
    Case(
        "on … channels-last values linear without bias, then the norm",
        LAST + "norm: layer\nlayers: [residual: [linear: 8]]",
        shows=("0: linear(features=8, bias=false) → 5 × 8 channels last", "1: norm(type=layer) → 5 × 8 channels last"),
    ),
    Case(
        "(a stride on a channels-last value is an error)",
        "- rearrange: n c h w -> n h w c\n- residual: [rearrange: n h w c -> n c h w, max_pool: 2, rearrange: n c h w -> n h w c]  #! A413: stride 2",
    ),
    Case(
        "With another `merge`: always the identity; the join checks",
        "- residual: {body: [conv: 9], merge: concat}",
        output="13 × 8 × 8",
        lacks="shortcut",
    ),
    Case("the join checks", f"- residual: {{body: [{STRIDED}], merge: concat}}  #! A412: 8 × 4 × 4"),
    Case("the join checks", "- residual: {body: [conv: 9], merge: mul}  #! A412: 9 × 8 × 8"),
    Case("the join checks", "- residual: {body: [conv: 1], merge: mul}", output="4 × 8 × 8"),
    Case(
        "the join checks", "- residual: {body: [global_pool: {keepdim: true}, conv: 4], merge: mul}", output="4 × 8 × 8"
    ),
    Case(
        "a body of one channel is projected to, not broadcast",
        "- residual: [conv: 1]",
        output="1 × 8 × 8",
        shows="shortcut: shortcut ← input  # 4 → 1 channels",
    ),
)

OTHERS = cases(
    Case(
        "`pool` | average pool (kernel = stride, ceil mode …), 1×1 conv, norm (ResNet-D)",
        f"- residual: {{body: [{STRIDED}], shortcut: pool}}",
        graph="""
        conv: conv(channels=8, kernel=3, stride=2) → 8 × 4 × 4
        shortcut: shortcut ← input  # stride 2, 4 → 8 channels
          0: avg_pool(kernel=[2, 2], stride=[2, 2], ceil_mode=true) → 4 × 4 × 4
          1: conv(channels=8, bias=false) → 8 × 4 × 4
          2: norm(type=batch) → 8 × 4 × 4
        add: add ← shortcut.2, conv → 8 × 4 × 4
        """,
    ),
    Case(
        "ceil mode", f"input: [4, 7, 5]\nlayers: [residual: {{body: [{STRIDED}], shortcut: pool}}]", output="8 × 4 × 3"
    ),
    Case(
        "at stride 1 an identity, which keeps its number",
        "- residual: {body: [conv: 8], shortcut: pool}",
        shows=("0: identity → 4 × 8 × 8", "1: conv(channels=8, bias=false) → 8 × 8 × 8"),
        modules="conv shortcut.1 shortcut.2",
    ),
    Case("`pool` | identity", "- residual: {body: [conv], shortcut: pool}", lacks="shortcut"),
    Case("`pool` on vectors", "input: [6]\nlayers: [residual: {body: [linear: 8], shortcut: pool}]", output="8"),
    Case(
        "`pad` | subsample, then zero channels, appended (`side: after`, the default)",
        f"- residual: {{body: [{STRIDED}], shortcut: pad}}",
        shows=(
            "0: max_pool(kernel=1, stride=[2, 2]) → 4 × 4 × 4",
            "1: pad(padding=[0, 0, 0, 0, 0, 4]) → 8 × 4 × 4",
        ),
        modules="conv",
    ),
    Case(
        "or half on each side (`side: both`)",
        "- residual: {body: [conv: 10], shortcut: {policy: pad, side: both}}",
        shows="0: pad(padding=[0, 0, 0, 0, 3, 3]) → 10 × 8 × 8",
    ),
    Case("`pad` | identity", "- residual: {body: [conv], shortcut: pad}", lacks="shortcut"),
    Case("subsample", "- residual: {body: [conv: {stride: 2}], shortcut: pad}", output="4 × 4 × 4", lacks="pad("),
    Case(
        "subsample",
        "input: [4, 7, 1]\nlayers: [residual: {body: [conv: {kernel: 3, stride: 2}], shortcut: pad}]",
        output="4 × 4 × 1",
    ),
    Case("zero channels", "- residual: {body: [conv: 3], shortcut: pad}  #! A413: 4 → 3"),
    Case("zero channels on vectors", "input: [6]\nlayers: [residual: {body: [linear: 8], shortcut: pad}]", output="8"),
    Case(
        "zero channels on channels last",
        LAST + "layers: [residual: {body: [linear: 8], shortcut: pad}]",
        output="5 × 8",
    ),
    Case(
        "no parameters: `pad` needs no norm",
        "archspec: 1\ninput: [4, 8, 8]\nlayers: [residual: {body: [conv: 8], shortcut: pad}]",
        modules="conv",
    ),
    Case("`matching` | identity", "- residual: {body: [conv], shortcut: matching}", same="- residual: [conv]"),
    Case("no shortcut at all (MobileNetV2)", "- residual: {body: [conv: 8], shortcut: matching}", same="- conv: 8"),
    Case(
        "no shortcut at all",
        "- residual: {body: [conv: {stride: 2}], shortcut: matching, after: [act]}",
        same="- conv: {stride: 2}\n- act",
    ),
    Case(
        "no shortcut at all",
        "input: [4, 1, 1]\nlayers: [residual: {body: [conv: {stride: 2}], shortcut: matching}]",
        lacks="add",
    ),
    Case(
        "`matching` with another `merge`",
        "- residual: {body: [conv: 8], shortcut: matching, merge: concat}",
        output="8 × 8 × 8",
    ),
    Case("`identity` | identity", "- residual: {body: [conv], shortcut: identity}", same="- residual: [conv]"),
    Case(
        "an error that says what differs", "- residual: {body: [conv: 8], shortcut: identity}  #! A411: 4 → 8 channels"
    ),
    Case(
        "an error that says what differs",
        "- residual: {body: [conv: {stride: 2}], shortcut: identity}  #! A411: stride 2",
    ),
    Case(
        "an error that says what differs",
        "input: [4, 1, 1]\nlayers: [residual: {body: [conv: {stride: 2}], shortcut: identity}]  #! A411: stride 2",
    ),
    Case("`none` | nothing is added", "- residual: {body: [conv], shortcut: none}", same="- conv"),
    Case(
        "`none` | nothing is added",
        "- residual: {body: [flatten], shortcut: none, after: [act]}",
        same="- flatten\n- act",
    ),
    Case(
        "`{policy: always, layers: [ … ]}` | those nodes",
        "- residual: {body: [conv], shortcut: {policy: always, layers: [norm, conv]}}",
        graph="""
        conv: conv → 4 × 8 × 8
        shortcut: shortcut ← input
          0: norm(type=batch) → 4 × 8 × 8
          1: conv → 4 × 8 × 8
        add: add ← shortcut.1, conv → 4 × 8 × 8
        """,
    ),
    Case(
        "a list of nodes | short for `always`",
        "- residual: {body: [conv], shortcut: [norm]}",
        same="- residual: {body: [conv], shortcut: {policy: always, layers: [norm]}}",
    ),
    Case(
        "a list of nodes",
        "- residual: {body: [conv: 8], shortcut: [conv: {channels: 8, kernel: 3}]}",
        modules="conv shortcut.0",
    ),
    Case("those nodes, whatever they give", "- residual: {body: [conv: 8], shortcut: [norm]}  #! A412: 4 × 8 × 8"),
    Case(
        "those nodes, whatever they give",
        "- residual: {body: [conv: 6], shortcut: [conv: 5], merge: concat}",
        output="11 × 8 × 8",
    ),
    Case(
        "those nodes of a body that hides its stride",
        "- residual: {body: [global_pool], shortcut: [flatten, linear: 4]}",
        output="4",
    ),
    Case("an empty list is the identity", "- residual: {body: [conv], shortcut: []}", same="- residual: [conv]"),
    Case(
        "`{policy: auto, layers: [ … ]}` | identity",
        "- residual: {body: [conv], shortcut: {policy: auto, layers: [norm]}}",
        same="- residual: [conv]",
    ),
    Case(
        "`{policy: auto, layers: [ … ]}` | … those nodes",
        f"- residual: {{body: [{STRIDED}], shortcut: {{policy: auto, layers: [max_pool: 2, conv: 8]}}}}",
        graph="""
        conv: conv(channels=8, kernel=3, stride=2) → 8 × 4 × 4
        shortcut: shortcut ← input
          0: max_pool(kernel=2) → 4 × 4 × 4
          1: conv(channels=8) → 8 × 4 × 4
        add: add ← shortcut.1, conv → 8 × 4 × 4
        """,
    ),
    Case(
        "`{policy: auto, layers: [ … ]}`: `auto` is the default policy",
        "- residual: {body: [conv], shortcut: {layers: [norm]}}",
        same="- residual: [conv]",
    ),
    Case("policies", "- residual: {body: [conv], shortcut: atuo}  #! A203: atuo"),
    Case("policies", "- residual: {body: [conv], shortcut: always}  #! A204: layers"),
    Case("policies", "- residual: {body: [conv], shortcut: {policy: pool, layers: [act]}}  #! A204: pool"),
    Case("policies", "- residual: {body: [conv], shortcut: {side: both}}  #! A204: side"),
    Case("policies", "- residual: {body: [conv], shortcut: {policy: pad, side: left}}  #! A203: left"),
    Case("policies", "- residual: {body: [conv], shortcut: {polciy: pad}}  #! A201: polciy"),
    Case("policies", "- residual: {body: [conv], shortcut: false}  #! A203"),
    Case("policies", "- residual: {body: [conv], shortcut: {policy: always, layers: []}}", same="- residual: [conv]"),
    Case(
        "policies are values",
        "params: {way: pad}\nlayers: [residual: {body: [conv: 8], shortcut: $way}]",
        modules="conv",
    ),
)

FULL = cases(
    Case(
        "In full: `shortcut: {policy: auto, name: downsample, norm: group}`",
        "- residual: {body: [conv: 32], shortcut: {policy: auto, name: downsample, norm: group}}",
        shows=("downsample: shortcut ← input  # 4 → 32 channels", "1: norm(type=group) → 32 × 8 × 8"),
    ),
    Case(
        "`name` is the child's name, default `shortcut` (then `shortcut_2`, …)",
        "- residual: [conv: 8]\n- residual: [conv: 8]\n- residual: [conv: 16]\n- residual: {body: [conv: 8], shortcut: {name: down}}\n- residual: [conv: 4]",
        modules="conv shortcut.0 shortcut.1 conv_2 conv_3 shortcut_2.0 shortcut_2.1 conv_4 down.0 down.1 conv_5 shortcut_3.0 shortcut_3.1",
    ),
    Case(
        "`name` is the child's name",
        "- residual: {body: [conv: {name: a, channels: 8}], shortcut: {name: a}}  #! A312: a",
    ),
    Case(
        "`name` is the child's name",
        "- residual: {body: [conv: 8], shortcut: {name: x.down}}",
        modules="conv x.down.0 x.down.1",
    ),
    Case("`name` is the child's name", "- residual: {body: [conv: 8], shortcut: {name: [x]}}  #! A203: name"),
    Case(
        "`name` is the child's name",
        "- repeat: {times: 2, layers: [residual: {body: [conv: $(8 + index)], shortcut: {name: down$index}}]}",
        modules="conv down0.0 down0.1 conv_2 down1.0 down1.1",
    ),
    Case(
        "default `shortcut` … in a named residual",
        "- residual: {name: r, body: [conv: 8]}\n- residual: {name: s, body: [conv: 9]}",
        modules="r.conv r.shortcut.0 r.shortcut.1 s.conv s.shortcut.0 s.shortcut.1",
    ),
    Case(
        "its nodes are numbered",
        "- residual: {body: [conv: 8], shortcut: [act, conv: 8, norm: {name: n}, conv]}",
        modules="conv shortcut.1 shortcut.n shortcut.3",
    ),
    Case(
        "A projection needs a default norm",
        "archspec: 1\ninput: [4, 8, 8]\nlayers: [residual: [conv: 8]]  #! A414: 4 → 8 channels",
    ),
    Case(
        "A projection needs a default norm", "archspec: 1\ninput: [4, 8, 8]\nlayers: [residual: [conv]]", lacks="norm"
    ),
    Case(
        "`norm: none` leaves it out",
        "archspec: 1\ninput: [4, 8, 8]\nlayers: [residual: {body: [conv: 8], shortcut: {norm: none}}]",
        modules="conv shortcut.0",
    ),
    Case(
        "`norm: none` leaves it out",
        "norm: none\nlayers: [residual: [conv: 8]]",
        modules="conv shortcut.0",
        lacks="norm",
    ),
    Case(
        "`norm: none` leaves it out",
        "norm: none\nlayers: [residual: {body: [conv: 8], shortcut: pool}]",
        modules="conv shortcut.1",
        lacks="norm",
    ),
    Case(
        "`norm` of the shortcut",
        "- residual: {body: [conv: 8], shortcut: {norm: {type: group, groups: 2}}}",
        shows="1: norm(type=group, groups=2) → 8 × 8 × 8",
    ),
    Case("`norm` of the shortcut", "- residual: {body: [conv: 8], shortcut: {norm: grup}}  #! A203: grup"),
    Case(
        "`norm` of the shortcut",
        "- residual: {body: [conv: 8], shortcut: {norm: {type: layer, momentum: 0.1}}}  #! A204: momentum",
    ),
    Case(
        "`norm` of the shortcut",
        "- residual: {body: [conv: 8], shortcut: {norm: {eps: 0.5}}}",
        shows="1: norm(type=batch, eps=0.5) → 8 × 8 × 8",
    ),
    Case(
        "`norm` of a stage holds for its projections",
        "- stage: {block: basic, channels: 8, norm: layer}",
        shows="1: norm(type=layer) → 8 × 8 × 8",
    ),
    Case("the groups of a norm must divide", "norm: group\nlayers:\n- residual: [conv: 8]  #! A404: 32 groups"),
    Case(
        "an unused shortcut is checked too",
        "- residual: {body: [conv], shortcut: {policy: auto, layers: [covn: 8]}}  #! A301: covn",
    ),
)


@POLICY
def test_what_the_policy_compares(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@AUTO
def test_auto(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@OTHERS
def test_other_policies(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@FULL
def test_in_full(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@pytest.mark.parametrize(("channels", "before", "after"), [(5, 0, 1), (6, 1, 1), (7, 1, 2), (9, 2, 3)])
def test_an_odd_number_of_zero_channels_on_both_sides(channels: int, before: int, after: int) -> None:
    """or half on each side (`side: both`)"""
    graph = graph_of(f"- residual: {{body: [conv: {channels}], shortcut: {{policy: pad, side: both}}}}")
    assert f"pad(padding=[0, 0, 0, 0, {before}, {after}])" in body(graph)


def test_option_a_computes_what_he_et_al_write() -> None:
    """subsample, then zero channels …: option A of He et al., no parameters"""
    module = module_of(f"- residual: {{body: [{STRIDED}], shortcut: pad}}").eval()
    x = torch.randn(2, 4, 8, 8)
    wanted = module.get_submodule("conv")(x) + F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, 4))
    torch.testing.assert_close(module(x), wanted)


def test_the_pool_averages_what_is_there() -> None:
    """average pool (kernel = stride, ceil mode …), 1×1 conv, norm (ResNet-D)"""
    module = module_of(f"input: [4, 7, 7]\nlayers: [residual: {{body: [{STRIDED}], shortcut: pool}}]").eval()
    x = torch.randn(2, 4, 7, 7)
    pooled = F.avg_pool2d(x, 2, 2, ceil_mode=True, count_include_pad=False)
    down = module.get_submodule("shortcut")
    wanted = module.get_submodule("conv")(x) + down.get_submodule("2")(down.get_submodule("1")(pooled))
    torch.testing.assert_close(module(x), wanted)
