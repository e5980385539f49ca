"""LANGUAGE.md, section 9: ops; what they compute is in test_ops_compute.py."""

from __future__ import annotations

from pathlib import Path

from tests.language.case import Case, cases

LAST = "input: {channels: 6, size: [5], layout: channels_last}\n"
GRID = "input: {channels: 6, size: [4, 5], layout: channels_last}\n"
VECTOR = "input: [6]\n"

CONV = cases(
    Case("`conv` | channels (default: unchanged), kernel=1, stride=1, …, dilation=1, groups=1, bias=true", "- conv", weights={"conv.weight": (4, 4, 1, 1), "conv.bias": (4,)}, output="4 × 8 × 8"),
    Case("sizes are numbers or one per dimension", "- conv: {kernel: [3, 5], stride: [1, 2], padding: [0, 1], dilation: [2, 1]}", weights={"conv.weight": (4, 4, 3, 5)}, output="4 × 4 × 3"),
    Case("one per dimension", "- conv: {kernel: [3, 3, 3]}  #! A405: 3 values for 2 dimensions"),
    Case("one per dimension", "- conv: {kernel: 3, stride: [2]}  #! A405: stride"),
    Case("one per dimension", "- conv: {kernel: 3, padding: [1, 1, 1]}  #! A405: padding"),
    Case("one per dimension", "- conv: {kernel: []}  #! A203: kernel"),
    Case("one per dimension", "- conv: {kernel: [3, x]}  #! A203: kernel"),
    Case("`groups: depthwise`", "- conv: {channels: 8, kernel: 3, groups: depthwise}", weights={"conv.weight": (8, 1, 3, 3)}),
    Case("`groups`", "- conv: {channels: 8, groups: 2}", weights={"conv.weight": (8, 2, 1, 1)}),
    Case("`groups`", "- conv: {channels: 9, groups: 2}  #! A404: 9 output channels"),
    Case("`groups`", "- conv: {channels: 9, groups: 3}  #! A404: 4 input channels"),
    Case("`groups: depthwise`", "- conv: {channels: 6, groups: depthwise}  #! A404: 4 groups"),
    Case("`groups`", "- conv: {groups: all}  #! A203: all"),
    Case("padding defaults to `dilation*(kernel-1)/2` for an odd kernel", "- conv: {kernel: 5, dilation: 3}\n- conv: {kernel: [1, 7]}", output="4 × 8 × 8"),
    Case("and must be given for an even one", "- conv: {kernel: 2}  #! A406: even"),
    Case("and must be given for an even one", "- conv: {kernel: [3, 4]}  #! A406: even"),
    Case("and must be given for an even one", "- conv: {kernel: 2, padding: 0, stride: 2}", output="4 × 4 × 4"),
    Case("`padding`", "- conv: {kernel: 3, padding: same}  #! A203: same"),
    Case("`padding`", "- conv: {kernel: 3, padding: -1}  #! A203: -1"),
    Case("`stride`", "- conv: {stride: 0}  #! A203: 0"),
    Case("nothing is left", "- conv: {kernel: 9, padding: 0}  #! A403: 4 × 8 × 8"),
    Case("`bias`", "- conv: {bias: false}", modules="conv", weights={"conv.weight": (4, 4, 1, 1)}),
    Case("`conv` needs channels first", LAST + "layers:\n- conv  #! A402: channels last"),
    Case("`conv` needs a size", VECTOR + "layers:\n- conv  #! A402: vector"),
    Case("`conv_transpose` | channels, kernel, stride=1, padding=0, output_padding=0, groups=1, bias=true", "- conv_transpose: {channels: 6, kernel: 3}", weights={"conv_transpose.weight": (4, 6, 3, 3), "conv_transpose.bias": (6,)}, output="6 × 10 × 10"),
    Case("`conv_transpose`", "- conv_transpose: {channels: 6, kernel: 4, stride: 2, padding: 1, groups: 2, bias: false}", weights={"conv_transpose.weight": (4, 3, 4, 4)}, output="6 × 16 × 16"),
    Case("`conv_transpose`", "- conv_transpose: {channels: 6, kernel: 3, stride: 2, padding: 1, output_padding: 1}", output="6 × 16 × 16"),
    Case("`conv_transpose`", "- conv_transpose: {channels: 6, kernel: 3, output_padding: 1}  #! A406: output_padding"),
    Case("`conv_transpose`", "- conv_transpose: {kernel: 3}  #! A202: channels"),
    Case("`conv_transpose`", "- conv_transpose: {channels: 6, kernel: 1, padding: 4}  #! A403: 4 × 8 × 8"),
    Case("`conv_transpose` in 1 and 3 dimensions", "input: [4, 5]\nlayers: [conv_transpose: {channels: 2, kernel: 2, stride: 2}]", output="2 × 10"),
    Case("`conv_transpose` in 1 and 3 dimensions", "input: [4, 2, 3, 4]\nlayers: [conv_transpose: {channels: 2, kernel: 2, stride: [1, 2, 2]}]", output="2 × 3 × 6 × 8"),
)  # fmt: skip

