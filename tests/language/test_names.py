"""LANGUAGE.md, section 6: the path in the file is the path in the module."""

from __future__ import annotations

from pathlib import Path

import torch

import archspec
from tests.language.case import Case, cases, full, module_of

SCOPES = cases(
    Case(
        "a parameter of a node named `conv1` in the second block of stage `layer1` is `layer1.1.conv1.weight`",
        "stages: [{name: layer1, block: basic, depth: 2, channels: 4}]",
        weights={"layer1.1.conv1.weight": (4, 4, 3, 3)},
    ),
    Case(
        "A composite scope (the network, …) names its unnamed children after their op: `conv`, `conv_2`, …",
        "- conv\n- conv\n- norm\n- conv: {name: x}\n- conv\n- seq: [conv]",
        modules="conv conv_2 norm x conv_3 conv_4",
    ),
    Case("`conv`, `conv_2`, …", "- conv: {name: conv_2}\n- conv\n- conv\n- conv", modules="conv_2 conv conv_3 conv_4"),
    Case("`conv`, `conv_2`, …", "- conv: {name: conv}\n- conv", modules="conv conv_2"),
    Case("`conv`, `conv_2`, …", "- conv\n- conv: {name: conv}  #! A312: conv"),
    Case(
        "A composite scope (… a block, …)",
        "blocks: {own: {layers: [conv, conv, norm, linear_block]}, linear_block: {layers: [conv]}}\nlayers: [own, own]",
        modules="own.conv own.conv_2 own.norm own.linear_block.conv own_2.conv own_2.conv_2 own_2.norm own_2.linear_block.conv",
    ),
    Case(
        "(… a named `residual` or `parallel`)",
        "- residual: {name: r, body: [conv, conv]}\n- parallel: {name: p, branches: [[conv], [conv]]}",
        modules="r.conv r.conv_2 p.conv p.conv_2",
    ),
    Case(
        "A numbered scope (a named `seq` or `repeat`, …) numbers its unnamed children from 0",
        "- seq: {name: s, layers: [conv, act, conv]}\n- repeat: {name: r, times: 2, layers: [conv, act]}",
        modules="s.0 s.2 r.0 r.2",
    ),
    Case(
        "(… a stage, a branch given by name, a shortcut, …)",
        "- stage: {name: s, layers: [act, conv]}\n- parallel: {branches: {a: [act, conv: 2], b: [conv: 2]}}\n- residual: {body: [conv: 4], shortcut: [act, conv]}",
        modules="s.1 a.1 b.0 conv shortcut.1",
    ),
    Case(
        "(… a block with `numbered: true`)",
        "blocks: {own: {numbered: true, layers: [act, conv, norm: {name: n}, conv]}}\nlayers: [own]",
        modules="own.1 own.n own.3",
    ),
    Case(
        "exactly as `nn.Sequential`; every included node counts, named or not, with or without parameters",
        "params: {deep: false}\nlayers: [seq: {name: s, layers: [act, conv: {name: x}, conv: {when: $deep}, conv: {when: $(not deep)}, flatten, linear: 2]}]",
        modules="s.x s.2 s.4",
    ),
    Case(
        "every included node counts … a numbered block whose first node is left out",
        "blocks: {own: {numbered: true, params: {pre: true}, layers: [norm: {when: $pre}, conv]}}\nlayers: [own, own: false]",
        modules="own.0 own.1 own_2.0",
    ),
    Case(
        "a combinator or stage in it takes its number as its name",
        "- seq: {name: s, layers: [conv, residual: [conv, conv], parallel: [[conv], [conv]], seq: [conv], stage: {layers: [conv]}]}",
        modules="s.0 s.1.conv s.1.conv_2 s.2.conv s.2.conv_2 s.3.0 s.4.0",
    ),
    Case(
        "a combinator or stage in it takes its number as its name",
        "- seq: {name: s, layers: [act, residual: [conv: 8]]}",
        modules="s.1.conv s.1.shortcut.0 s.1.shortcut.1",
    ),
    Case(
        "a block in it takes its number too",
        "- seq: {name: s, layers: [act, basic: 4]}",
        modules="s.1.conv1 s.1.bn1 s.1.conv2 s.1.bn2",
    ),
    Case(
        "a join in it takes a number",
        "- seq: {name: s, layers: [conv: {name: a}, add: [., a], conv]}",
        modules="s.a s.2",
    ),
    Case(
        "An unnamed `repeat` and a `slot` are transparent everywhere: their nodes are named or numbered by the scope around",
        "- seq: {name: s, layers: [conv, repeat: {times: 2, layers: [conv, act]}, conv]}\n- repeat: {times: 2, layers: [conv]}",
        modules="s.0 s.1 s.3 s.5 conv conv_2",
    ),
    Case(
        "… and a `slot` are transparent everywhere",
        """
        blocks:
          n: {numbered: true, params: {x: layers}, layers: [conv, slot: x, conv]}
          c: {params: {x: layers}, layers: [conv, slot: x, conv]}
        layers: [n: {x: [act, conv]}, c: {x: [act, conv]}]
        """,
        modules="n.0 n.2 n.3 c.conv c.conv_2 c.conv_3",
    ),
    Case(
        "In a composite scope an unnamed `seq`, `residual` or `parallel` is transparent too",
        "- seq: [conv]\n- residual: [conv]\n- parallel: [[conv], []]\n- seq: [seq: [residual: [conv: 8]]]",
        modules="conv conv_2 conv_3 conv_4",
        output="8 × 8 × 8",
    ),
    Case(
        "and a branch in a *list* of branches",
        "- parallel: {name: p, branches: [[conv], [seq: [conv]], [conv: {name: x}]]}",
        modules="p.conv p.conv_2 p.x",
    ),
    Case("a branch in a numbered scope's parallel", "- seq: {name: s, layers: [parallel: {a: 1}]}  #! A201: a"),
    Case(
        "a parallel with named branches in a numbered scope",
        "- seq: {name: s, layers: [act, parallel: {branches: {a: [conv], b: [act, conv]}}, conv]}",
        modules="s.1.a.0 s.1.b.1 s.2",
    ),
    Case(
        "A block always opens a scope; a stage too (default names `stage1`, `stage2`, … in a composite scope)",
        "- conv_norm_act: 8\n- stage: {layers: [conv]}\n- stage: {name: x, layers: [conv]}\n- stage: {layers: [conv]}",
        modules="conv_norm_act.0 conv_norm_act.1 stage1.0 x.0 stage3.0",
    ),
    Case(
        "a stage left out does not count",
        "- stage: {layers: [conv], when: false}\n- stage: {layers: [conv]}",
        modules="stage1.0",
    ),
    Case(
        "a stage in a block",
        "blocks: {own: {layers: [stage: {layers: [conv]}, stage: {layers: [conv]}]}}\nlayers: [own]",
        modules="own.stage1.0 own.stage2.0",
    ),
    Case(
        "names of stages are those of the network in every section",
        "stem: [conv]\nstages: [{layers: [conv]}]\nhead: [stage: {layers: [conv]}]",
        modules="conv stage1.0 stage2.0",
    ),
)

