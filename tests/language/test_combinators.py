"""LANGUAGE.md, section 5: combinators (shortcuts have a file of their own)."""

from __future__ import annotations

from pathlib import Path

import torch

from tests.language.case import Case, cases, module_of

SEQ = cases(
    Case("`seq: [ … ]` principal: layers", "- seq: [conv: 8, act]", same="- seq: {layers: [conv: 8, act]}"),
    Case("seq", "- seq: {name: body, layers: [conv: 8, act, conv: 6]}", modules="body.0 body.2"),
    Case("seq", "- seq: []\n- conv: 8", same="- conv: 8"),
    Case("seq", "- seq: conv  #! A203: list of nodes"),
    Case("seq", "- seq: {layer: [conv: 8]}  #! A201: layer"),
    Case("seq", "- seq: {name: a}  #! A202: layers"),
    Case("seq", "- seq  #! A202: layers"),
    Case("seq", "- seq: {layers: {conv: 8}}  #! A203: list of nodes"),
)

REPEAT = cases(
    Case(
        "`repeat: {times: 3, as: i, layers: [ … ]}`",
        "- repeat: {times: 3, as: i, layers: [conv: $(8 + i), act]}",
        same="- conv: 8\n- act\n- conv: 9\n- act\n- conv: 10\n- act",
    ),
    Case(
        "`as` names the counter, default `index`",
        "- repeat: {times: 2, layers: [conv: $(8 + index)]}",
        same="- conv: 8\n- conv: 9",
    ),
    Case(
        "`as` names the counter",
        "- repeat: {times: 2, as: i, layers: [repeat: {times: 2, as: j, layers: [conv: $(10 * i + j + 1)]}]}",
        same="- conv: 1\n- conv: 2\n- conv: 11\n- conv: 12",
    ),
    Case(
        "default `index`",
        "- repeat: {times: 2, layers: [conv: $(1 + index), repeat: {times: 2, layers: [conv: $(10 + index)]}, conv: $(20 + index)]}",
        same="- conv: 1\n- conv: 10\n- conv: 11\n- conv: 20\n- conv: 2\n- conv: 10\n- conv: 11\n- conv: 21",
    ),
    Case(
        "`as` names the counter, and `index` stays that of the block",
        """
        blocks: {own: {layers: [repeat: {times: 2, as: i, layers: [conv: $(10 * index + i + 1)]}]}}
        stages: [{block: own, depth: 2}]
        """,
        weights={"stage1.1.conv.weight": (11, 2, 1, 1), "stage1.1.conv_2.weight": (12, 11, 1, 1)},
    ),
    Case(
        "`as: index` is the default",
        "- repeat: {times: 2, as: index, layers: [conv: $(8 + index)]}",
        same="- conv: 8\n- conv: 9",
    ),
    Case(
        "the counter is known in it alone",
        "layers:\n- repeat: {times: 2, as: i, layers: [conv: 8]}\n- conv: $i  #! A252: i",
    ),
    Case("`times`", "- repeat: {times: 0, layers: [conv: 8]}\n- conv: 3", same="- conv: 3"),
    Case("`times`", "params: {n: 2}\nlayers: [repeat: {times: $(n + 1), layers: [act]}]", same="- act\n- act\n- act"),
    Case("`times`", "- repeat: {times: -1, layers: [conv: 8]}  #! A203: -1"),
    Case("`times`", "- repeat: {times: 1.0, layers: [conv: 8]}  #! A203: 1.0"),
    Case("`times`", "- repeat: {layers: [conv: 8]}  #! A202: times"),
    Case("`as`", "- repeat: {times: 2, as: 3, layers: [conv: 8]}  #! A203: as"),
    Case("`as`", "- repeat: {times: 2, as: a-b, layers: [conv: 8]}  #! A203: as"),
    Case("a mistake in it is one finding", "- repeat: {times: 3, layers: [covn: 8]}  #! A301"),
    Case("a mistake in it is one finding", "- repeat: {times: 3, layers: [conv: {channels: 8, kernel: 4}]}  #! A406"),
    Case("one name in every turn", "- repeat: {times: 2, layers: [conv: {name: a}]}  #! A312: a"),
)

