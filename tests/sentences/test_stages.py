"""docs/language.md, section 8: stages."""

from __future__ import annotations

from pathlib import Path

from archspec.types import Stride
from tests.sentences.case import Case, cases, graph_of

OWN = "blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}\n"

CASES = cases(
    """
    # `{name: layer2, block: bottleneck, depth: 4, channels: 512, hidden_channels: 128, stride: 2}`
    stages: [{name: layer2, block: bottleneck, depth: 2, channels: 16, hidden_channels: 3, stride: 2}]
    #= 16 × 4 × 4
    #w layer2.0.conv2.weight 3 3 3 3, layer2.1.conv1.weight 3 16 1 1, layer2.1.conv3.weight 16 3 1 1

    # `block` repeated `depth` times
    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    stages: [{block: own, depth: 3}]
    ---
    stage1: stage
      0: block own
        conv: conv(channels=8) → 8 × 8 × 8
      1: block own
        conv: conv(channels=8) → 8 × 8 × 8
      2: block own
        conv: conv(channels=8) → 8 × 8 × 8

    # `depth`, by default 1
    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    stages: [{block: own}]  #> stage1.0.conv

    # `depth`
    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    stages: [{block: own, depth: 0}, {block: own}]  #> stage2.0.conv

    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    stages:
    - {block: own, depth: two}  #! A203: two

    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    stages:
    - {block: own, depth: -1}  #! A203: -1

    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    stages:
    - {block: own, depth: 1.0}  #! A203: 1.0

    # `stride`, where given, goes to the first block and the others get 1
    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    stages: [{block: own, depth: 2, stride: 2}]
    #~ conv: conv(channels=8, stride=2) → 8 × 4 × 4
    #~ conv: conv(channels=8) → 8 × 4 × 4

    # `stride`, where given: otherwise each block takes its own default
    blocks: {own: {params: {stride: 2}, layers: [conv: {stride: $stride}]}}
    stages: [{block: own, depth: 2}]  #= 4 × 2 × 2

    # the others get 1, even where the default is another
    blocks: {own: {params: {stride: 2}, layers: [conv: {stride: $stride}]}}
    stages: [{block: own, depth: 3, stride: 4}]  #= 4 × 2 × 2

    # `stride` of a default
    defaults: {own: {stride: 2}}
    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    stages: [{block: own, depth: 2}]  #= 8 × 2 × 2

    # `stride`
    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    stages: [{block: own, depth: 2, stride: [2, 1]}]  #= 8 × 4 × 8

    # `stride` of a block that has none
    blocks: {own: {layers: [conv]}}
    stages:
    - {block: own, depth: 2, stride: 2}  #! A303: stride

    # `first: {…}` overrides further arguments of the first block
    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    stages: [{block: own, depth: 2, k: 3, first: {k: 5, c: 6}}]
    #~ conv: conv(channels=6, kernel=5) → 6 × 8 × 8
    #~ conv: conv(channels=8, kernel=3) → 8 × 8 × 8

    # `first` with `stride`
    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    stages: [{block: own, depth: 2, stride: 2, first: {k: 3}}, {block: own, depth: 2, first: {stride: 2}}]
    ---
    stage1: stage
      0: block own
        conv: conv(channels=8, kernel=3, stride=2) → 8 × 4 × 4
      1: block own
        conv: conv(channels=8) → 8 × 4 × 4
    stage2: stage
      0: block own
        conv: conv(channels=8, stride=2) → 8 × 2 × 2
      1: block own
        conv: conv(channels=8) → 8 × 2 × 2

    # `first` overrides the stride too
    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    stages: [{block: own, depth: 2, stride: 2, first: {stride: 4}}]  #= 8 × 2 × 2

    # `first` with a shortcut of the first block
    stages: [{block: basic, depth: 2, channels: 4, stride: 2, first: {shortcut: pool}}]
    #~ 0: avg_pool(kernel=[2, 2], stride=[2, 2], ceil_mode=true) → 4 × 4 × 4

    # `first`: nodes for a slot
    stages: [{block: basic, depth: 2, channels: 4, first: {attention: [conv: {name: x}]}}]  #w stage1.0.x.weight 4 4 1 1

    # `first`
    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    stages:
    - {block: own, first: {d: 5}}  #! A303: `d`

    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    stages:
    - {block: own, first: 5}  #! A203: first

    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    stages:
    - {block: own, first: {c: $w}}  #! A252: w

    # `names: denselayer$(index + 1)` names the blocks instead of numbering them
    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    stages: [{name: d, block: own, depth: 2, names: denselayer$(index + 1)}]  #> d.denselayer1.conv d.denselayer2.conv

    # `names`
    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    stages: [{name: d, block: own, depth: 2, names: a.b$index}]  #> d.a.b0.conv d.a.b1.conv

    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    stages:
    - {block: own, depth: 2, names: same}  #! A312: same

    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    stages:
    - {block: own, depth: 2, names: [a, b]}  #! A203: names

    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    stages: [{name: d, block: own, depth: 2, names: x$block_index}]  #> d.x0.conv d.x1.conv

    # `norm` and `act` hold for the stage
    stages: [{block: conv_norm_act, channels: 8, norm: {type: group, groups: 2}, act: gelu}, {block: conv_norm_act}]
    #~ 1: norm(type=group, groups=2) → 8 × 8 × 8
    #~ 2: act(type=gelu) → 8 × 8 × 8
    #~ 1: norm(type=batch) → 8 × 8 × 8

    stages: [{layers: [norm, act], norm: layer, act: silu}]
    #~ 0: norm(type=layer) → 4 × 8 × 8
    #~ 1: act(type=silu) → 4 × 8 × 8

    # `norm` and `act` hold for the stage: a call that it makes does not leave them out, whatever `defaults` says
    defaults: {conv_norm_act: {norm: none, act: silu}}
    stages:
    - {block: conv_norm_act, norm: {type: group, groups: 2}}
    - {block: conv_norm_act, act: gelu, first: {norm: layer}}
    - {layers: [conv_norm_act], act: tanh}
    #~ 1: norm(type=group, groups=2) → 4 × 8 × 8
    #~ 2: act(type=silu) → 4 × 8 × 8
    #~ 1: norm(type=layer) → 4 × 8 × 8
    #~ 2: act(type=gelu) → 4 × 8 × 8
    #~ 1: norm(type=none) → 4 × 8 × 8
    #- act(type=tanh)

    # `norm`
    stages:
    - {layers: [norm], norm: lyer}  #! A203: lyer

    # A stage may give `layers: [ … ]` instead of a block
    stages: [{name: down, layers: [norm, conv: {channels: 8, kernel: 2, stride: 2, padding: 0}]}]
    ---
    down: stage
      0: norm(type=batch) → 4 × 8 × 8
      1: conv(channels=8, kernel=2, stride=2, padding=0) → 8 × 4 × 4

    # instead of a block
    stages:
    - {layers: [conv], depth: 3}  #! A201: depth

    stages:
    - {layers: [conv], block: basic}  #! A201: block

    stages:
    - {layers: [conv], channels: 3}  #! A201: channels

    stages:
    - {name: x}  #! A202: block

    stages:
    - {blok: basic, depth: 2}  #! A202: block

    # `block`
    stages:
    - {block: baisc, channels: 8}  #! A301: baisc

    stages:
    - {block: conv, channels: 8}  #! A301: conv

    params: {b: basic}
    stages: [{block: $b, channels: 8}]  #w stage1.0.conv1.weight 8 4 3 3

    # Every other key is an argument of the block, evaluated for each block anew
    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    stages: [{block: own, depth: 3, c: '$([8, 6, 5][index])', k: $(1 if index else 3)}]
    #w stage1.0.conv.weight 8 4 3 3, stage1.1.conv.weight 6 8 1 1, stage1.2.conv.weight 5 6 1 1

    # evaluated for each block anew: `in_channels`
    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    stages: [{block: own, depth: 3, c: $(2 * in_channels)}]  #= 32 × 8 × 8

    # (`depth`, `stride`, `norm` and `act` once)
    params: {n: 2}
    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    stages: [{block: own, depth: $(n + in_channels - 4), stride: $(2 if index == 0 else 7), c: $depth}]
    #= 2 × 4 × 4
    #w stage1.0.conv.weight 2 4 1 1, stage1.1.conv.weight 2 2 1 1

    # `stage_index`: what a stage says of itself sees it too
    params: {depths: [1, 0, 2], norms: [batch, layer, rms]}
    blocks: {own: {layers: [conv, norm]}}
    stages:
    - {block: own, depth: '$(depths[stage_index])', name: s$stage_index, norm: '$(norms[stage_index])'}
    - {block: own, depth: '$(depths[stage_index])', name: s$stage_index, norm: '$(norms[stage_index])'}
    - {layers: [conv], when: $(stage_index != 2)}
    - {block: own, depth: '$(depths[stage_index])', name: s$stage_index, norm: '$(norms[stage_index])'}
    #> s0.0.conv s0.0.norm s2.0.conv s2.0.norm s2.1.conv s2.1.norm
    #~ norm: norm(type=rms) → 4 × 8 × 8

    # an argument that is missing
    stages:
    - {block: basic, depth: 3}  #! A202: channels

    # `- stage: {…}` is the same thing as a node, for use inside `layers`
    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    layers: [stage: {block: own, depth: 2, stride: 2}]
    ===
    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    stages: [{block: own, depth: 2, stride: 2}]

    # as a node
    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    - seq: {name: s, layers: [stage: {block: own}]}  #> s.0.0.conv
    - stage: own                                     #! A201: stage

    # a stage takes `name`, `from` and `when`
    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    layers:
    - max_pool: {name: a, kernel: 2}
    - max_pool: 2
    - stage: {block: own, from: a}
    - stage: {block: own, when: false}
    #= 8 × 4 × 4

    # `when` in `stages`
    params: {deep: false}
    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    stages: [{block: own}, {block: own, when: $deep}, {block: own, c: 3}]  #> stage1.0.conv stage2.0.conv

    # a stage in a repeat
    blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}
    - repeat: {times: 2, layers: [stage: {block: own, c: $(8 + index)}]}  #> stage1.0.conv stage2.0.conv

    # a mistake in a stage is one finding
    blocks: {own: {layers: [covn: 8]}}  #! A301
    stages: [{block: own, depth: 4}]

    # blocks of a stage disagree with what they receive
    stages:
    - {block: basic, depth: 2, channels: 6, groups: 4}  #! A404: 4 groups
    """,
)


@CASES
def test_stages(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


def test_stage_outputs_are_the_feature_levels() -> None:
    """Stage outputs are the network's feature levels: each has a name, channels and a stride."""
    graph = graph_of(
        "stem: [max_pool: 2]\n"
        "stages:\n"
        "- {block: basic, channels: 8}\n"
        "- {name: trunk.b, block: basic, channels: 16, stride: 2}\n"
        "- {layers: [conv]}\n"
        "head: [global_pool]"
    )
    found = [
        (level.name, level.value.type.channels, level.value.type.stride) for level in graph.levels if level.value.type
    ]
    assert found == [("stage1", 8, Stride((2, 2))), ("trunk.b", 16, Stride((4, 4))), ("stage3", 16, Stride((4, 4)))]


def test_a_stage_inside_a_block_is_a_level_too() -> None:
    """Stage outputs are the network's feature levels"""
    graph = graph_of("blocks: {own: {layers: [stage: {layers: [conv: 8]}]}}\nlayers: [own, own]")
    assert [level.name for level in graph.levels] == ["own.stage1", "own_2.stage1"]
