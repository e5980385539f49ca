"""docs/language.md, section 9: convolutions, linear maps, norms and activations."""

from __future__ import annotations

from pathlib import Path

from tests.sentences.case import Case, cases

CONV = cases(
    """
    # `conv` | channels (default: unchanged), kernel=1, stride=1, …, dilation=1, groups=1, bias=true
    - conv  #= 4 × 8 × 8  #w conv.weight 4 4 1 1, conv.bias 4

    # sizes are numbers or one per dimension
    - conv: {kernel: [3, 5], stride: [1, 2], padding: [0, 1], dilation: [2, 1]}  #= 4 × 4 × 3  #w conv.weight 4 4 3 5

    # one per dimension
    - conv: {kernel: [3, 3, 3]}              #! A405: 3 values for 2 dimensions
    - conv: {kernel: 3, stride: [2]}         #! A405: stride
    - conv: {kernel: 3, padding: [1, 1, 1]}  #! A405: padding
    - conv: {kernel: []}                     #! A203: kernel
    - conv: {kernel: [3, x]}                 #! A203: kernel

    # beyond what any machine can hold
    - conv: 99999999999             #! A203: at least 1 and at most 2,147,483,647
    - conv: {kernel: 99999999999}   #! A203: 16,777,216
    - conv: {kernel: 5, dilation: 16777216}       #! A406: keeps the size
    - conv: {kernel: 7, stride: 1032}             #! A406: skips 1025
    - conv: {kernel: [1, 7], stride: [1026, 1]}   #! A406: skips 1025
    - conv_transpose: {channels: 1, kernel: 1, stride: 1026}  #! A406: skips 1025
    - scale: 1e300                  #! A203: at most 1e+30
    - multiply: -1e300              #! A203: at least -1e+30
    - multiply: x                   #! A203: must be a number, found

    # `groups: depthwise`
    - conv: {channels: 8, kernel: 3, groups: depthwise}  #w conv.weight 8 1 3 3

    # `groups`
    - conv: {channels: 8, groups: 2}  #w conv.weight 8 2 1 1
    - conv: {channels: 9, groups: 2}  #! A404: 9 output channels
    - conv: {channels: 9, groups: 3}  #! A404: 4 input channels

    # `groups: depthwise`
    - conv: {channels: 6, groups: depthwise}  #! A404: 4 groups

    # `groups`
    - conv: {groups: all}  #! A203: all

    # padding defaults to `dilation*(kernel-1)/2` for an odd kernel
    [conv: {kernel: 5, dilation: 3}, conv: {kernel: [1, 7]}]  #= 4 × 8 × 8

    # and must be given for an even one
    - conv: {kernel: 2}                         #! A406: even
    - conv: {kernel: [3, 4]}                    #! A406: even
    - conv: {kernel: 2, padding: 0, stride: 2}  #= 4 × 4 × 4

    # `padding`
    - conv: {kernel: 3, padding: same}  #= 4 × 8 × 8
    - conv: {kernel: 3, padding: -1}    #! A203: -1

    # `stride`
    - conv: {stride: 0}  #! A203: 0

    # nothing is left
    - conv: {kernel: 9, padding: 0}  #! A403: 4 × 8 × 8

    # `bias`
    - conv: {bias: false}  #> conv  #w conv.weight 4 4 1 1

    # `conv` needs channels first
    input: {channels: 6, size: [5], layout: channels_last}
    - conv  #! A402: channels last

    # `conv` needs a size
    input: [6]
    - conv  #! A402: vector

    # `conv_transpose` | channels, kernel, stride=1, padding=0, output_padding=0, groups=1, bias=true
    - conv_transpose: {channels: 6, kernel: 3}  #= 6 × 10 × 10  #w conv_transpose.weight 4 6 3 3, conv_transpose.bias 6

    # `conv_transpose`
    layers:
    - conv_transpose: {channels: 6, kernel: 4, stride: 2, padding: 1, groups: 2, bias: false}
    #= 6 × 16 × 16
    #w conv_transpose.weight 4 3 4 4

    - conv_transpose: {channels: 6, kernel: 3, stride: 2, padding: 1, output_padding: 1}  #= 6 × 16 × 16
    - conv_transpose: {channels: 6, kernel: 3, output_padding: 1}                         #! A406: output_padding
    - conv_transpose: {kernel: 3}                                                         #= 4 × 10 × 10
    - conv_transpose: {channels: 6}                                                       #! A202: kernel
    - conv_transpose: {channels: 6, kernel: 1, padding: 4}                                #! A403: 4 × 8 × 8

    # `conv_transpose` in 1 and 3 dimensions
    input: [4, 5]
    - conv_transpose: {channels: 2, kernel: 2, stride: 2}  #= 2 × 10

    input: [4, 2, 3, 4]
    - conv_transpose: {channels: 2, kernel: 2, stride: [1, 2, 2]}  #= 2 × 3 × 6 × 8
    """,
)

