from __future__ import annotations

from tests.lint.case import cases, check


@cases(
    a_norm="""
        - norm: {name: n}
        - act
        - reuse: n  #! A718
    """,
    in_a_block="""
        - conv_norm_act: {name: b, channels: 16}  #! A718
        - reuse: b
    """,
    of_another_kind="""
        - norm: {name: n, type: group, groups: 4}
        - reuse: n
    """,
    that_does_not_run="""
        - norm: {name: n}
        - reuse: {of: n, from: input, name: aside}
        - act: {from: n}
    """,
    tied_alone="""
        - norm: {name: n}
        - norm: {tie: n}
    """,
)
def test_batch_norm_that_runs_again(text: str) -> None:
    check(text)


def test_a_repeat_that_shares() -> None:
    check(
        "- repeat: {times: 3, share: true, layers: [conv, act, norm]}  #! A718", aside=("A703", "A705", "A713", "A714")
    )
