"""docs/language.md, section 5: `parallel`, and joins."""

from __future__ import annotations

from pathlib import Path

import torch

from tests.sentences.case import Case, cases, module_of

PARALLEL = cases(
    """
    # `parallel: {branches: {a: [ … ], b: [ … ]}, merge: concat, split: false}`
    layers:
    - parallel: {branches: {a: [conv: 8], b: [conv: 6, act]}}
    ---
    a: branch
      0: conv(channels=8) → 8 × 8 × 8
    b: branch ← input
      0: conv(channels=6) → 6 × 8 × 8
      1: act(type=relu) → 6 × 8 × 8
    concat: concat ← a.0, b.1 → 14 × 8 × 8

    # principal: branches
    layers:
    - parallel: [[conv: 8], [conv: 6, act]]
    ---
    conv: conv(channels=8) → 8 × 8 × 8
    conv_2: conv(channels=6) ← input → 6 × 8 × 8
    act: act(type=relu) → 6 × 8 × 8
    concat: concat ← conv, act → 14 × 8 × 8

    - parallel: [conv: 8, conv: 6]  #! A201

    # `merge`
    - parallel: {branches: [[conv], [norm]], merge: add}  #~ add: add ← conv, norm → 4 × 8 × 8
    - parallel: {branches: [[conv], [norm]], merge: mul}  #~ mul: mul ← conv, norm → 4 × 8 × 8

    # An empty branch `[]` is the identity
    layers:
    - parallel: {branches: {a: [], b: [conv]}, merge: add}
    ---
    a: branch
    b: branch
      0: conv → 4 × 8 × 8
    add: add ← input, b.0 → 4 × 8 × 8

    layers:
    - parallel: [[], []]
    ---
    concat: concat ← input, input → 8 × 8 × 8

    # a branch may be `{when: …, layers: [ … ]}`, and a branch that is left out takes no part
    params: {pool: false}
    layers:
      - parallel:
          branches:
            a: [conv: 8]
            b: {when: $pool, layers: [max_pool: 3]}
            c: {when: $(not pool), layers: [conv: 2]}
    ---
    a: branch
      0: conv(channels=8) → 8 × 8 × 8
    c: branch ← input
      0: conv(channels=2) → 2 × 8 × 8
    concat: concat ← a.0, c.0 → 10 × 8 × 8

    # a branch that is left out takes no part
    layers:
    - parallel: [{when: false, layers: [conv: 3]}, {layers: [conv: 8]}]
    ---
    conv: conv(channels=8) → 8 × 8 × 8

    - parallel: [{when: false, layers: [conv: 3]}]  #! A415

    # a branch may be
    - parallel: [{when: true}]                     #! A202: layers
    - parallel: [{when: 'no', layers: [act]}, []]  #! A203: when
    - parallel: [{layers: [act], name: a}, []]     #! A201: name
    - parallel: [{conv: 8}, {act: null}]           #! A201: conv

    # all mistakes at once, in a branch of a `parallel` that fails
    layers:
    - parallel:
        merge: sum  #! A203: sum
        branches:
        - {layers: [act], name: a}  #! A201: name
        - {layers: [covn]}  #! A301
        - {when: true}  #! A202: layers

    # branches
    - parallel: []           #! A415
    - parallel: {}           #! A202: branches
    - parallel: conv         #! A203: branches
    - parallel: {a: [conv]}  #! A201: a

    # `split: true` divides the channels evenly among the branches instead of giving each the whole value
    layers:
    - parallel: {branches: [[conv: 5], []], split: true}
    ---
    chunk: chunk(start=0, length=2) → 2 × 8 × 8
    chunk_2: chunk(start=2, length=2) ← input → 2 × 8 × 8
    conv: conv(channels=5) ← chunk → 5 × 8 × 8
    concat: concat ← conv, chunk_2 → 7 × 8 × 8

    # divides the channels evenly
    - parallel: {branches: [[], [], []], split: true}  #! A416: 4

    # `split: [30, 30, 28]` says how
    - parallel: {branches: {a: [conv: 5], b: []}, split: [3, 1]}  #= 6 × 8 × 8  #w a.0.weight 5 3 1 1
    - parallel: {branches: [[], []], split: [3, 2]}               #! A416: 3 + 2
    - parallel: {branches: [[], []], split: [4]}                  #! A416
    - parallel: {branches: [[], []], split: [4, 0]}               #! A203
    - parallel: {branches: [[], []], split: even}                 #! A203: even

    # `split: true` … among the branches, those left out take no part
    - parallel: {branches: [[], {when: false, layers: []}, []], split: true, merge: add}  #= 2 × 8 × 8

    # token ids have no channels to divide
    input: {vocab: 50, length: 12}
    - parallel: {branches: [[embedding: 4], [embedding: 3]], split: true}    #! A402: token ids
    - parallel: {branches: [[embedding: 4], [embedding: 3]], split: [1, 1]}  #! A402: token ids
    - parallel: [[embedding: 4], [embedding: 3]]                             #= 12 × 7
    - parallel: [[], []]                                                     #! A402: token ids

    # `split` on channels last
    input: {channels: 6, size: [5], layout: channels_last}
    - parallel: {branches: [[linear: 3], []], split: [2, 4], merge: concat}  #= 5 × 7  #w linear.weight 3 2

    # `split` of a list with a branch left out keeps the parts of the others
    layers:
    - parallel: {branches: {a: [], b: {when: false, layers: []}, c: [conv: 2]}, split: [1, 3]}
    #= 3 × 8 × 8
    #w c.0.weight 2 3 1 1

    # a mistake in a branch is one finding
    layers:
    - parallel: [[covn: 8], [act]]  #! A301
    - linear: 3

    # two branches cannot disagree
    - parallel: [[conv: {stride: 2}], []]  #! A412: 4 × 4 × 4

    # names in branches are numbered
    - parallel: {branches: {a: [conv, act, conv], b: [conv: {name: x}, conv]}}  #> a.0 a.2 b.x b.1
    """,
)