LINEAR = cases(
    Case("`linear` | features (default: unchanged), bias=true", VECTOR + "layers: [linear, linear: {features: 3, bias: false}]", weights={"linear.weight": (6, 6), "linear.bias": (6,), "linear_2.weight": (3, 6)}, output="3"),
    Case("on the last axis", GRID + "layers: [linear: 3]", output="4 × 5 × 3"),
    Case("an error on a channels-first value with a size, which says to `flatten`, `global_pool` or `rearrange`", "- linear: 3  #! A402: channels first"),
    Case("`embedding` | features | ids to vectors", "input: {vocab: 9, length: 4}\nlayers: [embedding: 6]", weights={"embedding.weight": (9, 6)}, output="4 × 6"),
    Case("`embedding`", "- embedding: 6  #! A402: token ids"),
    Case("`embedding`", "input: {vocab: 9, length: 4}\nlayers:\n- embedding  #! A202: features"),
    Case("`flatten` | to a vector", "- flatten", output="256"),
    Case("`flatten` | to a vector", GRID + "layers: [flatten]", output="120"),
    Case("`flatten` | to a vector", VECTOR + "layers: [flatten]", output="6"),
)  # fmt: skip

NORM = cases(
    Case("`batch layer group instance rms none affine`", "- norm: batch\n- norm: layer\n- norm: {type: group, groups: 2}\n- norm: instance\n- norm: rms\n- norm: none", modules="norm norm_2 norm_3 norm_5"),
    Case("`norm`", "- norm: batchnorm  #! A203: batchnorm"),
    Case("groups=32", "input: [64, 2, 2]\nlayers: [norm: group]", weights={"norm.weight": (64,)}),
    Case("groups=32", "- norm: group  #! A404: 32 groups"),
    Case("affine", "- norm: {type: layer, affine: false}\n- norm: {type: instance, affine: true}", modules="norm_2"),
    Case("`norm` arguments belong to a type", "- norm: {type: layer, momentum: 0.1}  #! A204: momentum"),
    Case("`norm` arguments belong to a type", "- norm: {type: batch, groups: 2}  #! A204: groups"),
    Case("`norm` arguments belong to a type", "- norm: {type: none, eps: 1e-5}  #! A204: eps"),
    Case("`norm` arguments", "- norm: {eps: small}  #! A203: eps"),
    Case("the number of dimensions chooses BatchNorm1d/2d/3d", VECTOR + "layers: [norm: batch]", weights={"norm.running_mean": (6,), "norm.num_batches_tracked": ()}),
    Case("the number of dimensions chooses BatchNorm1d/2d/3d", "input: [4, 2, 3, 4]\nlayers: [norm: batch, norm: instance]", output="4 × 2 × 3 × 4"),
    Case("`layer` and `rms` on a channels-first value normalize its channels at each position", "- norm: layer\n- norm: rms", weights={"norm.weight": (4,), "norm.bias": (4,), "norm_2.weight": (4,)}),
    Case("`batch` on a channels-last one flattens the positions", GRID + "layers: [norm: batch]", weights={"norm.running_var": (6,)}, output="4 × 5 × 6"),
    Case("`group` and `instance` need channels first", LAST + "layers:\n- norm: {type: group, groups: 2}  #! A402: channels last"),
    Case("`group` and `instance` need channels first", LAST + "layers:\n- norm: instance  #! A402: channels last"),
    Case("`group` on a vector", VECTOR + "layers: [norm: {type: group, groups: 2}]", weights={"norm.weight": (6,)}),
    Case("`instance` on a vector", VECTOR + "layers:\n- norm: instance  #! A402: vector"),
    Case("`affine` is a learned `alpha`·x + `beta` of shape (1, 1, C)", LAST + "layers: [norm: affine]", weights={"norm.alpha": (1, 1, 6), "norm.beta": (1, 1, 6)}),
    Case("`affine`", "- norm: affine  #! A402"),
    Case("Arguments merge with the default norm's if the type is the same", "norm: {type: batch, eps: 0.5, momentum: 0.2}\nlayers: [norm: {eps: 0.1}, norm: {type: batch, momentum: 0.3}, norm: batch]", shows=("norm: norm(type=batch, eps=0.1, momentum=0.2) → 4 × 8 × 8", "norm_2: norm(type=batch, eps=0.5, momentum=0.3) → 4 × 8 × 8", "norm_3: norm(type=batch, eps=0.5, momentum=0.2) → 4 × 8 × 8")),
    Case("otherwise they stand alone", "norm: {type: batch, eps: 0.5}\nlayers: [norm: layer, norm: {type: group, groups: 2}]", shows=("norm: norm(type=layer) → 4 × 8 × 8", "norm_2: norm(type=group, groups=2) → 4 × 8 × 8")),
    Case("an argument that does not belong to the default's type", "norm: layer\nlayers:\n- norm: {groups: 2}  #! A204: groups"),
    Case("`norm` and `act` given on a stage or call replace the default whole", "norm: {type: batch, eps: 0.5}\nstages: [{layers: [norm], norm: batch}, {layers: [norm], norm: {type: batch, momentum: 0.3}}, {layers: [norm]}]", shows=("0: norm(type=batch) → 4 × 8 × 8", "0: norm(type=batch, momentum=0.3) → 4 × 8 × 8", "0: norm(type=batch, eps=0.5) → 4 × 8 × 8")),
    Case("replace the default whole", "norm: {type: batch, eps: 0.5}\nlayers: [conv_norm_act: {norm: batch}]", shows="1: norm(type=batch) → 4 × 8 × 8"),
    Case("replace the default whole", "norm: {type: batch, eps: 0.5}\nstages:\n- {layers: [norm], norm: {momentum: 0.3}}  #! A202: type"),
)  # fmt: skip

