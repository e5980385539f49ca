"""One mistake is one finding: what it leaves open is unknown, and nothing is said of what is unknown."""

from __future__ import annotations

from pathlib import Path

from tests.sentences.case import Case, cases

CASES = cases(
    """
    # what is wrong in a block is found although nothing calls it
    blocks: {own: {layers: [repeat: {times: -1, layers: [act]}]}}  #! A203: times
    layers: [act]

    blocks: {own: {layers: [residual: {body: [act], merge: sum}]}}  #! A203: sum
    layers: [act]

    # a mistaken argument that is given a reference
    blocks: {own: {params: {s: ref}, layers: [pad: {form: $s, padding: [1, 1]}]}}  #! A201: form
    layers: [conv: {name: a}, own: a]

    # a mistaken key of a node that takes sizes of its own
    - rearrange: {patern: n c h w -> n h w c}  #! A201: patern

    # every argument of a node is computed
    layers:
    - conv:
        channels: $(1 // 0)  #! A253
        kernel: $(1 % 0)     #! A253
        stride: 2

    # every argument of a call is looked at
    params: {w: x}
    layers:
    - basic:
        chanels: 8           #! A303: chanels
        stride: $(1 // 0)    #! A253: zero
        drop_path: $(0 % 0)  #! A253: zero
        shortcut: $w
    - inverted_residual:
        channels: $w         #! A204: `channels`
        expand: $(w * 2)     #! A253

    # nodes passed that are no list
    - basic: {channels: 4, attention: $x}  #! A203: $x

    # a text in place of a number, wherever it gets to
    params: {width: wide, name: long}
    blocks: {own: {params: {width: 1}, layers: [conv: $(2 * width), conv: $(width + 1)]}}  #! A253: 'long'
    layers: [conv: $(2 * width), conv: $width, own: $width, own: {width: $name}]  #! A253: 'wide'

    # a block without a default norm
    archspec: 1
    input: [4, 8, 8]
    act: relu
    - basic: 8  #! A310: norm

    # a residual whose body fails
    layers:
    - residual: [conv: {channels: 8, kernel: 2}]  #! A406
    - linear: 3
    - flatten

    # a branch that fails
    layers:
    - parallel: {branches: {a: [conv: {channels: 8, kernel: 2}], b: []}}  #! A406
    - add: [a, b]
    - conv: {from: a.0}

    # a parallel of no branches
    layers:
    - parallel: {branches: 3}  #! A203: branches
    - add: [a, b]

    # a repeat of no times
    layers:
    - repeat: {times: two, layers: [conv: {name: c$index}]}  #! A203: two
    - add: [c0, c1]

    # an unknown name
    layers:
    - conv: $w  #! A252: w
    - stage: {block: basic, depth: 2, channels: $in_channels}
    - linear: $(in_size[0])

    # an argument of the wrong type
    layers:
    - basic: {channels: wide}  #! A204: wide
    - linear: 3
    - conv: {from: basic.conv1}

    # several parameters missing
    blocks: {own: {params: {a: int, b: int}, layers: [conv: $a]}}
    - own  #! A202: needs `a` and `b`

    # channels that do not fit, in a block that two nodes call
    blocks: {own: {layers: [conv: {channels: 6, groups: 5}]}}
    layers:
    - own  #! A404: 5 groups
    - own: {from: input}

    # a block that an alias names, which stands before the stage
    description: &block own
    blocks: {own: {layers: [conv: {channels: 6, groups: 5}]}}
    stages:
    - {block: *block}  #! A404: 5 groups

    # a stride that a block does not take, in a stage that no call reaches
    blocks:
      own: {params: {channels: int}, layers: [conv: $channels]}
      other: {layers: [stage: {block: own, channels: 8, stride: 2}]}  #! A303: stride
    layers: [own: 8]

    # a join of what is made of a learned value
    layers:
    - conv: {name: a}
    - parameter: {name: p, shape: [3, 1, 1], layout: channels_first}
    - act: {name: b, from: p}
    - add: [a, .]  #! A412: cannot join

    # the type of what has no default, mistyped
    archspec: 1
    input: [4, 8, 8]
    layers: [act: {tpe: gelu}, norm: {typ: batch}]  #! A201: tpe #! A201: typ

    # a parameter of a block, declared with a mistake, that is given a value
    blocks: {own: {params: {skip: {type: ref, deiault: null}}, layers: [seq: {when: $skip, layers: [add: [., $skip]]}]}}  #! A201: deiault
    layers: [conv: {name: a, channels: 4}, own: a]
    """,
)


@CASES
def test_one_mistake_is_one_finding(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