LINEAR = cases(
    """
    # `linear` | features (default: unchanged), bias=true
    input: [6]
    [linear, linear: {features: 3, bias: false}]  #= 3  #w linear.weight 6 6, linear.bias 6, linear_2.weight 3 6

    # on the last axis
    input: {channels: 6, size: [4, 5], layout: channels_last}
    - linear: 3  #= 4 × 5 × 3

    # an error on a channels-first value with a size, which says to `flatten`, `global_pool` or `rearrange`
    - linear: 3  #! A402: channels first

    # `embedding` | features | ids to vectors
    input: {vocab: 9, length: 4}
    - embedding: 6  #= 4 × 6  #w embedding.weight 9 6

    # `embedding`
    - embedding: 6  #! A402: token ids

    input: {vocab: 9, length: 4}
    - embedding  #! A202: features

    # `flatten` | to a vector
    - flatten  #= 256

    input: {channels: 6, size: [4, 5], layout: channels_last}
    - flatten  #= 120

    input: [6]
    - flatten  #= 6
    """,
)

NORM = cases(
    """
    # `batch layer group instance rms none affine`
    layers:
    - norm: batch
    - norm: layer
    - norm: {type: group, groups: 2}
    - norm: instance
    - norm: rms
    - norm: none  #> norm norm_2 norm_3 norm_5

    # `norm`
    - norm: batchnorm  #! A203: batchnorm

    # groups=32
    input: [64, 2, 2]
    - norm: group  #w norm.weight 64

    - norm: group  #! A404: 32 groups

    # affine
    [norm: {type: layer, affine: false}, norm: {type: instance, affine: true}]  #> norm_2

    # `norm` arguments belong to a type
    - norm: {type: layer, momentum: 0.1}  #! A204: momentum
    - norm: {type: batch, groups: 2}      #! A204: groups
    - norm: {type: none, eps: 1e-5}       #! A204: eps

    # `norm` arguments
    - norm: {eps: small}  #! A203: eps
    - norm: {eps: 0}      #! A406: eps
    - norm: {eps: 1e-50}  #! A406: eps
    - norm: {eps: 1e300}  #! A203: at most 1e+30

    # `eps` where each value is normalized by itself
    input: [1, 4]
    - norm: {type: layer, eps: 0}  #! A406: eps

    input: [4]
    [norm: {type: group, groups: 2, eps: 0}, norm: {type: layer, eps: 0}]  #= 4

    # the number of dimensions chooses BatchNorm1d/2d/3d
    input: [6]
    - norm: batch  #w norm.running_mean 6, norm.num_batches_tracked

    input: [4, 2, 3, 4]
    [norm: batch, norm: instance]  #= 4 × 2 × 3 × 4

    # `layer` and `rms` on a channels-first value normalize its channels at each position
    [norm: layer, norm: rms]  #w norm.weight 4, norm.bias 4, norm_2.weight 4

    # `batch` on a channels-last one flattens the positions
    input: {channels: 6, size: [4, 5], layout: channels_last}
    - norm: batch  #= 4 × 5 × 6  #w norm.running_var 6

    # `group` and `instance` need channels first
    input: {channels: 6, size: [5], layout: channels_last}
    - norm: {type: group, groups: 2}  #! A402: channels last
    - norm: instance                  #! A402: channels last

    # `group` on a vector
    input: [6]
    - norm: {type: group, groups: 2}  #w norm.weight 6

    # `instance` on a vector
    input: [6]
    - norm: instance  #! A402: vector

    [global_pool: {keepdim: true}, norm: instance]  #! A402: more than one position

    # `group` of single values
    input: [4, 1, 1]
    - norm: {type: group, groups: 4, eps: 0}  #! A402: single value

    # `affine` is a learned `alpha`·x + `beta` of shape (1, 1, C)
    input: {channels: 6, size: [5], layout: channels_last}
    - norm: affine  #w norm.alpha 1 1 6, norm.beta 1 1 6

    input: {channels: 6, size: [4, 5], layout: channels_last}
    - norm: affine  #= 4 × 5 × 6  #w norm.alpha 1 1 6

    # `affine`
    - norm: affine  #! A402

    input: [6]
    - norm: affine  #! A402

    # Arguments merge with the default norm's if the type is the same
    norm: {type: batch, eps: 0.5, momentum: 0.2}
    layers: [norm: {eps: 0.1}, norm: {type: batch, momentum: 0.3}, norm: batch]
    #~ norm: norm(type=batch, eps=0.1, momentum=0.2) → 4 × 8 × 8
    #~ norm_2: norm(type=batch, eps=0.5, momentum=0.3) → 4 × 8 × 8
    #~ norm_3: norm(type=batch, eps=0.5, momentum=0.2) → 4 × 8 × 8

    # otherwise they stand alone
    norm: {type: batch, eps: 0.5}
    layers: [norm: layer, norm: {type: group, groups: 2}]
    #~ norm: norm(type=layer) → 4 × 8 × 8
    #~ norm_2: norm(type=group, groups=2) → 4 × 8 × 8

    # otherwise they stand alone: of `defaults`, a type takes what belongs to it
    defaults: {norm: {momentum: 0.5, eps: 0.1}}
    layers: [norm, norm: layer, norm: {type: group, groups: 2}, norm: none]
    #~ norm: norm(type=batch, eps=0.1, momentum=0.5) → 4 × 8 × 8
    #~ norm_2: norm(type=layer, eps=0.1) → 4 × 8 × 8
    #~ norm_3: norm(type=group, eps=0.1, groups=2) → 4 × 8 × 8
    #~ norm_4: norm(type=none) → 4 × 8 × 8

    # so does one that a stage or a call sets
    defaults: {norm: {momentum: 0.5, eps: 0.1}}
    blocks: {own: {layers: [norm]}}
    layers: [own: {norm: {type: group, groups: 2}}, stage: {block: own, norm: rms}, own: {norm: {type: batch, eps: 0.2}}]
    #~ norm: norm(type=group, eps=0.1, groups=2) → 4 × 8 × 8
    #~ norm: norm(type=rms, eps=0.1) → 4 × 8 × 8
    #~ norm: norm(type=batch, eps=0.1, momentum=0.5) → 4 × 8 × 8

    # but not one that the node itself names
    defaults: {norm: {momentum: 0.5, eps: 0.1}}
    layers:
    - seq: [norm: {type: rms, momentum: 0.5}]  #! A204: momentum

    norm: layer
    defaults: {norm: {momentum: 0.5}}  #! A204: momentum
    layers: [norm]

    # an argument that does not belong to the default's type
    norm: layer
    - norm: {groups: 2}  #! A204: groups

    # `norm` and `act` given on a stage or call replace the default whole
    norm: {type: batch, eps: 0.5}
    stages: [{layers: [norm], norm: batch}, {layers: [norm], norm: {type: batch, momentum: 0.3}}, {layers: [norm]}]
    #~ 0: norm(type=batch) → 4 × 8 × 8
    #~ 0: norm(type=batch, momentum=0.3) → 4 × 8 × 8
    #~ 0: norm(type=batch, eps=0.5) → 4 × 8 × 8

    # replace the default whole
    norm: {type: batch, eps: 0.5}
    - conv_norm_act: {norm: batch}  #~ 1: norm(type=batch) → 4 × 8 × 8

    norm: {type: batch, eps: 0.5}
    stages:
    - {layers: [norm], norm: {momentum: 0.3}}  #! A202: type
    """,
)