RESIDUAL = cases(
    Case("principal: body", "- residual: [conv, act]", same="- residual: {body: [conv, act]}"),
    Case(
        "`residual` computes `body(x)`, … joins it with the shortcut of `x`, then runs `after`",
        "- residual: {body: [conv: {kernel: 3}], after: [act, norm]}",
        graph="""
        conv: conv(kernel=3) → 4 × 8 × 8
        add: add ← input, conv → 4 × 8 × 8
        act: act(type=relu) → 4 × 8 × 8
        norm: norm(type=batch) → 4 × 8 × 8
        """,
    ),
    Case(
        "drops whole samples of it with probability `drop_path` while training",
        "- residual: {body: [conv], drop_path: 0.1}",
        graph="""
        conv: conv → 4 × 8 × 8
        drop_path: drop_path(p=0.1) → 4 × 8 × 8
        add: add ← input, drop_path → 4 × 8 × 8
        """,
    ),
    Case(
        "(only where a shortcut is joined)",
        "- residual: {body: [conv: 6], drop_path: 0.1, shortcut: matching}",
        graph="conv: conv(channels=6) → 6 × 8 × 8",
    ),
    Case(
        "(only where a shortcut is joined)",
        "- residual: {body: [conv], drop_path: 0.1, shortcut: none}",
        graph="conv: conv → 4 × 8 × 8",
    ),
    Case("`drop_path`", "- residual: {body: [conv], drop_path: 0.0}", same="- residual: [conv]"),
    Case("`drop_path`", "- residual: {body: [conv], drop_path: 1.5}  #! A203: 1.5"),
    Case(
        "`merge` is `add` (default), `mul` or `concat` (order: x, body)",
        "- residual: {body: [conv], merge: mul}",
        graph="""
        conv: conv → 4 × 8 × 8
        mul: mul ← input, conv → 4 × 8 × 8
        """,
    ),
    Case(
        "`concat` (order: x, body)",
        "- residual: {body: [conv: 6], merge: concat}",
        graph="""
        conv: conv(channels=6) → 6 × 8 × 8
        concat: concat ← input, conv → 10 × 8 × 8
        """,
    ),
    Case("`merge`", "- residual: {body: [conv], merge: sum}  #! A203: sum"),
    Case(
        "The shortcut stands after the body: it may refer to names in it",
        "- residual: {body: [norm, act: {name: pre}, conv: 8], shortcut: [conv: {from: pre, channels: 8}]}",
        graph="""
        norm: norm(type=batch) → 4 × 8 × 8
        pre: act(type=relu) → 4 × 8 × 8
        conv: conv(channels=8) → 8 × 8 × 8
        shortcut: shortcut ← input ← pre
          0: conv(channels=8) ← pre → 8 × 8 × 8
        add: add ← shortcut.0, conv → 8 × 8 × 8
        """,
    ),
    Case("The shortcut stands after the body", "- residual: [conv: {from: shortcut, channels: 8}]  #! A302: shortcut"),
    Case("an empty body", "- residual: []", graph="add: add ← input, input → 4 × 8 × 8"),
    Case("`residual`", "- residual: {body: [conv], skip: auto}  #! A201: skip"),
    Case("`residual`", "- residual: {after: [act]}  #! A202: body"),
    Case(
        "residuals inside each other",
        "- residual: [residual: [conv: {stride: 2}], conv: 8]",
        graph="""
        conv: conv(stride=2) → 4 × 4 × 4
        shortcut: shortcut ← input  # stride 2
          0: conv(channels=4, stride=2, bias=false) → 4 × 4 × 4
          1: norm(type=batch) → 4 × 4 × 4
        add: add ← shortcut.1, conv → 4 × 4 × 4
        conv_2: conv(channels=8) → 8 × 4 × 4
        shortcut_2: shortcut ← input  # stride 2, 4 → 8 channels
          0: conv(channels=8, stride=2, bias=false) → 8 × 4 × 4
          1: norm(type=batch) → 8 × 4 × 4
        add_2: add ← shortcut_2.1, conv_2 → 8 × 4 × 4
        """,
    ),
)

