"""docs/language.md, section 5: shortcuts."""

from __future__ import annotations

from pathlib import Path

from tests.sentences.case import Case, cases

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


@FULL
def test_in_full(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