JOINS = cases(
    """
    # `add: [ ., skip ]` `mul: [ … ]` `concat: [ ., enc1 ]`; principal: from; `.` is the current value
    layers:
    - conv: {name: skip}
    - norm
    - add: [., skip]
    - mul: [skip, .]
    - concat: [., skip, input]
    ---
    skip: conv → 4 × 8 × 8
    norm: norm(type=batch) → 4 × 8 × 8
    add: add ← norm, skip → 4 × 8 × 8
    mul: mul ← skip, add → 4 × 8 × 8
    concat: concat ← mul, skip, input → 12 × 8 × 8

    # principal: from
    layers:
    - add: {from: [., input], name: sum}
    ---
    sum: add ← input, input → 4 × 8 × 8

    - add             #! A202: from
    - add: .          #! A203
    - add: []         #! A203
    - add: [., skip]  #! A302: skip
    - add: [., 3]     #! A302: 3

    # A join of one value
    [conv: 8, add: [.]]  #= 8 × 8 × 8

    # A join requires equal shapes
    layers:
    - conv: {name: a, channels: 6}
    - add: [., input]  #! A412: 6 × 8 × 8

    layers:
    - max_pool: 2
    - mul: [., input]  #! A412: 4 × 4 × 4

    layers:
    - flatten
    - add: [., input]  #! A412: 256

    layers:
    - rearrange: n c h w -> n h w c
    - add: [., input]  #! A412

    # (`concat`: all but channels)
    [conv: 6, concat: [., input]]  #= 10 × 8 × 8

    layers:
    - max_pool: 2
    - concat: [., input]  #! A412: 4 × 4 × 4

    layers:
    - conv: {channels: 6, kernel: [8, 3], padding: [0, 1], stride: [1, 2]}
    - concat: [., input]  #! A412: 6 × 1 × 4

    # broadcasts only dimensions of size 1
    [global_pool: {keepdim: true}, mul: [input, .]]         #= 4 × 8 × 8
    [global_pool: {keepdim: true}, mul: [., input]]         #= 4 × 8 × 8
    [conv: 1, mul: [., input]]                              #= 4 × 8 × 8
    [global_pool: {keepdim: true}, concat: [input, .]]      #= 8 × 8 × 8
    [global_pool: {keepdim: true}, concat: [., input]]      #= 8 × 8 × 8
    [conv: {channels: 1, stride: [1, 8]}, add: [input, .]]  #= 4 × 8 × 8

    layers:
    - conv: {name: a, channels: 4, stride: [8, 1]}
    - conv: {from: input, channels: 4, stride: [1, 8]}
    - add: [., a]  #= 4 × 8 × 8

    layers:
    - global_pool
    - mul: [., input]  #! A412: 4

    # `concat` on channels last
    input: {channels: 6, size: [5], layout: channels_last}
    [linear: 3, concat: [input, .]]  #= 5 × 9

    # `concat` … broadcasts only dimensions of size 1, each to the value that has it
    inputs:
      a: {channels: 2, size: [5, 1], layout: channels_last}
      b: {channels: 3, size: [1, 4], layout: channels_last}
    - concat: [a, b, a]  #= 5 × 4 × 7

    # the result of a join has the stride of what was not broadcast
    - residual: [conv: {name: a, stride: 2, kernel: 3}, global_pool: {keepdim: true}, mul: [., a]]               #= 4 × 4 × 4
    - residual: [conv: {name: a, stride: 2, kernel: 3}, global_pool: {keepdim: true}, concat: [., a], conv: 4]  #= 4 × 4 × 4

    # `concat` of vectors
    input: [6]
    [linear: 3, concat: [input, .]]  #= 9

    # defaults of a join's arguments
    - add: {from: [., input], merge: mul}  #! A201: merge
    """,
)


@PARALLEL
def test_parallel(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@JOINS
def test_joins(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


def test_a_split_gives_each_branch_its_channels_in_order() -> None:
    """`split: [30, 30, 28]` says how."""
    module = module_of("- parallel: {branches: [[multiply: 2], [multiply: 3]], split: [1, 3]}").eval()
    x = torch.randn(2, 4, 8, 8)
    torch.testing.assert_close(module(x), torch.cat([2 * x[:, :1], 3 * x[:, 1:]], 1))


def test_a_join_broadcasts() -> None:
    """A join … broadcasts only dimensions of size 1."""
    module = module_of("- global_pool: {keepdim: true}\n- mul: [input, .]").eval()
    x = torch.randn(2, 4, 8, 8)
    torch.testing.assert_close(module(x), x * x.mean((2, 3), keepdim=True))


def test_a_concat_broadcasts() -> None:
    """A join … (`concat`: all but channels) … broadcasts only dimensions of size 1."""
    x = torch.randn(2, 4, 8, 8)
    module = module_of("- global_pool: {keepdim: true}\n- concat: [., input]").eval()
    torch.testing.assert_close(module(x), torch.cat([x.mean((2, 3), keepdim=True).expand_as(x), x], 1))
