"""Small networks, and what the tests of all formats ask of an export."""

from __future__ import annotations

from pathlib import Path

from torch import nn

import archspec

SPECS = {
    "image": """
        archspec: 1
        name: tiny
        reference: nobody, 2024
        params: {classes: 5}
        input: [3, 16, 16]
        norm: batch
        act: relu
        layers:
          - conv: {channels: 8, kernel: 3, stride: 2, bias: false}
          - residual: [conv: {channels: 8, kernel: 3}, norm, act]
          - global_pool
          - dropout: 0.5
          - linear: $classes
    """,
    "vector": """
        archspec: 1
        name: vector
        input: [6]
        layers: [linear: 4, act: relu, linear: 2]
    """,
    "tokens": """
        archspec: 1
        name: tokens
        input: {vocab: 11, length: 7}
        layers:
          - embedding: 8
          - position
          - attention: 2
          - linear: 3
    """,
    "mapping": """
        archspec: 1
        name: mapping
        input: [6]
        layers:
          - linear: {features: 4, name: wide}
          - linear: {features: 2, name: narrow}
        outputs: {zebra: narrow, ant: wide, again: narrow, raw: input}
    """,
    "symbolic": """
        archspec: 1
        name: symbolic
        input: [3, H, W]
        norm: batch
        act: relu
        layers:
          - conv: {channels: 4, kernel: 3, stride: 2}
          - norm
          - act
          - conv: {channels: 2, kernel: 3, stride: 2}
    """,
    "inputs": """
        archspec: 1
        name: inputs
        inputs: {image: [3, 8, 8], extra: [4]}
        layers:
          - global_pool: {from: image}
          - concat: [., extra]
          - linear: 2
    """,
    "chosen": """
        archspec: 1
        name: chosen
        inputs: {ids: {vocab: 9, length: 5}, places: {vocab: 5, length: 2}}
        layers:
          - argmax: {name: end, from: ids}
          - parameter: {name: table, shape: [5, 3], init: normal}
          - select: {name: rows, from: table, index: places}
          - buffer: {name: ends, value: [4, 0], vocab: 5}
          - embedding: {name: tokens, from: ids, features: 3}
          - select: {name: both, index: ends}
          - select: {name: one, from: tokens, index: end}
        outputs: [rows, both, one]
    """,
    "dead": """
        archspec: 1
        name: dead
        input: [8, 6, 6]
        norm: batch
        act: relu
        layers:
          - basic: {name: pair, channels: 4}
          - conv: {name: unseen, from: pair.bn1, channels: 4}
          - parallel: {from: pair.conv1, split: true, branches: [[identity: {name: a}], [identity: {name: b}]]}
          - mul: [a, b]
          - global_pool: {name: last}
          - linear: 3
        outputs: {last: last}
    """,
}


def graph_of(name: str) -> archspec.Graph:
    return archspec.compile(SPECS[name])


def network(name: str, seed: int = 0) -> tuple[archspec.Graph, nn.Module]:
    graph = graph_of(name)
    return graph, archspec.build(graph, seed=seed)


def entries(folder: Path) -> list[str]:
    """The names of all files and folders, hidden ones too."""
    return sorted(path.name for path in folder.iterdir())
