"""Small networks with scopes of every kind: chains, joins, captures, several inputs and outputs, own parameters."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

import archspec
from archspec.graph import Graph

UNET = """
archspec: 1
name: tiny_unet
input: [1, 16, 16]
norm: batch
act: relu
blocks:
  up:
    params: {channels: int, skip: ref}
    layers:
      - upsample: {like: $skip}
      - concat: [., $skip]
      - basic: $channels
layers:
  - basic: {name: down1, channels: 4}
  - basic: {name: down2, channels: 8, stride: 2}
  - basic: {name: down3, channels: 8, stride: 2}
  - seq:
      name: decoder
      layers:
        - up: {channels: 8, skip: down2}
        - up: {channels: 4, skip: down1}
  - conv: {name: out, channels: 2}
"""
VIT = """
archspec: 1
name: tiny_vit
input: [3, 16, 16]
norm: {type: layer, eps: 1e-6}
act: gelu
blocks:
  encoder:
    params: {heads: 2}
    layers:
      - residual:
          body:
            - norm: {name: ln_1}
            - attention: {name: self_attention, heads: $heads}
            - scale: {name: gamma_1, init: 0.5}
          drop_path: 0.2
      - residual: {body: [norm: {name: ln_2}, mlp: {dropout: 0.1}]}
stem:
  - conv: {name: conv_proj, channels: 8, kernel: 4, stride: 4, padding: 0}
  - rearrange: n c h w -> n (h w) c
  - class_token: {name: class_token}
  - position: {name: encoder.pos_embedding, init: {normal: {std: 0.02}}}
stages:
  - {name: encoder.layers, block: encoder, depth: 2}
head:
  - norm: {name: encoder.ln}
  - norm: batch
  - select: 0
  - linear: {name: heads.head, features: 5}
"""
FPN = """
archspec: 1
name: tiny_fpn
input: [3, 32, 32]
norm: batch
act: relu
stem: [conv: {name: body.conv1, channels: 8, kernel: 3, stride: 2}]
stages:
  - {name: body.layer1, block: basic, depth: 1, channels: 8}
  - {name: body.layer2, block: bottleneck, depth: 2, channels: 16, stride: 2}
head:
  - seq:
      name: fpn
      layers:
        - conv: {name: inner.0, from: body.layer1, channels: 4}
        - conv: {name: inner.1, from: body.layer2, channels: 4}
        - upsample: {like: inner.0}
        - add: {name: p1, from: [inner.0, .]}
outputs: {fine: fpn.p1, coarse: fpn.inner.1, middle: body.layer2.0}
"""
RESNET = """
archspec: 1
name: tiny_resnet
params: {classes: 10}
input: [3, 32, 32]
norm: batch
act: relu
stem:
  - conv: {name: conv1, channels: 4, kernel: 7, stride: 2, bias: false}
  - norm: {name: bn1}
  - act
  - max_pool: {kernel: 3, stride: 2, padding: 1}
stages:
  - {name: layer1, block: basic, depth: 2, channels: 4}
  - {name: layer2, block: bottleneck, depth: 2, channels: 8, stride: 2, shortcut: pool}
  - {name: layer3, block: inverted_residual, depth: 1, channels: 8, attention: [squeeze_excitation: 2]}
head:
  - global_pool
  - linear: {name: fc, features: $classes}
"""
DEAD = """
archspec: 1
name: dead
input: [8, 6, 6]
norm: batch
act: relu
blocks:
  two:
    params: {skip: ref}
    layers:
      - conv: {name: near, from: $skip, channels: 8}
      - norm
      - conv: {name: far, channels: 4, kernel: 3}
      - dropout: 0.5
      - residual: {drop_path: 0.5, body: [{scale: {name: gain}}, {conv: {name: last, channels: 4}}]}
layers:
  - parallel: {split: true, branches: [[identity: {name: a}], [identity: {name: b}]]}
  - mul: [a, b]
  - conv: {name: wide, channels: 8}
  - norm: {from: a, name: unseen}
  - basic: {name: nobody, channels: 4, stride: 2, attention: [squeeze_excitation: 2]}
  - two: {name: pair, skip: wide}
  - stage: {name: level, layers: [conv: {channels: 4, kernel: 3}, norm, {scale: {init: 0.5}}]}
  - seq:
      name: row
      layers:
        - conv: {name: first, from: pair.near, channels: 4, kernel: 3}
        - act
        - conv: {name: inner.unseen, channels: 6}
        - conv: {from: first, channels: 4}
        - norm
  - rearrange: n c h w -> n (h w) c
  - seq: {name: idle, layers: [attention: 2, norm: layer]}
  - global_pool: {from: row}
outputs: {pooled: global_pool, near: pair.near, again: row}
"""
SPECS: dict[str, str] = {
    "resnet": RESNET,
    "mlp_residual": "mlp_residual",
    "unet": UNET,
    "vit": VIT,
    "fpn": FPN,
    "dead": DEAD,
    "nerf": "nerf",
}


def graph(name: str) -> Graph:
    return archspec.compile(SPECS[name], input_size=32 if name == "resnet" else None)


def inputs(of: Graph, batch: int = 2, device: str = "cpu") -> tuple[Tensor, ...]:
    types = [value.type for value in of.inputs.values() if value.type is not None]
    generator = torch.Generator().manual_seed(0)
    return tuple(torch.randn(batch, *kind.shape, generator=generator).to(device) for kind in types)


def flat(output: Any) -> list[Tensor]:
    """The tensors of an output: one, or those of a mapping."""
    return list(output.values()) if isinstance(output, dict) else [output]
