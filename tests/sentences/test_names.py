"""docs/language.md, section 6: the path in the file is the path in the module."""

from __future__ import annotations

from pathlib import Path

import torch

from tests.sentences.case import Case, cases, module_of

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


@SCOPES
def test_scopes(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@DOTTED
def test_dotted_names(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


def test_names_are_attributes() -> None:
    """Names become module attributes and so `state_dict` keys"""
    module = module_of("stages: [{name: trunk.layer1, block: basic, depth: 2, channels: 4}]")
    trunk = module.get_submodule("trunk")
    assert trunk.layer1[1].conv1 is module.get_submodule("trunk.layer1.1.conv1")
    assert len(list(trunk.layer1)) == 2


def test_a_block_is_a_module_with_a_forward_of_its_own() -> None:
    """A block always opens a scope; a stage too"""
    module = module_of("stages: [{name: s, block: basic, depth: 2, channels: 4}]").eval()
    x = torch.randn(2, 4, 8, 8)
    s = module.get_submodule("s")
    torch.testing.assert_close(module(x), s(x))
    torch.testing.assert_close(s(x), s.get_submodule("1")(s.get_submodule("0")(x)))
