from __future__ import annotations

import pytest

from tests.lint.case import cases, check


@pytest.mark.parametrize("size", [1, 2, 7])
def test_a_batch_under_eight(size: int) -> None:
    check("- act\n- norm  #! A701", batch_size=size)
    check(f"lint: {{batch_size: {size}}}\nlayers:\n  - norm  #! A701: a batch of {size}")


@pytest.mark.parametrize("size", [None, 8, 256])
def test_a_batch_that_is_large_or_unknown(size: int | None) -> None:
    check("- norm", batch_size=size)


def test_what_the_caller_says_overrides_the_spec() -> None:
    check("lint: {batch_size: 2}\nlayers: [norm]", batch_size=32)
    check("lint: {batch_size: 32}\nlayers:\n  - norm  #! A701: a batch of 4", batch_size=4)


@cases(
    once_for_a_network="""
        - norm  #! A701
        - act
        - norm
    """,
    in_a_block="""
        blocks:
          mine:
            layers:
              - norm  #! A701
        layers: [mine, mine]
    """,
    in_a_bundled_block="""
        stages:
          - {block: basic, depth: 2, channels: 16}  #! A701
          - {block: basic, depth: 2, channels: 32, stride: 2}
    """,
    on_vectors="""
        - global_pool
        - norm  #! A701
    """,
    other_norms="""
        - norm: layer
        - norm: {type: group, groups: 4}
        - norm: rms
        - norm: instance
        - norm: none
    """,
)
def test_statistics_of_two_samples(text: str) -> None:
    check(text, batch_size=2)
