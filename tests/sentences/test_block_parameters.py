"""docs/language.md, section 7: the parameters of a block."""

from __future__ import annotations

from pathlib import Path

from tests.sentences.case import Case, cases

PARAMETERS = cases(
    """
    # the example of a block, `basic`
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
    ---
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

    # A parameter is a type name (`int float bool str list`: required; …)
    blocks:
      own:
        params: {a: int, b: float, c: bool, d: str, e: list}
        layers: [conv: {channels: $a, bias: $c, name: $d, kernel: $e}, multiply: $b]
    layers: [own: {a: 8, b: 2, c: false, d: x, e: [3, 1]}]
    ---
    own: block own
      x: conv(channels=8, kernel=[3, 1], bias=false) → 8 × 8 × 8
      multiply: multiply(factor=2.0) → 8 × 8 × 8

    # a type name (`int float bool str list`
    blocks: {own: {params: {a: int}, layers: [act]}}
    - own: {a: 2.0}   #! A204: `a`
    - own: {a: true}  #! A204: `a`
    - own: {a: x}     #! A204: `a`

    blocks: {own: {params: {a: float}, layers: [act]}}
    - own: {a: x}     #! A204: `a`
    - own: {a: true}  #! A204: `a`

    blocks: {own: {params: {a: bool}, layers: [act]}}
    - own: {a: 1}       #! A204: `a`
    - own: {a: 'true'}  #! A204: `a`

    blocks: {own: {params: {a: str}, layers: [act]}}
    - own: {a: 1}     #! A204: `a`
    - own: {a: true}  #! A204: `a`

    blocks: {own: {params: {a: list}, layers: [act]}}
    - own: {a: 1}       #! A204: `a`
    - own: {a: {b: 1}}  #! A204: `a`

    blocks: {own: {params: {a: int}, layers: [act]}}
    - own: {a: null}  #! A202: `a`

    # required
    blocks: {own: {params: {a: int}, layers: [act]}}
    - own  #! A202: `a`

    blocks: {own: {params: {a: float}, layers: [act]}}
    - own  #! A202: `a`

    blocks: {own: {params: {a: bool}, layers: [act]}}
    - own  #! A202: `a`

    blocks: {own: {params: {a: str}, layers: [act]}}
    - own  #! A202: `a`

    blocks: {own: {params: {a: list}, layers: [act]}}
    - own  #! A202: `a`

    blocks: {own: {params: {a: ref}, layers: [act]}}
    - own  #! A202: `a`

    # `layers`: a list of nodes, default none
    blocks: {own: {params: {x: layers}, layers: [conv, slot: x]}}
    - own  #> own.conv

    # `layers`: a list of nodes
    blocks: {own: {params: {x: layers}, layers: [conv, slot: x]}}
    - own: {x: 3}          #! A203: list of nodes
    - own: {x: {conv: 8}}  #! A203: list of nodes

    # `layers` … as the principal parameter
    blocks: {own: {params: {x: layers}, layers: [conv, slot: x]}}
    - own: [norm, act]  #> own.conv own.norm

    # `layers` with a default in full
    blocks: {own: {params: {x: {type: layers, default: [norm, act]}}, layers: [conv, slot: x]}}
    [own, own: [], own: {x: [conv]}]  #> own.conv own.norm own_2.conv own_3.conv own_3.conv_2

    # the nodes of a default stand in the block: a definition reads the same wherever it is used
    include: [own.yaml]
    params: {c: 7}
    defaults: {conv: {bias: false}}
    blocks: {part: {layers: [norm]}}
    layers: [conv: {name: a}, own, own: {c: 5, x: [conv: $c, part]}, own: {c: 5}]
    #w own.conv.weight 3 4 1 1, own.conv.bias 3, own.part.conv.weight 4 3 1 1, own_2.conv.weight 7 4 1 1
    #w own_2.part.norm.weight 7, own_3.conv.weight 5 4 1 1, own_3.part.conv.weight 4 5 1 1
    #~ add: add ← own_3.part.conv, own_3.a → 4 × 8 × 8
    >>> own.yaml
    blocks:
      own: {params: {c: 3, x: {type: layers, default: [conv: $c, part, add: [., a]]}}, layers: [conv: {name: a, channels: 4}, slot: x]}
      part: {layers: [conv: 4]}

    # nodes of a default, passed on
    blocks:
      outer: {params: {x: {type: layers, default: [conv: $c]}, c: 3}, layers: [inner: {y: $x}]}
      inner: {params: {y: layers, c: 5}, layers: [conv: $c, slot: y]}
    layers: [outer]  #w outer.inner.conv.weight 5 4 1 1, outer.inner.conv_2.weight 3 5 1 1

    # `ref`: a reference, resolved where the block is called
    blocks: {own: {params: {skip: ref}, layers: [conv: {name: a, channels: 6}, concat: [., $skip]]}}
    layers: [conv: {name: a, channels: 3}, own: {skip: a}, own: {skip: input}, own: {skip: own.a}]
    #~ concat: concat ← own.a, a → 9 × 8 × 8
    #~ concat: concat ← own_2.a, input → 10 × 8 × 8
    #~ concat: concat ← own_3.a, own.a → 12 × 8 × 8

    # `ref`
    blocks: {own: {params: {skip: ref}, layers: [conv, concat: [., $skip]]}}
    [conv: 6, own: .]  #= 12 × 8 × 8

    blocks: {own: {params: {skip: ref}, layers: [add: [., $skip]]}}
    - own: {skip: b}  #! A302: b

    blocks: {own: {params: {skip: ref}, layers: [conv: {from: $skip, channels: $in_channels}]}}
    [conv: {name: a, channels: 6}, conv: 3, own: a]  #= 6 × 8 × 8

    # a reference as a default: resolved where the block is called
    blocks:
      inner: {params: {s: {type: ref, default: .}, t: {type: ref, default: input}}, layers: [conv, add: [$s, $t, .]]}
      outer: {layers: [conv: {name: a}, inner, inner: {t: a}]}
    layers: [conv: {name: b}, outer]
    #~ add: add ← outer.a, b, outer.inner.conv → 4 × 8 × 8
    #~ add: add ← outer.inner.add, outer.a, outer.inner_2.conv → 4 × 8 × 8

    blocks:
      own: {params: {s: {type: ref, default: what}}, layers: [conv]}  #! A302: what
    layers: [own]

    # `ref` passed on
    blocks: {inner: {params: {s: ref}, layers: [add: [., $s]]}, outer: {params: {s: ref}, layers: [conv, inner: $s]}}
    [conv: {name: a}, outer: a]  #= 4 × 8 × 8

    # `ref` in `like`
    blocks: {own: {params: {s: ref}, layers: [upsample: {like: $s}]}}
    [conv: {name: a}, max_pool: 2, own: a]  #= 4 × 8 × 8

    # nodes are no text, and stand where a slot is
    blocks:
      own: {params: {x: layers}, layers: [slot: $x]}  #! A203: found nodes
    layers: [own]

    blocks:
      own: {params: {x: layers}, layers: [seq: $x]}  #! A203: list of nodes
    layers: [own]

    # `ref` is no text
    blocks: {own: {params: {s: ref}, layers: [conv: {name: $s}]}}  #! A203
    layers: [conv: {name: a}, own: a]

    # `ref` is no number
    blocks: {own: {params: {s: ref}, layers: [conv: $(s + 1)]}}  #! A253
    layers: [conv: {name: a}, own: a]

    # or a default value
    blocks: {own: {params: {c: 8, b: false, k: [3, 1]}, layers: [conv: {channels: $c, bias: $b, kernel: $k}]}}
    - own  #~ conv: conv(channels=8, kernel=[3, 1], bias=false) → 8 × 8 × 8

    # a type name may be quoted, as in JSON; a text that reads like one is a default in full
    blocks: {own: {params: {n: "int", name_of: {default: int}}, layers: [conv: {channels: $n, name: $name_of}]}}
    - own: 8  #= 8 × 8 × 8  #> own.int

    # which may be an expression over earlier parameters and `in_channels`
    blocks: {own: {params: {a: $(2 * in_channels), b: $(a + 1)}, layers: [conv: $a, conv: $b]}}
    [own, own: 3]  #w own.conv_2.weight 9 8 1 1, own_2.conv_2.weight 4 3 1 1

    # earlier parameters
    blocks:
      own: {params: {a: $b, b: 3}, layers: [conv: $a]}  #! A252: b
    layers: [own]

    # `in_channels` is that of the value the block receives
    blocks: {own: {params: {c: $in_channels}, layers: [conv: 16, conv: $c]}}
    [conv: {name: a, channels: 6}, conv: 9, own: {from: a}]  #= 6 × 8 × 8

    # in full `{type, default, min, max, choices, description}`
    blocks:
      own:
        params:
          c: {type: int, default: 8, min: 1, max: 9, description: Width.}
          m: {default: a, choices: [a, b]}
        layers: [conv: {channels: $c, name: $m}]
    [own, own: {c: 9, m: b}]  #> own.a own_2.b

    # min, max
    blocks: {own: {params: {c: {type: int, min: 2, max: 9}}, layers: [conv: $c]}}
    layers:
    - own: 1  #! A204: at least 2
    - own: 10  #! A204: at most 9

    # choices
    blocks: {own: {params: {m: {default: a, choices: [a, b]}}, layers: [conv: {name: $m}]}}
    - own: c  #! A204: a, b

    blocks: {own: {params: {s: {default: 1, choices: [1, 2, [2, 1]]}}, layers: [conv: {stride: $s}]}}
    - own: [2, 1]  #= 4 × 4 × 8
    - own: [1, 2]  #! A204: one of 1, 2, [2, 1]
    - own: true    #! A204: `true`

    # a default that a call makes wrong
    blocks:
      own: {params: {c: int, d: {default: $(2 * c), max: 12}}, layers: [conv: $d]}
    layers:
    - own: 6
    - own: 7  #! A204: at most 12, found 14

    # in full, without default: required
    blocks: {own: {params: {c: {type: int}}, layers: [conv: $c]}}
    - own  #! A202: c

    # in full, with neither type nor default
    blocks: {own: {params: {c: {min: 2}}, layers: [conv: $c]}}
    - own  #! A202: c

    # in full
    blocks: {own: {params: {c: {type: integer}}, layers: [conv: 8]}}  #! A203: integer
    layers: [own]

    blocks: {own: {params: {c: {typ: int}}, layers: [conv: 8]}}  #! A201: typ
    layers: [own]

    # a default is checked like a value
    blocks: {own: {params: {c: {type: int, default: 2.5}}, layers: [conv: $c]}}  #! A204: 2.5
    layers: [own]
    """,
    Case(
        "parameters of a spec in full",
        """
        params: {c: {type: int, default: 8, min: 1}}
        layers: [conv: $c]
        #= 9 × 8 × 8
        """,
        params={"c": 9},
    ),
    """
    # parameters of a spec
    params:
      c: layers  #! A203: layers
    layers: [conv: 8]

    # parameters of a spec … required
    params:
      k: 3
      c: int  #! A202: `c`
    layers: [conv: $c]

    # The first parameter is the principal one: `- basic: 64`
    layers:
    - basic: 8
    ===
    - basic: {channels: 8}

    # An unknown … argument is an error at the call
    - basic: {channels: 8, channel: 3}  #! A303: channel

    # A … missing argument is an error at the call
    layers:
    - basic  #! A202: channels
    - basic: {stride: 2}  #! A202: channels

    # an error at the call
    stages:
    - {block: basic, depth: 2, chanels: 8, channels: 8}  #! A303: chanels

    # parameters
    blocks: {own: {params: {a-b: 1}, layers: [act]}}  #! A207: a-b
    layers: [own]

    blocks: {own: {params: [a], layers: [act]}}  #! A203: params
    layers: [own]

    # a block needs `layers`
    blocks: {own: {params: {a: 1}}}  #! A202: layers
    layers: [own]

    # a block's keys
    blocks: {own: {param: {a: 1}, layers: [act]}}  #! A201: param
    layers: [own]

    # a block is a mapping
    blocks: {own: [act]}  #! A203: own
    layers: [own]

    # a block's name
    blocks: {my-block: {layers: [act]}}  #! A207: my-block
    layers: [act]
    """,
)


@PARAMETERS
def test_parameters(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
