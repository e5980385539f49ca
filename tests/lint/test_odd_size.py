from __future__ import annotations

import pytest

from tests.lint.case import cases, check


@cases(
    max_pool="""
        input: [8, 15, 15]
        layers:
          - max_pool: 2  #! A709: the odd size 15 of 8 × 15 × 15: the last row is never used
    """,
    avg_pool="""
        input: [8, 16, 15]
        layers:
          - avg_pool: {kernel: 4, stride: 2}  #! A709: 15
    """,
    even_kernel="""
        input: [8, 15]
        layers:
          - conv: {channels: 16, kernel: 2, stride: 2, padding: 0}  #! A709
    """,
    further_down="""
        input: [8, 28, 28]
        layers:
          - max_pool: 2
          - max_pool: 2
          - max_pool: 2  #! A709: 7
    """,
    comes_back_as_another="""
        input: [8, 28, 28]
        layers:
          - repeat:
              times: 3
              layers:
                - conv: {channels: 8, kernel: 3, stride: 2}  #! A709: 7 of 8 × 7 × 7: it comes back as 8
          - repeat:
              times: 3
              layers: [conv_transpose: {channels: 8, kernel: 2, stride: 2}]
    """,
    upsampled="""
        input: [8, 9, 9]
        layers:
          - conv: {channels: 32, kernel: 3, stride: 2}  #! A709: it comes back as 10
          - upsample: 2
    """,
    in_a_block="""
        input: [8, 9, 9]
        blocks:
          down: {layers: [max_pool: 2]}  #! A709
        layers: [down]
    """,
    volume="""
        input: [8, 4, 9, 9]
        layers:
          - max_pool: 2  #! A709: 9
    """,
)
def test_an_odd_size_that_is_halved(text: str) -> None:
    check(text)


def test_a_bundled_block() -> None:
    check("""
        input: [16, 9, 9]
        layers:
          - basic: {channels: 16, stride: 2}  #! A709: it comes back as 10
          - upsample: 2
    """)


@pytest.mark.parametrize(
    "node",
    [
        "conv: {channels: 8, kernel: 3, stride: 2}",
        "conv: {channels: 8, kernel: 7, stride: 2}",
        "conv: {channels: 8, kernel: 1, stride: 2}",
        "conv: {channels: 8, kernel: 2, dilation: 2, stride: 2, padding: 0}",
        "conv: {channels: 8, kernel: 4, stride: 2, padding: 1}",
        "conv: {channels: 8, kernel: 3, stride: 2, padding: 0}",
        "max_pool: {kernel: 3, stride: 2}",
        "max_pool: {kernel: 3, stride: 2, padding: 1}",
        "max_pool: {kernel: 2, ceil_mode: true}",
        "max_pool: {kernel: 2, stride: 1}",
        "max_pool: {kernel: 1, stride: 2}",
        "avg_pool: 3",
        "adaptive_pool: 4",
    ],
)
def test_windows_that_see_every_row(node: str) -> None:
    check(f"input: [8, 15, 15]\nlayers:\n  - {node}")


@cases(
    even="""
        - max_pool: 2
        - conv: {channels: 16, kernel: 2, stride: 2, padding: 0}
    """,
    a_single_row="""
        input: [8, 1, 8]
        layers:
          - conv: {channels: 8, kernel: 3, stride: 2}
    """,
    comes_back="""
        input: [8, 7, 7]
        layers:
          - conv: {channels: 8, kernel: 3, stride: 2}
          - conv_transpose: {channels: 8, kernel: 3, stride: 2, padding: 1}
    """,
    comes_back_like_the_input="""
        input: [8, 7, 7]
        layers:
          - conv: {channels: 8, kernel: 3, stride: 2}
          - upsample: {like: input}
    """,
    symbolic="""
        input: [8, H, W]
        layers: [max_pool: 2]
    """,
)
def test_sizes_that_are_right(text: str) -> None:
    check(text)
