"""LANGUAGE.md, section 8: stages."""

from __future__ import annotations

from pathlib import Path

from archspec.graph import Stride
from tests.language.case import Case, cases, graph_of

OWN = "blocks: {own: {params: {c: 8, stride: 1, k: 1}, layers: [conv: {channels: $c, kernel: $k, stride: $stride}]}}\n"

CASES = cases(
    Case(
        "`{name: layer2, block: bottleneck, depth: 4, channels: 512, hidden_channels: 128, stride: 2}`",
        "stages: [{name: layer2, block: bottleneck, depth: 2, channels: 16, hidden_channels: 3, stride: 2}]",
        weights={
            "layer2.0.conv2.weight": (3, 3, 3, 3),
            "layer2.1.conv1.weight": (3, 16, 1, 1),
            "layer2.1.conv3.weight": (16, 3, 1, 1),
        },
        output="16 × 4 × 4",
    ),
    Case(
        "`block` repeated `depth` times",
        OWN + "stages: [{block: own, depth: 3}]",
        graph="""
        stage1: stage
          0: block own
            conv: conv(channels=8) → 8 × 8 × 8
          1: block own
            conv: conv(channels=8) → 8 × 8 × 8
          2: block own
            conv: conv(channels=8) → 8 × 8 × 8
        """,
    ),
    Case("`depth`, by default 1", OWN + "stages: [{block: own}]", modules="stage1.0.conv"),
    Case("`depth`", OWN + "stages: [{block: own, depth: 0}, {block: own}]", modules="stage2.0.conv"),
    Case("`depth`", OWN + "stages:\n- {block: own, depth: two}  #! A203: two"),
    Case("`depth`", OWN + "stages:\n- {block: own, depth: -1}  #! A203: -1"),
    Case("`depth`", OWN + "stages:\n- {block: own, depth: 1.0}  #! A203: 1.0"),
    Case(
        "`stride`, where given, goes to the first block and the others get 1",
        OWN + "stages: [{block: own, depth: 2, stride: 2}]",
        shows=("conv: conv(channels=8, stride=2) → 8 × 4 × 4", "conv: conv(channels=8) → 8 × 4 × 4"),
    ),
    Case(
        "`stride`, where given: otherwise each block takes its own default",
        "blocks: {own: {params: {stride: 2}, layers: [conv: {stride: $stride}]}}\nstages: [{block: own, depth: 2}]",
        output="4 × 2 × 2",
    ),
    Case(
        "the others get 1, even where the default is another",
        "blocks: {own: {params: {stride: 2}, layers: [conv: {stride: $stride}]}}\nstages: [{block: own, depth: 3, stride: 4}]",
        output="4 × 2 × 2",
    ),
    Case(
        "`stride` of a default",
        "defaults: {own: {stride: 2}}\n" + OWN + "stages: [{block: own, depth: 2}]",
        output="8 × 2 × 2",
    ),
    Case("`stride`", OWN + "stages: [{block: own, depth: 2, stride: [2, 1]}]", output="8 × 4 × 8"),
    Case(
        "`stride` of a block that has none",
        "blocks: {own: {layers: [conv]}}\nstages:\n- {block: own, depth: 2, stride: 2}  #! A303: stride",
    ),
    Case(
        "`first: {…}` overrides further arguments of the first block",
        OWN + "stages: [{block: own, depth: 2, k: 3, first: {k: 5, c: 6}}]",
        shows=("conv: conv(channels=6, kernel=5) → 6 × 8 × 8", "conv: conv(channels=8, kernel=3) → 8 × 8 × 8"),
    ),
    Case(
        "`first` with `stride`",
        OWN + "stages: [{block: own, depth: 2, stride: 2, first: {k: 3}}, {block: own, depth: 2, first: {stride: 2}}]",
        graph="""
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
        """,
    ),
    Case(
        "`first` overrides the stride too",
        OWN + "stages: [{block: own, depth: 2, stride: 2, first: {stride: 4}}]",
        output="8 × 2 × 2",
    ),
    Case(
        "`first` with a shortcut of the first block",
        "stages: [{block: basic, depth: 2, channels: 4, stride: 2, first: {shortcut: pool}}]",
        shows="0: avg_pool(kernel=[2, 2], stride=[2, 2], ceil_mode=true) → 4 × 4 × 4",
    ),
    Case(
        "`first`: nodes for a slot",
        "stages: [{block: basic, depth: 2, channels: 4, first: {attention: [conv: {name: x}]}}]",
        weights={"stage1.0.x.weight": (4, 4, 1, 1)},
    ),
    Case("`first`", OWN + "stages:\n- {block: own, first: {d: 5}}  #! A303: `d`"),
    Case("`first`", OWN + "stages:\n- {block: own, first: 5}  #! A203: first"),
    Case("`first`", OWN + "stages:\n- {block: own, first: {c: $w}}  #! A252: w"),
    Case(
        "`names: denselayer$(index + 1)` names the blocks instead of numbering them",
        OWN + "stages: [{name: d, block: own, depth: 2, names: denselayer$(index + 1)}]",
        modules="d.denselayer1.conv d.denselayer2.conv",
    ),
    Case(
        "`names`",
        OWN + "stages: [{name: d, block: own, depth: 2, names: a.b$index}]",
        modules="d.a.b0.conv d.a.b1.conv",
    ),
    Case("`names`", OWN + "stages:\n- {block: own, depth: 2, names: same}  #! A312: same"),
    Case("`names`", OWN + "stages:\n- {block: own, depth: 2, names: [a, b]}  #! A203: names"),
    Case(
        "`names`",
        OWN + "stages: [{name: d, block: own, depth: 2, names: x$block_index}]",
        modules="d.x0.conv d.x1.conv",
    ),
    Case(
        "`norm` and `act` hold for the stage",
        "stages: [{block: conv_norm_act, channels: 8, norm: {type: group, groups: 2}, act: gelu}, {block: conv_norm_act}]",
        shows=(
            "1: norm(type=group, groups=2) → 8 × 8 × 8",
            "2: act(type=gelu) → 8 × 8 × 8",
            "1: norm(type=batch) → 8 × 8 × 8",
        ),
    ),
    Case(
        "`norm` and `act` hold for the stage",
        "stages: [{layers: [norm, act], norm: layer, act: silu}]",
        shows=("0: norm(type=layer) → 4 × 8 × 8", "1: act(type=silu) → 4 × 8 × 8"),
    ),
    Case("`norm`", "stages:\n- {layers: [norm], norm: lyer}  #! A203: lyer"),
    Case(
        "A stage may give `layers: [ … ]` instead of a block",
        "stages: [{name: down, layers: [norm, conv: {channels: 8, kernel: 2, stride: 2, padding: 0}]}]",
        graph="""
        down: stage
          0: norm(type=batch) → 4 × 8 × 8
          1: conv(channels=8, kernel=2, stride=2, padding=0) → 8 × 4 × 4
        """,
    ),
    Case("instead of a block", "stages:\n- {layers: [conv], depth: 3}  #! A201: depth"),
    Case("instead of a block", "stages:\n- {layers: [conv], block: basic}  #! A201: block"),
    Case("instead of a block", "stages:\n- {layers: [conv], channels: 3}  #! A201: channels"),
    Case("instead of a block", "stages:\n- {name: x}  #! A202: block"),
    Case("instead of a block", "stages:\n- {blok: basic, depth: 2}  #! A202: block"),
    Case("`block`", "stages:\n- {block: baisc, channels: 8}  #! A301: baisc"),
    Case("`block`", "stages:\n- {block: conv, channels: 8}  #! A301: conv"),
    Case(
        "`block`",
        "params: {b: basic}\nstages: [{block: $b, channels: 8}]",
        weights={"stage1.0.conv1.weight": (8, 4, 3, 3)},
    ),
    Case(
        "Every other key is an argument of the block, evaluated for each block anew",
        OWN + "stages: [{block: own, depth: 3, c: '$([8, 6, 5][index])', k: $(1 if index else 3)}]",
        weights={
            "stage1.0.conv.weight": (8, 4, 3, 3),
            "stage1.1.conv.weight": (6, 8, 1, 1),
            "stage1.2.conv.weight": (5, 6, 1, 1),
        },
    ),
    Case(
        "evaluated for each block anew: `in_channels`",
        OWN + "stages: [{block: own, depth: 3, c: $(2 * in_channels)}]",
        output="32 × 8 × 8",
    ),
    Case(
        "(`depth`, `stride`, `norm` and `act` once)",
        "params: {n: 2}\n"
        + OWN
        + "stages: [{block: own, depth: $(n + in_channels - 4), stride: $(2 if index == 0 else 7), c: $depth}]",
        weights={"stage1.0.conv.weight": (2, 4, 1, 1), "stage1.1.conv.weight": (2, 2, 1, 1)},
        output="2 × 4 × 4",
    ),
    Case("an argument that is missing", "stages:\n- {block: basic, depth: 3}  #! A202: channels"),
    Case(
        "`- stage: {…}` is the same thing as a node, for use inside `layers`",
        OWN + "layers: [stage: {block: own, depth: 2, stride: 2}]",
        same=OWN + "stages: [{block: own, depth: 2, stride: 2}]",
    ),
    Case("as a node", OWN + "layers: [seq: {name: s, layers: [stage: {block: own}]}]", modules="s.0.0.conv"),
    Case("as a node", OWN + "layers:\n- stage: own  #! A201: stage"),
    Case(
        "a stage takes `name`, `from` and `when`",
        OWN
        + "layers: [max_pool: {name: a, kernel: 2}, max_pool: 2, stage: {block: own, from: a}, stage: {block: own, when: false}]",
        output="8 × 4 × 4",
    ),
    Case(
        "`when` in `stages`",
        "params: {deep: false}\n" + OWN + "stages: [{block: own}, {block: own, when: $deep}, {block: own, c: 3}]",
        modules="stage1.0.conv stage2.0.conv",
    ),
    Case(
        "a stage in a repeat",
        OWN + "layers: [repeat: {times: 2, layers: [stage: {block: own, c: $(8 + index)}]}]",
        modules="stage1.0.conv stage2.0.conv",
    ),
    Case(
        "a mistake in a stage is one finding",
        "blocks: {own: {layers: [covn: 8]}}  #! A301\nstages: [{block: own, depth: 4}]",
    ),
    Case(
        "blocks of a stage disagree with what they receive",
        "stages:\n- {block: basic, depth: 2, channels: 6, groups: 4}  #! A404: 4 groups",
    ),
)


@CASES
def test_stages(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


def test_stage_outputs_are_the_feature_levels() -> None:
    """Stage outputs are the network's feature levels: each has a name, channels and a stride."""
    graph = graph_of(
        "stem: [max_pool: 2]\n"
        "stages: [{block: basic, channels: 8}, {name: trunk.b, block: basic, channels: 16, stride: 2}, {layers: [conv]}]\n"
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
