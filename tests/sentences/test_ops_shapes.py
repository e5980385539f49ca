"""docs/language.md, section 9: ops that change shapes, learned values, and attention."""

from __future__ import annotations

from pathlib import Path

import pytest

import archspec
from tests.sentences.case import Case, cases

POOLS = cases(
    """
    # `max_pool`, `avg_pool` | kernel, stride=kernel, padding=0
    [max_pool: 2, avg_pool: {kernel: 3, stride: 1, padding: 1}]  #= 4 × 4 × 4

    # dilation (max)
    - max_pool: {kernel: 3, stride: 1, dilation: 2}  #= 4 × 4 × 4
    - avg_pool: {kernel: 3, dilation: 2}             #! A201: dilation

    # a window of padding alone has no largest value
    input: [4, 1]
    - max_pool: {kernel: 2, stride: 1, padding: 1, dilation: 2}  #! A406: only padding

    input: [4, 2]
    - max_pool: {kernel: 2, stride: 1, padding: 1, dilation: 2}  #= 4 × 2

    # count_include_pad (avg)
    - avg_pool: {kernel: 3, padding: 1, count_include_pad: false}  #= 4 × 3 × 3
    - max_pool: {kernel: 3, count_include_pad: false}              #! A201: count_include_pad

    # ceil_mode
    input: [4, 7, 6]
    - max_pool: {kernel: 3, stride: 2, ceil_mode: true}  #= 4 × 3 × 3

    input: [4, 7]
    - max_pool: {kernel: 1, stride: 3, padding: 0, ceil_mode: true}  #= 4 × 3

    # `max_pool` in 1 and 3 dimensions
    input: [4, 7, 6, 5]
    [max_pool: [2, 3, 1], avg_pool: 2]  #= 4 × 1 × 1 × 2

    # padding
    - max_pool: {kernel: 2, padding: 2}  #! A406: padding

    # kernel
    - max_pool     #! A202: kernel
    - max_pool: 9  #! A403: 4 × 8 × 8

    # pools need channels first
    input: {channels: 6, size: [5], layout: channels_last}
    - max_pool: 2  #! A402: channels last

    # `adaptive_pool` | size, type=avg
    [adaptive_pool: [3, 5], adaptive_pool: {size: 2, type: max}]  #= 4 × 2 × 2

    # `adaptive_pool`
    - adaptive_pool: {size: 2, type: sum}  #! A203: sum
    - adaptive_pool: [1, 2, 3]             #! A405

    # `adaptive_pool` to a larger size
    - adaptive_pool: 16  #= 4 × 16 × 16

    # `global_pool` | type=avg, keepdim=false | over every size dimension
    - global_pool  #= 4

    # over every size dimension
    input: [4, 3, 4, 5]
    - global_pool: {type: max, keepdim: true}  #= 4 × 1 × 1 × 1

    input: {channels: 6, size: [4, 5], layout: channels_last}
    - global_pool                   #= 6
    - global_pool: {keepdim: true}  #= 1 × 1 × 6

    input: [6]
    - global_pool  #! A402: vector

    # `dropout` | p
    [dropout: 0.3, dropout: {p: 0}]  #~ dropout: dropout(p=0.3) → 4 × 8 × 8
    - dropout: 1.5                   #! A203: 1.5

    # `drop_path` | p
    [drop_path: 0.3, drop_path: {p: 0}]  #~ drop_path: drop_path(p=0.3) → 4 × 8 × 8
    - drop_path                          #! A202: p
    - drop_path: 1.5                     #! A203: 1.5

    # `chunk` | start, length | that many channels, from the channel `start` on
    - chunk: {start: 1, length: 3}   #= 3 × 8 × 8
    - chunk: {start: 1, length: 4}   #! A406: ends at channel 5
    - chunk: {start: 4, length: 1}   #! A406: ends at channel 5
    - chunk: {start: -1, length: 1}  #! A203: -1
    - chunk: {start: 0, length: 0}   #! A203: at least 1
    - chunk: 2                       #! A201: bare value
    """,
)