DOTTED = cases(
    Case(
        "A name may be dotted: `name: patch_embed.proj`, or a stage named `trunk.block1`",
        "- conv: {name: patch_embed.proj}\n- stage: {name: trunk.block1, layers: [conv]}\n- stage: {name: trunk.block2, layers: [conv]}\n- conv: {name: a.b.c.d}",
        modules="patch_embed.proj trunk.block1.0 trunk.block2.0 a.b.c.d",
    ),
    Case(
        "The leading parts are plain containers, shared by all that name them",
        "- conv: {name: f.a}\n- conv: {name: g.a}\n- conv: {name: f.b}\n- conv: {name: f.c.a}\n- conv: {name: f.c.b}",
        modules="f.a f.b f.c.a f.c.b g.a",
    ),
    Case(
        "to reach into a real child so is an error",
        "- seq: {name: s, layers: [conv]}\n- conv: {name: s.x}  #! A312: s",
    ),
    Case("to reach into a real child so is an error", "- conv: {name: a}\n- conv: {name: a.b}  #! A312: a"),
    Case("to reach into a real child so is an error", "- conv: {name: a.b}\n- conv: {name: a}  #! A312: a"),
    Case("to reach into a real child so is an error", "- conv: {name: a.b}\n- conv: {name: a.b.c}  #! A312: a.b"),
    Case("to reach into a real child so is an error", "- conv\n- conv: {name: conv.x}  #! A312: conv"),
    Case(
        "a container in a numbered scope",
        "- seq: {name: s, layers: [conv: {name: a.b}, conv: {name: a.c}, conv]}",
        modules="s.a.b s.a.c s.2",
    ),
    Case(
        "dotted names in blocks",
        "blocks: {own: {layers: [conv: {name: f.a}, conv: {name: f.b}]}}\nlayers: [own, own]",
        modules="own.f.a own.f.b own_2.f.a own_2.f.b",
    ),
    Case(
        "a block with a dotted name",
        "- basic: {name: trunk.0, channels: 4}\n- basic: {name: trunk.1, channels: 4}",
        modules="trunk.0.conv1 trunk.0.bn1 trunk.0.conv2 trunk.0.bn2 trunk.1.conv1 trunk.1.bn1 trunk.1.conv2 trunk.1.bn2",
    ),
    Case("a container and an unnamed node after its op", "- conv: {name: conv.x}\n- conv", modules="conv.x conv_2"),
    Case(
        "a repeat, seq, residual or parallel with a dotted name",
        "- repeat: {name: r.a, times: 2, layers: [conv]}\n- residual: {name: r.b, body: [conv]}\n- parallel: {name: r.c, branches: [[conv], []]}",
        modules="r.a.0 r.a.1 r.b.conv r.c.conv",
    ),
    Case(
        "Parts may hold `-`",
        "- stage: {name: trunk.block-1, names: block1-$index, block: basic, depth: 2, channels: 4}",
        weights={"trunk.block-1.block1-1.conv1.weight": (4, 4, 3, 3)},
    ),
    Case("Parts", "- conv: {name: a b}  #! A311: a b"),
    Case("Parts", "- conv: {name: a..b}  #! A311: a..b"),
    Case("Parts", "- conv: {name: .a}  #! A311: .a"),
    Case("Parts", "- conv: {name: a.}  #! A311: a."),
    Case("Parts", "- conv: {name: größe}  #! A311: größe"),
    Case("Parts", "- conv: {name: a/b}  #! A311: a/b"),
    Case("Parts", "- conv: {name: 1.5}  #! A203: 1.5"),
    Case("what every module has already", "- conv: {name: forward}  #! A311: forward"),
    Case("what every module has already", "- conv: {name: a.parameters}  #! A311: parameters"),
    Case("what every module has already", "- scale: {name: training}  #! A311: training"),
    Case("what every module has already", "- stage: {name: modules, layers: [conv]}  #! A311: modules"),
    Case("what every module has already", "- parallel: {branches: {train: [conv], b: []}}  #! A311: train"),
    Case("what every module has already", "blocks: {eval: {layers: [conv]}}\nlayers:\n- eval  #! A311: eval"),
    Case(
        "`scale` and `position` hold one parameter, registered under the node's own name; `class_token` too",
        "- rearrange: n c h w -> n (h w) c\n- class_token: {name: cls}\n- position: {name: embed.pos}\n- scale: {name: gamma}\n- scale\n- seq: {name: s, layers: [scale, act, scale]}",
        modules="cls gamma scale embed.pos s.0 s.2",
        weights={"cls": (1, 1, 4), "embed.pos": (1, 65, 4), "gamma": (4,), "s.2": (4,)},
    ),
    Case("Two children of one scope with one name are an error", "- conv: {name: a}\n- norm: {name: a}  #! A312: a"),
    Case(
        "Two children of one scope with one name are an error",
        "- seq: {name: a, layers: [conv]}\n- conv: {name: a}  #! A312: a",
    ),
    Case(
        "Two children of one scope with one name are an error",
        "- seq: {name: s, layers: [conv, conv: {name: 0}]}  #! A312: 0",
    ),
    Case(
        "Two children of one scope with one name are an error",
        "- seq: {name: s, layers: [conv: {name: 1}, conv]}  #! A312: 1",
    ),
    Case("Two children of one scope", "- parallel: [[conv: {name: a}], [conv: {name: a}]]  #! A312: a"),
    Case(
        "Two children of one scope", "- seq: {name: s, layers: [conv: {name: a}]}\n- conv: {name: a}", modules="s.a a"
    ),
    Case(
        "(after `when`)",
        "params: {b: true}\nlayers: [conv: {name: a, when: $b}, conv: {name: a, when: $(not b)}]",
        modules="a",
    ),
    Case("Two stages", "stages:\n- {name: a, layers: [conv]}\n- {name: a, layers: [conv]}  #! A312: a"),
    Case(
        "Keys stand in the order of the nodes, a scope's own parameters first, a container at its first mention",
        "- conv: {name: f.a}\n- conv: {name: x}\n- scale: {name: own}\n- conv: {name: f.b}",
        modules="own f.a f.b x",
    ),
    Case(
        "a scope's own parameters first",
        "- seq: {name: s, layers: [conv, scale, conv, scale: {name: f.g}, conv: {name: f.a}, scale: {name: f.h}]}",
        modules="s.1 s.0 s.2 s.f.g s.f.h s.f.a",
    ),
)

