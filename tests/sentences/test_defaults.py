"""docs/language.md, section 1: the arguments that nodes leave out."""

from __future__ import annotations

from pathlib import Path

from tests.sentences.case import Case, cases

DEFAULTS = cases(
    """
    # `defaults` | op or block → arguments that its nodes leave out
    defaults: {conv: {bias: false, kernel: 3}}
    layers: [conv: 8, conv: {channels: 8, kernel: 1}, conv: {bias: true}]
    ---
    conv: conv(channels=8, kernel=3, bias=false) → 8 × 8 × 8
    conv_2: conv(channels=8, bias=false) → 8 × 8 × 8
    conv_3: conv(kernel=3) → 8 × 8 × 8

    # op or block → arguments that its nodes leave out
    defaults: {basic: {hidden_channels: 2}}
    [basic: 4, basic: {channels: 4, hidden_channels: 3}]  #w basic.conv1.weight 2 4 3 3, basic_2.conv1.weight 3 4 3 3

    # A file and what it extends count as one
    extends: ./base.yaml
    defaults: {conv: {bias: false}}
    #~ conv: conv(channels=8, kernel=3, bias=false) → 8 × 8 × 8
    >>> base.yaml
    input: [4, 8, 8]
    defaults: {conv: {kernel: 3}}
    blocks: {own: {layers: [conv: 8]}}
    layers: [own]

    # included … blocks do not take them inside
    include: [own.yaml]
    defaults: {conv: {bias: false}}
    layers: [own, conv: 8]
    >>> own.yaml
    blocks: {own: {layers: [conv: 8]}}
    ---
    own: block own
      conv: conv(channels=8) → 8 × 8 × 8
    conv: conv(channels=8, bias=false) → 8 × 8 × 8

    # included and bundled blocks do not take them inside, while calls of such blocks do
    defaults: {linear: {bias: false}, mlp: {hidden_channels: 5}, dropout: {p: 0.5}}
    layers: [flatten, linear: 8, mlp]
    ---
    flatten: flatten → 256
    linear: linear(features=8, bias=false) → 8
    mlp: block mlp
      fc1: linear(features=5) → 5
      act: act(type=relu) → 5
      dropout: dropout(p=0.0) → 5
      fc2: linear(features=8) → 8
      dropout_2: dropout(p=0.0) → 8

    # stages' calls and nodes passed to slots too
    defaults: {basic: {hidden_channels: 2}, conv: {bias: false}}
    stages: [{block: basic, channels: 4, attention: [conv: {name: extra}]}]
    #w stage1.0.conv1.weight 2 4 3 3
    #~ extra: conv(bias=false) → 4 × 8 × 8

    # Expressions see the spec's `params` and what is in scope where the node stands
    params: {rate: 2}
    defaults: {conv: {channels: $(rate * in_channels + index)}, own: {width: $(rate + stage_index)}}
    blocks: {own: {params: {width: int}, layers: [conv: {kernel: 3}, conv: $width]}}
    stages: [{block: own, depth: 2}]
    ---
    stage1: stage
      0: block own
        conv: conv(channels=8, kernel=3) → 8 × 8 × 8
        conv_2: conv(channels=2) → 2 × 8 × 8
      1: block own
        conv: conv(channels=5, kernel=3) → 5 × 8 × 8
        conv_2: conv(channels=2) → 2 × 8 × 8

    # Expressions see … what is in scope where the node stands
    defaults: {conv: {channels: $(2 * width)}}
    blocks: {own: {params: {width: int}, layers: [conv]}}
    - own: 3  #= 6 × 8 × 8

    # `defaults`
    defaults:
      convolution: {bias: false}  #! A301: convolution
    layers: [conv: 8]

    defaults:
      conv: {biases: false}  #! A201: biases
    layers: [conv: 8, conv: 8]

    defaults:
      basic: {attn: []}  #! A303: attn
    layers: [basic: 8, basic: 8]

    defaults:
      conv: 3  #! A203
    layers: [conv: 8]

    defaults:
      conv: {bias: 3}  #! A203: bias
    layers: [act]

    defaults:
      conv: {channels: $widht}  #! A252: widht
    params: {width: 8}
    layers: [conv]

    # A default that a bare value overrides
    defaults: {conv: {channels: 16}}
    - conv: 8  #= 8 × 8 × 8

    # what a joined node leaves out
    defaults: {residual: {drop_path: 0.25}}
    - residual: [conv]  #~ drop_path: drop_path(p=0.25) → 4 × 8 × 8
    """,
)


@DEFAULTS
def test_defaults(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
