"""docs/language.md, section 11: how a spec is merged with the one that it extends."""

from __future__ import annotations

from pathlib import Path

import pytest

import archspec
from tests.sentences.case import Case, body, cases, full, graph_of

BASE = """
name: base
description: The base.
params: {classes: 10, width: {type: int, default: 8, min: 4}, depths: [1, 2]}
input: [4, 8, 8]
norm: {type: batch, eps: 0.001}
act: relu
defaults: {conv: {bias: false, kernel: 3}}
init: {conv: {weight: zeros, bias: zeros}}
blocks: {own: {params: {c: 8, stride: 1}, layers: [conv: {channels: $c, stride: $stride}, norm, act]}}
stem: [conv: {name: stem, channels: $width}]
stages:
  - {name: a, block: own, depth: 1, c: $width}
  - {block: own, depth: 2, c: $(2 * width), stride: 2}
head: [global_pool, linear: {name: fc, features: $classes}]
budget: {params: 100000, depth: 20}
lint: {batch_size: 8}
"""


MERGING = cases(
    """
    # start from that spec
    #> stem a.0.conv a.0.norm stage2.0.conv stage2.0.norm stage2.1.conv stage2.1.norm fc

    # Mappings merge key by key
    params: {classes: 3}
    #= 3

    # a plain value over a full parameter sets its default
    params: {width: 16}
    #w stem.weight 16 4 3 3

    # a plain value over a full parameter sets its default: the rest stays
    params: {width: 3}  #! A204: at least 4

    params: {width: wide}  #! A204: integer

    # a full parameter over a full one merges
    params: {width: {max: 9}}
    #w stem.weight 8 4 3 3

    # scalars and lists replace
    params: {depths: [5]}
    head: [global_pool, linear: $(len(depths))]
    #= 1

    # a parameter of one's own
    params: {extra: 5}
    head: [global_pool, linear: $(extra + classes)]
    #= 15

    # lists replace
    head: [flatten, linear: 5]
    #w linear.weight 5 256

    stem: []
    #w a.0.conv.weight 8 4 3 3

    # Mappings merge key by key
    defaults: {conv: {bias: true}, linear: {bias: false}}
    #w stem.bias 8, stem.weight 8 4 3 3
    #~ fc: linear(features=10, bias=false) → 10

    init: {conv: {weight: ones}}
    defaults: {conv: {bias: true}}
    #~ stem: conv(channels=8, kernel=3) → 8 × 8 × 8 weight~ones bias~zeros

    # `norm` … replace whole
    norm: layer
    #~ norm: norm(type=layer) → 8 × 8 × 8

    norm: {type: batch}
    #~ norm: norm(type=batch) → 8 × 8 × 8

    norm: {eps: 0.1}  #! A202: type

    # `act` … replace whole
    act: {type: elu, alpha: 0.5}
    #~ act: act(type=elu, alpha=0.5) → 8 × 8 × 8

    # `input` … replace whole
    input: [1, 16, 16]
    #w stem.weight 8 1 3 3

    input: [1, 64]
    #w stem.weight 8 1 3

    input: {channels: 2, size: 64}
    #w stem.weight 8 2 3

    inputs: {image: [1, 16, 16]}
    #w stem.weight 8 1 3 3

    # each block definition replace whole
    blocks: {own: {params: {c: 8, stride: 1}, layers: [act]}}
    #> stem fc
    """,
    Case(
        "each block definition replace whole",
        """
        extends: ./base.yaml
        blocks: {own: {layers: [act]}}
        """,
        files={
            "base.yaml": """
            name: base
            description: The base.
            params: {classes: 10, width: {type: int, default: 8, min: 4}, depths: [1, 2]}
            input: [4, 8, 8]
            norm: {type: batch, eps: 0.001}
            act: relu
            defaults: {conv: {bias: false, kernel: 3}}
            init: {conv: {weight: zeros, bias: zeros}}
            blocks: {own: {params: {c: 8, stride: 1}, layers: [conv: {channels: $c, stride: $stride}, norm, act]}}
            stem: [conv: {name: stem, channels: $width}]
            stages:
              - {name: a, block: own, depth: 1, c: $width}  #! A303: c
              - {block: own, depth: 2, c: $(2 * width), stride: 2}  #! A303: stride
            head: [global_pool, linear: {name: fc, features: $classes}]
            budget: {params: 100000, depth: 20}
            lint: {batch_size: 8}
            """,
        },
    ),
    """
    # blocks of one's own beside those of the base
    blocks: {other: {layers: [conv: 3]}}
    head: [other, own]
    #> stem a.0.conv a.0.norm stage2.0.conv stage2.0.norm stage2.1.conv stage2.1.norm other.conv own.conv own.norm

    # `layers` over a base replaces its stem, stages and head
    layers: [conv: 3]
    #> conv

    # `layers` … and not both
    layers: [conv: 3]  #! A206: head
    head: [act]

    # scalars … replace
    description: Mine.
    reference: Mine too.

    # Over a base, `stages` may be a mapping from stage name to the keys that change
    stages: {a: {stride: 2}}
    #= 10
    #~ conv: conv(channels=8, kernel=3, stride=2, bias=false) → 8 × 4 × 4 weight~zeros

    # a mapping from stage name (default names too)
    stages: {stage2: {depth: 1, c: 3}}
    #w stage2.0.conv.weight 3 8 3 3, fc.weight 10 3

    # keys that change, or are added
    stages: {a: {first: {c: 5}}, stage2: {norm: layer}}
    #~ norm: norm(type=layer) → 16 × 4 × 4

    # `layers` in the place of a block and its arguments, and the other way round
    stages: {a: {layers: [conv: {channels: 8, name: z}]}}
    #> stem a.z stage2.0.conv stage2.0.norm stage2.1.conv stage2.1.norm fc

    stages: {a: {layers: [conv], depth: 2}}  #! A201: depth

    # stage name
    stages: {layer4: {stride: 1}}  #! A303: layer4

    # the keys that change
    stages: {a: 3}  #! A203: a

    # the keys that change are checked as ever
    stages: {a: {d: 3}}  #! A303: `d`

    # lists replace
    stages: [{block: own}]
    #> stem stage1.0.conv stage1.0.norm fc

    # `outputs`
    outputs: {low: a, high: .}
    #= 8 × 8 × 8, 10

    # `budget` merges key by key
    budget: {params: 50}  #! A601

    # `lint` merges key by key
    lint: {ignore: [W501]}

    # what it changes is checked
    name: Mine  #! A203: Mine

    hade: [act]  #! A201: hade

    head: [linear: 3]  #! A402: channels first
    """,
    head="extends: ./base.yaml\n",
    files={"base.yaml": BASE},
)


@MERGING
def test_merging(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@pytest.mark.parametrize("own", ["", "norm: layer", "act: gelu", "norm: layer, act: gelu"])
def test_a_stage_that_gets_other_layers_keeps_its_norm_and_activation(own: str, tmp_path: Path) -> None:
    """`stages: {layer4: {layers: […]}}`"""
    stage = ", ".join(filter(None, ["name: a, block: basic, channels: 4", own]))
    (tmp_path / "base.yaml").write_text(full(f"stages: [{{{stage}}}]"), encoding="utf-8")
    spec = tmp_path / "spec.yaml"
    spec.write_text("archspec: 1\nextends: ./base.yaml\nstages: {a: {layers: [norm, act]}}\n", encoding="utf-8")
    plain = ", ".join(filter(None, ["name: a, layers: [norm, act]", own]))
    assert body(archspec.compile(spec)) == body(graph_of(f"stages: [{{{plain}}}]"))