SHAPES = cases(
    """
    # `rearrange` | pattern, axis sizes, channels | an einops pattern whose first axis is `n`
    - rearrange: n c h w -> n h w c  #= 8 × 8 × 4

    # axis sizes
    - rearrange: {pattern: n c (h p) (w q) -> n (p q c) h w, p: 2, q: 4}  #= 32 × 4 × 2

    params: {p: 2}
    - rearrange: {pattern: n c (h p) w -> n (c p) h w, p: $p}  #= 8 × 4 × 8

    # axis sizes that are known
    - rearrange: {pattern: n c (h p) w -> n (c p) h w, h: 4}  #= 8 × 4 × 8

    # axis sizes that are all given
    - rearrange: {pattern: n c (h p) w -> n (c p) h w, h: 4, p: 2}  #= 8 × 4 × 8

    # axis sizes
    - rearrange: n c (h p) w -> n (c p) h w                   #! A406
    - rearrange: {pattern: n c (h p) w -> n (c p) h w, p: 3}  #! A404: 8
    - rearrange: {pattern: n c h w -> n h w c, k: 3}          #! A406: k
    - rearrange: {pattern: n c h w -> n h w c, c: 5}          #! A404: 5
    - rearrange: {pattern: n c h w -> n h w c, c: x}          #! A203: c

    # whose first axis is `n`
    - rearrange: b c h w -> b h w c    #! A406: n
    - rearrange: n c h w -> (n h) w c  #! A406: n
    - rearrange: n c h w -> c n h w    #! A406: n

    # an einops pattern
    - rearrange: n c h w               #! A406
    - rearrange: n c h w -> n c h      #! A406: w
    - rearrange: n c h w -> n (c h w   #! A406
    - rearrange: n c h -> n h c        #! A405: 3 axes
    - rearrange: n c c h -> n c h c    #! A406
    - rearrange: n c ... -> n ... c    #! A406
    - rearrange: n c h w -> n c h w 2  #! A406

    # an axis of 1
    input: [4, 1, 8]
    - rearrange: n c 1 l -> n c l  #= 4 × 8

    input: [4, 8]
    - rearrange: n c l -> n c 1 l  #= 4 × 1 × 8

    - rearrange: n c 1 w -> n c w  #! A404: 8

    # the channel axis of the result is the one that holds `c`
    - rearrange: n c h w -> n (h c) w  #= 32 × 8  #~ rearrange: rearrange(pattern=n c h w -> n (h c) w) → 32 × 8

    # the one that holds `c`
    - rearrange: n c h w -> n h (w c)  #~ rearrange: rearrange(pattern=n c h w -> n h (w c)) → 8 × 32 channels last
    - rearrange: n c h w -> n (c h w)  #= 256
    - rearrange: n x h w -> n h w x    #= 8 × 8 × 4
    - rearrange: n (x y) h w -> n h w y x  #! A406: c
    - rearrange: n -> n                #! A405: 1 axes

    # or the axis that `channels` names
    layers:
    - rearrange: {pattern: n c h w -> n (h w) c, channels: h}
    #~ rearrange: rearrange(pattern=n c h w -> n (h w) c, channels=h) → 64 × 4

    [rearrange: {pattern: n x h w -> n h w x, channels: x}, linear: 3]  #= 8 × 8 × 3
    - rearrange: {pattern: n c h w -> n h w c, channels: z}             #! A406: z

    # put the channels right after the batch, or last
    - rearrange: n c h w -> n h c w  #! A402

    # `upsample` | scale, or `like: reference`; mode=nearest
    [upsample: 2, upsample: {scale: [1, 0.5]}, upsample: {scale: 1.5, mode: bilinear}]  #= 4 × 24 × 12

    # `like: reference`
    [conv: {name: a, channels: 3}, max_pool: 3, conv: 5, upsample: {like: a}]  #= 5 × 8 × 8

    layers:
    - max_pool: 3
    - upsample: {like: b}  #! A302: b

    # scale, or `like
    - upsample                           #! A406: scale
    - upsample: {scale: 2, like: input}  #! A406: scale

    # mode
    - upsample: {scale: 2, mode: linear}  #! A406: linear
    - upsample: {scale: 2, mode: cubic}   #! A203: cubic

    input: [4, 8]
    - upsample: {scale: 2, mode: linear}  #= 4 × 16

    input: [4, 2, 2, 2]
    - upsample: {scale: 2, mode: trilinear}  #= 4 × 4 × 4 × 4

    # scale
    - upsample: 0    #! A203: 0
    - upsample: 0.1  #! A403: 4 × 8 × 8

    # `upsample` needs channels first
    input: {channels: 6, size: [5], layout: channels_last}
    - upsample: 2  #! A402: channels last

    # `pixel_shuffle` | factor
    [conv: 18, pixel_shuffle: 3]  #= 2 × 24 × 24
    - pixel_shuffle: 3            #! A404: 4 channels

    input: [4, 8]
    - pixel_shuffle: 2  #! A402: 2 dimensions

    # `pad` | padding, value=0 | per side, last dimension first, as in torch
    - pad: [1, 2, 3, 4]  #= 4 × 15 × 11

    # `pad`: channels too
    - pad: [0, 0, 0, 0, 1, 2]  #= 7 × 8 × 8

    # `pad`: negative numbers crop, as in torch
    - pad: [-1, -2]  #= 4 × 8 × 5

    # `pad`
    input: {channels: 6, size: [4, 5], layout: channels_last}
    - pad: [0, 0, 1, 1]  #= 4 × 7 × 6

    - pad: [-9, 4]                   #! A403: crops 9
    - pad: [1]                       #! A203
    - pad: [1, 1, 1]                 #! A405: 3 values
    - pad: [1, 1, 1, 1, 1, 1, 1, 1]  #! A405: 8 values
    - pad: [-4, -4]                  #! A403: 4 × 8 × 8
    - pad: 1                         #! A203: 1

    # `softmax` | dim=channels | `channels` or a size dimension's number, from 0
    [softmax, softmax: 0, softmax: 1, softmax: channels]  #= 4 × 8 × 8

    # a size dimension's number, from 0
    - softmax: 2      #! A405: 2
    - softmax: -1     #! A203: -1
    - softmax: width  #! A203: width

    # `identity`
    layers:
    - identity
    ---
    identity: identity → 4 × 8 × 8

    - identity: 3  #! A201: identity

    # `multiply` | factor | by a constant
    [multiply: 2, multiply: {factor: -0.5}]  #= 4 × 8 × 8

    # `multiply` | factor
    - multiply  #! A202: factor
    """,
)