ACT = cases(
    Case("`relu relu6 leaky_relu prelu elu gelu silu mish sigmoid hardsigmoid hardswish tanh softplus softmax identity`", "\n".join(f"- act: {name}" for name in ["relu", "relu6", "leaky_relu", "prelu", "elu", "gelu", "silu", "mish", "sigmoid", "hardsigmoid", "hardswish", "tanh", "softplus", "softmax", "identity"]), modules="act_4"),
    Case("`act`", "- act: swish  #! A203: swish"),
    Case("that activation's own arguments", "- act: {type: leaky_relu, negative_slope: 0.2}\n- act: {type: elu, alpha: 0.5}\n- act: {type: gelu, approximate: tanh}\n- act: {type: softplus, beta: 2, threshold: 10}\n- act: {type: prelu, num_parameters: 4, init: 0.1}", weights={"act_5.weight": (4,)}),
    Case("that activation's own arguments", "- act: {type: relu, negative_slope: 0.2}  #! A204: negative_slope"),
    Case("that activation's own arguments", "- act: {type: gelu, approximate: erf}  #! A203: erf"),
    Case("that activation's own arguments", "- act: {type: prelu, num_parameters: 3}  #! A404: 3"),
    Case("(merging as for `norm`)", "act: {type: leaky_relu, negative_slope: 0.2}\nlayers: [act, act: leaky_relu, act: {negative_slope: 0.3}, act: relu]", shows=("act: act(type=leaky_relu, negative_slope=0.2) → 4 × 8 × 8", "act_2: act(type=leaky_relu, negative_slope=0.2) → 4 × 8 × 8", "act_3: act(type=leaky_relu, negative_slope=0.3) → 4 × 8 × 8", "act_4: act(type=relu) → 4 × 8 × 8")),
    Case("`act: identity` on a block means no activation", "- conv_norm_act: {channels: 8, act: identity}", shows="2: act(type=identity) → 8 × 8 × 8"),
    Case("`act: identity` on a block keeps the numbers", "blocks: {own: {numbered: true, layers: [act, conv]}}\nlayers: [own: {act: identity}]", modules="own.1"),
    Case("`softmax` as an activation", LAST + "layers: [act: softmax]", output="5 × 6"),
)  # fmt: skip

