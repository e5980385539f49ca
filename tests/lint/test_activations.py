from __future__ import annotations

import pytest

from tests.lint.case import cases, check


@cases(
    relu_of_relu="""
        - act: relu
        - act: relu  #! A704: `relu` of `relu`
    """,
    different_ones="""
        - act: gelu
        - act: softmax  #! A704: `softmax` of `gelu`
    """,
    three="""
        - act: relu
        - act: relu  #! A704
        - act: relu  #! A704
    """,
    through_dropout_and_identity="""
        - act: relu
        - dropout: 0.5
        - identity
        - act: identity
        - norm: none
        - act: relu  #! A704
    """,
    preactivation_after_an_activation="""
        - conv: 16
        - act
        - residual:
            - act  #! A704
            - conv: 16
    """,
    after_a_block="""
        blocks:
          ends: {layers: [conv: 16, act]}
        layers:
          - ends
          - act  #! A704
    """,
    after_a_bundled_block="""
        - conv_norm_act: 16
        - act  #! A704
    """,
    in_a_bundled_block="""
        - act
        - preact_basic: {channels: 16, norm: none}  #! A704
    """,
)
def test_an_activation_of_an_activation(text: str) -> None:
    check(text)


@cases(
    with_a_layer_between="""
        - act: relu
        - conv: 16
        - act: relu
    """,
    with_a_norm_between="""
        - act: relu
        - norm
        - act: relu
    """,
    with_a_join_between="""
        - residual:
            - conv: 16
            - act
        - act
    """,
    with_pooling_between="""
        - act: relu
        - avg_pool: 2
        - act: relu
    """,
    switched_off="""
        - act: relu
        - act: identity
        - act: identity
    """,
    mish_written_out="""
        - residual: {body: [act: softplus, act: tanh], merge: mul}
    """,
    side_by_side="""
        - parallel: {branches: [[act: relu], [act: sigmoid]], merge: mul}
    """,
)
def test_activations_that_stand_apart(text: str) -> None:
    check(text)


@cases(
    relu="""
        - global_pool
        - linear: 10
        - act: relu  #! A705: ends in `relu`
    """,
    through_dropout="""
        - global_pool
        - linear: 10
        - dropout: 0.1
        - act: gelu  #! A705: ends in `gelu`
        - dropout: 0.1
    """,
    one_of_two_outputs="""
        layers:
          - global_pool
          - parallel:
              merge: concat
              branches:
                first:
                  - linear: 8
                  - act  #! A705
                second: [linear: 8]
        outputs: {first: first, second: second}
    """,
    in_a_block="""
        blocks:
          last: {params: {features: int}, layers: [linear: $features, act]}  #! A705
        layers:
          - global_pool
          - last: 10
    """,
)
def test_an_activation_after_the_last_linear(text: str) -> None:
    check(text)


@pytest.mark.parametrize("type", ["sigmoid", "softmax", "tanh", "hardsigmoid", "softplus", "identity"])
def test_activations_for_outputs(type: str) -> None:
    check(f"- global_pool\n- linear: 10\n- act: {type}")


@cases(
    not_last="""
        - global_pool
        - linear: 64
        - act
        - linear: 10
    """,
    after_a_norm="""
        - global_pool
        - linear: {features: 64, bias: false}
        - norm
        - act
    """,
    of_features="""
        - conv: 16
        - act
    """,
    of_a_code_that_is_decoded="""
        layers:
          - global_pool
          - linear: 8
          - act: {name: code}
          - linear: {name: decoded, features: 16}
        outputs: {code: code, decoded: decoded}
    """,
)
def test_activations_that_end_no_network(text: str) -> None:
    check(text)
