"""One mistake in a section of a file is one finding: nothing is said of what needs the section."""

from __future__ import annotations

from pathlib import Path

from tests.sentences.case import Case, cases

CASES = cases(
    """
    # without an input nothing is known of a value
    archspec: 1  #! A202: input
    norm: batch
    act: relu
    layers: [squeeze_excitation]

    archspec: 1  #! A202: input
    layers: [conv: 8, linear: 8, residual: [conv: 3]]
    norm: batch

    # what stands behind a mistake is known and used, in whatever section
    blocks:
      conv: {layers: [act]}  #! A208: conv
      b-c: {layers: [act]}  #! A207: b-c
      odd: 3  #! A203: odd
      own: {params: {when: 1, a-b: 1, x: {type: imt}, width: int}, layers: [conv: $width]}  #! A208: when #! A207: a-b #! A203: imt
    layers: [own: {width: 8}]

    params: {max: 3, a-b: 1, low: {type: int, default: x}, width: 8}  #! A208: max #! A207: a-b #! A204: low
    layers: [conv: $width]

    defaults: {covn: {bias: false}, conv: {kernal: 3, channels: 8}}  #! A301: covn #! A201: kernal
    layers: [conv]

    stages:
      - {name: a, blok: basic, channels: 8}  #! A202: block
      - {name: b, block: basic, channels: 8}
    head: [add: [., b]]

    # a key of the file that is mistyped is read as what it is meant to be
    imput: [4, 8, 8]  #! A201: imput
    norm: batch
    archspec: 1
    layers: [norm, conv: 3]

    # of two that may be meant for one, the first is
    archspec: 1
    imput: [4, 8, 8]  #! A201: imput
    inpud: [4]  #! A201: inpud
    layers: [conv: 3]

    archspec: 1
    input: [4]
    layer: [linear: 3, covn: 3]  #! A201: layer  #! A301: covn

    archspec: 1
    input: [4, 8, 8]
    nrom: batch  #! A201: nrom
    stage: [{block: conv_norm_act, channels: 8}]  #! A201: stage
    act: relu

    archspec: 1
    extend: resnet18  #! A201: extend
    params: {classes: 10}

    param: {width: 8}  #! A201: param
    block: {own: {layers: [linear: 3]}}  #! A201: block
    input: [4]
    layers: [linear: $width, own]
    output: {x: own}  #! A201: output

    include: [two.yaml]
    input: [4]
    layers: [two]
    >>> two.yaml
    archspec: 1
    block: {two: {layers: [linear: 2]}}  #! A201: block

    # a key that is near to none
    archspec: 1
    input: [4]
    optimizer: {lr: 0.1}  #! A201: optimizer
    layers: [linear: 3]

    # files that cannot be read, or are not named as they should be, hide their blocks
    include: two.yaml  #! A203: include
    layers: [two: 8, stage: {block: two, depth: 2}]

    include: [two.yaml, 3]  #! A203: include
    layers: [two: 8, three]
    >>> two.yaml
    blocks: {two: {params: {c: int}, layers: [conv: $c]}}

    include: [two.yaml]
    layers: [two: 8]
    >>> two.yaml
    blocks: {two: {layers: [conv: 3}}  #! A102

    include: [two.yaml]
    layers: [two: 8]
    >>> two.yaml
    blocks: [two: {layers: [conv: 3]}]  #! A203: blocks

    # what `defaults` cannot have, however many nodes there are
    defaults: {conv: {name: a, when: true}, basic: {from: input}}  #! A201: name #! A201: when #! A201: from
    layers: [conv, conv, basic: 4]

    # a default that nobody gives
    archspec: 1
    input: [4, 8, 8]
    layers:
    - norm  #! A310: norm
    - norm: {eps: 0.1}
    - act  #! A310: act
    - seq: [norm, act]
    - {basic: {from: input, channels: 8}}
    - {residual: {from: input, body: [conv: 8]}}

    archspec: 1
    input: [4, 8, 8]
    layers:
    - residual: [conv: 8]  #! A414
    - conv: {from: input, channels: 4}
    - residual: [conv: 8]
    - norm

    # an input of no shape
    input: batch  #! A203
    layers: [conv: $(2 * in_channels), flatten, linear: 8, basic: 4]

    # a mistaken name among `defaults`, at its own place, hides what would be missing without it
    defaults:
      bascic:  #! A301: bascic
        channels: 8
      conv_transpoze:  #! A301: conv_transpoze
    layers:
    - basic
    - conv_transpose: {kernel: 2}
    - stage: {block: basic, depth: 2}

    defaults:
      con: {kernel: 3, padding: 0}  #! A301: con
    layers: [conv: {kernel: 2}, concat: [., input]]

    # a mistaken key of a block hides its parameters
    blocks: {own: {parms: {c: int}, layers: [conv: $c]}}  #! A201: parms
    layers: [own: 3, own: {c: 3}, stage: {block: own, c: 3}]

    # a default norm that is none
    norm: bacth  #! A203: bacth
    layers:
    - norm: {eps: 0.1}
    - norm: {init: {weight: zeros}}
    - residual: [conv: 8]
    - residual: {body: [conv: 16], shortcut: {norm: {eps: 0.1}}}
    - residual: {body: [conv: 32], shortcut: {norm: none}}
    - basic: 8

    # a default activation that is none
    act: rely  #! A203: rely
    layers: [act: {negative_slope: 0.1}, act: {approximate: tanh}, act]

    # a stage's norm that is none
    stages:
    - {layers: [norm: {eps: 0.1}, residual: [conv: 8]], norm: bacth}  #! A203: bacth

    # blocks that are no mapping
    blocks: [own]  #! A203: blocks
    layers: [own, stage: {block: own}]

    # a block that is no mapping
    blocks: {own: [act]}  #! A203: own
    layers: [own: {channels: 3}, stage: {block: own}]

    # parameters that are no mapping
    params: [width]  #! A203: params
    layers: [conv: $width]

    # parameters of a block that are no mapping
    blocks: {own: {params: [width], layers: [conv: $width]}}  #! A203: params
    layers: [own: 3, own: {width: 3}]

    # a parameter that may not be
    params: {max: 3}  #! A208: max
    layers: [conv: $(max + 8)]

    # inputs that are no mapping
    inputs: image  #! A203: inputs
    layers: [conv: 8, mul: [., mask]]

    # layers that are no list
    layers: {conv: 8}  #! A203: list of nodes
    outputs: {a: conv}

    # a stage that is no mapping
    stages: [basic]  #! A203: stage
    head: [add: [., stage1.0]]

    # a stage of no block
    stages:
    - {block: ''}  #! A203: block
    head: [conv: {from: stage1.0}]

    # a stage of an unknown block
    stages:
    - {block: baisc, depth: 2}  #! A301: baisc
    head: [conv: {from: stage1.1}, linear: 3]

    # defaults of what is not
    defaults:
      h: [a]  #! A203: h
    layers: [conv: 8]

    # defaults that fail for many nodes
    defaults:
      conv: {kernel: x}  #! A203: kernel
    layers: [conv, conv, act, basic: 3]

    # defaults that fail in a block
    defaults:
      basic: {chanels: 4}  #! A303: chanels
    layers: [basic: 4, stage: {block: basic, depth: 2, channels: 4}]

    # what a file that is not included defines
    include: [parts.yaml]  #! A304: parts.yaml
    defaults: {part: {channels: 8}}
    layers: [part, {stage: {block: part, depth: 2}}]

    include: parts.yaml  #! A203: must be a list
    defaults: {part: {channels: 8}}
    layers: [part, {stage: {block: part, depth: 2}}]

    # an include of no file
    include: [parts.yaml]  #! A304: parts.yaml
    layers: [own: 3, stage: {block: other, depth: 2}]

    # a parameter that fails
    params: {w: $(1 // 0)}  #! A253: zero
    layers: [conv: $w, conv: $(w + 1)]

    # a parameter of the wrong type
    params: {w: {type: int, default: wide}}  #! A204: wide
    layers: [conv: $w, conv: $(w + 1)]

    # a parameter mistyped where it is declared, that `defaults` ask for, in blocks too
    params: {heaads: 4, width: 8}  #! A252: heaads
    defaults: {conv: {channels: $heads}, own: {c: $(heads * width)}}
    blocks: {own: {params: {c: int}, layers: [conv, conv: $c]}, other: {layers: [own, conv]}}
    layers: [conv, own, other]

    # a key that is none hides what its mapping is
    layers:
    - null: [., input]  #! A110: null
    - add: [., concat]

    layers:
    - 3: {name: a, channels: 4}  #! A110: 3
    - add: [., a]

    layers: {1: [act]}  #! A110: 1

    layers: [parallel: {branches: {1: [act]}}]  #! A110: 1

    # what stands under a key that is no string is there
    inputs: {1: [4]}  #! A110: 1
    layers: [linear: 4]

    inputs: {1: [4], b: [4]}  #! A110: 1
    layers: [add: ["1", b]]

    input: [4]
    layers: [split: {parts: {1: 2, b: 2}}, add: ["1", b]]  #! A110: 1

    input: [4]
    layers: [act: {1: 2, type: relu}]  #! A110: 1

    params: {1: 2, b: 3}  #! A110: 1
    layers: [conv: $b]

    blocks: {own: {params: {1: 2, b: 3}, layers: [conv: $b]}}  #! A110: 1
    layers: [own]

    outputs: {1: conv}  #! A110: 1
    layers: [conv: 8]

    stages: {1: 3}  #! A110: 1

    budget: {1: 3}  #! A110: 1
    layers: [conv: 8]

    defaults: {1: {bias: false}}  #! A110: 1
    layers: [conv: 8]

    layers: [conv: {name: a}, reuse: {of: a, 1: 3}]  #! A110: 1

    stages: [{block: basic, channels: 8, 1: 3}]  #! A110: 1

    stages: [{block: basic, channels: 8, first: {1: 3}}]  #! A110: 1

    layers: [residual: {true: [act]}, seq: {[a]: [act]}]  #! A110: true #! A110: list

    norm: {1: batch}  #! A110: 1
    layers: [norm]

    # a budget beside a mistake
    budget: {params: 1}
    - covn: 8  #! A301
    """,
)


@CASES
def test_one_mistake_is_one_finding(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
