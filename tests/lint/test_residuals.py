from __future__ import annotations

import pytest

from tests.lint.case import cases, check

BODY = "conv: {kernel: 3}, act: relu"


@cases(
    plain=f"""
        - residual: [{BODY}]  #! A710: 3 residuals
        - residual: [{BODY}]
        - residual: [{BODY}]
    """,
    norms_switched_off="""
        norm: none
        stages:
          - {block: basic, depth: 2, channels: 16}  #! A710: 2 residuals
    """,
    in_a_block=f"""
        blocks:
          mine:
            layers:
              - residual: [{BODY}]  #! A710
        stages:
          - {{block: mine, depth: 4}}
    """,
    other_weights_at_zero="""
        - residual: [conv: {kernel: 3, init: {bias: zeros}}, act]  #! A710
        - residual: [conv: {kernel: 3, init: {bias: zeros}}, act]
    """,
)
def test_residuals_that_grow(text: str) -> None:
    check(text)


@cases(
    one=f"""
        - residual: [{BODY}]
    """,
    normalized=f"""
        - residual: [{BODY}, norm: layer]
        - residual: [{BODY}, norm: layer]
    """,
    started_at_zero="""
        - residual: [conv: {kernel: 3}, act, conv: {kernel: 3, init: {weight: zeros}}]
        - residual: [conv: {kernel: 3}, act, conv: {kernel: 3, init: {weight: zeros}}]
    """,
    started_at_zero_by_default="""
        init: {conv: {weight: zeros}}
        layers: [residual: [conv: {kernel: 3}], residual: [conv: {kernel: 3}]]
    """,
    scaled="""
        - residual: [conv: {kernel: 3}, scale: 0.1]
        - residual: [conv: {kernel: 3}, scale: 0.1]
    """,
    multiplied="""
        - residual: [conv: {kernel: 3}, multiply: 0.1]
        - residual: [conv: {kernel: 3}, multiply: 0.1]
    """,
    concatenated=f"""
        - residual: {{body: [{BODY}], merge: concat}}
        - residual: {{body: [{BODY}], merge: concat}}
    """,
    without_layers="""
        - residual: [act]
        - residual: [act]
    """,
)
def test_residuals_that_do_not(text: str) -> None:
    check(text)


KEPT = "body: [conv: {kernel: 3, bias: false}, norm]"


@cases(
    conv=f"""
        - residual:
            {KEPT}
            shortcut:
              - conv: {{bias: false}}  #! A711: 16 × 32 × 32
              - norm
    """,
    linear="""
        input: [64]
        layers:
          - residual:
              body: [linear: {bias: false}, norm, act]
              shortcut: [linear: 64]  #! A711: 64
    """,
    in_a_block=f"""
        blocks:
          mine:
            layers:
              - residual:
                  {KEPT}
                  shortcut:
                    - conv: {{bias: false}}  #! A711
                    - norm
        stages:
          - {{block: mine, depth: 4}}
    """,
    by_a_block=f"""
        - residual:
            {KEPT}
            shortcut:
              - conv_norm_act: {{act: identity}}  #! A711
    """,
    in_a_shortcut="""
        - residual:
            body: [conv: {kernel: 3, bias: false}, norm]
            shortcut:
              - residual:
                  body: [conv: {kernel: 3, bias: false}, norm]
                  shortcut: [conv: 16]  #! A711
    """,
)
def test_a_needless_projection(text: str) -> None:
    check(text)


@pytest.mark.parametrize(
    "shortcut",
    [
        "auto",
        "identity",
        "[]",
        "[norm]",
        "[conv: {kernel: 3}]",
        "[conv: 16, act]",
        "[avg_pool: {kernel: 3, stride: 1, padding: 1}]",
        "{policy: auto, layers: [conv: 16]}",
    ],
)
def test_other_shortcuts(shortcut: str) -> None:
    check(f"- residual:\n    {KEPT}\n    shortcut: {shortcut}")


@cases(
    more_channels="""
        - residual: {body: [conv: {channels: 32, bias: false}, norm], shortcut: [conv: 32]}
    """,
    a_stride="""
        - residual: {body: [conv: {kernel: 3, stride: 2, bias: false}, norm], shortcut: [conv: {stride: 2}]}
    """,
    concatenated="""
        - residual: {body: [conv: {kernel: 3, bias: false}, norm], shortcut: [conv: 16], merge: concat}
    """,
    bundled="""
        stages:
          - {block: basic, depth: 2, channels: 32, stride: 2}
          - {block: bottleneck, depth: 2, channels: 64}
    """,
)
def test_projections_that_are_needed(text: str) -> None:
    check(text)