POOLS = cases(
    Case("`max_pool`, `avg_pool` | kernel, stride=kernel, padding=0", "- max_pool: 2\n- avg_pool: {kernel: 3, stride: 1, padding: 1}", output="4 × 4 × 4"),
    Case("dilation (max)", "- max_pool: {kernel: 3, stride: 1, dilation: 2}", output="4 × 4 × 4"),
    Case("dilation (max)", "- avg_pool: {kernel: 3, dilation: 2}  #! A201: dilation"),
    Case("count_include_pad (avg)", "- avg_pool: {kernel: 3, padding: 1, count_include_pad: false}", output="4 × 3 × 3"),
    Case("count_include_pad (avg)", "- max_pool: {kernel: 3, count_include_pad: false}  #! A201: count_include_pad"),
    Case("ceil_mode", "input: [4, 7, 6]\nlayers: [max_pool: {kernel: 3, stride: 2, ceil_mode: true}]", output="4 × 3 × 3"),
    Case("ceil_mode", "input: [4, 7]\nlayers: [max_pool: {kernel: 1, stride: 3, padding: 0, ceil_mode: true}]", output="4 × 3"),
    Case("`max_pool` in 1 and 3 dimensions", "input: [4, 7, 6, 5]\nlayers: [max_pool: [2, 3, 1], avg_pool: 2]", output="4 × 1 × 1 × 2"),
    Case("padding", "- max_pool: {kernel: 2, padding: 2}  #! A406: padding"),
    Case("kernel", "- max_pool  #! A202: kernel"),
    Case("kernel", "- max_pool: 9  #! A403: 4 × 8 × 8"),
    Case("pools need channels first", LAST + "layers:\n- max_pool: 2  #! A402: channels last"),
    Case("`adaptive_pool` | size, type=avg", "- adaptive_pool: [3, 5]\n- adaptive_pool: {size: 2, type: max}", output="4 × 2 × 2"),
    Case("`adaptive_pool`", "- adaptive_pool: {size: 2, type: sum}  #! A203: sum"),
    Case("`adaptive_pool`", "- adaptive_pool: [1, 2, 3]  #! A405"),
    Case("`adaptive_pool` to a larger size", "- adaptive_pool: 16", output="4 × 16 × 16"),
    Case("`global_pool` | type=avg, keepdim=false | over every size dimension", "- global_pool", output="4"),
    Case("over every size dimension", "input: [4, 3, 4, 5]\nlayers: [global_pool: {type: max, keepdim: true}]", output="4 × 1 × 1 × 1"),
    Case("over every size dimension", GRID + "layers: [global_pool]", output="6"),
    Case("over every size dimension", GRID + "layers: [global_pool: {keepdim: true}]", output="1 × 1 × 6"),
    Case("over every size dimension", VECTOR + "layers:\n- global_pool  #! A402: vector"),
    Case("`dropout` | p", "- dropout: 0.3\n- dropout: {p: 0}", shows="dropout: dropout(p=0.3) → 4 × 8 × 8"),
    Case("`dropout` | p", "- dropout: 1.5  #! A203: 1.5"),
)  # fmt: skip

