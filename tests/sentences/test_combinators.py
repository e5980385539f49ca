"""docs/language.md, section 5: `seq`, `repeat`, `residual` and `slot`."""

from __future__ import annotations

from pathlib import Path

import torch

from tests.sentences.case import Case, cases, module_of

SEQ = cases(
    """
    # `seq: [ … ]` principal: layers
    layers:
    - seq: [conv: 8, act]
    ===
    - seq: {layers: [conv: 8, act]}

    # seq
    - seq: {name: body, layers: [conv: 8, act, conv: 6]}  #> body.0 body.2

    layers:
    - seq: []
    - conv: 8
    ===
    - conv: 8

    - seq: conv                 #! A203: list of nodes
    - seq: {layer: [conv: 8]}   #! A201: layer
    - seq: {name: a}            #! A202: layers
    - seq                       #! A202: layers
    - seq: {layers: {conv: 8}}  #! A203: list of nodes
    """,
)

REPEAT = cases(
    """
    # `repeat: {times: 3, as: i, layers: [ … ]}`
    layers:
    - repeat: {times: 3, as: i, layers: [conv: $(8 + i), act]}
    ===
    - conv: 8
    - act
    - conv: 9
    - act
    - conv: 10
    - act

    # `as` names the counter, default `index`
    layers:
    - repeat: {times: 2, layers: [conv: $(8 + index)]}
    ===
    - conv: 8
    - conv: 9

    # `as` names the counter
    layers:
    - repeat: {times: 2, as: i, layers: [repeat: {times: 2, as: j, layers: [conv: $(10 * i + j + 1)]}]}
    ===
    - conv: 1
    - conv: 2
    - conv: 11
    - conv: 12

    # default `index`
    layers:
    - repeat:
        times: 2
        layers: [conv: $(1 + index), repeat: {times: 2, layers: [conv: $(10 + index)]}, conv: $(20 + index)]
    ===
    - conv: 1
    - conv: 10
    - conv: 11
    - conv: 20
    - conv: 2
    - conv: 10
    - conv: 11
    - conv: 21

    # `as` names the counter, and `index` stays that of the block
    blocks: {own: {layers: [repeat: {times: 2, as: i, layers: [conv: $(10 * index + i + 1)]}]}}
    stages: [{block: own, depth: 2}]  #w stage1.1.conv.weight 11 2 1 1, stage1.1.conv_2.weight 12 11 1 1

    # `as: index` is the default
    layers:
    - repeat: {times: 2, as: index, layers: [conv: $(8 + index)]}
    ===
    - conv: 8
    - conv: 9

    # the counter is known in it alone
    layers:
    - repeat: {times: 2, as: i, layers: [conv: 8]}
    - conv: $i  #! A252: i

    # `times`
    layers:
    - repeat: {times: 0, layers: [conv: 8]}
    - conv: 3
    ===
    - conv: 3

    params: {n: 2}
    layers: [repeat: {times: $(n + 1), layers: [act]}]
    ===
    - act
    - act
    - act

    - repeat: {times: -1, layers: [conv: 8]}   #! A203: -1
    - repeat: {times: 1.0, layers: [conv: 8]}  #! A203: 1.0
    - repeat: {layers: [conv: 8]}              #! A202: times

    # `as`
    - repeat: {times: 2, as: 3, layers: [conv: 8]}    #! A203: as
    - repeat: {times: 2, as: a-b, layers: [conv: 8]}  #! A203: as

    # a mistake in it is one finding
    - repeat: {times: 3, layers: [covn: 8]}                         #! A301
    - repeat: {times: 3, layers: [conv: {channels: 8, kernel: 4}]}  #! A406

    # one name in every turn
    - repeat: {times: 2, layers: [conv: {name: a}]}  #! A312: a
    """,
)

