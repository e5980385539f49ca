"""docs/language.md, section 7: the bundled blocks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.sentences.case import Case, body, cases, graph_of

STRIDED = {"stride": 1, "groups": 1, "dilation": 1}
BUNDLED: list[tuple[str, str, dict[str, Any]]] = [
    ("basic", "channels", {"hidden_channels": 8, **STRIDED, "shortcut": "auto", "drop_path": 0.0}),
    ("bottleneck", "channels", {"hidden_channels": 2, **STRIDED, "shortcut": "auto", "drop_path": 0.0}),
    ("preact_basic", "channels", {"hidden_channels": 8, **STRIDED, "drop_path": 0.0}),
    ("preact_bottleneck", "channels", {"hidden_channels": 2, **STRIDED, "drop_path": 0.0}),
    ("inverted_residual", "channels", {"expand": 6, "kernel": 3, "stride": 1, "hidden_channels": 96, "drop_path": 0.0}),
    ("conv_norm_act", "channels", {"kernel": 1, "stride": 1, "groups": 1, "dilation": 1}),
    ("squeeze_excitation", "hidden_channels", {"gate": "sigmoid"}),
]  # fmt: skip


@pytest.mark.parametrize(("block", "principal", "defaults"), BUNDLED, ids=[name for name, *_ in BUNDLED])
def test_bundled_blocks_have_these_parameters(block: str, principal: str, defaults: dict[str, Any]) -> None:
    """The bundled blocks are files in this same language, available without `include`."""
    short = graph_of(f"input: [16, 8, 8]\nlayers: [{block}: 8]")
    arguments = yaml.safe_dump({principal: 8, **defaults}, default_flow_style=True).strip()
    assert body(graph_of(f"input: [16, 8, 8]\nlayers: [{block}: {arguments}]")) == body(short)


@pytest.mark.parametrize("block", ["basic", "bottleneck", "preact_basic", "preact_bottleneck", "inverted_residual"])
def test_bundled_blocks_take_attention(block: str) -> None:
    """channels, …, attention"""
    graph = graph_of(
        f"layers: [{block}: {{channels: 8, attention: [squeeze_excitation: {{hidden_channels: 2, name: se}}]}}]"
    )
    assert "se: block squeeze_excitation" in body(graph)


MODULES = cases(
    """
    # `bottleneck` | channels // 4
    layers:
    - bottleneck: 16
    #w bottleneck.conv1.weight 4 4 1 1, bottleneck.conv3.weight 16 4 1 1
    #w bottleneck.downsample.0.weight 16 4 1 1

    # stride, groups, dilation
    layers:
    - bottleneck: {channels: 16, stride: 2, groups: 2, dilation: 2}
    #~ conv2: conv(channels=4, kernel=3, stride=2, dilation=2, groups=2, bias=false) → 4 × 4 × 4

    # shortcut=auto
    - basic: {channels: 8, shortcut: pad}  #> basic.conv1 basic.bn1 basic.conv2 basic.bn2

    # drop_path
    - basic: {channels: 8, drop_path: 0.5}  #~ drop_path: drop_path(p=0.5) ← basic.bn2 → 8 × 8 × 8

    # `preact_basic`
    layers:
    - preact_basic: {channels: 8, stride: 2}
    #> preact_basic.norm1 preact_basic.conv1 preact_basic.norm2 preact_basic.conv2 preact_basic.downsample.conv

    # `preact_bottleneck`
    layers:
    - preact_bottleneck: {channels: 4, name: b}
    #> b.norm1 b.conv1 b.norm2 b.conv2 b.norm3 b.conv3

    # `inverted_residual`
    layers:
    - inverted_residual: {channels: 4, name: b}
    #> b.conv.0.0 b.conv.0.1 b.conv.1.0 b.conv.1.1 b.conv.2 b.conv.3
    #~ add: add ← input, b.conv.3 → 4 × 8 × 8

    # `inverted_residual` expand=1
    layers:
    - inverted_residual: {channels: 8, expand: 1}
    #> inverted_residual.conv.0.0 inverted_residual.conv.0.1 inverted_residual.conv.1 inverted_residual.conv.2
    #- add

    # `conv_norm_act` | channels (unchanged), kernel=1, …; numbered
    [conv_norm_act: {kernel: 3}, conv_norm_act]  #w conv_norm_act.0.weight 4 4 3 3, conv_norm_act_2.0.weight 4 4 1 1

    # `squeeze_excitation` | hidden_channels (in_channels // 16)
    input: [32, 8, 8]
    layers: [squeeze_excitation]
    #w squeeze_excitation.fc1.weight 2 32 1 1, squeeze_excitation.fc2.weight 32 2 1 1
    #~ act_2: act(type=sigmoid) → 32 × 1 × 1

    # gate=sigmoid
    - squeeze_excitation: {hidden_channels: 2, gate: hardsigmoid}  #~ act_2: act(type=hardsigmoid) → 4 × 1 × 1

    # `mlp` | hidden_channels (4 × in_channels), channels (unchanged), dropout
    input: [6]
    layers: [mlp, mlp: {hidden_channels: 5, channels: 3, dropout: 0.1}]
    #w mlp.fc1.weight 24 6, mlp.fc2.weight 6 24, mlp_2.fc1.weight 5 6, mlp_2.fc2.weight 3 5

    # `mlp_residual` | channels (unchanged), hidden_channels (4 × channels)
    input: [6]
    layers: [mlp_residual, mlp_residual: 3]
    #w mlp_residual.fc1.weight 24 6, mlp_residual_2.fc1.weight 12 6
    #w mlp_residual_2.shortcut.0.weight 3 6

    # blocks in other dimensions
    input: [4, 9]
    [bottleneck: {channels: 8, stride: 2}, squeeze_excitation: 2, inverted_residual: 8]  #= 8 × 5
    """,
)


@MODULES
def test_bundled_blocks_name_their_children(case: Case, tmp_path: Path) -> None:
    """Specs rely on their parameters and on their children's names"""
    case.check(tmp_path)
