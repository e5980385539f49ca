"""ADDITIONS, section 16: arguments of ops that were there before."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import archspec
from tests.sentences.case import Case, cases, full, module_of

WEIGHTS = cases(
    """
    # This is also how a module is written whose name holds more than an op has: `parameter: {name: gate.weight, …}`,
    # `buffer: {name: gate.correction, …}`, `linear: {weight: gate.weight}`.
    input: [4]
    layers:
    - parameter: {name: gate.weight, shape: [3, 4], init: normal}
    - buffer: {name: gate.correction, shape: [3], value: 0.5}
    - linear: {weight: gate.weight}
    - add: [., gate.correction]
    #w gate.weight 3 4, gate.correction 3
    #y x @ w["gate.weight"].T + 0.5

    # in torch's shape; `channels` and `kernel` are the weight's, `bias` is none unless given (a reference, or true for one of its own),
    layers:
    - parameter: {name: k, shape: [6, 2, 3, 3], init: normal}
    - conv: {weight: k, groups: 2, bias: true, name: c}
    #w c.bias 6
    #y F.conv2d(x, w["k"], w["c.bias"], padding=1, groups=2)

    layers:
    - parameter: {name: k, shape: [4, 3, 2, 2], init: normal}
    - conv_transpose: {weight: k, stride: 2}
    #y F.conv_transpose2d(x, w["k"], stride=2)

    # `conv`, the pools: `padding: same` (the output is ⌈n/stride⌉, what is odd goes after, open sizes too, as TensorFlow pads; `max_pool` pads with −∞,
    # `avg_pool` counts zeros unless `count_include_pad: false`);
    - max_pool: {kernel: 2, stride: 1, padding: same}                             #y F.max_pool2d(F.pad(x, (0, 1, 0, 1), value=-inf), 2, 1)
    - max_pool: {kernel: 3, stride: 2, padding: same}                             #y F.max_pool2d(F.pad(x, (0, 1, 0, 1), value=-inf), 3, 2)
    - avg_pool: {kernel: 2, stride: 1, padding: same}                             #y F.avg_pool2d(F.pad(x, (0, 1, 0, 1)), 2, 1)
    - avg_pool: {kernel: 2, stride: 1, padding: same, count_include_pad: false}   #y F.avg_pool2d(F.pad(x, (0, 1, 0, 1)), 2, 1) / F.avg_pool2d(F.pad(torch.ones_like(x), (0, 1, 0, 1)), 2, 1)
    - conv: {kernel: 4, padding: same, name: c}                                   #y F.conv2d(F.pad(x, (1, 2, 1, 2)), w["c.weight"], w["c.bias"])
    - conv: {kernel: 3, stride: 3, padding: same, name: c}                        #= 4 × 3 × 3

    input: [4, H, W]
    - conv: {kernel: 3, stride: 2, padding: same, name: c}  #y F.conv2d(F.pad(x, (0, 1, 0, 1)), w["c.weight"], w["c.bias"], stride=2)

    # pairs for uneven sides, `[[0, 1], [0, 1]]`, the first dimension first.
    - conv: {kernel: 3, padding: [[0, 1], [2, 0]], name: c}    #y F.conv2d(F.pad(x, (2, 0, 0, 1)), w["c.weight"], w["c.bias"])
    - max_pool: {kernel: 2, padding: [[0, 1], [1, 0]]}         #y F.max_pool2d(F.pad(x, (1, 0, 0, 1), value=-inf), 2)
    - conv: {kernel: 3, padding: [[0, 1]]}                     #! A405: padding
    - conv: {kernel: 3, padding: [[0, 1], [0, -1]]}            #! A203: padding
    - conv: {kernel: 3, padding: valid}                        #! A203: padding

    # `conv: {padding_mode: zeros | reflect | replicate | circular}`, `pad: {mode: …}` on size dimensions.
    - conv: {kernel: 3, padding_mode: reflect, name: c}        #y F.conv2d(F.pad(x, (1, 1, 1, 1), "reflect"), w["c.weight"], w["c.bias"])
    - conv: {kernel: 3, padding_mode: circular, name: c}       #y F.conv2d(F.pad(x, (1, 1, 1, 1), "circular"), w["c.weight"], w["c.bias"])
    - conv: {kernel: 3, padding_mode: replicate, name: c}      #y F.conv2d(F.pad(x, (1, 1, 1, 1), "replicate"), w["c.weight"], w["c.bias"])
    - pad: {padding: [1, 2], mode: circular}                   #y F.pad(x, (1, 2, 0, 0), "circular")
    - pad: {padding: [1, 2, 3, 0], mode: reflect}              #y F.pad(x, (1, 2, 3, 0), "reflect")
    - pad: {padding: [1, 2], mode: replicate}                  #y F.pad(x, (1, 2, 0, 0), "replicate")
    - pad: {padding: [0, 0, 0, 0, 1, 1], mode: reflect}        #! A405
    - pad: {padding: [1, 9], mode: reflect}                    #! A406: 9
    - pad: {padding: [1, 2], mode: mirror}                     #! A203: mode

    # `conv_transpose`: `channels` unchanged by default, `groups: depthwise`.
    - conv_transpose: {kernel: 2, stride: 2, groups: depthwise, name: t}  #= 4 × 16 × 16  #w t.weight 4 1 2 2
    """,
)

KINDS = cases(
    """
    # `act`: also `exp log abs sign square sqrt rsqrt reciprocal sin cos clamp log_softmax quick_gelu squared_relu`, `clamp` with `min`, `max`.
    - act: exp                            #y x.exp()
    - act: abs                            #y x.abs()
    - act: sign                           #y x.sign()
    - act: square                         #y x.square()
    - act: reciprocal                     #y x.reciprocal()
    - act: sin                            #y x.sin()
    - act: cos                            #y x.cos()
    - act: {type: clamp, min: -0.5, max: 0.25}  #y x.clamp(-0.5, 0.25)
    - act: {type: clamp, max: 0}          #y x.clamp(max=0)
    - act: log_softmax                    #y x.log_softmax(1)
    - act: quick_gelu                     #y x * (1.702 * x).sigmoid()
    - act: squared_relu                   #y x.relu() ** 2
    - act: clamp                          #! A406
    - act: {type: clamp, min: 2, max: 1}  #! A406
    - act: {type: relu, min: 0}           #! A204: min

    layers: [act: abs, offset: 1, parallel: {branches: [[act: log], [act: sqrt], [act: rsqrt]]}]
    #y torch.cat([f(x.abs() + 1) for f in (torch.log, torch.sqrt, torch.rsqrt)], 1)

    # `offset: 1.0` (principal: amount) adds a constant, as `multiply` multiplies.
    - offset: 1.5              #y x + 1.5
    - offset: {amount: -2}     #y x - 2
    - offset                   #! A202: amount
    - offset: one              #! A203: amount

    # `upsample`: `size`, `align_corners`, `antialias` (bilinear, bicubic).
    - upsample: {size: 5, mode: bilinear}                              #y F.interpolate(x, size=5, mode="bilinear")
    - upsample: {size: [3, 5], mode: bilinear, align_corners: true}    #y F.interpolate(x, size=(3, 5), mode="bilinear", align_corners=True)
    - upsample: {size: 5, mode: bicubic, antialias: true}              #y F.interpolate(x, size=5, mode="bicubic", antialias=True)
    - upsample: {size: 5, scale: 2}                                    #! A406
    - upsample: {size: 5, mode: nearest, align_corners: true}          #! A406
    - upsample: {size: 5, mode: nearest, antialias: true}              #! A406

    # `global_pool`: `mask: ref`; it divides by the number of ones, and gives zeros without any, for `max` too.
    inputs: {x: {channels: 4, size: [5], layout: channels_last}, m: {vocab: 2, length: 5}}
    - global_pool: {from: x, mask: m}             #y (x * m[..., None]).sum(1) / m.sum(1, keepdim=True).clamp(min=1)
    - global_pool: {from: x, mask: m, type: max}  #y torch.where(m.any(1, keepdim=True), x.masked_fill(m[..., None] == 0, -inf).amax(1), torch.zeros(()))
    - global_pool: {from: x, mask: x}             #! A402: ids

    # A `shortcut` with `single: true` registers its one layer under the name itself (`conv_shortcut.weight`).
    layers: [residual: {body: [conv: {channels: 6}], shortcut: {name: conv_shortcut, single: true, layers: [conv: 6]}}]
    #w conv_shortcut.weight 6 4 1 1

    layers: [residual: {body: [conv: {channels: 6}], shortcut: {single: true, layers: [conv: 6, act]}}]  #! A413: single

    # Bundled: `gated_mlp` (hidden_channels, required; channels=unchanged): `down_proj` of act(`gate_proj`) times `up_proj`, with the default `act`, no bias.
    input: [4]
    act: silu
    layers: [gated_mlp: {name: m, hidden_channels: 6}]
    #w m.gate_proj.weight 6 4, m.up_proj.weight 6 4, m.down_proj.weight 4 6
    #y (F.silu(x @ w["m.gate_proj.weight"].T) * (x @ w["m.up_proj.weight"].T)) @ w["m.down_proj.weight"].T

    input: [4]
    act: silu
    - gated_mlp                       #! A202: hidden_channels
    - gated_mlp: {hidden_channels: 6, channels: 3}  #= 3
    """,
)


@WEIGHTS
def test_weights_and_padding(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@KINDS
def test_kinds(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@pytest.mark.parametrize("kind", ["avg", "max"])
def test_a_mask_of_nothing_gives_zeros(kind: str) -> None:
    """it divides by the number of ones, and gives zeros without any, for `max` too."""
    head = "inputs: {x: {channels: 4, size: [5], layout: channels_last}, m: {vocab: 2, length: 5}}\n"
    module = module_of(f"{head}layers: [global_pool: {{from: x, mask: m, type: {kind}}}]").eval()
    x, mask = torch.randn(2, 5, 4), torch.tensor([[0, 0, 0, 0, 0], [0, 1, 0, 0, 0]])
    assert torch.equal(module(x, mask), torch.stack([torch.zeros(4), x[1, 1]]))


INSIDE = [
    ("rope: {heads: 2, scaling: ^{factor: 2}}", "A202", "`scaling` of `rope` needs `type`", "add `type: …`"),
    ("rope: {heads: 2, scaling: ^{type: linear}}", "A204", "`type: linear` needs `factor`", "`{type: linear, factor: 2}`"),
    ("rope: {heads: 2, scaling: {type: linear, ^fcator: 2}}", "A201", "has no argument `fcator`", "did you mean `factor`?"),
    ("rope: {heads: 2, scaling: {type: linear, factor: ^two}}", "A203", "`factor` of `scaling` of `rope`", "factor: 0.1"),
    ("rope: {heads: 2, scaling: ^linear}", "A203", "must be a mapping", "`{type: linear, factor: 2}`"),
    ("rope: {heads: 2, scaling: ^n}", "A203", "must be a mapping", "`{type: linear, factor: 2}`"),
    ("rope: {heads: 2, scaling: ^[2]}", "A203", "must be a mapping", "`{type: linear, factor: 2}`"),
    ("linear: {weight_norm: {^dims: 1}}", "A201", "`weight_norm` of `linear` has no argument `dims`", "did you mean `dim`?"),
    ("linear: {weight_norm: {dim: ^-1}}", "A203", "`dim` of `weight_norm` of `linear`", "dim: "),
    ("linear: {weight_norm: ^yes}", "A203", "true or false or a mapping", "write `true`"),
    ("linear: {weight_norm: ^3}", "A203", "true or false or a mapping", "`{dim: 0}`"),
    ("linear: {init: {weight: ^norml}}", "A204", "unknown initializer `norml`", "did you mean `normal`?"),
    ("linear: {init: {weight: {^norml: {std: 1}}}}", "A204", "unknown initializer `norml`", "did you mean `normal`?"),
    ("linear: {init: {weight: {normal: {^sdt: 1}}}}", "A204", "no argument `sdt`", "did you mean `std`?"),
    ("linear: {init: {^wieght: zeros}}", "A204", "no weight `wieght`", "did you mean `weight`?"),
    ("parameter: {name: p, shape: [4], init: ^norml}", "A204", "unknown initializer `norml`", "did you mean `normal`?"),
    ("parameter: {name: p, shape: [4], init: {normal: {^sdt: 1}}}", "A204", "no argument `sdt`", "did you mean `std`?"),
]  # fmt: skip


@pytest.mark.parametrize(("node", "code", "message", "help"), INSIDE)
def test_what_is_wrong_inside_of_a_mapping_is_shown_there(node: str, code: str, message: str, help: str) -> None:
    marked = full(f"input: {{channels: 8, size: [5], layout: channels_last}}\nlayers:\n- {node}")
    before = marked[: marked.index("^")]
    (found,) = archspec.validate(marked.replace("^", ""))
    assert found.span is not None
    assert (found.code, found.span.line, found.span.column) == (
        code,
        before.count("\n") + 1,
        len(before) - before.rfind("\n"),
    )
    assert message in found.message
    assert help in found.help