REFERENCES = cases(
    Case(
        "A reference (`from`, joins, `outputs`) is the name of a node that ran before, in the same scope or one around it",
        "- conv: {name: a}\n- seq: {name: s, layers: [norm, residual: {name: r, body: [add: [., a]]}]}",
        graph="""
        a: conv → 4 × 8 × 8
        s: seq
          0: norm(type=batch) → 4 × 8 × 8
          r: residual ← a
            add: add ← s.0, a → 4 × 8 × 8
            add_2: add ← s.0, s.r.add → 4 × 8 × 8
        """,
    ),
    Case(
        "unnamed nodes have names too",
        "- conv\n- norm\n- conv: 8\n- conv: {from: conv, channels: 2}\n- add: [norm, norm]\n- concat: [conv_2, conv_3]",
        output="10 × 8 × 8",
    ),
    Case(
        "in the same scope or one around it",
        "- seq: {name: s, layers: [conv, norm, add: ['0', '1']]}",
        output="4 × 8 × 8",
    ),
    Case(
        "up to the enclosing block",
        "blocks:\n  own: {layers: [norm, add: [., a]]}  #! A302: a\nlayers: [conv: {name: a}, own]",
    ),
    Case(
        "up to the enclosing block",
        "blocks: {own: {params: {skip: ref}, layers: [norm, add: [., $skip]]}}\nlayers: [conv: {name: a}, own: a]",
        output="4 × 8 × 8",
    ),
    Case(
        "`input` is what the block, or the network, received",
        "blocks: {own: {layers: [conv, add: [., input]]}}\nlayers: [conv: {name: a}, own, add: [., input]]",
        graph="""
        a: conv → 4 × 8 × 8
        own: block own
          conv: conv → 4 × 8 × 8
          add: add ← own.conv, a → 4 × 8 × 8
        add: add ← own.add, input → 4 × 8 × 8
        """,
    ),
    Case(
        "`input` is what the block … received, in a residual in it too",
        "blocks: {own: {layers: [conv, residual: {name: r, body: [norm, add: [., input]]}]}}\nlayers: [act: {name: a}, own]",
        shows="add: add ← own.r.norm, a → 4 × 8 × 8",
    ),
    Case(
        "`input` … in a stage",
        "stem: [act: {name: a}]\nstages: [{name: s, layers: [conv, add: [., input]]}]",
        shows="1: add ← s.0, input → 4 × 8 × 8",
    ),
    Case(
        "`.` the current value",
        "- conv: {name: a}\n- conv: {from: ., channels: 3}\n- concat: [., .]",
        output="6 × 8 × 8",
    ),
    Case(
        "a dotted reference descends: `layer1.0`",
        "stages: [{name: layer1, block: basic, depth: 2, channels: 4}]\nhead: [add: [., layer1.0]]",
        shows="add: add ← layer1.1.act_2, layer1.0.act_2 → 4 × 8 × 8",
    ),
    Case(
        "a dotted reference descends",
        "- stage: {name: s, block: basic, depth: 2, channels: 4}\n- add: [., s.0.conv1, s.1.bn2]",
        output="4 × 8 × 8",
    ),
    Case(
        "a dotted reference descends",
        "- seq: {name: a.b, layers: [conv: {name: c.d}, act]}\n- add: [., a.b.c.d]\n- add: [a.b, a.b.1]",
        output="4 × 8 × 8",
    ),
    Case(
        "a dotted reference descends",
        "- residual: {name: r, body: [conv: 8]}\n- concat: [r.conv, r.shortcut, r.shortcut.0, r.add]",
        output="32 × 8 × 8",
    ),
    Case(
        "a dotted reference descends",
        "- parallel: {branches: {a: [conv], b: []}}\n- concat: [a, b, a.0]",
        output="12 × 8 × 8",
    ),
    Case("a dotted reference descends", "- basic: 4\n- add: [., basic.nothing]  #! A302: basic.nothing"),
    Case("a dotted reference descends", "- conv: {name: a.b}\n- add: [., a]  #! A302: a"),
    Case("a dotted reference descends", "- conv: {name: a.b}\n- add: [., a.b]", output="4 × 8 × 8"),
    Case(
        "a dotted reference descends into the scope that runs",
        "- seq: {name: s, layers: [conv, norm, add: [., s.0]]}",
        output="4 × 8 × 8",
    ),
    Case("that ran before", "- add: [., b]  #! A302: b\n- conv: {name: b}"),
    Case("that ran before", "- seq: {name: s, layers: [conv, add: [., s]]}  #! A302: s"),
    Case("that ran before", "- residual: {name: r, body: [conv: {from: r}]}  #! A302: r"),
    Case("that ran before", "stages:\n- {name: a, layers: [conv: {from: b}]}  #! A302: b\n- {name: b, layers: [conv]}"),
    Case("that ran before", "- parallel: [[conv: {name: a}], [add: [., a]]]", output="8 × 8 × 8"),
    Case(
        "that ran before: outputs see all",
        "layers: [seq: {name: s, layers: [seq: {name: t, layers: [conv]}]}]\noutputs: {x: s.t.0, y: s, z: input}",
        output="4 × 8 × 8, 4 × 8 × 8, 4 × 8 × 8",
    ),
    Case(
        "a name of a scope inside is no name out here",
        "- seq: {name: s, layers: [conv: {name: a}]}\n- add: [., a]  #! A302: a",
    ),
    Case(
        "the nearest of several of one name",
        "- conv: {name: a, channels: 6}\n- seq: {name: s, layers: [conv: {name: a, channels: 8}, conv: {from: a, channels: 2}]}",
        shows="1: conv(channels=2) → 2 × 8 × 8",
    ),
    Case(
        "a name in a repeat",
        "- repeat: {times: 2, layers: [conv: {name: c$index}, conv: {from: c$index, channels: 4}]}\n- add: [c0, c1]",
        output="4 × 8 × 8",
    ),
    Case(
        "a name that is computed",
        "params: {which: 1}\nlayers: [conv: {name: a0}, conv: {name: a1, channels: 8}, conv: {from: a$which}]",
        output="8 × 8 × 8",
    ),
    Case(
        "a slot's node refers to names around the call",
        "blocks: {own: {params: {x: layers}, layers: [conv, slot: x]}}\nlayers: [norm: {name: n}, own: {x: [add: [., n]]}]",
        output="4 × 8 × 8",
    ),
    Case(
        "a slot's node does not see the block's names",
        "blocks: {own: {params: {x: layers}, layers: [conv: {name: c}, slot: x]}}\nlayers:\n- own: {x: [add: [., c]]}  #! A302: c",
    ),
    Case(
        "a slot's `input` is the caller's",
        "blocks: {own: {params: {x: layers}, layers: [conv: 8, slot: x]}}\nlayers: [act: {name: a}, own: {x: [conv: {from: input}]}]",
        output="4 × 8 × 8",
    ),
    Case(
        "a slot's nodes see each other",
        "blocks: {own: {params: {x: layers}, layers: [slot: x]}}\nlayers: [own: {x: [conv: {name: a}, norm, add: [., a]]}]",
        output="4 × 8 × 8",
    ),
    Case(
        "what a slot made can be referred to in the block",
        "blocks: {own: {params: {x: layers}, layers: [slot: x, act, add: [., conv]]}}\nlayers: [own: {x: [conv]}]",
        output="4 × 8 × 8",
    ),
    Case(
        "`upsample: {like: …}`",
        "- conv: {name: a}\n- max_pool: 2\n- seq: {name: s, layers: [upsample: {like: a}]}",
        output="4 × 8 × 8",
    ),
    Case(
        "a mistyped reference has one finding",
        "- conv: {name: enc1}\n- concat: [., enc2]  #! A302: enc2\n- conv: 8\n- linear: 3",
    ),
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
