"""docs/language.md, section 5: the policies of shortcuts other than `auto`."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from tests.sentences.case import Case, body, cases, graph_of, module_of

STRIDED = "conv: {channels: 8, kernel: 3, stride: 2}"

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


@OTHERS
def test_other_policies(case: Case, tmp_path: Path) -> None:
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