RESIDUAL = cases(
    """
    # principal: body
    layers:
    - residual: [conv, act]
    ===
    - residual: {body: [conv, act]}

    # `residual` computes `body(x)`, … joins it with the shortcut of `x`, then runs `after`
    layers:
    - residual: {body: [conv: {kernel: 3}], after: [act, norm]}
    ---
    conv: conv(kernel=3) → 4 × 8 × 8
    add: add ← input, conv → 4 × 8 × 8
    act: act(type=relu) → 4 × 8 × 8
    norm: norm(type=batch) → 4 × 8 × 8

    # drops whole samples of it with probability `drop_path` while training
    layers:
    - residual: {body: [conv], drop_path: 0.1}
    ---
    conv: conv → 4 × 8 × 8
    drop_path: drop_path(p=0.1) → 4 × 8 × 8
    add: add ← input, drop_path → 4 × 8 × 8

    # (only where a shortcut is joined)
    layers:
    - residual: {body: [conv: 6], drop_path: 0.1, shortcut: matching}
    ---
    conv: conv(channels=6) → 6 × 8 × 8

    layers:
    - residual: {body: [conv], drop_path: 0.1, shortcut: none}
    ---
    conv: conv → 4 × 8 × 8

    # every sample is dropped
    layers:
    - residual: {body: [conv], drop_path: 1}
    ---
    conv: conv → 4 × 8 × 8
    drop_path: drop_path(p=1.0) → 4 × 8 × 8
    add: add ← input, drop_path → 4 × 8 × 8

    # `drop_path`
    layers:
    - residual: {body: [conv], drop_path: 0.0}
    ===
    - residual: [conv]

    - residual: {body: [conv], drop_path: 1.5}  #! A203: 1.5

    # `merge` is `add` (default), `mul` or `concat` (order: x, body)
    layers:
    - residual: {body: [conv], merge: mul}
    ---
    conv: conv → 4 × 8 × 8
    mul: mul ← input, conv → 4 × 8 × 8

    # `concat` (order: x, body)
    layers:
    - residual: {body: [conv: 6], merge: concat}
    ---
    conv: conv(channels=6) → 6 × 8 × 8
    concat: concat ← input, conv → 10 × 8 × 8

    # `merge`
    - residual: {body: [conv], merge: sum}  #! A203: sum

    # The shortcut stands after the body: it may refer to names in it
    layers:
    - residual: {body: [norm, act: {name: pre}, conv: 8], shortcut: [conv: {from: pre, channels: 8}]}
    ---
    norm: norm(type=batch) → 4 × 8 × 8
    pre: act(type=relu) → 4 × 8 × 8
    conv: conv(channels=8) → 8 × 8 × 8
    shortcut: shortcut ← input ← pre
      0: conv(channels=8) ← pre → 8 × 8 × 8
    add: add ← shortcut.0, conv → 8 × 8 × 8

    # The shortcut stands after the body
    - residual: [conv: {from: shortcut, channels: 8}]  #! A302: shortcut

    # an empty body
    layers:
    - residual: []
    ---
    add: add ← input, input → 4 × 8 × 8

    # `residual`
    - residual: {body: [conv], skip: auto}  #! A201: skip
    - residual: {after: [act]}              #! A202: body

    # residuals inside each other
    layers:
    - residual: [residual: [conv: {stride: 2}], conv: 8]
    ---
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
)

SLOT = cases(
    """
    # `slot: attention` # the nodes passed as a parameter of type `layers`
    blocks: {own: {params: {extra: layers}, layers: [conv: 8, slot: extra, act]}}
    layers: [own: {extra: [norm, conv: {name: x}]}]
    ---
    own: block own
      conv: conv(channels=8) → 8 × 8 × 8
      norm: norm(type=batch) → 8 × 8 × 8
      x: conv → 8 × 8 × 8
      act: act(type=relu) → 8 × 8 × 8

    # no `name`
    blocks: {own: {params: {extra: layers}, layers: [slot: {parameter: extra, name: x}]}}  #! A201: name
    layers: [own]

    # a parameter of type `layers`
    blocks: {own: {params: {extra: 3}, layers: [slot: extra]}}  #! A308: extra
    layers: [own]

    blocks: {own: {layers: [slot: extra]}}  #! A308: extra
    layers: [own]

    - slot: extra  #! A308: slot

    # a slot is used twice
    blocks: {own: {params: {extra: layers}, layers: [slot: extra, slot: extra]}}
    - own: {extra: [conv: 8]}  #> own.conv own.conv_2

    # a slot in a residual in a repeat
    blocks:
      own: {params: {extra: layers}, layers: [repeat: {times: 2, layers: [residual: [conv, slot: extra]]}]}
    layers: [own: {extra: [norm]}]  #> own.conv own.norm own.conv_2 own.norm_2

    # a slot's `when`
    blocks: {own: {params: {extra: layers, on: true}, layers: [conv: 8, slot: {parameter: extra, when: $on}]}}
    [own: {extra: [norm]}, own: {extra: [norm], on: false}]  #> own.conv own.norm own_2.conv

    # a slot's `from`
    blocks: {own: {params: {extra: layers}, layers: [conv: 8, slot: {parameter: extra, from: input}]}}
    - own: {extra: [norm]}  #w own.norm.weight 4
    """,
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