ACT = cases(
    """
    # `relu relu6 leaky_relu prelu elu gelu silu mish sigmoid hardsigmoid hardswish tanh softplus softmax identity`
    layers:
    - act: relu
    - act: relu6
    - act: leaky_relu
    - act: prelu
    - act: elu
    - act: gelu
    - act: silu
    - act: mish
    - act: sigmoid
    - act: hardsigmoid
    - act: hardswish
    - act: tanh
    - act: softplus
    - act: softmax
    - act: identity  #> act_4

    # `act`
    - act: swish  #! A203: swish

    # that activation's own arguments
    layers:
    - act: {type: leaky_relu, negative_slope: 0.2}
    - act: {type: elu, alpha: 0.5}
    - act: {type: gelu, approximate: tanh}
    - act: {type: softplus, beta: 2, threshold: 10}
    - act: {type: prelu, num_parameters: 4, init: 0.1}  #w act_5.weight 4

    - act: {type: relu, negative_slope: 0.2}  #! A204: negative_slope
    - act: {type: gelu, approximate: erf}     #! A203: erf
    - act: {type: softplus, beta: 0}          #! A406: beta
    - act: {type: softplus, beta: -1e-50}     #! A406: beta
    - act: {type: prelu, num_parameters: 3}   #! A404: 3

    # (merging as for `norm`)
    act: {type: leaky_relu, negative_slope: 0.2}
    layers: [act, act: leaky_relu, act: {negative_slope: 0.3}, act: relu]
    #~ act: act(type=leaky_relu, negative_slope=0.2) → 4 × 8 × 8
    #~ act_2: act(type=leaky_relu, negative_slope=0.2) → 4 × 8 × 8
    #~ act_3: act(type=leaky_relu, negative_slope=0.3) → 4 × 8 × 8
    #~ act_4: act(type=relu) → 4 × 8 × 8

    # `act: identity` on a block means no activation
    - conv_norm_act: {channels: 8, act: identity}  #~ 2: act(type=identity) → 8 × 8 × 8

    # `act: identity` on a block keeps the numbers
    blocks: {own: {numbered: true, layers: [act, conv]}}
    - own: {act: identity}  #> own.1

    # `softmax` as an activation
    input: {channels: 6, size: [5], layout: channels_last}
    - act: softmax  #= 5 × 6
    """,
)


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
