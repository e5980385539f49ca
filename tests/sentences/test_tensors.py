"""docs/language.md, section 3: tensors (symbolic dimensions have a test of their own)."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from archspec.types import Stride
from tests.sentences.case import Case, built, cases, graph_of, output

RESNET = """
    stem:
      - conv: {name: conv1, channels: 8, kernel: 7, stride: 2, bias: false}
      - norm
      - act
      - max_pool: {kernel: 3, stride: 2, padding: 1}
    stages:
      - {block: basic, depth: 2, channels: 8}
      - {block: bottleneck, channels: 16, stride: 2}
    head: [global_pool, linear: 10]
"""

CASES = cases(
    """
    # `input: [3, 224, 224]` is channels first
    input: [3, 8, 6]
    - conv: 8  #= 8 × 8 × 6

    # `[784]` is a vector
    input: [784]
    - linear: 8  #= 8  #w linear.weight 8 784
    - conv: 8    #! A402: vector

    # in full `input: {channels: 3, size: [224, 224], layout: channels_first, dtype: float32}`
    input: {channels: 3, size: [8, 6], layout: channels_first, dtype: float32}
    layers: [conv: 8]
    ===
    input: [3, 8, 6]
    layers: [conv: 8]

    # in full
    input: {channels: 3, size: [8, 6]}
    layers: [conv: 8]
    ===
    input: [3, 8, 6]
    layers: [conv: 8]

    input: {channels: 5}
    layers: [linear: 8]
    ===
    input: [5]
    layers: [linear: 8]

    # zero or more spatial or positional dimensions
    input: {channels: 3, size: []}
    - linear: 8  #= 8

    # a layout (channels first or last)
    input: {channels: 3, size: [2, 3, 4, 5], layout: channels_last}
    - linear: 8  #= 2 × 3 × 4 × 5 × 8

    input: {channels: 3, size: [7, 5], layout: channels_last}
    layers: [linear: 8, norm: layer]
    ---
    linear: linear(features=8) → 7 × 5 × 8 channels last
    norm: norm(type=layer) → 7 × 5 × 8 channels last

    input: {channels: 3, size: [7], layout: channels_last}
    - conv: 8  #! A402: channels last

    # for token ids `{vocab: 32000, length: 128}`
    input: {vocab: 50, length: 12}
    layers: [embedding: 8, linear: 4]  #w embedding.weight 50 8
    ---
    embedding: embedding(features=8) → 12 × 8 channels last
    linear: linear(features=4) → 12 × 4 channels last

    # for token ids
    input: {vocab: 50, length: 12}
    - linear: 8              #! A402: token ids
    - norm: layer            #! A402: token ids
    - act                    #! A402: token ids
    - residual: {body: [embedding: 4], shortcut: []}  #! A402: token ids
    - rearrange: n l -> n l  #! A402: token ids
    - residual: [identity]   #! A402: token ids

    input: {vocab: 50}  #! A204: length
    layers: [embedding: 8]

    input: {vocab: 50, length: 12, channels: 3}  #! A204
    layers: [embedding: 8]

    input: {vocab: 50, length: 12}
    - conv: $in_channels  #! A252: in_channels

    # The batch axis is implicit
    input: [16, 12]
    - conv: {channels: 8, kernel: 3}  #= 8 × 12  #w conv.weight 8 16 3

    # `conv` is Conv1d, Conv2d or Conv3d
    input: [1, 8, 8, 8]
    - conv: {channels: 4, kernel: 3, stride: 2}  #= 4 × 4 × 4 × 4  #w conv.weight 4 1 3 3 3

    # dimensions
    input: [1, 2, 2, 2, 2]  #! A203: 4
    layers: [conv: 8]

    # an input has sizes of at least 1
    input: [3, 0, 8]  #! A203
    layers: [conv: 8]

    # an input has channels of at least 1
    input: [0, 8, 8]  #! A203
    layers: [conv: 8]

    # an input has sizes of at least 1
    input: [3, 8.5, 8]  #! A203
    layers: [conv: 8]

    # a shape
    input: []  #! A203
    layers: [conv: 8]

    input: 3  #! A203
    layers: [conv: 8]

    input: {size: [8, 8]}  #! A204: channels
    layers: [conv: 8]

    input: {channels: 3, sizes: [8, 8]}  #! A201: sizes
    layers: [conv: 8]

    input: {channels: 3, size: [8], layout: nchw}  #! A203: nchw
    layers: [conv: 8]

    input: {channels: 3, size: [8], dtype: int8}  #! A203: int8
    layers: [conv: 8]

    # `input` computes as any value does
    params: {side: 8}
    input: [3, $side, $(side // 2)]
    - conv: 8  #= 8 × 8 × 4

    # a mapping of several named inputs
    archspec: 1
    inputs: {}  #! A202
    layers: [act: relu]

    archspec: 1
    inputs:  #! A202
    layers: [act: relu]

    # several inputs of any kind
    inputs: {image: [3, 4, 4], words: {vocab: 10, length: 6}, age: [1]}
    layers:
      - global_pool
      - linear: {name: a, features: 5}
      - embedding: {from: words, features: 5}
      - global_pool
      - linear: {name: b, features: 5}
      - linear: {name: c, from: age, features: 5}
      - add: [a, b, c]  #= 5

    # the first of several inputs is what the first node receives
    inputs: {a: [4], b: [6]}
    [linear: 8, concat: [., b]]  #= 14

    # `input` is what the network received
    [conv: 8, concat: [input, .]]  #= 12 × 8 × 8
    """,
)


@CASES
def test_tensors(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@pytest.mark.parametrize(
    ("shape", "conv", "down"),
    [
        ("[1, 64]", (8, 1, 7), (16, 8, 1)),
        ("[3, 32, 40]", (8, 3, 7, 7), (16, 8, 1, 1)),
        ("[1, 32, 32, 32]", (8, 1, 7, 7, 7), (16, 8, 1, 1, 1)),
    ],
)
def test_the_same_stages_in_every_dimension(
    shape: str, conv: tuple[int, ...], down: tuple[int, ...], tmp_path: Path
) -> None:
    """the same stages with `input: [1, 16000]` are a 1-D ResNet and with `[1, 64, 128, 128]` a volumetric one"""
    text = f"input: {shape}\n" + dedent(RESNET)
    Case("", text + "#= 10").check(tmp_path)
    shapes = built(graph_of(text))
    assert (shapes["conv1.weight"], shapes["stage2.0.downsample.0.weight"]) == (conv, down)


@pytest.mark.parametrize(
    ("nodes", "stride"),
    [
        ("- conv: {channels: 8, stride: 2}", (2, 2)),
        ("- conv: {channels: 8, stride: [1, 2]}\n- max_pool: 2", (2, 4)),
        ("- conv_transpose: {channels: 8, kernel: 2, stride: 2}\n- avg_pool: 4", (2, 2)),
        ("- max_pool: 2\n- upsample: 2", (1, 1)),
        ("- seq: [max_pool: 2]\n- residual: [max_pool: 2]", (4, 4)),
        ("- max_pool: {name: a, kernel: 2}\n- max_pool: 2\n- upsample: {like: a}", (2, 2)),
        ("- pixel_shuffle: 2\n- conv: {channels: 3, stride: 4}", (2, 2)),
        ("- rearrange: {pattern: n c (h p) (w q) -> n (p q c) h w, p: 2, q: 4}", (2, 4)),
    ],
)
def test_a_value_has_its_total_stride(nodes: str, stride: tuple[int, ...]) -> None:
    """A value has … its total stride from the input."""
    graph = graph_of(nodes)
    (value,) = graph.outputs.values()
    assert value.type is not None
    assert value.type.stride == Stride(stride), output(graph)
