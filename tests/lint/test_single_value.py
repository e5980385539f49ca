from __future__ import annotations

import pytest

import archspec
from tests.lint.case import cases, check, full


@cases(
    batch_of_one_on_vectors="""
        lint: {batch_size: 1}
        layers:
          - global_pool
          - norm  #! A706: per channel of 16 in a batch of one
    """,
    batch_of_one_on_small_maps="""
        lint: {batch_size: 1}
        layers:
          - global_pool: {keepdim: true}
          - norm  #! A706: 16 × 1 × 1
    """,
    layer="""
        input: [1, 28, 28]
        layers:
          - norm: layer  #! A706: per position of 1 × 28 × 28
    """,
    rms="""
        input: {channels: 1, size: [28], layout: channels_last}
        layers:
          - norm: rms  #! A706: per position of 28 × 1
    """,
    in_a_block="""
        lint: {batch_size: 1}
        blocks:
          mine:
            layers:
              - norm  #! A706
        layers: [global_pool, mine]
    """,
    in_a_bundled_block="""
        lint: {batch_size: 1}
        layers:
          - global_pool: {keepdim: true}
          - conv_norm_act: 16  #! A706
    """,
)
def test_a_mean_of_one_value(text: str) -> None:
    check(text)


@cases(
    batch_of_some="""
        lint: {batch_size: 16}
        layers: [global_pool, norm]
    """,
    batch_unknown="""
        - global_pool: {keepdim: true}
        - norm
        - conv_norm_act: 16
    """,
    instance_on_a_map="""
        - norm: instance
    """,
    groups="""
        - norm: {type: group, groups: 16}
        - global_pool
        - norm: {type: group, groups: 8}
    """,
    layer_and_rms="""
        - global_pool
        - norm: layer
        - norm: rms
    """,
    batch_of_one_channel="""
        input: [1, 28, 28]
        layers: [norm]
    """,
    symbolic="""
        input: [16, H, W]
        layers: [norm: instance]
    """,
    switched_off="""
        lint: {batch_size: 1}
        layers: [global_pool, norm: none]
    """,
)
def test_means_of_more(text: str) -> None:
    check(text)


def test_torch_refuses_it_too() -> None:
    torch = pytest.importorskip("torch")
    module = archspec.build(full("- global_pool\n- norm"))
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        module(torch.zeros(1, 16, 32, 32))