PARALLEL = cases(
    Case(
        "`parallel: {branches: {a: [ … ], b: [ … ]}, merge: concat, split: false}`",
        "- parallel: {branches: {a: [conv: 8], b: [conv: 6, act]}}",
        graph="""
        a: branch
          0: conv(channels=8) → 8 × 8 × 8
        b: branch ← input
          0: conv(channels=6) → 6 × 8 × 8
          1: act(type=relu) → 6 × 8 × 8
        concat: concat ← a.0, b.1 → 14 × 8 × 8
        """,
    ),
    Case(
        "principal: branches",
        "- parallel: [[conv: 8], [conv: 6, act]]",
        graph="""
        conv: conv(channels=8) → 8 × 8 × 8
        conv_2: conv(channels=6) ← input → 6 × 8 × 8
        act: act(type=relu) → 6 × 8 × 8
        concat: concat ← conv, act → 14 × 8 × 8
        """,
    ),
    Case("principal: branches", "- parallel: [conv: 8, conv: 6]  #! A201"),
    Case("`merge`", "- parallel: {branches: [[conv], [norm]], merge: add}", shows="add: add ← conv, norm → 4 × 8 × 8"),
    Case("`merge`", "- parallel: {branches: [[conv], [norm]], merge: mul}", shows="mul: mul ← conv, norm → 4 × 8 × 8"),
    Case(
        "An empty branch `[]` is the identity",
        "- parallel: {branches: {a: [], b: [conv]}, merge: add}",
        graph="""
        a: branch
        b: branch
          0: conv → 4 × 8 × 8
        add: add ← input, b.0 → 4 × 8 × 8
        """,
    ),
    Case(
        "An empty branch `[]` is the identity",
        "- parallel: [[], []]",
        graph="concat: concat ← input, input → 8 × 8 × 8",
    ),
    Case(
        "a branch may be `{when: …, layers: [ … ]}`, and a branch that is left out takes no part",
        """
        params: {pool: false}
        layers:
          - parallel:
              branches:
                a: [conv: 8]
                b: {when: $pool, layers: [max_pool: 3]}
                c: {when: $(not pool), layers: [conv: 2]}
        """,
        graph="""
        a: branch
          0: conv(channels=8) → 8 × 8 × 8
        c: branch ← input
          0: conv(channels=2) → 2 × 8 × 8
        concat: concat ← a.0, c.0 → 10 × 8 × 8
        """,
    ),
    Case(
        "a branch that is left out takes no part",
        "- parallel: [{when: false, layers: [conv: 3]}, {layers: [conv: 8]}]",
        graph="conv: conv(channels=8) → 8 × 8 × 8",
    ),
    Case("a branch that is left out takes no part", "- parallel: [{when: false, layers: [conv: 3]}]  #! A415"),
    Case("a branch may be", "- parallel: [{when: true}]  #! A202: layers"),
    Case("a branch may be", "- parallel: [{when: 'no', layers: [act]}, []]  #! A203: when"),
    Case("a branch may be", "- parallel: [{layers: [act], name: a}, []]  #! A201: name"),
    Case("a branch may be", "- parallel: [{conv: 8}, {act: null}]  #! A201: conv"),
    Case("branches", "- parallel: []  #! A415"),
    Case("branches", "- parallel: {}  #! A202: branches"),
    Case("branches", "- parallel: conv  #! A203: branches"),
    Case("branches", "- parallel: {a: [conv]}  #! A201: a"),
    Case(
        "`split: true` divides the channels evenly among the branches instead of giving each the whole value",
        "- parallel: {branches: [[conv: 5], []], split: true}",
        graph="""
        chunk: chunk(start=0, length=2) → 2 × 8 × 8
        chunk_2: chunk(start=2, length=2) ← input → 2 × 8 × 8
        conv: conv(channels=5) ← chunk → 5 × 8 × 8
        concat: concat ← conv, chunk_2 → 7 × 8 × 8
        """,
    ),
    Case("divides the channels evenly", "- parallel: {branches: [[], [], []], split: true}  #! A416: 4"),
    Case(
        "`split: [30, 30, 28]` says how",
        "- parallel: {branches: {a: [conv: 5], b: []}, split: [3, 1]}",
        weights={"a.0.weight": (5, 3, 1, 1)},
        output="6 × 8 × 8",
    ),
    Case("`split: [30, 30, 28]` says how", "- parallel: {branches: [[], []], split: [3, 2]}  #! A416: 3 + 2"),
    Case("`split: [30, 30, 28]` says how", "- parallel: {branches: [[], []], split: [4]}  #! A416"),
    Case("`split: [30, 30, 28]` says how", "- parallel: {branches: [[], []], split: [4, 0]}  #! A203"),
    Case("`split: [30, 30, 28]` says how", "- parallel: {branches: [[], []], split: even}  #! A203: even"),
    Case(
        "`split: true` … among the branches, those left out take no part",
        "- parallel: {branches: [[], {when: false, layers: []}, []], split: true, merge: add}",
        output="2 × 8 × 8",
    ),
    Case(
        "`split` on channels last",
        "input: {channels: 6, size: [5], layout: channels_last}\nlayers: [parallel: {branches: [[linear: 3], []], split: [2, 4], merge: concat}]",
        weights={"linear.weight": (3, 2)},
        output="5 × 7",
    ),
    Case(
        "`split` of a list with a branch left out keeps the parts of the others",
        "- parallel: {branches: {a: [], b: {when: false, layers: []}, c: [conv: 2]}, split: [1, 3]}",
        weights={"c.0.weight": (2, 3, 1, 1)},
        output="3 × 8 × 8",
    ),
    Case("a mistake in a branch is one finding", "- parallel: [[covn: 8], [act]]  #! A301\n- linear: 3"),
    Case("two branches cannot disagree", "- parallel: [[conv: {stride: 2}], []]  #! A412: 4 × 4 × 4"),
    Case(
        "names in branches are numbered",
        "- parallel: {branches: {a: [conv, act, conv], b: [conv: {name: x}, conv]}}",
        modules="a.0 a.2 b.x b.1",
    ),
)