SHAPES = cases(
    Case("`rearrange` | pattern, axis sizes, channels | an einops pattern whose first axis is `n`", "- rearrange: n c h w -> n h w c", output="8 × 8 × 4"),
    Case("axis sizes", "- rearrange: {pattern: n c (h p) (w q) -> n (p q c) h w, p: 2, q: 4}", output="32 × 4 × 2"),
    Case("axis sizes", "params: {p: 2}\nlayers: [rearrange: {pattern: n c (h p) w -> n (c p) h w, p: $p}]", output="8 × 4 × 8"),
    Case("axis sizes that are known", "- rearrange: {pattern: n c (h p) w -> n (c p) h w, h: 4}", output="8 × 4 × 8"),
    Case("axis sizes that are all given", "- rearrange: {pattern: n c (h p) w -> n (c p) h w, h: 4, p: 2}", output="8 × 4 × 8"),
    Case("axis sizes", "- rearrange: n c (h p) w -> n (c p) h w  #! A406"),
    Case("axis sizes", "- rearrange: {pattern: n c (h p) w -> n (c p) h w, p: 3}  #! A404: 8"),
    Case("axis sizes", "- rearrange: {pattern: n c h w -> n h w c, k: 3}  #! A406: k"),
    Case("axis sizes", "- rearrange: {pattern: n c h w -> n h w c, c: 5}  #! A404: 5"),
    Case("axis sizes", "- rearrange: {pattern: n c h w -> n h w c, c: x}  #! A203: c"),
    Case("whose first axis is `n`", "- rearrange: b c h w -> b h w c  #! A406: n"),
    Case("whose first axis is `n`", "- rearrange: n c h w -> (n h) w c  #! A406: n"),
    Case("whose first axis is `n`", "- rearrange: n c h w -> c n h w  #! A406: n"),
    Case("an einops pattern", "- rearrange: n c h w  #! A406"),
    Case("an einops pattern", "- rearrange: n c h w -> n c h  #! A406: w"),
    Case("an einops pattern", "- rearrange: n c h w -> n (c h w  #! A406"),
    Case("an einops pattern", "- rearrange: n c h -> n h c  #! A405: 3 axes"),
    Case("an einops pattern", "- rearrange: n c c h -> n c h c  #! A406"),
    Case("an einops pattern", "- rearrange: n c ... -> n ... c  #! A406"),
    Case("an einops pattern", "- rearrange: n c h w -> n c h w 2  #! A406"),
    Case("an axis of 1", "input: [4, 1, 8]\nlayers: [rearrange: n c 1 l -> n c l]", output="4 × 8"),
    Case("an axis of 1", "input: [4, 8]\nlayers: [rearrange: n c l -> n c 1 l]", output="4 × 1 × 8"),
    Case("an axis of 1", "- rearrange: n c 1 w -> n c w  #! A404: 8"),
    Case("the channel axis of the result is the one that holds `c`", "- rearrange: n c h w -> n (h c) w", output="32 × 8", shows="rearrange: rearrange(pattern=n c h w -> n (h c) w) → 32 × 8"),
    Case("the one that holds `c`", "- rearrange: n c h w -> n h (w c)", shows="rearrange: rearrange(pattern=n c h w -> n h (w c)) → 8 × 32 channels last"),
    Case("the one that holds `c`", "- rearrange: n c h w -> n (c h w)", output="256"),
    Case("the one that holds `c`", "- rearrange: n x h w -> n h w x  #! A406: c"),
    Case("or the axis that `channels` names", "- rearrange: {pattern: n c h w -> n (h w) c, channels: h}", shows="rearrange: rearrange(pattern=n c h w -> n (h w) c, channels=h) → 64 × 4"),
    Case("or the axis that `channels` names", "- rearrange: {pattern: n x h w -> n h w x, channels: x}\n- linear: 3", output="8 × 8 × 3"),
    Case("or the axis that `channels` names", "- rearrange: {pattern: n c h w -> n h w c, channels: z}  #! A406: z"),
    Case("channels stand right after the batch or last", "- rearrange: n c h w -> n h c w  #! A402"),
    Case("`upsample` | scale, or `like: reference`; mode=nearest", "- upsample: 2\n- upsample: {scale: [1, 0.5]}\n- upsample: {scale: 1.5, mode: bilinear}", output="4 × 24 × 12"),
    Case("`like: reference`", "- conv: {name: a, channels: 3}\n- max_pool: 3\n- conv: 5\n- upsample: {like: a}", output="5 × 8 × 8"),
    Case("`like: reference`", "- max_pool: 3\n- upsample: {like: b}  #! A302: b"),
    Case("scale, or `like", "- upsample  #! A406: scale"),
    Case("scale, or `like", "- upsample: {scale: 2, like: input}  #! A406: scale"),
    Case("mode", "- upsample: {scale: 2, mode: linear}  #! A406: linear"),
    Case("mode", "- upsample: {scale: 2, mode: cubic}  #! A203: cubic"),
    Case("mode", "input: [4, 8]\nlayers: [upsample: {scale: 2, mode: linear}]", output="4 × 16"),
    Case("mode", "input: [4, 2, 2, 2]\nlayers: [upsample: {scale: 2, mode: trilinear}]", output="4 × 4 × 4 × 4"),
    Case("scale", "- upsample: 0  #! A203: 0"),
    Case("scale", "- upsample: 0.1  #! A403: 4 × 8 × 8"),
    Case("`upsample` needs channels first", LAST + "layers:\n- upsample: 2  #! A402: channels last"),
    Case("`pixel_shuffle` | factor", "- conv: 18\n- pixel_shuffle: 3", output="2 × 24 × 24"),
    Case("`pixel_shuffle` | factor", "- pixel_shuffle: 3  #! A404: 4 channels"),
    Case("`pixel_shuffle` | factor", "input: [4, 8]\nlayers:\n- pixel_shuffle: 2  #! A402: 2 dimensions"),
    Case("`pad` | padding, value=0 | per side, last dimension first, as in torch", "- pad: [1, 2, 3, 4]", output="4 × 15 × 11"),
    Case("`pad`: channels too", "- pad: [0, 0, 0, 0, 1, 2]", output="7 × 8 × 8"),
    Case("`pad`: negative numbers crop, as in torch", "- pad: [-1, -2]", output="4 × 8 × 5"),
    Case("`pad`", GRID + "layers: [pad: [0, 0, 1, 1]]", output="4 × 7 × 6"),
    Case("`pad`", "- pad: [1]  #! A203"),
    Case("`pad`", "- pad: [1, 1, 1]  #! A405: 3 values"),
    Case("`pad`", "- pad: [1, 1, 1, 1, 1, 1, 1, 1]  #! A405: 8 values"),
    Case("`pad`", "- pad: [-4, -4]  #! A403: 4 × 8 × 8"),
    Case("`pad`", "- pad: 1  #! A203: 1"),
    Case("`softmax` | dim=channels | `channels` or a size dimension's number, from 0", "- softmax\n- softmax: 0\n- softmax: 1\n- softmax: channels", output="4 × 8 × 8"),
    Case("a size dimension's number, from 0", "- softmax: 2  #! A405: 2"),
    Case("a size dimension's number, from 0", "- softmax: -1  #! A203: -1"),
    Case("a size dimension's number, from 0", "- softmax: width  #! A203: width"),
    Case("`identity`", "- identity", graph="identity: identity → 4 × 8 × 8"),
    Case("`identity`", "- identity: 3  #! A201: identity"),
    Case("`multiply` | factor | by a constant", "- multiply: 2\n- multiply: {factor: -0.5}", output="4 × 8 × 8"),
    Case("`multiply` | factor", "- multiply  #! A202: factor"),
)  # fmt: skip

