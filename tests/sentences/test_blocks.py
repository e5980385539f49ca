"""docs/language.md, section 7: blocks and their calls."""

from __future__ import annotations

from pathlib import Path

import archspec
from tests.sentences.case import Case, body, cases, full

CALLS = cases(
    """
    # Nodes passed for a `layers` parameter are evaluated with the caller's names, references and defaults
    params: {k: 3}
    defaults: {conv: {bias: false}}
    include: [own.yaml]
    layers: [norm: {name: n}, own: {x: [conv: {kernel: $k}, add: [., n]]}]
    >>> own.yaml
    blocks: {own: {params: {x: layers, k: 1}, layers: [conv: {kernel: $k}, slot: x]}}
    ---
    n: norm(type=batch) → 4 × 8 × 8
    own: block own
      conv: conv → 4 × 8 × 8
      conv_2: conv(kernel=3, bias=false) → 4 × 8 × 8
      add: add ← own.conv_2, n → 4 × 8 × 8

    # and with `in_channels`, `in_size`, `norm` and `act` of the place where the slot stands
    layers:
    - basic:
        {channels: 8, stride: 2, norm: layer, act: gelu,
         attention: [conv: {channels: $in_channels, kernel: '$(in_size[0] + 1)'}, norm, act]}
    #~ conv: conv(channels=8, kernel=5) → 8 × 4 × 4
    #~ norm: norm(type=layer) → 8 × 4 × 4
    #~ act_2: act(type=gelu) → 8 × 4 × 4

    # the caller's names: those of the block that calls
    blocks:
      inner: {params: {x: layers, w: 3}, layers: [slot: x]}
      outer: {params: {w: 6}, layers: [conv: 5, inner: {x: [conv: $w, conv: $input_channels]}]}
    layers: [outer]  #w outer.inner.conv.weight 6 5 1 1, outer.inner.conv_2.weight 4 6 1 1

    # nodes passed on to another block
    blocks: {outer: {params: {x: layers}, layers: [basic: {channels: 4, attention: $x}]}}
    layers: [conv: {name: a}, outer: {x: [norm: {name: n}, add: [., a]]}]
    #> a outer.basic.conv1 outer.basic.bn1 outer.basic.conv2 outer.basic.bn2 outer.basic.n

    # nodes passed on to another block within others
    blocks: {outer: {params: {x: layers}, layers: [basic: {channels: 4, attention: [slot: x, act]}]}}
    layers: [outer: {x: [norm: {name: n}]}]
    #> outer.basic.conv1 outer.basic.bn1 outer.basic.conv2 outer.basic.bn2 outer.basic.n

    # `index` of the caller in nodes passed in a stage
    stages: [{block: basic, depth: 2, channels: 4, attention: [conv: {name: x$index}]}]
    #w stage1.0.x0.weight 4 4 1 1, stage1.1.x1.weight 4 4 1 1

    # a slot's mistake is told at the nodes passed
    layers:
    - basic:
        channels: 8
        attention:
        - covn: 3  #! A301: covn

    layers:
    - basic:
        channels: 8
        attention:
        - conv: $channels  #! A252: channels

    # A call may set `norm` and `act` for everything inside
    blocks: {own: {layers: [conv_norm_act: 8, norm, act, residual: [conv: 4]]}}
    layers: [own: {norm: {type: group, groups: 2}, act: silu}, norm, act]
    ---
    own: block own
      conv_norm_act: block conv_norm_act
        0: conv(channels=8, bias=false) → 8 × 8 × 8
        1: norm(type=group, groups=2) → 8 × 8 × 8
        2: act(type=silu) → 8 × 8 × 8
      norm: norm(type=group, groups=2) → 8 × 8 × 8
      act: act(type=silu) → 8 × 8 × 8
      conv: conv(channels=4) → 4 × 8 × 8
      shortcut: shortcut ← own.act  # 8 → 4 channels
        0: conv(channels=4, bias=false) → 4 × 8 × 8
        1: norm(type=group, groups=2) → 4 × 8 × 8
      add: add ← own.shortcut.1, own.conv → 4 × 8 × 8
    norm: norm(type=batch) → 4 × 8 × 8
    act: act(type=relu) → 4 × 8 × 8

    # A call may set `norm` and `act`
    layers:
    - conv_norm_act: {channels: 8, norm: none, act: identity}
    #> conv_norm_act.0
    #~ 1: norm(type=none) → 8 × 8 × 8
    #~ 2: act(type=identity) → 8 × 8 × 8

    layers:
    - basic: {channels: 8, norm: bacth}  #! A203: bacth
    - basic: {channels: 8, act: rely}  #! A203: rely

    defaults: {conv_norm_act: {act: silu}}
    [conv_norm_act: 8, conv_norm_act: {act: gelu}]  #~ 2: act(type=silu) → 8 × 8 × 8  #~ 2: act(type=gelu) → 8 × 8 × 8

    # Blocks may use blocks
    blocks: {a: {layers: [conv]}, b: {layers: [a, c]}, c: {layers: [a]}}
    - b  #> b.a.conv b.c.a.conv

    # a recursion is an error
    blocks: {a: {layers: [b]}, b: {layers: [a]}}  #! A308: `a` → `b` → `a`
    layers: [a]

    blocks: {a: {layers: [a]}}  #! A308: a
    layers: [a]

    blocks: {a: {layers: [stage: {block: a, depth: 2}]}}  #! A308: a
    layers: [a]

    blocks: {a: {params: {n: int}, layers: [a: {n: $(n - 1), when: $(n > 0)}]}}  #! A308: a
    layers: [a: 3]

    blocks: {a: {layers: [b]}, b: {layers: [a]}, c: {layers: [seq: [c]]}}  #! A308: `a` → `b` → `a` #! A308: `c` → `c`
    layers: [b, a, act]

    # a recursion is an error, whether anything calls it or not
    blocks: {a: {layers: [stage: {block: b}]}, b: {layers: [basic: {channels: 4, attention: [a]}]}}  #! A308: `a` → `b` → `a`
    layers: [act]

    params: {name_of: a}
    blocks: {a: {params: {n: str}, layers: [stage: {block: $n, n: $n}]}}  #! A308: `a` → `a`
    layers: [a: $name_of]

    # a slot of no parameter
    blocks: {a: {params: {x: layers, y: 3}, layers: [slot: y, slot: z]}}  #! A308: `y` #! A308: `z`
    layers: [act]

    # a recursion through a slot is none
    - basic: {channels: 4, attention: [basic: {channels: 4, name: inner}]}  #w basic.inner.conv1.weight 4 4 3 3

    # Names that a stage or a node reserves … cannot be parameters
    blocks: {own: {params: {name: 1}, layers: [act]}}  #! A208: name
    layers: [own]

    blocks: {own: {params: {from: 1}, layers: [act]}}  #! A208: from
    layers: [own]

    blocks: {own: {params: {when: 1}, layers: [act]}}  #! A208: when
    layers: [own]

    blocks: {own: {params: {norm: 1}, layers: [act]}}  #! A208: norm
    layers: [own]

    blocks: {own: {params: {act: 1}, layers: [act]}}  #! A208: act
    layers: [own]

    # A parameter may bear a word of stages
    blocks: {own: {params: {block: 1}, layers: [conv: $block]}}
    - own: 2             #= 2 × 8 × 8
    - own: {block: 3}    #= 3 × 8 × 8

    blocks: {own: {params: {depth: 1, first: 1, names: 1, layers: 1}, layers: [conv: $(depth + first + names + layers)]}}
    - own: {depth: 2, first: 3, names: 4}  #= 10 × 8 × 8

    # `stride` excepted
    blocks: {own: {params: {stride: 1}, layers: [conv: {stride: $stride}]}}
    - own: 2  #= 4 × 4 × 4

    # a spec's parameters may bear them
    params: {layers: 2, act: 3, names: 1}
    - conv: $(layers + act)  #= 5 × 8 × 8

    # `numbered: true` numbers the block's children
    blocks: {own: {numbered: true, layers: [conv, residual: [conv], basic: 4]}}
    - own  #> own.0 own.1.conv own.2.conv1 own.2.bn1 own.2.conv2 own.2.bn2

    # `numbered: true`
    blocks: {own: {numbered: 1, layers: [conv]}}  #! A203: numbered
    layers: [own]

    # A definition of the same name shadows a bundled one, with a warning
    blocks: {basic: {layers: [conv: 8]}}  #! A306: basic
    layers: [basic]

    # shadows a bundled one: what it calls may call the bundled one of its name
    blocks: {conv_norm_act: {layers: [inverted_residual: {channels: 4, expand: 1}]}}  #! A306: conv_norm_act
    layers: [conv_norm_act, conv_norm_act]

    # a definition reads the same wherever it is used: included ones do not see what the spec shadows
    include: [two.yaml]
    blocks: {mlp: {params: {c: 4}, layers: [linear: {name: mine}]}}  #! A306: mlp
    input: [4]
    layers: [mlp: 8, two, mlp: 8, two]
    >>> two.yaml
    blocks: {two: {layers: [mlp: 8]}}

    # of two files with a block of one name the latter counts in the spec, with a warning; in each file its own
    include: [two.yaml, three.yaml]
    layers: [one, two]
    >>> two.yaml
    blocks: {two: {layers: [conv: {name: first}]}, one: {layers: [two]}}
    >>> three.yaml
    blocks: {two: {layers: [conv: {name: second}]}}  #! A306: earlier include

    # a file that is included twice hides nothing
    include: [two.yaml, ./two.yaml]
    layers: [two]
    #> two.conv
    >>> two.yaml
    blocks: {two: {layers: [conv]}}

    # in each file its own: no recursion, whatever the names
    include: [two.yaml]
    blocks: {w: {layers: [y]}}
    layers: [w, w]
    #> w.y.w.q w_2.y.w.q
    >>> two.yaml
    blocks: {y: {layers: [w]}, w: {layers: [conv: {name: q}]}}

    # and a mistake in what another file hides is told
    include: [two.yaml]
    blocks: {w: {layers: [y]}}
    layers: [w]
    >>> two.yaml
    blocks: {y: {layers: [w]}, w: {layers: [covn]}}  #! A301: covn

    # a recursion in a file is one, though the spec has a block of the name
    include: [two.yaml]
    blocks: {w: {layers: [y]}}
    layers: [w]
    >>> two.yaml
    blocks: {y: {layers: [w]}, w: {layers: [y]}}  #! A308: cycle

    # an op cannot be redefined silently
    blocks: {conv: {layers: [act]}}  #! A208: conv
    layers: [conv]

    # a block of that name hides the op in its own file, with a warning: its calls, `defaults` and stages mean the block
    defaults: {chunk: {c: 16}}
    blocks: {chunk: {params: {c: int}, layers: [conv: $c]}}  #! A306: hides the op
    layers: [chunk, stage: {block: chunk, depth: 1, c: 8}]
    #> chunk.conv stage1.0.conv

    # hides the op: what a residual inserts is none the less the op
    blocks: {drop_path: {layers: [conv]}}  #! A306: drop_path
    layers: [residual: {body: [drop_path], drop_path: 0.1}]
    #> drop_path.conv

    # included blocks do not see it
    include: [two.yaml]
    blocks: {chunk: {layers: [conv]}}  #! A306: chunk
    layers: [chunk, two]
    #> chunk.conv two.conv
    >>> two.yaml
    blocks: {two: {layers: [chunk: {start: 0, length: 1}, conv]}}

    # an included block of that name is what its file and the spec call
    include: [two.yaml]
    layers: [chunk, two]
    #> chunk.conv two.chunk.conv
    >>> two.yaml
    blocks: {chunk: {layers: [conv]}, two: {layers: [chunk]}}  #! A306: chunk

    # a combinator cannot be a block
    blocks: {residual: {layers: [act]}}  #! A208: residual
    layers: [act]

    # a block that nothing calls is checked too
    blocks: {own: {layers: [covn: 8]}}  #! A301: covn
    layers: [act]

    blocks: {own: {layers: [conv: {kernl: 8}]}}  #! A201: kernl
    layers: [act]

    # a mistake in a block that is called often is one finding
    blocks: {own: {layers: [conv: {channels: 8, kernel: 2}]}}  #! A406: even
    layers:
    - own
    - own
    - stage: {block: own, depth: 3}

    # what is wrong with shapes is told at the call
    blocks: {own: {layers: [conv: {kernel: 9, padding: 0}]}}
    - own  #! A403: 4 × 8 × 8

    # what is wrong with an argument is told at the call
    layers:
    - basic: {channels: eight}  #! A204: eight
    - basic: {channels: 8, stride: 0}  #! A203: stride
    """,
)


@CALLS
def test_calls(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


def test_the_definition_is_shown() -> None:
    """An unknown or missing argument is an error at the call, with the definition shown."""
    text = "blocks:\n  own: {params: {a: int}, layers: [conv: $a]}\nlayers:\n- own: {b: 3}\n- own"
    unknown, missing = archspec.validate(full(text))
    for found in (unknown, missing):
        assert [(r.span.line, "defined" in r.label) for r in found.related] == [(6, True)], str(found)


def test_a_shadowed_block_is_used_by_name_alone() -> None:
    """A definition of the same name shadows a bundled one, with a warning."""
    text = full(
        "blocks: {conv_norm_act: {layers: [act]}}\nlayers: [conv_norm_act, inverted_residual: {channels: 4, expand: 1}]"
    )
    assert [d.severity for d in archspec.validate(text)] == ["warning"]
    printed = body(archspec.compile(text))
    assert printed.startswith("conv_norm_act: block conv_norm_act\n  act: act(type=relu)")
