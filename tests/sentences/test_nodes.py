"""docs/language.md, section 4: nodes."""

from __future__ import annotations

from pathlib import Path

from tests.sentences.case import Case, cases

CASES = cases(
    """
    # A node is an op name
    layers:
    - act
    ---
    act: act(type=relu) → 4 × 8 × 8

    layers:
    - act:
    ---
    act: act(type=relu) → 4 × 8 × 8

    layers:
    - act: {}
    ---
    act: act(type=relu) → 4 × 8 × 8

    # a mapping with exactly one key, the op
    layers:
    - conv: 8  #! A205: exactly one
      name: a
    - act

    # a mapping with exactly one key
    - {}    #! A205
    - []    #! A205
    - 3     #! A205: 3
    - null  #! A205: nothing
    - true  #! A205: true

    # Nodes are ops
    - covn: 8  #! A301: covn
    - Conv: 8  #! A301: Conv

    # whose value is its arguments
    layers:
    - conv: {channels: 64, kernel: 3, stride: 2, name: conv1}
    ---
    conv1: conv(channels=64, kernel=3, stride=2) → 64 × 4 × 4

    # its arguments
    - conv: {channels: 64, kernl: 3}  #! A201: kernl
    - conv: {channels: '64'}          #! A203: '64'
    - conv: {channels: 64.0}          #! A203: 64.0
    - conv: {channels: true}          #! A203: true
    - conv_transpose: 8               #! A202: kernel

    # a bare value is the principal argument
    params: {classes: 10}
    layers: [flatten, linear: $classes]
    ===
    - flatten
    - linear: {features: 10}

    layers:
    - conv: 8
    - norm: layer
    - act: gelu
    - max_pool: 2
    - adaptive_pool: [3, 2]
    - upsample: 2
    - multiply: 0.5
    - scale: 0.1
    - pad: [1, 1]
    - dropout: 0.2
    - softmax: channels
    - global_pool: max
    ===
    - conv: {channels: 8}
    - norm: {type: layer}
    - act: {type: gelu}
    - max_pool: {kernel: 2}
    - adaptive_pool: {size: [3, 2]}
    - upsample: {scale: 2}
    - multiply: {factor: 0.5}
    - scale: {init: 0.1}
    - pad: {padding: [1, 1]}
    - dropout: {p: 0.2}
    - softmax: {dim: channels}
    - global_pool: {type: max}

    - flatten: 3         #! A201: flatten
    - repeat: [conv: 8]  #! A201: repeat

    blocks: {own: {layers: [act]}}
    - own: 3  #! A303: own

    # Every node also takes `name`
    [conv: {channels: 8, name: a}, norm: {name: b}, act: {name: c}]  #> a b
    - conv: {channels: 8, name: [a]}                                 #! A203: name
    - conv: {channels: 8, name: 3}                                   #> 3
    - conv: {channels: 8, name: ''}                                  #! A311
    - conv: {channels: 8, name: null}                                #> conv

    # `from` (a reference whose value it receives instead of the previous node's)
    layers:
    - conv: {channels: 8, name: a}
    - conv: {channels: 6, stride: 2}
    - conv: {from: a, channels: 2}
    ---
    a: conv(channels=8) → 8 × 8 × 8
    conv: conv(channels=6, stride=2) → 6 × 4 × 4
    conv_2: conv(channels=2) ← a → 2 × 8 × 8

    # `from`
    [act, conv: {from: input, channels: 2}, conv: {from: ., channels: 3}]  #= 3 × 8 × 8

    # Every node also takes … `from`
    layers:
    - conv: {name: a, channels: 8}
    - max_pool: 2
    - seq: {from: a, layers: [conv: 3]}
    - max_pool: 2
    - residual: {from: a, body: [conv: 8]}
    - max_pool: 2
    - basic: {from: a, channels: 8}
    - max_pool: 2
    - repeat: {from: a, times: 2, layers: [act]}
    - max_pool: 2
    - parallel: {from: a, branches: [[act], []]}
    - max_pool: 2
    - stage: {from: a, block: basic, channels: 8}  #= 8 × 8 × 8

    # `from` (a reference
    - conv: {from: b, channels: 2}  #! A302: b

    layers:
    - conv: {from: b, channels: 2}  #! A302: b
    - conv: {name: b}

    - conv: {from: 3, channels: 2}  #! A302: 3
    - conv: {name: a, from: a}      #! A302: a

    # `when` (left out if the expression is false)
    params: {deep: false}
    layers: [conv: {channels: 8, when: $deep}, conv: {channels: 6, when: $(not deep)}]
    ---
    conv: conv(channels=6) → 6 × 8 × 8

    # left out if the expression is false
    [conv: {channels: 8, when: false}, conv: {channels: 6, when: true}]  #> conv
    [conv: {channels: 8, when: 0}, conv: {channels: 6, when: 1}]         #= 6 × 8 × 8
    - conv: {channels: 8, when: 'no'}                                    #! A203: when
    - conv: {channels: 8, when: [1]}                                     #! A203: when

    # decided first, with the previous node's value
    layers:
    - conv: {name: a, channels: 8}
    - conv: {channels: 6}
    - conv: {from: a, channels: 3, when: $(in_channels == 6)}  #= 3 × 8 × 8

    # so that a node left out may name what was left out too
    params: {skip: false}
    layers: [conv: {name: a, when: $skip}, act, add: {from: [., a], when: $skip}, conv: {from: a, when: $skip}]
    ---
    act: act(type=relu) → 4 × 8 × 8

    # decided first: neither arguments nor name of what is left out are computed
    params: {widths: [8]}
    layers:
    - repeat:
        times: 2
        layers: [conv: {name: "c$(widths[index])", channels: "$(widths[index])", when: $(index < len(widths))}]
    #> c8

    # what was left out
    layers:
    - conv: {name: a, when: false}
    - act
    - conv: {from: a}  #! A302: left out

    # a node left out is not checked against its value
    [flatten, conv: {channels: 8, when: false}, linear: 3]  #= 3

    # a node left out has no name
    [conv: {name: a, when: false}, conv: {name: a}]  #> a

    [conv: {name: a, when: false}, conv: {name: a}, act, {add: [., a]}]  #> a

    # Nodes are ops (section 9), combinators (5), and blocks (7)
    [conv: 8, seq: [act], basic: 8]  #= 8 × 8 × 8

    # every mistake of a file comes at once
    layers:
    - covn: 8  #! A301
    - conv: {kernel: 0}  #! A203
    - act: rely  #! A203
    - linear: 3

    # a bad node hides nothing else
    layers:
    - covn: 8  #! A301
    - conv: {channels: 8, kernel: three}  #! A203
    - norm: {eps: -1}  #! A203

    # a mistake gives no others
    layers:
    - covn: {name: a}  #! A301
    - add: [., a]
    - linear: 3
    - flatten
    - residual: {from: a, body: [conv: 8]}

    # a list of nodes
    layers: conv  #! A203: list of nodes

    layers: []
    input: [4]
    ---

    """,
)


@CASES
def test_nodes(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
