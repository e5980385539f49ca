"""ADDITIONS: what a spec removes, adds and changes in the spec that it extends (docs/language.md, section 11)."""

from __future__ import annotations

from pathlib import Path

from tests.sentences.case import Case, cases

BASE = """
name: base
params: {width: 8, kinds: {type: list, default: [1]}}
input: [4, 8, 8]
norm: batch
act: relu
defaults: {conv: {bias: false}, linear: {bias: false}}
blocks:
  own: {params: {c: 8, stride: 1}, layers: [conv: {channels: $c, stride: $stride}]}
  placed: {params: {after: 3}, layers: [conv: $after]}
  act2: {layers: [act, act]}
stem:
  - conv: {name: first, channels: $(width or 5)}
  - seq: [{conv: {name: inner}}, {repeat: {times: 2, layers: [conv: {name: turn$(index), kernel: 1}]}}]
  - residual: {body: [conv: {name: deep}], shortcut: [conv: {name: aside}], after: [act: {name: last}]}
  - residual: {body: [conv], shortcut: {policy: always, layers: [conv: {name: full}]}, name: res}
  - conv: {name: twice1}
stages:
  - {name: a, block: own, depth: 1, c: 8}
  - {block: own, depth: 2, c: 16, stride: 2}
head: [global_pool, linear: {name: fc, features: 10}]
outputs: {logits: fc, low: a}
"""