JOINS = cases(
    Case(
        "`add: [ ., skip ]` `mul: [ … ]` `concat: [ ., enc1 ]`; principal: from; `.` is the current value",
        "- conv: {name: skip}\n- norm\n- add: [., skip]\n- mul: [skip, .]\n- concat: [., skip, input]",
        graph="""
        skip: conv → 4 × 8 × 8
        norm: norm(type=batch) → 4 × 8 × 8
        add: add ← norm, skip → 4 × 8 × 8
        mul: mul ← skip, add → 4 × 8 × 8
        concat: concat ← mul, skip, input → 12 × 8 × 8
        """,
    ),
    Case("principal: from", "- add: {from: [., input], name: sum}", graph="sum: add ← input, input → 4 × 8 × 8"),
    Case("principal: from", "- add  #! A202: from"),
    Case("principal: from", "- add: .  #! A203"),
    Case("principal: from", "- add: []  #! A203"),
    Case("principal: from", "- add: [., skip]  #! A302: skip"),
    Case("principal: from", "- add: [., 3]  #! A302: 3"),
    Case("A join of one value", "- conv: 8\n- add: [.]", output="8 × 8 × 8"),
    Case("A join requires equal shapes", "- conv: {name: a, channels: 6}\n- add: [., input]  #! A412: 6 × 8 × 8"),
    Case("A join requires equal shapes", "- max_pool: 2\n- mul: [., input]  #! A412: 4 × 4 × 4"),
    Case("A join requires equal shapes", "- flatten\n- add: [., input]  #! A412: 256"),
    Case("A join requires equal shapes", "- rearrange: n c h w -> n h w c\n- add: [., input]  #! A412"),
    Case("(`concat`: all but channels)", "- conv: 6\n- concat: [., input]", output="10 × 8 × 8"),
    Case("(`concat`: all but channels)", "- max_pool: 2\n- concat: [., input]  #! A412: 4 × 4 × 4"),
    Case("(`concat`: all but channels)", "- global_pool: {keepdim: true}\n- concat: [., input]  #! A412: 4 × 1 × 1"),
    Case(
        "broadcasts only dimensions of size 1",
        "- global_pool: {keepdim: true}\n- mul: [input, .]",
        output="4 × 8 × 8",
    ),
    Case(
        "broadcasts only dimensions of size 1", "- global_pool: {keepdim: true}\n- mul: [., input]", output="4 × 8 × 8"
    ),
    Case("broadcasts only dimensions of size 1", "- conv: 1\n- mul: [., input]", output="4 × 8 × 8"),
    Case(
        "broadcasts only dimensions of size 1",
        "- conv: {channels: 1, stride: [1, 8]}\n- add: [input, .]",
        output="4 × 8 × 8",
    ),
    Case(
        "broadcasts only dimensions of size 1",
        "- conv: {name: a, channels: 4, stride: [8, 1]}\n- conv: {from: input, channels: 4, stride: [1, 8]}\n- add: [., a]",
        output="4 × 8 × 8",
    ),
    Case("broadcasts only dimensions of size 1", "- global_pool\n- mul: [., input]  #! A412: 4"),
    Case(
        "`concat` on channels last",
        "input: {channels: 6, size: [5], layout: channels_last}\nlayers: [linear: 3, concat: [input, .]]",
        output="5 × 9",
    ),
    Case("`concat` of vectors", "input: [6]\nlayers: [linear: 3, concat: [input, .]]", output="9"),
    Case("defaults of a join's arguments", "- add: {from: [., input], merge: mul}  #! A201: merge"),
)

