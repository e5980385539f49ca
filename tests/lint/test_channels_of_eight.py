from __future__ import annotations

import pytest

from tests.lint.case import cases, check


@cases(
    conv="""
        - conv: 20  #! A708: 20 channels
        - conv: 32
    """,
    linear="""
        - global_pool
        - linear: 100  #! A708: 100 channels
        - linear: 10
    """,
    transposed="""
        - conv_transpose: {channels: 12, kernel: 2, stride: 2}  #! A708: 12 channels
        - conv: 8
    """,
    where_they_are_chosen="""
        - conv: 12  #! A708
        - act
        - conv: {kernel: 3, groups: depthwise}
        - conv: 12
        - conv: 32
    """,
    at_each_choice="""
        - conv: 12  #! A708: 12
        - conv: 20  #! A708: 20
        - conv: 12  #! A708: 12
        - conv: 32
    """,
    kept_from_the_input="""
        input: [12, 8, 8]
        layers:
          - conv: {kernel: 3}  #! A708
          - conv: 32
    """,
    in_a_block="""
        blocks:
          mine:
            params: {channels: int}
            layers:
              - conv: $channels  #! A708: 12
              - act
        layers:
          - mine: 12
          - mine: 20
          - conv: 8
    """,
    in_bundled_blocks="""
        - conv_norm_act: 12  #! A708: 12
        - conv_norm_act: 20  #! A708: 20
        - conv: 8
    """,
    in_a_stage_of_bundled_blocks="""
        stages:
          - {block: basic, depth: 4, channels: 20}  #! A708: 20
        head: [conv: 8]
    """,
    in_a_block_that_calls_a_bundled_one="""
        blocks:
          mine:
            params: {channels: int}
            layers:
              - conv_norm_act: $channels  #! A708: 12
        layers:
          - mine: 12
          - conv: 8
    """,
    before_a_product_position_by_position="""
        - conv: {name: gate, channels: 12}  #! A708: 12 channels
        - act: sigmoid
        - conv: {name: other, from: input, channels: 12}  #! A708: 12 channels
        - mul: [., act]
        - conv: 8
    """,
    before_a_product_with_a_factor_per_channel="""
        - conv: {name: wide, channels: 12}  #! A708: 12 channels
        - global_pool: {keepdim: true}
        - conv: 12
        - mul: [., wide]
        - conv: 8
    """,
    on_vectors_that_are_no_gates="""
        - global_pool: {keepdim: true}
        - conv: 100  #! A708
        - act
        - conv: 10
    """,
)
def test_channels_that_waste_a_unit(text: str) -> None:
    check(text)


@pytest.mark.parametrize("channels", [1, 3, 7, 8, 16, 24, 200])
def test_multiples_and_few(channels: int) -> None:
    check(f"- conv: {channels}\n- conv: 8")


@cases(
    returned="""
        - conv: 21
    """,
    returned_after_more="""
        - conv: 21
        - norm: none
        - act
        - global_pool
        - act: softmax
    """,
    returned_enlarged_like_the_input="""
        - avg_pool: {name: small, kernel: 2}
        - conv: 21
        - upsample: {like: input, mode: bilinear}
    """,
    returned_as_pixels="""
        - conv: 12
        - pixel_shuffle: 2
    """,
    squeeze_and_excitation="""
        - squeeze_excitation: {hidden_channels: 10}
        - conv: 8
    """,
    excitation_of_vectors="""
        - residual:
            body: [global_pool: {keepdim: true}, conv: 12, act, dropout: 0.1, conv: 16, act: hardsigmoid]
            merge: mul
        - conv: 8
    """,
    positions_of_a_mixer="""
        input: {channels: 16, size: [49], layout: channels_last}
        layers:
          - residual:
              - rearrange: {pattern: n l c -> n c l, channels: l}
              - linear: 64
              - act
              - linear: 49
              - dropout: 0.1
              - rearrange: n c l -> n l c
          - linear: 8
    """,
    slices="""
        - parallel: {branches: [[conv: {kernel: 3, groups: depthwise}], []], split: [12, 4], merge: concat}
        - conv: 8
    """,
)
def test_channels_that_are_not_chosen(text: str) -> None:
    check(text)
