"""docs/language.md, section 6: the path in the file is the path in the module."""

from __future__ import annotations

from pathlib import Path

import torch

import archspec
from tests.sentences.case import Case, cases, full, module_of

SCOPES = cases(
    """
    # a parameter of a node named `conv1` in the second block of stage `layer1` is `layer1.1.conv1.weight`
    stages: [{name: layer1, block: basic, depth: 2, channels: 4}]  #w layer1.1.conv1.weight 4 4 3 3

    # A composite scope (the network, …) names its unnamed children after their op: `conv`, `conv_2`, …
    [conv, conv, norm, conv: {name: x}, conv, seq: [conv]]  #> conv conv_2 norm x conv_3 conv_4

    # `conv`, `conv_2`, …
    [conv: {name: conv_2}, conv, conv, conv]  #> conv_2 conv conv_3 conv_4
    [conv: {name: conv}, conv]                #> conv conv_2

    layers:
    - conv
    - conv: {name: conv}  #! A312: conv

    # A composite scope (… a block, …)
    blocks: {own: {layers: [conv, conv, norm, linear_block]}, linear_block: {layers: [conv]}}
    layers: [own, own]
    #> own.conv own.conv_2 own.norm own.linear_block.conv own_2.conv own_2.conv_2 own_2.norm own_2.linear_block.conv

    # (… a named `residual` or `parallel`)
    layers:
    - residual: {name: r, body: [conv, conv]}
    - parallel: {name: p, branches: [[conv], [conv]]}  #> r.conv r.conv_2 p.conv p.conv_2

    # A numbered scope (a named `seq` or `repeat`, …) numbers its unnamed children from 0
    [seq: {name: s, layers: [conv, act, conv]}, repeat: {name: r, times: 2, layers: [conv, act]}]  #> s.0 s.2 r.0 r.2

    # (… a stage, a branch given by name, a shortcut, …)
    layers:
    - stage: {name: s, layers: [act, conv]}
    - parallel: {branches: {a: [act, conv: 2], b: [conv: 2]}}
    - residual: {body: [conv: 4], shortcut: [act, conv]}  #> s.1 a.1 b.0 conv shortcut.1

    # (… a block with `numbered: true`)
    blocks: {own: {numbered: true, layers: [act, conv, norm: {name: n}, conv]}}
    - own  #> own.1 own.n own.3

    # exactly as `nn.Sequential`; every included node counts, named or not, with or without parameters
    params: {deep: false}
    layers:
    - seq:
        name: s
        layers: [act, conv: {name: x}, conv: {when: $deep}, conv: {when: $(not deep)}, flatten, linear: 2]
    #> s.x s.2 s.4

    # every included node counts … a numbered block whose first node is left out
    blocks: {own: {numbered: true, params: {pre: true}, layers: [norm: {when: $pre}, conv]}}
    [own, own: false]  #> own.0 own.1 own_2.0

    # a combinator or stage in it takes its number as its name
    layers:
    - seq:
        name: s
        layers: [conv, residual: [conv, conv], parallel: [[conv], [conv]], seq: [conv], stage: {layers: [conv]}]
    #> s.0 s.1.conv s.1.conv_2 s.2.conv s.2.conv_2 s.3.0 s.4.0

    - seq: {name: s, layers: [act, residual: [conv: 8]]}  #> s.1.conv s.1.shortcut.0 s.1.shortcut.1

    # a block in it takes its number too
    - seq: {name: s, layers: [act, basic: 4]}  #> s.1.conv1 s.1.bn1 s.1.conv2 s.1.bn2

    # a join in it takes a number
    - seq: {name: s, layers: [conv: {name: a}, add: [., a], conv]}  #> s.a s.2

    # An unnamed `repeat` and a `slot` are transparent everywhere: their nodes are named or numbered by the scope
    # around
    layers:
    - seq: {name: s, layers: [conv, repeat: {times: 2, layers: [conv, act]}, conv]}
    - repeat: {times: 2, layers: [conv]}  #> s.0 s.1 s.3 s.5 conv conv_2

    # … and a `slot` are transparent everywhere
    blocks:
      n: {numbered: true, params: {x: layers}, layers: [conv, slot: x, conv]}
      c: {params: {x: layers}, layers: [conv, slot: x, conv]}
    layers: [n: {x: [act, conv]}, c: {x: [act, conv]}]  #> n.0 n.2 n.3 c.conv c.conv_2 c.conv_3

    # In a composite scope an unnamed `seq`, `residual` or `parallel` is transparent too
    layers:
    - seq: [conv]
    - residual: [conv]
    - parallel: [[conv], []]
    - seq: [seq: [residual: [conv: 8]]]
    #= 8 × 8 × 8
    #> conv conv_2 conv_3 conv_4

    # and a branch in a *list* of branches
    - parallel: {name: p, branches: [[conv], [seq: [conv]], [conv: {name: x}]]}  #> p.conv p.conv_2 p.x

    # a branch in a numbered scope's parallel
    - seq: {name: s, layers: [parallel: {a: 1}]}  #! A201: a

    # a parallel with named branches in a numbered scope
    - seq: {name: s, layers: [act, parallel: {branches: {a: [conv], b: [act, conv]}}, conv]}  #> s.1.a.0 s.1.b.1 s.2

    # A block always opens a scope; a stage too (default names `stage1`, `stage2`, … in a composite scope)
    layers:
    - conv_norm_act: 8
    - stage: {layers: [conv]}
    - stage: {name: x, layers: [conv]}
    - stage: {layers: [conv]}  #> conv_norm_act.0 conv_norm_act.1 stage1.0 x.0 stage3.0

    # a stage left out does not count
    [stage: {layers: [conv], when: false}, stage: {layers: [conv]}]  #> stage1.0

    # a stage in a block
    blocks: {own: {layers: [stage: {layers: [conv]}, stage: {layers: [conv]}]}}
    - own  #> own.stage1.0 own.stage2.0

    # names of stages are those of the network in every section
    stem: [conv]
    stages: [{layers: [conv]}]
    head: [stage: {layers: [conv]}]  #> conv stage1.0 stage2.0
    """,
)