SLOT = cases(
    Case(
        "`slot: attention` # the nodes passed as a parameter of type `layers`",
        """
        blocks: {own: {params: {extra: layers}, layers: [conv: 8, slot: extra, act]}}
        layers: [own: {extra: [norm, conv: {name: x}]}]
        """,
        graph="""
        own: block own
          conv: conv(channels=8) → 8 × 8 × 8
          norm: norm(type=batch) → 8 × 8 × 8
          x: conv → 8 × 8 × 8
          act: act(type=relu) → 8 × 8 × 8
        """,
    ),
    Case(
        "no `name`",
        "blocks: {own: {params: {extra: layers}, layers: [slot: {parameter: extra, name: x}]}}  #! A201: name\nlayers: [own]",
    ),
    Case(
        "a parameter of type `layers`",
        "blocks: {own: {params: {extra: 3}, layers: [slot: extra]}}  #! A308: extra\nlayers: [own]",
    ),
    Case("a parameter of type `layers`", "blocks: {own: {layers: [slot: extra]}}  #! A308: extra\nlayers: [own]"),
    Case("a parameter of type `layers`", "- slot: extra  #! A308: slot"),
    Case(
        "a slot is used twice",
        "blocks: {own: {params: {extra: layers}, layers: [slot: extra, slot: extra]}}\nlayers: [own: {extra: [conv: 8]}]",
        modules="own.conv own.conv_2",
    ),
    Case(
        "a slot in a residual in a repeat",
        """
        blocks:
          own: {params: {extra: layers}, layers: [repeat: {times: 2, layers: [residual: [conv, slot: extra]]}]}
        layers: [own: {extra: [norm]}]
        """,
        modules="own.conv own.norm own.conv_2 own.norm_2",
    ),
    Case(
        "a slot's `when`",
        "blocks: {own: {params: {extra: layers, on: true}, layers: [conv: 8, slot: {parameter: extra, when: $on}]}}\nlayers: [own: {extra: [norm]}, own: {extra: [norm], on: false}]",
        modules="own.conv own.norm own_2.conv",
    ),
    Case(
        "a slot's `from`",
        "blocks: {own: {params: {extra: layers}, layers: [conv: 8, slot: {parameter: extra, from: input}]}}\nlayers: [own: {extra: [norm]}]",
        weights={"own.norm.weight": (4,)},
    ),
)


