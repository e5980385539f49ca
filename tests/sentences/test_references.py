"""docs/language.md, section 6: references."""

from __future__ import annotations

from pathlib import Path

import torch

import archspec
from tests.sentences.case import Case, cases, full, module_of

REFERENCES = cases(
    """
    # A reference (`from`, joins, `outputs`) is the name of a node that ran before, in the same scope or one around
    # it
    layers:
    - conv: {name: a}
    - seq: {name: s, layers: [norm, residual: {name: r, body: [add: [., a]]}]}
    ---
    a: conv → 4 × 8 × 8
    s: seq
      0: norm(type=batch) → 4 × 8 × 8
      r: residual ← a
        add: add ← s.0, a → 4 × 8 × 8
        add_2: add ← s.0, s.r.add → 4 × 8 × 8

    # unnamed nodes have names too
    [conv, norm, conv: 8, conv: {from: conv, channels: 2}, add: [norm, norm], concat: [conv_2, conv_3]]  #= 10 × 8 × 8

    # in the same scope or one around it
    - seq: {name: s, layers: [conv, norm, add: ['0', '1']]}  #= 4 × 8 × 8

    # the name of a node in a numbered scope is a number
    - seq: {name: s, layers: [conv: 8, conv: {from: 0, channels: 2}, concat: [0, 1, s.0]]}  #= 18 × 8 × 8
    - seq: {name: s, layers: [conv, add: [., 1]]}                                           #! A302: 1

    # names its unnamed children after their op: what it inserts itself takes no name from them
    layers:
    - residual: {body: [conv, norm], drop_path: 0.1}
    - dropout: {name: drop_path, p: 0.5}
    - conv: {name: a, channels: 8}
    - add: [., .]
    - conv: {from: add, channels: 2}
    - parallel: [[conv: 2], [conv: 2]]
    - concat: {name: concat.x, from: [., .]}
    #> conv norm a conv_2 conv_3 conv_4
    #w conv_2.weight 2 8 1 1
    #~ add_2: add ← input, drop_path_2 → 4 × 8 × 8
    #~ concat.x: concat ← concat_2, concat_2 → 8 × 8 × 8

    # up to the enclosing block
    blocks:
      own: {layers: [norm, add: [., a]]}  #! A302: a
    layers: [conv: {name: a}, own]

    blocks: {own: {params: {skip: ref}, layers: [norm, add: [., $skip]]}}
    [conv: {name: a}, own: a]  #= 4 × 8 × 8

    # `input` is what the block, or the network, received
    blocks: {own: {layers: [conv, add: [., input]]}}
    layers: [conv: {name: a}, own, add: [., input]]
    ---
    a: conv → 4 × 8 × 8
    own: block own
      conv: conv → 4 × 8 × 8
      add: add ← own.conv, a → 4 × 8 × 8
    add: add ← own.add, input → 4 × 8 × 8

    # `input` is what the block … received, in a residual in it too
    blocks: {own: {layers: [conv, residual: {name: r, body: [norm, add: [., input]]}]}}
    [act: {name: a}, own]  #~ add: add ← own.r.norm, a → 4 × 8 × 8

    # `input` … in a stage
    stem: [act: {name: a}]
    stages: [{name: s, layers: [conv, add: [., input]]}]  #~ 1: add ← s.0, input → 4 × 8 × 8

    # `.` the current value
    [conv: {name: a}, conv: {from: ., channels: 3}, concat: [., .]]  #= 6 × 8 × 8

    # `.` the current value: what the node would receive without `from`, also beside one
    layers:
    - conv: {name: a, stride: 2}
    - conv: {name: b, from: input}
    - upsample: {from: a, like: .}  #~ upsample: upsample(like=.) ← a, b → 4 × 8 × 8

    # what the node would receive without `from`, also beside one
    blocks: {join: {params: {skip: {type: ref, default: .}}, layers: [concat: [., $skip]]}}
    layers:
    - conv: {name: a, channels: 2}
    - conv: {name: b, channels: 3}
    - join: {from: a, skip: .}  #~ concat: concat ← a, b → 5 × 8 × 8
    - join: {from: a}           #~ concat: concat ← a, join.concat → 7 × 8 × 8
    - join                      #~ concat: concat ← join_2.concat, join_2.concat → 14 × 8 × 8

    # what the node would receive without `from`: in a stage, that of each block
    blocks: {join: {params: {skip: ref}, layers: [concat: [., $skip]]}}
    layers:
    - conv: {name: a, channels: 2}
    - conv: {name: b, channels: 3}
    - stage: {name: s, from: a, block: join, depth: 2, skip: .}  #= 10 × 8 × 8

    # what the node would receive without `from`: in a body, what that receives
    [conv: {name: a, channels: 2}, conv: {name: b, channels: 3}, seq: {from: a, layers: [concat: [., .]]}]  #= 4 × 8 × 8

    # a dotted reference descends: `layer1.0`
    stages: [{name: layer1, block: basic, depth: 2, channels: 4}]
    head: [add: [., layer1.0]]  #~ add: add ← layer1.1.act_2, layer1.0.act_2 → 4 × 8 × 8

    # a dotted reference descends
    [stage: {name: s, block: basic, depth: 2, channels: 4}, add: [., s.0.conv1, s.1.bn2]]       #= 4 × 8 × 8
    [seq: {name: a.b, layers: [conv: {name: c.d}, act]}, add: [., a.b.c.d], add: [a.b, a.b.1]]  #= 4 × 8 × 8
    [residual: {name: r, body: [conv: 8]}, concat: [r.conv, r.shortcut, r.shortcut.0, r.add]]   #= 32 × 8 × 8
    [parallel: {branches: {a: [conv], b: []}}, concat: [a, b, a.0]]                             #= 12 × 8 × 8

    layers:
    - basic: 4
    - add: [., basic.nothing]  #! A302: basic.nothing

    layers:
    - conv: {name: a.b}
    - add: [., a]  #! A302: a

    [conv: {name: a.b}, add: [., a.b]]  #= 4 × 8 × 8

    # a dotted reference descends into the scope that runs
    - seq: {name: s, layers: [conv, norm, add: [., s.0]]}  #= 4 × 8 × 8

    # that ran before
    layers:
    - add: [., b]  #! A302: b
    - conv: {name: b}

    - seq: {name: s, layers: [conv, add: [., s]]}   #! A302: s
    - residual: {name: r, body: [conv: {from: r}]}  #! A302: r

    stages:
    - {name: a, layers: [conv: {from: b}]}  #! A302: b
    - {name: b, layers: [conv]}

    - parallel: [[conv: {name: a}], [add: [., a]]]  #= 8 × 8 × 8

    # that ran before: outputs see all
    layers: [seq: {name: s, layers: [seq: {name: t, layers: [conv]}]}]
    outputs: {x: s.t.0, y: s, z: input}  #= 4 × 8 × 8, 4 × 8 × 8, 4 × 8 × 8

    # a name of a scope inside is no name out here
    layers:
    - seq: {name: s, layers: [conv: {name: a}]}
    - add: [., a]  #! A302: a

    # the nearest of several of one name
    layers:
    - conv: {name: a, channels: 6}
    - seq: {name: s, layers: [conv: {name: a, channels: 8}, conv: {from: a, channels: 2}]}
    #~ 1: conv(channels=2) → 2 × 8 × 8

    # a name in a repeat
    layers:
    - repeat: {times: 2, layers: [conv: {name: c$index}, conv: {from: c$index, channels: 4}]}
    - add: [c0, c1]  #= 4 × 8 × 8

    # a name that is computed
    params: {which: 1}
    [conv: {name: a0}, conv: {name: a1, channels: 8}, conv: {from: a$which}]  #= 8 × 8 × 8

    # a slot's node refers to names around the call
    blocks: {own: {params: {x: layers}, layers: [conv, slot: x]}}
    [norm: {name: n}, own: {x: [add: [., n]]}]  #= 4 × 8 × 8

    # a slot's node does not see the block's names
    blocks: {own: {params: {x: layers}, layers: [conv: {name: c}, slot: x]}}
    - own: {x: [add: [., c]]}  #! A302: c

    # a slot's `input` is the caller's
    blocks: {own: {params: {x: layers}, layers: [conv: 8, slot: x]}}
    [act: {name: a}, own: {x: [conv: {from: input}]}]  #= 4 × 8 × 8

    # a slot's nodes see each other
    blocks: {own: {params: {x: layers}, layers: [slot: x]}}
    - own: {x: [conv: {name: a}, norm, add: [., a]]}  #= 4 × 8 × 8

    # what a slot made can be referred to in the block
    blocks: {own: {params: {x: layers}, layers: [slot: x, act, add: [., conv]]}}
    - own: {x: [conv]}  #= 4 × 8 × 8

    # `upsample: {like: …}`
    [conv: {name: a}, max_pool: 2, seq: {name: s, layers: [upsample: {like: a}]}]  #= 4 × 8 × 8

    # a mistyped reference has one finding
    layers:
    - conv: {name: enc1}
    - concat: [., enc2]  #! A302: enc2
    - conv: 8
    - linear: 3
    """,
)


@REFERENCES
def test_references(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


def test_values_are_passed_along_the_modules_between() -> None:
    """The compiler passes values along as extra inputs and outputs of the modules between."""
    text = """
    layers:
      - conv: {name: a}
      - seq:
          name: outer
          layers:
            - seq: {name: inner, layers: [norm: {name: n}, act, add: [., a], multiply: 2]}
            - act
      - add: [., outer.inner.n, outer.inner.2]
    """
    module = module_of(text).eval()
    x = torch.randn(2, 4, 8, 8)
    a = module.get_submodule("a")(x)
    n = module.get_submodule("outer.inner.n")(a)
    joined = torch.relu(n) + a
    torch.testing.assert_close(module(x), torch.relu(2 * joined) + n + joined)


def test_left_out_and_unknown_are_told_apart() -> None:
    """Two children … are an error (after `when`)."""
    (missing,) = archspec.validate(full("- conv: {name: a, when: false}\n- add: [., a]"))
    assert "left out" in missing.message
    (unknown,) = archspec.validate(full("- conv: {name: enc1}\n- add: [., enc2]"))
    assert "enc1" in unknown.help
