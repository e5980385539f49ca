"""One mistake is one finding: what it leaves open is unknown, and nothing is said of what is unknown."""

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

    # whether a residual has a projection, and what is in it, is unknown after a mistake in its body
    layers:
      - residual: {name: r, body: [conv: $nope]}  #! A252: nope
      - add: [., r.shortcut, r.shortcut.conv]

    layers:
      - residual: {name: r, body: [conv: {kernel: 99, padding: 0}], shortcut: {name: down}}  #! A403: empty
      - add: [., r.down, r.down.conv]

    # a name that a block lacks is one mistake, in it and wherever a path ends with it; another name is another one
    blocks: {own: {layers: [conv: {name: tabel}, act, add: [., table]]}}  #! A302: `table`
    layers: [own: {name: a}, own: {name: b}, add: [., a.table], add: [., b.table], add: [., a.tabel]]

    blocks: {own: {layers: [conv: {name: table}]}}
    layers: [own: {name: a}, own: {name: b}, add: [., a.tabel], add: [., b.tabel], add: [., b.tble]]  #! A302: tabel #! A302: tble

    # so is a module that is not there, in it and wherever a path goes on into it, beside others of its container
    layers:
    - seq: {name: down.0, layers: [conv: {name: a}]}
    - seq: {name: dwon.1, layers: [conv: {name: a}]}
    - add: [down.1.a, down.0.a]  #! A302: down.1.a
    - add: [., down.1]
    - add: [., down.1.a]

    # what is wrong in a block is found although nothing calls it
    blocks: {own: {layers: [repeat: {times: -1, layers: [act]}]}}  #! A203: times
    layers: [act]

    blocks: {own: {layers: [residual: {body: [act], merge: sum}]}}  #! A203: sum
    layers: [act]

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

    # a node that fails keeps its number
    layers:
    - seq:
        name: s
        layers:
        - conv
        - norm: {eps: x}  #! A203: eps
        - conv
        - add: ['0', '1', '2']

    # a node that fails keeps its name
    layers:
    - conv: {kernel: x}  #! A203: kernel
    - conv
    - add: [conv, conv_2]

    # a node of no kind leaves names open
    layers:
    - covn: 8  #! A301
    - conv
    - add: [., conv_2]

    # a mistaken node hides its own name and those inside it, no others
    layers:
    - conv: {name: a, kernel: x}  #! A203: kernel
    - basic: {stride: 2}          #! A202: channels
    - add: [., a, basic.conv1, b]  #! A302: `b`
    - seq: {name: s, layers: [add: [., c]]}  #! A302: `c`
    - add:
      - s
      - d  #! A302: `d`
      - s.0
      - e  #! A302: `e`

    # a residual that does not fit hides no mistake after it
    layers:
    - residual:
        body: [conv: 8]
        shortcut: identity  #! A411
        after:
        - add: [., conv]
        - add: [., what]  #! A302: what
    - conv: {from: add_2}
    - conv: {from: add_3}  #! A302: add_3

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

    # a mistaken `name` hides the name
    layers:
    - conv: {nmae: a}              #! A201: nmae
    - basic: {naem: b, channels: 4}  #! A303: naem
    - stage: {names: s, layers: [conv]}  #! A201: names
    - add: [., a, b, s]

    # a mistaken `from`, with all parameters of a block given
    blocks: {own: {params: {c: int}, layers: [conv: $c]}}
    layers:
    - max_pool: {name: a, kernel: 2}
    - own: {name: b, form: input, c: 4}  #! A303: form
    - add: [b, input]

    # a node of no kind and its `from`
    layers:
    - conv: {name: a}
    - concatt: {from: [a, .]}  #! A301: concatt

    # a mistaken `as` hides the counter, a mistaken key what stands below it
    layers:
    - repeat: {times: 2, az: i, layers: [conv: {name: c$i}]}             #! A201: az
    - repeat: {times: 2, as: i, layer: [conv: {name: c$i}]}              #! A201: layer
    - repeat: {times: 2, as: i, layers: [conv: {name: c$i, size: $j}]}   #! A201: size

    # a mistaken key of a block hides its parameters
    blocks: {own: {parms: {c: int}, layers: [conv: $c]}}  #! A201: parms
    layers: [own: 3, own: {c: 3}, stage: {block: own, c: 3}]

    # a mistaken `name` leaves its place to others
    stages:
    - {block: basic, channels: 8, nmae: stage9}  #! A303: nmae
    - {name: stage1, block: basic, channels: 8}

    # a mistaken argument that is given a reference
    blocks: {own: {params: {s: ref}, layers: [pad: {form: $s, padding: [1, 1]}]}}  #! A201: form
    layers: [conv: {name: a}, own: a]

    # a mistaken key of a node that takes sizes of its own
    - rearrange: {patern: n c h w -> n h w c}  #! A203: patern

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

    # a list of nodes with something else in it leaves names open
    layers:
    - 3  #! A205
    - add: [., what]

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

    # nodes passed that are no list
    - basic: {channels: 4, attention: $x}  #! A203: $x

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

    # a text in place of a number, wherever it gets to
    params: {width: wide, name: long}
    blocks: {own: {params: {width: 1}, layers: [conv: $(2 * width), conv: $(width + 1)]}}  #! A253: 'long'
    layers: [conv: $(2 * width), conv: $width, own: $width, own: {width: $name}]  #! A253: 'wide'

    # an include of no file
    include: [parts.yaml]  #! A304: parts.yaml
    layers: [own: 3, stage: {block: other, depth: 2}]

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

    # a slot's nodes that fail
    layers:
    - basic: {channels: 4, attention: [covn: {name: x}]}  #! A301: covn
    - add: [., basic.x]

    # an unknown name
    layers:
    - conv: $w  #! A252: w
    - stage: {block: basic, depth: 2, channels: $in_channels}
    - linear: $(in_size[0])

    # a parameter that fails
    params: {w: $(1 // 0)}  #! A253: zero
    layers: [conv: $w, conv: $(w + 1)]

    # a parameter of the wrong type
    params: {w: {type: int, default: wide}}  #! A204: wide
    layers: [conv: $w, conv: $(w + 1)]

    # an argument of the wrong type
    layers:
    - basic: {channels: wide}  #! A204: wide
    - linear: 3
    - conv: {from: basic.conv1}

    # a name that fails
    layers:
    - conv: {name: a b, channels: 8}  #! A311: a b
    - linear: 3  #! A402

    # names that fail are told at once
    layers:
    - conv: {name: a b}  #! A311: a b
    - conv: {name: x}
    - conv: {name: x}  #! A312: x
    - conv: {name: x.y}  #! A312: x

    # references that fail are told at once
    layers:
    - add: [., x]  #! A302: x
    - seq: [add: [., y]]  #! A302: y
    - conv: {from: z}  #! A302: z

    # a reference that fails
    layers:
    - add: [., x]  #! A302: x
    - conv: {name: y}
    - linear: 3

    # outputs that fail are told at once
    layers: [conv: 8]
    outputs:
      a: x  #! A302: x
      b: y  #! A302: y
      c: conv

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

    # a value beside the current one, whose name is mistyped
    layers:
    - parameter: {naame: p, shape: [4, 1, 1]}  #! A201: naame
    - buffer: {nmae: q, shape: [4, 1, 1], value: 1}  #! A201: nmae
    - add: [., p, q]

    # a value beside the current one without a name, and a part left out of a `split`: references to what is missing
    layers:
    - parameter: {shape: [4, 1, 1]}  #! A202: name
    - add: [., p]

    layers:
    - split: {parts: {q: 1, k: 2}}  #! A416: 1 + 2
    - conv: {from: q}
    - conv: {from: v}

    # a part left out of a `split` in a block
    blocks:
      own:
        layers:
        - split: {parts: {q: 1, k: 2}}
        - add: [q, v]
    layers:
    - own  #! A416: 1 + 2

    # a parameter mistyped where it is declared, that `defaults` ask for, in blocks too
    params: {heaads: 4, width: 8}  #! A252: heaads
    defaults: {conv: {channels: $heads}, own: {c: $(heads * width)}}
    blocks: {own: {params: {c: int}, layers: [conv, conv: $c]}, other: {layers: [own, conv]}}
    layers: [conv, own, other]

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

    # a mistaken `name` leaves the name by default to a container
    layers:
    - conv: {nae: conv.conv}  #! A201: nae
    - norm: {name: conv.bn}

    # whether a node stands whose `when` is mistyped is unknown, as is what it would be then, and what is in it
    params: {n: 0}
    layers:
    - conv: {name: a, kernel: $n, whhen: $(n > 0)}  #! A201: whhen
    - conv: {name: a, when: $(n == 0)}
    - seq: {wehn: $(n > 0), layers: [conv: {name: b}]}  #! A201: wehn
    - basic: {name: c, channels: 4, whn: $(n > 0)}  #! A303: whn
    - basic: {name: c, channels: 4}
    - add: [., b]

    # a parameter of a block, declared with a mistake, that is given a value
    blocks: {own: {params: {skip: {type: ref, deiault: null}}, layers: [seq: {when: $skip, layers: [add: [., $skip]]}]}}  #! A201: deiault
    layers: [conv: {name: a, channels: 4}, own: a]

    # what runs again, or owns weights, with a mistake inside
    blocks: {own: {layers: [conv: {name: b, kernel: 99, padding: 0}, act: {from: input}]}}
    layers:
    - own: {name: a}  #! A403: empty
    - reuse: {of: a, name: c}
    - add: [., c]
    - conv: {name: b, tie: a}

    # a parameter that a block lacks, where nothing but `tie` or `reuse` asks for it
    blocks:
      own: {layers: [conv: {name: c}]}
      other: {layers: [own: {name: d, tie: $owner}]}  #! A252: owner
      again: {layers: [reuse: $module]}  #! A252: module
    layers:
    - own: {name: a}
    - other: {name: b, owner: a}
    - again: {name: c, module: a}

    # a list of nodes with nothing in it, in a module to which another is tied
    blocks:
      own:
        layers:
        - conv: {name: b, bias: true, from: input}
        - seq: {name: s, layers: }  #! A203: list of nodes
    layers:
    - own: {name: a}
    - norm: {name: c, tie: a}

    # which of two that bear one name a reference means is unknown, and so is what the other is called
    input: [8]
    layers:
    - linear: {name: a, features: 8}
    - linear: {name: a, features: 4, from: input}  #! A312: a
    - linear: {tie: a, features: 16}
    - add: [a, b]
    - reuse: a

    layers:
    - split: {parts: [a, b, c, a]}  #! A312: a
    - add: [a, b, d]

    layers:
    - conv: {name: a, channels: 8}
    - split: [a, b]  #! A312: a
    - add: [b, c]

    layers:
    - split: [a, input]  #! A311: input
    - add: [a, b]

    # so is what a later turn would be, if it is not the first again
    layers:
    - repeat: {name: r, times: 2, share: true, layers: [conv: {name: a, channels: $(8 + index)}, act: {name: b}]}  #! A422
    - conv: {from: r.a, channels: 8}
    - conv: {from: r.b, channels: 8}

    # a key that is none hides what its mapping is
    layers:
    - null: [., input]  #! A110: null
    - add: [., concat]

    layers:
    - 3: {name: a, channels: 4}  #! A110: 3
    - add: [., a]

    layers: {1: [act]}  #! A110: 1

    layers: [parallel: {branches: {1: [act]}}]  #! A110: 1

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