@SEQ
def test_seq(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@REPEAT
def test_repeat(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@RESIDUAL
def test_residual(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@PARALLEL
def test_parallel(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@JOINS
def test_joins(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@SLOT
def test_slot(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


def test_a_body_is_added_to_its_input() -> None:
    """`residual` computes `body(x)` … joins it with the shortcut of `x`, then runs `after`."""
    module = module_of("- residual: {body: [multiply: -3], after: [act]}").eval()
    x = torch.randn(2, 4, 8, 8)
    torch.testing.assert_close(module(x), torch.relu(x - 3 * x))
    module = module_of("- residual: {body: [multiply: -3], merge: mul}").eval()
    torch.testing.assert_close(module(x), x * (-3 * x))
    module = module_of("- residual: {body: [multiply: -3], merge: concat}").eval()
    torch.testing.assert_close(module(x), torch.cat([x, -3 * x], 1))


def test_whole_samples_are_dropped_while_training() -> None:
    """drops whole samples of it with probability `drop_path` while training"""
    module = module_of("- residual: {body: [multiply: 2], drop_path: 0.25}")
    torch.manual_seed(0)
    x = torch.ones(400, 4, 2, 2)
    found = module(x).flatten(1)
    assert (found == found[:, :1]).all()
    kept = found[:, 0] > 1
    assert 60 < (~kept).sum() < 140
    torch.testing.assert_close(found[kept], torch.full_like(found[kept], 1 + 2 / 0.75))
    assert (found[~kept] == 1).all()
    assert (module.eval()(x) == 3).all()


def test_a_split_gives_each_branch_its_channels_in_order() -> None:
    """`split: [30, 30, 28]` says how."""
    module = module_of("- parallel: {branches: [[multiply: 2], [multiply: 3]], split: [1, 3]}").eval()
    x = torch.randn(2, 4, 8, 8)
    torch.testing.assert_close(module(x), torch.cat([2 * x[:, :1], 3 * x[:, 1:]], 1))


def test_a_join_broadcasts() -> None:
    """A join … broadcasts only dimensions of size 1."""
    module = module_of("- global_pool: {keepdim: true}\n- mul: [input, .]").eval()
    x = torch.randn(2, 4, 8, 8)
    torch.testing.assert_close(module(x), x * x.mean((2, 3), keepdim=True))


def test_an_activation_in_place_spoils_no_reference() -> None:
    """A reference (`from`, joins, `outputs`) is the name of a node that ran before."""
    text = """
    layers:
      - conv: {name: a}
      - act: {name: b}
      - norm: {name: c}
      - act
      - add: [., a, b, c]
      - act: {name: e}
    outputs: {a: a, b: b, c: c, e: e, x: input}
    """
    module = module_of(text).eval()
    x = torch.randn(2, 4, 8, 8)
    before = x.clone()
    found = module(x)
    a = module.get_submodule("a")(x)
    torch.testing.assert_close(x, before)
    torch.testing.assert_close(found["x"], x)
    torch.testing.assert_close(found["a"], a)
    torch.testing.assert_close(found["b"], torch.relu(a))
    c = module.get_submodule("c")(torch.relu(a))
    torch.testing.assert_close(found["c"], c)
    torch.testing.assert_close(found["e"], torch.relu(torch.relu(c) + a + torch.relu(a) + c))
    torch.testing.assert_close(module_of("- act\n- residual: [act]").eval()(x), 2 * torch.relu(x))
    torch.testing.assert_close(x, before)
