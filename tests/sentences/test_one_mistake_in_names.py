"""One mistake in a name, or in what bears one, is one finding: who refers to it is not blamed."""

from __future__ import annotations

from pathlib import Path

from tests.sentences.case import Case, cases

CASES = cases(
    """
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

    # a mistaken `name` leaves its place to others
    stages:
    - {block: basic, channels: 8, nmae: stage9}  #! A303: nmae
    - {name: stage1, block: basic, channels: 8}

    # a list of nodes with something else in it leaves names open
    layers:
    - 3  #! A205
    - add: [., what]

    # a slot's nodes that fail
    layers:
    - basic: {channels: 4, attention: [covn: {name: x}]}  #! A301: covn
    - add: [., basic.x]

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

    # the names that later turns give are not known either, where the first has a mistake
    layers:
    - repeat: {times: 3, share: true, layers: [conv: {name: a, channels: $b}, act: {name: c$index}]}  #! A252: b
    - add: [c0, c1, c2]

    # a node that only some turns of a shared `repeat` have is there for who refers to it
    layers:
    - repeat: {times: 2, as: i, share: true, layers: [conv: {name: a}, conv: {name: b, when: $(i > 0)}]}  #! A422: `b`
    - add: [., b]

    layers:
    - repeat: {times: 3, as: i, share: true, layers: [conv: {name: b, when: $(i < 2)}, conv: {name: a}]}  #! A422: `b`
    - add: [., b]

    layers:
    - repeat: {times: 2, as: i, share: true, layers: [conv: {name: a}, act: {name: b, when: $(i > 0)}]}  #! A422: `b`
    - add: [a, b]

    # an embedding that is missing may be what others refer to
    input: {vocab: 10, length: 4}
    layers:
    - position  #! A402: position
    - residual: [norm: layer, linear: 8]
    - linear: {features: 10, tie: wte, name: head}

    input: {vocab: 10, length: 4}
    layers:
    - residual: [linear: 8, add: [., wte]]  #! A402: linear
    - add: [., wte]

    # so is a module that is not there, in it and wherever a path goes on into it, beside others of its container
    layers:
    - seq: {name: down.0, layers: [conv: {name: a}]}
    - seq: {name: dwon.1, layers: [conv: {name: a}]}
    - add: [down.1.a, down.0.a]  #! A302: down.1.a
    - add: [., down.1]
    - add: [., down.1.a]

    # so is what a later turn would be, if it is not the first again
    layers:
    - repeat: {name: r, times: 2, share: true, layers: [conv: {name: a, channels: $(8 + index)}, act: {name: b}]}  #! A422
    - conv: {from: r.a, channels: 8}
    - conv: {from: r.b, channels: 8}
    """,
)


@CASES
def test_one_mistake_is_one_finding(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