LEARNED = cases(
    """
    # `scale` | init=1.0, shape | shape (C,) channels last
    input: {channels: 6, size: [4, 5], layout: channels_last}
    - scale  #w scale 6

    # shape (C,) channels last
    input: [6]
    - scale  #w scale 6

    # (C, 1, …) channels first
    - scale: {init: 1e-6}  #w scale 4 1 1

    input: [4, 3, 3, 3]
    - scale  #w scale 4 1 1 1

    # `shape: flat` for (C,) always
    - scale: {shape: flat}  #w scale 4

    # `shape`
    - scale: {shape: round}  #! A203: round

    # `position` | init | shape (1, positions, C)
    input: {channels: 6, size: [5], layout: channels_last}
    - position  #w position 1 5 6

    # `position`
    input: {channels: 6, size: [4, 5], layout: channels_last}
    - position  #! A402: sequence

    input: [4, 8]
    - position  #! A402: channels first

    input: {channels: 6, size: [5], layout: channels_last}
    - position: {init: small}  #! A204: small

    # `class_token` | init | one learned token in front
    input: {channels: 6, size: [5], layout: channels_last}
    - class_token  #= 6 × 6  #w class_token 1 1 6

    # `class_token`
    - class_token  #! A402: sequence

    # `select` | index | one position of a sequence
    input: {channels: 6, size: [5], layout: channels_last}
    - select: 4  #= 6

    # `select`
    input: {channels: 6, size: [5], layout: channels_last}
    - select: -1  #= 6
    - select: 5   #! A406: 5
    - select: -6  #! A406: -6

    input: [6, 5]
    - select: 4  #= 6

    - select: 0  #= 4 × 8

    input: [6]
    - select: 0  #! A402: a vector of 6 channels

    # `attention` | heads, dropout=0, bias=true | `nn.MultiheadAttention`, self-attention, batch first
    input: {channels: 6, size: [5], layout: channels_last}
    layers: [attention: 2]
    #= 5 × 6
    #w attention.in_proj_weight 18 6, attention.in_proj_bias 18, attention.out_proj.weight 6 6
    #w attention.out_proj.bias 6

    # bias
    input: {channels: 6, size: [5], layout: channels_last}
    - attention: {heads: 3, bias: false, dropout: 0.1}  #> attention attention.out_proj

    # heads
    input: {channels: 6, size: [5], layout: channels_last}
    - attention: 4  #! A404: 4 heads

    # `attention`
    - attention: 2  #! A402

    input: [4, 8]
    - attention: 2  #! A402: channels first

    # `sdpa` | heads, kv, kv_heads=heads, causal=false
    input: {channels: 6, size: [5], layout: channels_last}
    [linear: 18, sdpa: 3]  #= 5 × 6

    # over the last size dimension, the others are batch
    input: {channels: 6, size: [4, 5], layout: channels_last}
    [linear: 24, sdpa: {heads: 2, causal: true}]  #= 4 × 5 × 8

    # (heads + 2·kv_heads)·d in, heads·d out
    input: {channels: 6, size: [5], layout: channels_last}
    [linear: 32, sdpa: {heads: 4, kv_heads: 2}]  #= 5 × 16

    # (heads + 2·kv_heads)·d in
    input: {channels: 6, size: [5], layout: channels_last}
    - sdpa: {heads: 4, kv_heads: 2}  #! A404: 6

    # kv_heads
    input: {channels: 6, size: [5], layout: channels_last}
    layers:
    - linear: 30
    - sdpa: {heads: 4, kv_heads: 3}  #! A404: 3

    # with `kv: reference` the value is q (heads·d) and the reference holds k, v (2·kv_heads·d)
    input: {channels: 6, size: [5], layout: channels_last}
    [linear: {name: kv, features: 16}, linear: {from: input, features: 8}, sdpa: {heads: 2, kv: kv}]  #= 5 × 8

    # with `kv: reference`
    input: {channels: 6, size: [5], layout: channels_last}
    layers: [linear: {name: kv, features: 8}, linear: {from: input, features: 8}, sdpa: {heads: 4, kv_heads: 2, kv: kv}]
    #= 5 × 8

    # with `kv: reference` of another length
    inputs: {a: {channels: 8, size: [5], layout: channels_last}, b: {channels: 16, size: [7], layout: channels_last}}
    - sdpa: {heads: 2, kv: b}  #= 5 × 8

    # with `kv: reference`
    input: {channels: 6, size: [5], layout: channels_last}
    layers:
    - linear: {name: kv, features: 15}
    - linear: {from: input, features: 8}
    - sdpa: {heads: 2, kv: kv}  #! A404: 5 × 16

    # `sdpa`
    - sdpa: 1  #! A402: channels first

    input: [6]
    - sdpa: 2  #! A402: vector
    """,
)


