"""ADDITIONS, section 17: blocks, stages and outputs."""

from __future__ import annotations

from pathlib import Path

import torch

import archspec
from tests.sentences.case import Case, cases, full

SCOPES = cases(
    """
    # Parameters may be of type `refs`, a list of references, empty unless given; a single one is a list of one
    blocks: {b: {params: {more: refs}, layers: [conv: 4, concat: {from: [., $more], when: $more}]}}
    layers: [b, b: {more: input}, b: {more: [input, b, b_2]}]
    #= 20 × 8 × 8

    # It is flattened in lists (`concat: [., $more]`), `len(more)` and `$(more[0])` work, an empty one is false.
    blocks: {b: {params: {more: refs}, layers: [multiply: $(1 + len(more)), add: {from: [., "$(more[0])"], when: $more}]}}
    layers: [b, b: {more: [input, b]}]
    #~ multiply: multiply(factor=3.0) → 4 × 8 × 8

    # A `ref` in an expression is a reference, and so is a text that takes its place: `$(bias or 'table')`.
    blocks: {b: {params: {bias: {type: ref, default: null}}, layers: [parameter: {name: table, shape: [8]}, add: [input, "$(bias or 'table')"]]}}
    layers: [b, b: {bias: input}]

    # only blocks have them
    params: {more: refs}  #! A203: refs
    layers: [act]

    # A parameter may bear the name of a value in scope (`depth`, `index`, …) and hides it there
    blocks: {b: {params: {depth: 2, index: 3}, layers: [conv: $(depth * index)]}}
    layers: [b: 4, stage: {block: b, depth: 2, with: {depth: 1}}]
    #= 3 × 8 × 8

    params: {depth: 5}
    layers: [conv: $depth]
    #= 5 × 8 × 8

    # or a word of stages (`depth block first names layers`)
    blocks: {b: {params: {block: 1, first: 1, names: 1, layers: 1}, layers: [conv: $(block + first + names + layers)]}}
    layers: [b: {block: 2}, stage: {block: b, with: {layers: 3, first: 2}}]
    #= 7 × 8 × 8

    # a stage passes such a one in `with: {depth: 2}`, which holds nothing else
    blocks: {b: {params: {depth: 2, c: 3}, layers: [conv: $(depth * c)]}}
    layers: [stage: {block: b, with: {c: 2}}]  #! A201: `c`

    # (`before` is read as such only where the block has no parameter of that name)
    blocks: {b: {params: {before: 2}, layers: [conv: $before]}}
    layers: [stage: {block: b, before: 5}]
    #= 5 × 8 × 8

    # but not that of a function, or of every node
    params: {max: 3}  #! A208: max
    layers: [act]

    blocks: {b: {params: {when: 3}, layers: [act]}}  #! A208: when
    layers: [act]

    # `inline: true` on a block: its nodes are named and numbered, and so keyed, by the scope around, as those of a `repeat`;
    blocks: {b: {inline: true, layers: [conv, norm, act]}}
    layers: [b, seq: {name: s, layers: [b, conv]}, b]
    #> conv norm s.0 s.1 s.3 conv_2 norm_2

    # in a `repeat`, a stage, another block
    blocks: {b: {inline: true, layers: [conv: {name: c$index}]}, o: {layers: [b]}}
    layers: [repeat: {times: 2, layers: [b]}, stage: {name: s, block: b, depth: 2}, o]
    #> c0 c1 s.c0 s.c1 o.c0

    # the `name` of a call is that of its value alone
    blocks: {b: {inline: true, layers: [conv: 3]}}
    layers: [b: {name: x}, conv: 3, add: [., x]]
    #> conv conv_2

    # a stage of it has no `names`
    blocks: {b: {inline: true, layers: [conv: 3]}}
    layers: [stage: {block: b, names: x$index}]  #! A201: names

    # As values its names are seen inside alone
    blocks: {b: {inline: true, layers: [conv: {name: x}, add: [., x]]}}
    layers: [b, add: [., x]]  #! A302: x

    # and nodes without keys in `state_dict` may bear them in every call
    blocks: {b: {inline: true, layers: [act: {name: x}, conv, add: [., x]]}}
    layers: [b: {name: y}, b, add: [., y]]

    blocks: {b: {inline: true, layers: [conv: {name: x}]}}  #! A312: x
    layers: [b, b]

    # Not with `numbered`
    blocks: {b: {inline: true, numbered: true, layers: [conv]}}  #! A204: numbered
    layers: [act]

    # Likewise such a node may bear one name in every turn of a `repeat` or `parallel`; from outside it is the last turn's
    [repeat: {times: 3, layers: [conv, act: {name: a}]}, add: [a, .]]
    [parallel: {times: 3, layers: [act: {name: a}, conv]}, add: [a, input]]

    # `parallel: {times: 4, as: i, layers: […], merge: concat, dim: 0}`: the layers several times over (1 to 1,000), each on the value received, or
    layers: [parallel: {times: 3, as: i, layers: [conv: $(i + 1)]}]
    #> conv conv_2 conv_3
    #= 6 × 8 × 8

    # with `split: true` on its share (`split: [30, 30, 28]`: on its part); named as those of a `repeat`,
    layers: [parallel: {times: 2, split: true, layers: [conv: 3]}, parallel: {times: 2, split: [1, 5], layers: [conv]}]
    #w conv.weight 3 2 1 1, conv_3.weight 1 1 1 1, conv_4.weight 5 5 1 1

    # and a turn may refer to the turns before it (`name: part$i`).
    - parallel: {times: 3, as: i, layers: [conv: {name: part$i, channels: 4}, add: {from: [., "part$(i - 1)"], when: $(i > 0)}]}

    # (nested)
    - parallel: {times: 2, as: i, split: true, layers: [parallel: {times: 2, as: j, layers: [conv: {name: c$(i)_$j}]}]}
    #> c0_0 c0_1 c1_0 c1_1

    # (1 to 1,000)
    [parallel: {times: 0, layers: [conv]}]  #! A203: times

    # `times` or `branches`, not both
    [parallel: {times: 2, branches: [[act], [act]], layers: [conv]}]  #! A204: branches

    # Names of outputs are of the letters of node names: other text is an error
    layers: [conv: {name: a}]
    outputs: {"a b": a}  #! A311: a b

    # `outputs: [a, b]` is short for `{a: a, b: b}`. `outputs` and `--features` take any node of a spec, not only stages.
    layers: [conv: {name: a, channels: 3}, seq: {name: s, layers: [act]}, conv: 7]
    outputs: [a, s]
    #= 3 × 8 × 8, 3 × 8 × 8
    """
)


@SCOPES
def test_scopes(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


def test_features_take_any_node() -> None:
    """`outputs` and `--features` take any node of a spec, not only stages."""
    text = full(
        "layers: [conv: {name: a, channels: 3}, seq: {name: s, layers: [act, conv: {name: b, channels: 2}]}, conv: 7]"
    )
    module = archspec.build(text, seed=0, features=["a", "s.b"]).eval()
    assert {name: value.shape[1] for name, value in module(torch.zeros(1, 4, 8, 8)).items()} == {"a": 3, "s.b": 2}
    assert list(module.state_dict()) == ["a.weight", "a.bias", "s.b.weight", "s.b.bias"]