CHANGES = cases(
    """
    # In a spec that extends, `null` removes a whole entry of `outputs`, `blocks`, `defaults`, `inputs`, `stages`, and a node (below);
    outputs: {low: null}
    #= 10

    outputs: {low: null, mid: stage2}
    #= 10, 16 × 4 × 4

    outputs: {high: null}  #! A303: no output `high`

    # `outputs: [a, b]` is short for `{a: a, b: b}`: over a base, too
    outputs: [a]
    #= 10, 8 × 8 × 8, 8 × 8 × 8

    # `null` removes a whole entry of `blocks`
    blocks: {act2: null}
    head: [act2, global_pool, linear: {name: fc, features: 3}]  #! A301: act2

    blocks: {act3: null}  #! A303: no block `act3`

    # `null` removes a whole entry of `defaults`
    defaults: {conv: null}
    #w first.bias 8, first.weight 8 4 1 1, fc.weight 10 16

    # in `params` and inside an entry it is the value null.
    defaults: {conv: {bias: null}}
    #w first.bias 8

    # in `params` … it is the value null
    params: {width: null}
    #w first.weight 5 4 1 1

    params: {kinds: null}
    #w first.weight 8 4 1 1

    # `null` removes a whole entry of `stages`
    stages: {stage2: null}
    #w fc.weight 10 8
    #- stage2

    stages: {stage3: null}  #! A303: no stage `stage3`

    # inside an entry it is the value null
    stages: {stage2: {c: null}}
    #w stage2.0.conv.weight 8 8 1 1

    # A stage that the base lacks is added with `after: layer4` or `before: layer1`
    stages: {b: {block: own, c: 3, after: a}}
    #> first inner turn0 turn1 deep shortcut.aside res.conv res.shortcut.full twice1 a.0.conv b.0.conv stage2.0.conv stage2.1.conv fc

    stages: {b: {block: own, c: 3, before: a}}
    #w a.0.conv.weight 8 3 1 1

    # the names of the others stay
    stages: {b: {block: own, c: 3, after: stage2}, c: {layers: [conv: 7], after: b}, a: null}
    outputs: {low: null}
    #w stage2.0.conv.weight 16 8 1 1, b.0.conv.weight 3 16 1 1, c.0.weight 7 3 1 1, fc.weight 10 7

    stages: {b: {block: own, c: 3}}  #! A303: no stage `b`

    stages: {b: {block: own, c: 3, after: z}}  #! A303: no stage `z`

    stages: {b: {block: own, c: 3, after: [a]}}  #! A303: name of a stage

    stages: {b: {block: own, after: a, before: a}}  #! A206: both

    # (words of `stage` that are new are read as such only where the block has no parameter of that name)
    stages: {b: {block: placed, after: 5, before: a}}  #! A303: before

    stages: {a: {block: placed, after: 5, c: null}}  #! A303: `c`

    # Over a base, `layers` (and `stem`, `head`) may be a mapping from written names of nodes, those in `seq`, `repeat` and `residual` included,
    # each occurring once, to what changes: arguments merge, a list of nodes takes the node's place, `null` removes it.
    head: {fc: {features: 3}}
    #= 3, 8 × 8 × 8

    # a list of nodes takes the node's place
    head: {fc: [linear: {name: hidden, features: 5}, act, linear: {name: fc, features: 3}]}
    #w hidden.weight 5 16, fc.weight 3 5

    head: {fc: []}
    outputs: {logits: null}
    #= 8 × 8 × 8

    # `null` removes it
    head: {fc: null}
    outputs: {logits: null}
    #= 8 × 8 × 8

    # those in `seq`, `repeat` and `residual` included
    stem: {inner: {kernel: 3}, "turn$(index)": null, deep: {kernel: 3}, aside: {kernel: 3}, full: {kernel: 3}, last: {type: elu}}
    #w inner.weight 8 8 3 3, deep.weight 8 8 3 3, shortcut.aside.weight 8 8 3 3, res.shortcut.full.weight 8 8 3 3
    #~ last: act(type=elu) → 8 × 8 × 8
    #- turn0

    # each occurring once
    extends: ./twice.yaml
    layers: {x: null}  #! A303: 2 nodes
    >>> twice.yaml
    input: [4]
    layers: [seq: {name: s, layers: [identity: {name: x}]}, repeat: {times: 1, layers: [identity: {name: x}]}]

    head: {fd: null}  #! A303: no node named `fd`

    head: {fc: 3}  #! A203: fc

    layers: {fc: null}  #! A203: no `layers`

    # `layers`
    extends: ./flat.yaml
    layers: {b: {channels: 7}, c: [conv: 3]}
    #> a b conv
    >>> flat.yaml
    input: [4, 8, 8]
    layers: [conv: {name: a}, conv: {name: b}, stage: {name: c, block: own}]
    blocks: {own: {layers: [conv]}}

    # a head over one list of nodes
    extends: ./flat.yaml
    head: [act]  #! A206: not both
    >>> flat.yaml
    input: [4, 8, 8]
    layers: [conv: {name: a}]

    # `null` removes a whole entry of `inputs`
    extends: ./inputs.yaml
    inputs: {b: null}
    layers: {j: null}
    #= 4
    >>> inputs.yaml
    inputs: {a: [4], b: [4]}
    layers: [identity, add: {name: j, from: [., b]}]

    extends: ./inputs.yaml
    inputs: {c: null}  #! A303: no input `c`
    >>> inputs.yaml
    inputs: {a: [4], b: [4]}
    layers: [identity, add: [., b]]
    """,
    head="",
    files={"base.yaml": BASE},
)


@CHANGES
def test_changes(case: Case, tmp_path: Path) -> None:
    spec = case.spec if "extends:" in case.spec else f"extends: ./base.yaml\n{case.spec}"
    Case(case.says, spec, case.graph, case.same, case.files).check(tmp_path)


def test_what_a_file_in_the_middle_changes_is_the_base_of_the_next(tmp_path: Path) -> None:
    Case(
        "extends may be extended",
        "extends: ./middle.yaml\nstages: {b: {c: 5}}\nhead: {new: {features: 2}}\n#w b.0.conv.weight 5 16 1 1\n#= 2",
        files={
            "base.yaml": BASE,
            "middle.yaml": "extends: ./base.yaml\nstages: {b: {block: own, after: stage2}}\noutputs: {low: null, logits: null}\n"
            "head: {fc: [linear: {name: new, features: 4}]}\n",
        },
    ).check(tmp_path)
