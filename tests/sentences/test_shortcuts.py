"""docs/language.md, section 5: shortcuts."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from tests.sentences.case import Case, body, cases, graph_of, module_of

STRIDED = "conv: {channels: 8, kernel: 3, stride: 2}"
LAST = "input: {channels: 6, size: [5], layout: channels_last}\n"

POLICY = cases(
    """
    # The policy compares what the body did, its own stride and its channels, with its input
    - residual: [conv: {channels: 9, kernel: 3}, conv: {channels: 4, kernel: 3}]  #- shortcut

    # its own stride
    layers:
    - max_pool: 2
    - residual: [conv: {kernel: 3}]
    ---
    max_pool: max_pool(kernel=2) → 4 × 4 × 4
    conv: conv(kernel=3) → 4 × 4 × 4
    add: add ← max_pool, conv → 4 × 4 × 4

    layers:
    - conv: {name: a}
    - global_pool: {keepdim: true, name: gate}
    - residual: {from: a, body: [conv: {stride: 2}, add: [gate, .]]}  #= 4 × 4 × 4

    # not a size that happens to fit
    input: [4, 1, 1]
    layers: [residual: [conv: {kernel: 3, stride: 2}]]
    ---
    conv: conv(kernel=3, stride=2) → 4 × 1 × 1
    shortcut: shortcut ← input  # stride 2
      0: conv(channels=4, stride=2, bias=false) → 4 × 1 × 1
      1: norm(type=batch) → 4 × 1 × 1
    add: add ← shortcut.1, conv → 4 × 1 × 1

    # its own stride … a stride in one dimension
    layers:
    - residual: [conv: {kernel: 3, stride: [1, 2]}]
    #~ shortcut: shortcut ← input  # stride 1 × 2
    #~ 0: conv(channels=4, stride=[1, 2], bias=false) → 4 × 8 × 4

    # a stride that is undone is 1
    - residual: [max_pool: 2, conv: 6, upsample: 2, conv: 4]                        #- shortcut
    - residual: [max_pool: 2, conv_transpose: {channels: 4, kernel: 2, stride: 2}]  #- shortcut

    # stride 1 and sizes that differ
    - residual: [conv: {kernel: 3, padding: 0}]  #! A412: 4 × 6 × 6

    # a body that enlarges
    - residual: [upsample: 2]  #! A413: stride 1/2

    # a global pool has no stride of its own
    - residual: [global_pool: {keepdim: true}]  #= 4 × 8 × 8

    # and the join broadcasts
    - residual: {body: [global_pool: {keepdim: true}], shortcut: []}  #= 4 × 8 × 8

    # A `rearrange` keeps the stride where each spatial axis still starts with the same name at the same place
    layers:
    - residual:
        [rearrange: n c h w -> n h w c, linear: 9, rearrange: n h w c -> n c h w, conv: {channels: 4, stride: 2}]
    #~ shortcut: shortcut ← input  # stride 2

    # (`(h p) -> h` multiplies it by p)
    layers:
    - residual: [rearrange: {pattern: n c (h p) (w q) -> n (c p q) h w, p: 2, q: 2}]
    #~ shortcut: shortcut ← input  # stride 2, 4 → 16 channels
    #~ 0: conv(channels=16, stride=2, bias=false) → 16 × 4 × 4

    # (`(h p) -> h` multiplies it by p), and `h -> (h p)` divides it
    layers:
    - residual: [conv: {channels: 16, stride: 2}, rearrange: {pattern: n (c p q) h w -> n c (h p) (w q), p: 2, q: 2}]
    #- shortcut

    # elsewhere it hides it, and then equal sizes count as stride 1
    - residual: [rearrange: n c h w -> n c w h, conv]  #- shortcut

    layers:
    - residual:
      - conv: {kernel: 3, stride: 2}
      - upsample: 2
      - rearrange: n c h w -> n (h w) c
      - rearrange: {pattern: n (h w) c -> n c h w, h: 8}
    #- shortcut

    # and unequal ones are an error
    - residual: [rearrange: n c h w -> n c w h, max_pool: 2]  #! A412: 4 × 4 × 4

    # while channels are compared as ever
    layers:
    - residual: [rearrange: n c h w -> n (h w) c, linear: 6, rearrange: {pattern: n (h w) c -> n c h w, h: 8}]
    #~ shortcut: shortcut ← input  # 4 → 6 channels
    #~ 0: conv(channels=6, bias=false) → 6 × 8 × 8

    # unequal ones are an error
    - residual: [flatten]                        #! A412: 256
    - residual: [global_pool]                    #! A412
    - residual: [rearrange: n c h w -> n h w c]  #! A412

    # `rearrange` to another layout with the same sizes
    input: [8, 8]
    - residual: [rearrange: n c l -> n l c]  #! A412
    """,
)

AUTO = cases(
    """
    # `auto` (default) | identity
    layers:
    - residual: [conv]
    ---
    conv: conv → 4 × 8 × 8
    add: add ← input, conv → 4 × 8 × 8

    # `auto` (default)
    layers:
    - residual: {body: [conv: 8], shortcut: auto}
    ===
    - residual: [conv: 8]

    layers:
    - residual: {body: [conv: 8], shortcut: {policy: auto}}
    ===
    - residual: [conv: 8]

    layers:
    - residual: {body: [conv: 8], shortcut: {}}
    ===
    - residual: [conv: 8]

    # projection: 1×1 conv with the body's stride, no bias, then the default norm
    norm: {type: group, groups: 4}
    layers: [residual: [conv: {channels: 8, kernel: 3, stride: 2}]]  #w shortcut.0.weight 8 4 1 1
    ---
    conv: conv(channels=8, kernel=3, stride=2) → 8 × 4 × 4
    shortcut: shortcut ← input  # stride 2, 4 → 8 channels
      0: conv(channels=8, stride=2, bias=false) → 8 × 4 × 4
      1: norm(type=group, groups=4) → 8 × 4 × 4
    add: add ← shortcut.1, conv → 8 × 4 × 4

    # 1×1 conv … in one dimension
    input: [4, 9]
    - residual: [conv: {channels: 8, kernel: 3, stride: 2}]  #= 8 × 5  #w shortcut.0.weight 8 4 1

    # 1×1 conv … in three dimensions
    input: [4, 5, 4, 3]
    - residual: [conv: {channels: 8, kernel: 3, stride: 3}]  #= 8 × 2 × 2 × 1  #w shortcut.0.weight 8 4 1 1 1

    # no bias … whatever `defaults` say
    defaults: {conv: {bias: true, kernel: 3}, norm: {eps: 0.1}}
    - residual: [conv: 8]  #~ 0: conv(channels=8, bias=false) → 8 × 8 × 8  #~ 1: norm(type=batch) → 8 × 8 × 8

    # on vectors … linear without bias, then the norm
    input: [6]
    layers: [residual: [linear: 9, act, linear: 8]]
    ---
    linear: linear(features=9) → 9
    act: act(type=relu) → 9
    linear_2: linear(features=8) → 8
    shortcut: shortcut ← input  # 6 → 8 channels
      0: linear(features=8, bias=false) → 8
      1: norm(type=batch) → 8
    add: add ← shortcut.1, linear_2 → 8

    # on … channels-last values linear without bias, then the norm
    input: {channels: 6, size: [5], layout: channels_last}
    norm: layer
    layers: [residual: [linear: 8]]
    #~ 0: linear(features=8, bias=false) → 5 × 8 channels last
    #~ 1: norm(type=layer) → 5 × 8 channels last

    # (a stride on a channels-last value is an error)
    layers:
    - rearrange: n c h w -> n h w c
    - residual: [rearrange: n h w c -> n c h w, max_pool: 2, rearrange: n c h w -> n h w c]  #! A413: stride 2

    # With another `merge`: always the identity; the join checks
    - residual: {body: [conv: 9], merge: concat}  #= 13 × 8 × 8  #- shortcut

    # the join checks
    - residual: {body: [conv: {channels: 8, kernel: 3, stride: 2}], merge: concat}  #! A412: 8 × 4 × 4
    - residual: {body: [conv: 9], merge: mul}                                       #! A412: 9 × 8 × 8
    - residual: {body: [conv: 1], merge: mul}                                       #= 4 × 8 × 8
    - residual: {body: [global_pool: {keepdim: true}, conv: 4], merge: mul}         #= 4 × 8 × 8

    # a body of one channel is projected to, not broadcast
    - residual: [conv: 1]  #= 1 × 8 × 8  #~ shortcut: shortcut ← input  # 4 → 1 channels
    """,
)

OTHERS = cases(
    """
    # `pool` | average pool (kernel = stride, ceil mode …), 1×1 conv, norm (ResNet-D)
    layers:
    - residual: {body: [conv: {channels: 8, kernel: 3, stride: 2}], shortcut: pool}
    ---
    conv: conv(channels=8, kernel=3, stride=2) → 8 × 4 × 4
    shortcut: shortcut ← input  # stride 2, 4 → 8 channels
      0: avg_pool(kernel=[2, 2], stride=[2, 2], ceil_mode=true) → 4 × 4 × 4
      1: conv(channels=8, bias=false) → 8 × 4 × 4
      2: norm(type=batch) → 8 × 4 × 4
    add: add ← shortcut.2, conv → 8 × 4 × 4

    # ceil mode
    input: [4, 7, 5]
    - residual: {body: [conv: {channels: 8, kernel: 3, stride: 2}], shortcut: pool}  #= 8 × 4 × 3

    # at stride 1 an identity, which keeps its number
    layers:
    - residual: {body: [conv: 8], shortcut: pool}
    #> conv shortcut.1 shortcut.2
    #~ 0: identity → 4 × 8 × 8
    #~ 1: conv(channels=8, bias=false) → 8 × 8 × 8

    # `pool` | identity
    - residual: {body: [conv], shortcut: pool}  #- shortcut

    # at stride 1 an identity, which keeps its number: on vectors and channels-last values too
    input: [6]
    - residual: {body: [linear: 8], shortcut: pool}  #= 8  #> linear shortcut.1 shortcut.2

    input: {channels: 6, size: [5], layout: channels_last}
    - residual: {body: [linear: 8], shortcut: pool}  #= 5 × 8  #> linear shortcut.1 shortcut.2

    # `pad` | subsample, then zero channels, appended (`side: after`, the default)
    layers:
    - residual: {body: [conv: {channels: 8, kernel: 3, stride: 2}], shortcut: pad}
    #> conv
    #~ 0: max_pool(kernel=1, stride=[2, 2]) → 4 × 4 × 4
    #~ 1: pad(padding=[0, 0, 0, 0, 0, 4]) → 8 × 4 × 4

    # or half on each side (`side: both`)
    layers:
    - residual: {body: [conv: 10], shortcut: {policy: pad, side: both}}
    #~ 0: pad(padding=[0, 0, 0, 0, 3, 3]) → 10 × 8 × 8

    blocks:
      own: {params: {policy: pad}, layers: [residual: {body: [conv: 10], shortcut: {policy: $policy, side: both}}]}
    - own  #= 10 × 8 × 8

    # `pad` | identity
    - residual: {body: [conv], shortcut: pad}  #- shortcut

    # subsample
    - residual: {body: [conv: {stride: 2}], shortcut: pad}  #= 4 × 4 × 4  #- pad(

    input: [4, 7, 1]
    - residual: {body: [conv: {kernel: 3, stride: 2}], shortcut: pad}  #= 4 × 4 × 1

    # zero channels
    - residual: {body: [conv: 3], shortcut: pad}  #! A413: 4 → 3

    # zero channels on vectors
    input: [6]
    - residual: {body: [linear: 8], shortcut: pad}  #= 8

    # zero channels on channels last
    input: {channels: 6, size: [5], layout: channels_last}
    - residual: {body: [linear: 8], shortcut: pad}  #= 5 × 8

    # subsample a channels-last value
    input: {channels: 6, size: [5, 8], layout: channels_last}
    layers:
    - residual:
        body: [rearrange: n h w c -> n c h w, conv: {channels: 8, kernel: 3, stride: [2, 1]}, rearrange: n c h w -> n h w c]
        shortcut: pad
    #= 3 × 8 × 8
    #> conv
    #~ 1: max_pool(kernel=1, stride=[2, 1]) → 6 × 3 × 8
    #~ 3: pad(padding=[0, 2]) → 3 × 8 × 8 channels last

    # no parameters: `pad` needs no norm
    archspec: 1
    input: [4, 8, 8]
    - residual: {body: [conv: 8], shortcut: pad}  #> conv

    # `matching` | identity
    layers:
    - residual: {body: [conv], shortcut: matching}
    ===
    - residual: [conv]

    # no shortcut at all (MobileNetV2)
    layers:
    - residual: {body: [conv: 8], shortcut: matching}
    ===
    - conv: 8

    # no shortcut at all
    layers:
    - residual: {body: [conv: {stride: 2}], shortcut: matching, after: [act]}
    ===
    - conv: {stride: 2}
    - act

    input: [4, 1, 1]
    - residual: {body: [conv: {stride: 2}], shortcut: matching}  #- add

    # `matching` with another `merge`
    - residual: {body: [conv: 8], shortcut: matching, merge: concat}  #= 8 × 8 × 8

    # `identity` | identity
    layers:
    - residual: {body: [conv], shortcut: identity}
    ===
    - residual: [conv]

    # an error that says what differs
    - residual: {body: [conv: 8], shortcut: identity}            #! A411: 4 → 8 channels
    - residual: {body: [conv: {stride: 2}], shortcut: identity}  #! A411: stride 2

    input: [4, 1, 1]
    - residual: {body: [conv: {stride: 2}], shortcut: identity}  #! A411: stride 2

    # `none` | nothing is added
    layers:
    - residual: {body: [conv], shortcut: none}
    ===
    - conv

    layers:
    - residual: {body: [flatten], shortcut: none, after: [act]}
    ===
    - flatten
    - act

    # `{policy: always, layers: [ … ]}` | those nodes
    layers:
    - residual: {body: [conv], shortcut: {policy: always, layers: [norm, conv]}}
    ---
    conv: conv → 4 × 8 × 8
    shortcut: shortcut ← input
      0: norm(type=batch) → 4 × 8 × 8
      1: conv → 4 × 8 × 8
    add: add ← shortcut.1, conv → 4 × 8 × 8

    # a list of nodes | short for `always`
    layers:
    - residual: {body: [conv], shortcut: [norm]}
    ===
    - residual: {body: [conv], shortcut: {policy: always, layers: [norm]}}

    - residual: {body: [conv: 8], shortcut: [conv: {channels: 8, kernel: 3}]}  #> conv shortcut.0

    # those nodes, whatever they give
    - residual: {body: [conv: 8], shortcut: [norm]}                    #! A412: 4 × 8 × 8
    - residual: {body: [conv: 6], shortcut: [conv: 5], merge: concat}  #= 11 × 8 × 8

    # those nodes of a body that hides its stride
    - residual: {body: [global_pool], shortcut: [flatten, linear: 4]}  #= 4

    # an empty list is the identity
    layers:
    - residual: {body: [conv], shortcut: []}
    ===
    - residual: [conv]

    # `{policy: auto, layers: [ … ]}` | identity
    layers:
    - residual: {body: [conv], shortcut: {policy: auto, layers: [norm]}}
    ===
    - residual: [conv]

    # `{policy: auto, layers: [ … ]}` | … those nodes
    layers:
    - residual:
        body: [conv: {channels: 8, kernel: 3, stride: 2}]
        shortcut: {policy: auto, layers: [max_pool: 2, conv: 8]}
    ---
    conv: conv(channels=8, kernel=3, stride=2) → 8 × 4 × 4
    shortcut: shortcut ← input
      0: max_pool(kernel=2) → 4 × 4 × 4
      1: conv(channels=8) → 8 × 4 × 4
    add: add ← shortcut.1, conv → 8 × 4 × 4

    # `{policy: auto, layers: [ … ]}`: `auto` is the default policy
    layers:
    - residual: {body: [conv], shortcut: {layers: [norm]}}
    ===
    - residual: [conv]

    # policies
    - residual: {body: [conv], shortcut: atuo}                           #! A203: atuo
    - residual: {body: [conv], shortcut: always}                         #! A204: layers
    - residual: {body: [conv], shortcut: {policy: pool, layers: [act]}}  #! A204: pool
    - residual: {body: [conv], shortcut: {side: both}}                   #! A204: side
    - residual: {body: [conv], shortcut: {policy: pad, side: left}}      #! A203: left
    - residual: {body: [conv], shortcut: {polciy: pad}}                  #! A201: polciy
    - residual: {body: [conv], shortcut: false}                          #! A203

    # policies are values
    params: {way: pad}
    - residual: {body: [conv: 8], shortcut: $way}  #> conv
    """,
)

FULL = cases(
    """
    # In full: `shortcut: {policy: auto, name: downsample, norm: group}`
    layers:
    - residual: {body: [conv: 32], shortcut: {policy: auto, name: downsample, norm: group}}
    #~ downsample: shortcut ← input  # 4 → 32 channels
    #~ 1: norm(type=group) → 32 × 8 × 8

    # `name` is the child's name, default `shortcut` (then `shortcut_2`, …)
    layers:
    - residual: [conv: 8]
    - residual: [conv: 8]
    - residual: [conv: 16]
    - residual: {body: [conv: 8], shortcut: {name: down}}
    - residual: [conv: 4]
    #w shortcut.0.weight 8 4 1 1, shortcut_2.0.weight 16 8 1 1, down.0.weight 8 16 1 1, shortcut_3.0.weight 4 8 1 1

    # `name` is the child's name, and two of one name are an error
    layers:
    - residual: {body: [conv: 8], shortcut: {name: shortcut}}
    - residual: {body: [conv: 9], shortcut: {name: shortcut}}  #! A312: shortcut

    # `name` is the child's name
    - residual: {body: [conv: {name: a, channels: 8}], shortcut: {name: a}}  #! A312: a
    - residual: {body: [conv: 8], shortcut: {name: x.down}}                  #> conv x.down.0 x.down.1
    - residual: {body: [conv: 8], shortcut: {name: [x]}}                     #! A203: name

    layers:
    - repeat: {times: 2, layers: [residual: {body: [conv: $(8 + index)], shortcut: {name: down$index}}]}
    #> conv down0.0 down0.1 conv_2 down1.0 down1.1

    # default `shortcut` … in a named residual
    layers:
    - residual: {name: r, body: [conv: 8]}
    - residual: {name: s, body: [conv: 9]}  #> r.conv r.shortcut.0 r.shortcut.1 s.conv s.shortcut.0 s.shortcut.1

    # its nodes are numbered
    layers:
    - residual: {body: [conv: 8], shortcut: [act, conv: 8, norm: {name: n}, conv]}
    #> conv shortcut.1 shortcut.n shortcut.3

    # A projection needs a default norm
    archspec: 1
    input: [4, 8, 8]
    - residual: [conv: 8]  #! A414: 4 → 8 channels
    - residual: [conv]     #- norm

    # `norm: none` leaves it out
    archspec: 1
    input: [4, 8, 8]
    - residual: {body: [conv: 8], shortcut: {norm: none}}  #> conv shortcut.0

    norm: none
    - residual: [conv: 8]                          #> conv shortcut.0  #- norm
    - residual: {body: [conv: 8], shortcut: pool}  #> conv shortcut.1  #- norm

    # `norm` of the shortcut
    layers:
    - residual: {body: [conv: 8], shortcut: {norm: {type: group, groups: 2}}}
    #~ 1: norm(type=group, groups=2) → 8 × 8 × 8

    - residual: {body: [conv: 8], shortcut: {norm: grup}}                          #! A203: grup
    - residual: {body: [conv: 8], shortcut: {norm: {type: layer, momentum: 0.1}}}  #! A204: momentum
    - residual: {body: [conv: 8], shortcut: {norm: {eps: 0.5}}}  #~ 1: norm(type=batch, eps=0.5) → 8 × 8 × 8

    # `norm` of a stage holds for its projections
    - stage: {block: basic, channels: 8, norm: layer}  #~ 1: norm(type=layer) → 8 × 8 × 8

    # the groups of a norm must divide
    norm: group
    - residual: [conv: 8]  #! A404: 32 groups

    # an unused shortcut is checked too
    - residual: {body: [conv], shortcut: {policy: auto, layers: [covn: 8]}}  #! A301: covn
    """,
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