DOTTED = cases(
    """
    # A name may be dotted: `name: patch_embed.proj`, or a stage named `trunk.block1`
    layers:
    - conv: {name: patch_embed.proj}
    - stage: {name: trunk.block1, layers: [conv]}
    - stage: {name: trunk.block2, layers: [conv]}
    - conv: {name: a.b.c.d}  #> patch_embed.proj trunk.block1.0 trunk.block2.0 a.b.c.d

    # The leading parts are plain containers, shared by all that name them
    layers:
    - conv: {name: f.a}
    - conv: {name: g.a}
    - conv: {name: f.b}
    - conv: {name: f.c.a}
    - conv: {name: f.c.b}  #> f.a f.b f.c.a f.c.b g.a

    # to reach into a real child so is an error
    layers:
    - seq: {name: s, layers: [conv]}
    - conv: {name: s.x}  #! A312: s

    layers:
    - conv: {name: a}
    - conv: {name: a.b}  #! A312: a

    layers:
    - conv: {name: a.b}
    - conv: {name: a}  #! A312: a

    layers:
    - conv: {name: a.b}
    - conv: {name: a.b.c}  #! A312: a.b

    layers:
    - conv
    - conv: {name: conv.x}  #! A312: conv

    # a container in a numbered scope
    - seq: {name: s, layers: [conv: {name: a.b}, conv: {name: a.c}, conv]}  #> s.a.b s.a.c s.2

    # dotted names in blocks
    blocks: {own: {layers: [conv: {name: f.a}, conv: {name: f.b}]}}
    [own, own]  #> own.f.a own.f.b own_2.f.a own_2.f.b

    # a block with a dotted name
    layers:
    - basic: {name: trunk.0, channels: 4}
    - basic: {name: trunk.1, channels: 4}
    #> trunk.0.conv1 trunk.0.bn1 trunk.0.conv2 trunk.0.bn2 trunk.1.conv1 trunk.1.bn1 trunk.1.conv2 trunk.1.bn2

    # a container and an unnamed node after its op
    [conv: {name: conv.x}, conv]  #> conv.x conv_2

    # a repeat, seq, residual or parallel with a dotted name
    layers:
    - repeat: {name: r.a, times: 2, layers: [conv]}
    - residual: {name: r.b, body: [conv]}
    - parallel: {name: r.c, branches: [[conv], []]}  #> r.a.0 r.a.1 r.b.conv r.c.conv

    # Parts may hold `-`
    layers:
    - stage: {name: trunk.block-1, names: block1-$index, block: basic, depth: 2, channels: 4}
    #w trunk.block-1.block1-1.conv1.weight 4 4 3 3

    # Parts
    - conv: {name: a b}    #! A311: a b
    - conv: {name: a..b}   #! A311: a..b
    - conv: {name: .a}     #! A311: .a
    - conv: {name: a.}     #! A311: a.
    - conv: {name: größe}  #! A311: größe
    - conv: {name: a/b}    #! A311: a/b
    - conv: {name: 1.5}    #! A203: 1.5

    # what every module has already
    - conv: {name: forward}                         #! A311: forward
    - conv: {name: a.parameters}                    #! A311: parameters
    - scale: {name: training}                       #! A311: training
    - stage: {name: modules, layers: [conv]}        #! A311: modules
    - parallel: {branches: {train: [conv], b: []}}  #! A311: train

    blocks: {eval: {layers: [conv]}}
    - eval  #! A311: eval

    # `scale` and `position` hold one parameter, registered under the node's own name; `class_token` too
    layers:
    - rearrange: n c h w -> n (h w) c
    - class_token: {name: cls}
    - position: {name: embed.pos}
    - scale: {name: gamma}
    - scale
    - seq: {name: s, layers: [scale, act, scale]}
    #> cls gamma scale embed.pos s.0 s.2
    #w cls 1 1 4, embed.pos 1 65 4, gamma 4, s.2 4

    # Two children of one scope with one name are an error
    layers:
    - conv: {name: a}
    - norm: {name: a}  #! A312: a

    layers:
    - seq: {name: a, layers: [conv]}
    - conv: {name: a}  #! A312: a

    - seq: {name: s, layers: [conv, conv: {name: 0}]}  #! A312: 0
    - seq: {name: s, layers: [conv: {name: 1}, conv]}  #! A312: 1

    # Two children of one scope
    - parallel: [[conv: {name: a}], [conv: {name: a}]]            #! A312: a
    [seq: {name: s, layers: [conv: {name: a}]}, conv: {name: a}]  #> s.a a

    # (after `when`)
    params: {b: true}
    [conv: {name: a, when: $b}, conv: {name: a, when: $(not b)}]  #> a

    # Two stages
    stages:
    - {name: a, layers: [conv]}
    - {name: a, layers: [conv]}  #! A312: a

    # Keys stand in the order of the nodes, a scope's own parameters first, a container at its first mention
    [conv: {name: f.a}, conv: {name: x}, scale: {name: own}, conv: {name: f.b}]  #> own f.a f.b x

    # a scope's own parameters first
    layers:
    - seq: {name: s, layers: [conv, scale, conv, scale: {name: f.g}, conv: {name: f.a}, scale: {name: f.h}]}
    #> s.1 s.0 s.2 s.f.g s.f.h s.f.a
    """,
)

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