LEARNED = cases(
    Case("`scale` | init=1.0, shape | shape (C,) channels last", GRID + "layers: [scale]", weights={"scale": (6,)}),
    Case("shape (C,) channels last", VECTOR + "layers: [scale]", weights={"scale": (6,)}),
    Case("(C, 1, …) channels first", "- scale: {init: 1e-6}", weights={"scale": (4, 1, 1)}),
    Case("(C, 1, …) channels first", "input: [4, 3, 3, 3]\nlayers: [scale]", weights={"scale": (4, 1, 1, 1)}),
    Case("`shape: flat` for (C,) always", "- scale: {shape: flat}", weights={"scale": (4,)}),
    Case("`shape`", "- scale: {shape: round}  #! A203: round"),
    Case("`position` | init | shape (1, positions, C)", LAST + "layers: [position]", weights={"position": (1, 5, 6)}),
    Case("`position`", GRID + "layers:\n- position  #! A402: sequence"),
    Case("`position`", "input: [4, 8]\nlayers:\n- position  #! A402: channels first"),
    Case("`position`", LAST + "layers:\n- position: {init: small}  #! A204: small"),
    Case("`class_token` | init | one learned token in front", LAST + "layers: [class_token]", weights={"class_token": (1, 1, 6)}, output="6 × 6"),
    Case("`class_token`", "- class_token  #! A402: sequence"),
    Case("`select` | index | one position of a sequence", LAST + "layers: [select: 4]", output="6"),
    Case("`select`", LAST + "layers: [select: -1]", output="6"),
    Case("`select`", LAST + "layers:\n- select: 5  #! A406: 5"),
    Case("`select`", LAST + "layers:\n- select: -6  #! A406: -6"),
    Case("`select`", "input: [6, 5]\nlayers: [select: 4]", output="6"),
    Case("`select`", "- select: 0  #! A402: sequence"),
    Case("`attention` | heads, dropout=0, bias=true | `nn.MultiheadAttention`, self-attention, batch first", LAST + "layers: [attention: 2]", weights={"attention.in_proj_weight": (18, 6), "attention.in_proj_bias": (18,), "attention.out_proj.weight": (6, 6), "attention.out_proj.bias": (6,)}, output="5 × 6"),
    Case("bias", LAST + "layers: [attention: {heads: 3, bias: false, dropout: 0.1}]", modules="attention attention.out_proj"),
    Case("heads", LAST + "layers:\n- attention: 4  #! A404: 4 heads"),
    Case("`attention`", "- attention: 2  #! A402"),
    Case("`attention`", "input: [4, 8]\nlayers:\n- attention: 2  #! A402: channels first"),
    Case("`sdpa` | heads, kv, kv_heads=heads, causal=false", LAST + "layers: [linear: 18, sdpa: 3]", output="5 × 6"),
    Case("over the last size dimension, the others are batch", GRID + "layers: [linear: 24, sdpa: {heads: 2, causal: true}]", output="4 × 5 × 8"),
    Case("(heads + 2·kv_heads)·d in, heads·d out", LAST + "layers: [linear: 32, sdpa: {heads: 4, kv_heads: 2}]", output="5 × 16"),
    Case("(heads + 2·kv_heads)·d in", LAST + "layers:\n- sdpa: {heads: 4, kv_heads: 2}  #! A404: 6"),
    Case("kv_heads", LAST + "layers:\n- linear: 30\n- sdpa: {heads: 4, kv_heads: 3}  #! A404: 3"),
    Case("with `kv: reference` the value is q (heads·d) and the reference holds k, v (2·kv_heads·d)", LAST + "layers: [linear: {name: kv, features: 16}, linear: {from: input, features: 8}, sdpa: {heads: 2, kv: kv}]", output="5 × 8"),
    Case("with `kv: reference`", LAST + "layers: [linear: {name: kv, features: 8}, linear: {from: input, features: 8}, sdpa: {heads: 4, kv_heads: 2, kv: kv}]", output="5 × 8"),
    Case("with `kv: reference` of another length", "inputs: {a: {channels: 8, size: [5], layout: channels_last}, b: {channels: 16, size: [7], layout: channels_last}}\nlayers: [sdpa: {heads: 2, kv: b}]", output="5 × 8"),
    Case("with `kv: reference`", LAST + "layers:\n- linear: {name: kv, features: 15}\n- linear: {from: input, features: 8}\n- sdpa: {heads: 2, kv: kv}  #! A404: 5 × 16"),
    Case("`sdpa`", "- sdpa: 1  #! A402: channels first"),
    Case("`sdpa`", VECTOR + "layers:\n- sdpa: 2  #! A402: vector"),
)  # fmt: skip


@CONV
def test_convolutions(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@LINEAR
def test_linear_maps(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@NORM
def test_norms(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@ACT
def test_activations(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@POOLS
def test_pools(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@SHAPES
def test_shapes(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@LEARNED
def test_learned_values_and_attention(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
