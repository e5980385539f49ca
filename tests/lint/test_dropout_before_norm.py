from __future__ import annotations

from tests.lint.case import cases, check


@cases(
    directly="""
        - dropout: 0.5  #! A707: dropout of 0.5
        - norm
    """,
    through_layers="""
        - dropout: 0.1  #! A707
        - conv: 16
        - act
        - conv: {channels: 16, bias: false}
        - norm
    """,
    through_pooling_and_reshaping="""
        - dropout: 0.2  #! A707
        - max_pool: 2
        - dropout: 0
        - flatten
        - linear: {features: 64, bias: false}
        - norm
    """,
    twice="""
        - dropout: 0.1  #! A707
        - norm
        - dropout: 0.1  #! A707
        - norm
    """,
    inside_a_residual="""
        - residual:
            - conv: 16
            - dropout: 0.3  #! A707
            - conv: {channels: 16, bias: false}
            - norm
    """,
    in_a_block="""
        blocks:
          mine: {params: {p: 0.1}, layers: [dropout: $p]}  #! A707: 0.2
        layers:
          - mine: 0.2
          - norm
    """,
    in_a_bundled_block="""
        input: [16]
        layers:
          - mlp: {dropout: 0.1}  #! A707
          - linear: {features: 8, bias: false}
          - norm
    """,
    before_a_bundled_block="""
        - dropout: 0.1  #! A707
        - conv_norm_act: 16
    """,
)
def test_a_variance_that_shifts(text: str) -> None:
    check(text)


@cases(
    after_the_last_norm="""
        - norm
        - act
        - dropout: 0.5
        - conv: 8
    """,
    before_other_norms="""
        - dropout: 0.5
        - norm: layer
        - dropout: 0.5
        - norm: {type: group, groups: 4}
        - norm
    """,
    switched_off="""
        - dropout: 0
        - norm
        - dropout: 0.5
        - norm: none
    """,
    before_a_join="""
        - residual:
            - conv: 16
            - dropout: 0.3
        - norm
    """,
    that_forks="""
        - dropout: {name: a, p: 0.5}
        - residual: [norm]
    """,
    inside_blocks="""
        input: [16]
        layers:
          - norm
          - mlp: {dropout: 0.1}
    """,
)
def test_a_variance_that_stays(text: str) -> None:
    check(text)
