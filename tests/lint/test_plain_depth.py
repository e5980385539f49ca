from __future__ import annotations

import pytest

from tests.lint.case import cases, check


@pytest.mark.parametrize(("times", "mark"), [(20, ""), (21, "#! A702: 21 layers in a row"), (60, "#! A702: 60 layers")])
def test_more_than_twenty_layers(times: int, mark: str) -> None:
    check(f"- repeat:\n    times: {times}\n    layers:\n      - conv: {{kernel: 3}}  {mark}\n      - act")


@cases(
    of_different_kinds="""
        - repeat: {times: 10, layers: [conv: 16, act, avg_pool: {kernel: 3, stride: 1, padding: 1}]}
        - repeat: {times: 9, layers: [conv_transpose: {channels: 16, kernel: 1}, act]}
        - global_pool
        - linear: 16
        - linear: 16  #! A702: 22 layers
        - linear: 8
    """,
    in_a_block="""
        blocks:
          mine:
            layers:
              - conv: {channels: 16, bias: false}  #! A702
              - norm
        stages:
          - {block: mine, depth: 30}
    """,
    in_a_bundled_block="""
        stages:
          - {block: conv_norm_act, depth: 30, channels: 16}  #! A702: 30 layers
    """,
    before_the_first_shortcut="""
        - repeat: {times: 25, layers: [conv: 16]}  #! A702: 25 layers
        - residual: [conv: 16, norm: layer]
    """,
    between_shortcuts="""
        - residual: [conv: 16, norm: layer]
        - repeat: {times: 25, layers: [conv: 16]}  #! A702: 25 layers
        - residual: [conv: 16, norm: layer]
    """,
    past_a_reference_that_joins_nothing="""
        - repeat: {times: 25, layers: [conv: 16]}  #! A702
        - upsample: {like: input}
    """,
    of_one_channel="""
        input: [1, 32, 32]
        layers:
          - repeat: {times: 21, layers: [conv: {channels: 1, kernel: 3}]}  #! A702: 21 layers
    """,
    in_a_trunk_of_two_heads="""
        layers:
          - repeat: {times: 22, layers: [conv: 16]}  #! A702: 22 layers
          - parallel: {branches: {a: [conv: 8], b: [conv: 8]}, merge: concat}
        outputs: {a: a, b: b}
    """,
)
def test_a_plain_stack(text: str) -> None:
    check(text)


@cases(
    residuals="""
        - repeat: {times: 30, layers: [residual: [conv: {channels: 16, bias: false}, norm, act]]}
    """,
    residuals_with_projections="""
        - repeat:
            times: 30
            layers:
              - residual:
                  body: [conv: {channels: 16, kernel: 3, bias: false}, norm]
                  shortcut: [conv: {channels: 16, kernel: 3, bias: false}, norm]
    """,
    a_long_body="""
        - residual: [repeat: {times: 30, layers: [conv: 16]}]
    """,
    dense="""
        - repeat: {times: 30, layers: [residual: {body: [conv: 8], merge: concat}]}
    """,
    branches="""
        - repeat: {times: 30, layers: [parallel: {branches: [[conv: 8], [conv: 8]], merge: concat}]}
    """,
    unet="""
        - conv: {name: top, channels: 16}
        - repeat: {times: 15, layers: [conv: 16]}
        - conv: {name: middle, channels: 16}
        - repeat: {times: 30, layers: [conv: 16]}
        - add: [middle]
        - repeat: {times: 15, layers: [conv: 16]}
        - concat: [top]
    """,
    gated="""
        - repeat: {times: 15, layers: [conv: 16, squeeze_excitation: {hidden_channels: 8}]}
    """,
    separable_convolutions_of_mobilenet="""
        - repeat:
            times: 20
            layers: [conv: {kernel: 3, groups: depthwise}, act, conv: 16, act]
    """,
    grouped_by_number="""
        - repeat: {times: 15, layers: [conv: {kernel: 3, groups: 16}, act, conv: 16, act]}
    """,
)
def test_networks_with_shortcuts(text: str) -> None:
    check(text)


def test_vgg19_and_mobilenet_are_no_finding() -> None:
    import archspec

    for name in ("vgg19", "mobilenetv1_100", "googlenet", "inception_v3", "densenet121", "resnet152"):
        assert "A702" not in {d.code for d in archspec.validate(name)}
