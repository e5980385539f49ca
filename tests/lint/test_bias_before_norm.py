from __future__ import annotations

import pytest

from tests.lint.case import cases, check


@cases(
    conv="""
        - conv: 16  #! A703: bias of this `conv`
        - norm
    """,
    linear="""
        - global_pool
        - linear: 16  #! A703: bias of this `linear`
        - norm
    """,
    transposed="""
        - conv_transpose: {channels: 16, kernel: 2, stride: 2}  #! A703: `conv_transpose`
        - norm
    """,
    instance="""
        - conv: 16  #! A703
        - norm: instance
    """,
    repeated="""
        - repeat:
            times: 3
            layers:
              - conv: 16  #! A703
              - norm
    """,
    in_a_block="""
        blocks:
          mine:
            layers:
              - conv: 16  #! A703
              - norm
        layers: [mine, mine]
    """,
    in_a_shortcut="""
        - residual:
            body: [conv: {channels: 32, bias: false}, norm]
            shortcut:
              - conv: 32  #! A703
              - norm
    """,
)
def test_a_bias_that_is_subtracted(text: str) -> None:
    check(text)


@pytest.mark.parametrize("type", ["layer", "{type: group, groups: 4}", "rms", "none"])
def test_norms_that_keep_a_bias(type: str) -> None:
    check(f"- conv: 16\n- norm: {type}")


@cases(
    none="""
        - conv: {channels: 16, bias: false}
        - norm
    """,
    by_default="""
        defaults: {conv: {bias: false}}
        layers: [conv: 16, norm]
    """,
    that_something_else_takes="""
        - conv: {name: a, channels: 16}
        - norm
        - add: [a]
    """,
    that_is_returned="""
        layers: [conv: {name: a, channels: 16}, norm: {name: b}]
        outputs: {a: a, b: b}
    """,
    with_an_activation_between="""
        - conv: 16
        - act
        - norm
    """,
    bundled_blocks="""
        - basic: 16
        - bottleneck: 16
        - inverted_residual: {channels: 16}
        - conv_norm_act: 16
        - preact_bottleneck: 16
    """,
)
def test_biases_that_count(text: str) -> None:
    check(text)