@SCOPES
def test_scopes(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@DOTTED
def test_dotted_names(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@REFERENCES
def test_references(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


def test_names_are_attributes() -> None:
    """Names become module attributes and so `state_dict` keys"""
    module = module_of("stages: [{name: trunk.layer1, block: basic, depth: 2, channels: 4}]")
    trunk = module.get_submodule("trunk")
    assert trunk.layer1[1].conv1 is module.get_submodule("trunk.layer1.1.conv1")
    assert len(list(trunk.layer1)) == 2


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


def test_a_block_is_a_module_with_a_forward_of_its_own() -> None:
    """A block always opens a scope; a stage too"""
    module = module_of("stages: [{name: s, block: basic, depth: 2, channels: 4}]").eval()
    x = torch.randn(2, 4, 8, 8)
    s = module.get_submodule("s")
    torch.testing.assert_close(module(x), s(x))
    torch.testing.assert_close(s(x), s.get_submodule("1")(s.get_submodule("0")(x)))


def test_left_out_and_unknown_are_told_apart() -> None:
    """Two children … are an error (after `when`)."""
    (missing,) = archspec.validate(full("- conv: {name: a, when: false}\n- add: [., a]"))
    assert "left out" in missing.message
    (unknown,) = archspec.validate(full("- conv: {name: enc1}\n- add: [., enc2]"))
    assert "enc1" in unknown.help