@POOLS
def test_pools(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@SHAPES
def test_shapes(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@LEARNED
def test_learned_values_and_attention(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@pytest.mark.parametrize(("scale", "output"), [("1.5", "4 × H+⌊H/2⌋ × 10"), ("0.5", "4 × ⌊H/2⌋ × 3"), ("2.7", None)])
def test_a_symbolic_size_times_a_fraction(scale: str, output: str | None) -> None:
    """Where torch's product is exact in floating point, it is a formula."""
    text = f"archspec: 1\nname: resized\ninput: [4, H, 7]\nlayers: [upsample: {scale}]"
    if output is None:
        assert [found.code for found in archspec.validate(text)] == ["A407"]
    else:
        assert [str(value.type) for value in archspec.compile(text).outputs.values()] == [output]


@pytest.mark.parametrize(
    ("shape", "output"),
    [
        ("[6, 4, 5]", "6 × 5"),
        ("[6, 2, 4, 5]", "6 × 4 × 5"),
        ("{channels: 6, size: [4, 5], layout: channels_last}", "5 × 6"),
    ],
)
def test_a_position_of_any_value_with_a_size(shape: str, output: str) -> None:
    text = f"archspec: 1\nname: chosen\ninput: {shape}\nlayers: [select: 0]"
    assert [str(value.type).removesuffix(" channels last") for value in archspec.compile(text).outputs.values()] == [
        output
    ]


def test_a_vector_has_no_position() -> None:
    text = "archspec: 1\nname: chosen\ninput: [6]\nlayers: [select: 0]"
    (found,) = archspec.validate(text)
    assert found.help == "`slice` takes a range of channels"
    assert archspec.validate(text.replace("select: 0", "slice: {start: 0, stop: 1}")) == []
