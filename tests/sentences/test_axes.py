"""ADDITIONS, section 15: axes, and what is computed along them."""

from __future__ import annotations

from pathlib import Path

import pytest

import archspec
from tests.sentences.case import Case, cases, full, graph_of

AXES = cases(
    """
    # joins: the first less, or over, the others
    inputs: {x: [4, 8], b: [4, 8], c: [4, 8]}
    layers: [sub: [x, b, c]]
    #y x - b - c

    inputs: {x: [4, 8], b: [4, 8], c: [4, 8]}
    layers: [div: [x, b, c]]
    #y x / b / c

    - div  #! A202: from

    # `dim` as in `softmax`: `channels` (the default) or a size dimension's number; `merge: concat` takes it too. Sizes add up, open ones too
    - concat: [., input]                                                   #y torch.cat([x, x], 1)
    - concat: {from: [., input], dim: channels}                            #y torch.cat([x, x], 1)
    - concat: {from: [., input], dim: 1}                                   #y torch.cat([x, x], 3)
    - parallel: {branches: [[offset: 1], []], merge: concat, dim: 0}       #y torch.cat([x + 1, x], 2)
    - residual: {body: [offset: 1], merge: concat, dim: 0}                 #y torch.cat([x, x + 1], 2)
    - residual: {body: [offset: 1], merge: mul, dim: 0}                    #! A204: dim
    - concat: {from: [., input], dim: 2}                                   #! A405: no size dimension 2
    - concat: {from: [., input], dim: height}                              #! A203: dim
    - concat: {from: [., input], dim: -1}                                  #! A203: dim
    - parallel: {branches: [[offset: 1], []], merge: add, dim: 0}          #! A204: dim

    inputs: {a: [4, L, 8], b: [4, M, 8]}
    layers: [concat: {from: [a, b], dim: 0}]
    #= 4 × L+M × 8

    # negative numbers count from the end. −n ≤ start < n, −n ≤ stop ≤ n:
    - slice: {start: 1}                              #y x[:, 1:]
    - slice: {start: -3, stop: -1}                   #y x[:, -3:-1]
    - slice: {start: -4, stop: 4, step: 2}           #y x[:, ::2]
    - slice: {start: 1, stop: 7, step: 3, dim: 1}    #y x[..., 1:7:3]
    - slice: {start: 4}                              #! A406: 4
    - slice: {start: -5}                             #! A406: -5
    - slice: {stop: 5}                               #! A406: 5
    - slice: {stop: -5}                              #! A406: -5
    - slice: {start: 2, stop: 2}                     #! A403
    - slice: {step: 0}                               #! A203: step
    - slice: {dim: 2, stop: 1}                       #! A405: dim
    - slice                                          #= 4 × 8 × 8

    # `dim` as in `softmax`, or several; it must be given
    - flip: 0                          #y x.flip(2)
    - flip: channels                   #y x.flip(1)
    - flip: [0, 1]                     #y x.flip(2, 3)
    - flip                             #! A202: dim
    - flip: 2                          #! A405: dim
    - flip: [0, 0]                     #! A406: twice
    - roll: {shift: 3, dim: 1}         #y x.roll(3, 3)
    - roll: {shift: -3, dim: channels} #y x.roll(-3, 1)
    - roll: {shift: [1, -2], dim: [0, 1]}  #y x.roll((1, -2), (2, 3))
    - roll: {shift: 2, dim: [0, 1]}    #y x.roll((2, 2), (2, 3))
    - roll: {shift: [1, 2, 3], dim: [0, 1]}  #! A405: shift
    - roll: {shift: 3}                 #! A202: dim
    - roll: {dim: 1}                   #! A202: shift

    # an einops pattern whose right side lacks axes or holds 1: `n c h w -> n 1 h w`.
    - reduce: n c h w -> n 1 h w                                          #y x.mean(1, keepdim=True)
    - reduce: {pattern: n c h w -> n c, type: sum}                        #y x.sum((2, 3))
    - reduce: {pattern: n c h w -> n c 1 w, type: max}                    #y x.amax(2, keepdim=True)
    - reduce: {pattern: n c h w -> n c h, type: min}                      #y x.amin(3)
    - reduce: {pattern: n c h w -> n c w, type: prod}                     #y x.prod(2)
    - reduce: {pattern: n c (h p) (w q) -> n c h w, p: 2, q: 4}           #y F.avg_pool2d(x, (2, 4))
    - reduce: {pattern: n (g c) h w -> n g h w, g: 2, channels: g}        #y x.unflatten(1, (2, 2)).mean(2)
    - reduce: {pattern: n c h w -> n c h w}                               #! A406
    - reduce: {pattern: n c h w -> n c, type: median}                     #! A203: type
    - reduce: {pattern: n c h w -> c h w}                                 #! A406: `n`

    # The channel axis is the one of `channels`, or `c`, or a 1 in its place, or the word of the input's channel axis
    input: {channels: 4, size: [3, 5], layout: channels_last}
    - reduce: n h w c -> n c              #= 4
    - reduce: n h w c -> n h c            #= 3 × 4
    - reduce: n h w c -> n h w 1          #= 3 × 5 × 1
    - reduce: n h w d -> n h d            #= 3 × 4
    - reduce: {pattern: n h w d -> n h w, channels: w}  #= 3 × 5
    - reduce: n h w d -> n h w            #! A406

    # ids without a size (of an `argmax`) drop the axis, K ids make it K
    inputs: {x: {channels: 4, size: [5], layout: channels_last}, i: {vocab: 5, length: 3}}
    layers: [select: {from: x, index: i}]
    #y torch.stack([x[n, i[n]] for n in range(2)])

    inputs: {x: {channels: 4, size: [5], layout: channels_last}, y: {channels: 5, size: [], layout: channels_last}}
    layers: [argmax: {name: at, from: y}, select: {from: x, index: at}]
    #y torch.stack([x[n, y[n].argmax()] for n in range(2)])

    - select: {index: 1, dim: 1}     #y x[..., 1]
    - select: {index: -1, dim: 0}    #y x[:, :, -1]
    - select: {index: 8, dim: 0}     #! A406: 8
    - select: {index: 0, dim: 2}     #! A405: dim
    - select: {index: input}         #! A402: ids

    # ids, the first of equals; of ids, the position of the largest
    - argmax                                    #y x.argmax(1)
    - argmax: 1                                 #y x.argmax(3)

    layers: [act: {type: clamp, min: 0, max: 0}, argmax]
    #y torch.zeros(2, 8, 8, dtype=torch.int64)

    input: {vocab: 9, length: 5}
    layers: [argmax]
    #y x.argmax(1)

    # torch's, over one or two dimensions, with the positions kept as sizes: C·k·k × H′ × W′, or C·k × L′
    - unfold: 3                                                      #y F.unfold(x, 3).unflatten(2, (6, 6))
    - unfold: {kernel: [2, 3], stride: 2, padding: 1, dilation: 2}   #y F.unfold(x, (2, 3), 2, 1, 2).unflatten(2, (4, 3))
    - unfold: 9                                                      #! A403

    layers: [unfold: {kernel: 3, stride: 2, padding: 1}, fold: {kernel: 3, stride: 2, padding: 1, like: input}]
    #y F.fold(F.unfold(x, 3, 1, 1, 2), 8, 3, 1, 1, 2)

    layers: [unfold: 2, fold: {kernel: 2, size: 8}]
    #y F.fold(F.unfold(x, 2), 8, 2)

    layers: [unfold: 2, fold: {kernel: 2, size: 9}]  #! A406: 9 × 9

    layers: [unfold: 2, fold: {kernel: 2}]  #! A406: size

    input: [4, 9]
    layers: [unfold: 3]
    #y x.unfold(2, 3, 1).transpose(2, 3).flatten(1, 2)

    input: [4, 5, 5, 5]
    - unfold: 3  #! A402: one or two dimensions

    # `grid: ref` to a channels-last map of two channels, x and y in −1 … 1
    inputs: {x: [4, 8, 8], g: {channels: 2, size: [3, 5], layout: channels_last}}
    - grid_sample: {from: x, grid: g}                         #y F.grid_sample(x, g, align_corners=False)
    - grid_sample: {from: x, grid: g, mode: nearest, padding_mode: border, align_corners: true}  #y F.grid_sample(x, g, "nearest", "border", True)
    - grid_sample: {from: x, grid: g, mode: bicubic, padding_mode: reflection}  #y F.grid_sample(x, g, "bicubic", "reflection", False)
    - grid_sample: {from: x}           #! A202: grid
    - grid_sample: {from: x, grid: x}  #! A402
    - grid_sample: {from: x, grid: g, mode: linear}  #! A203: mode
    """,
)

PATTERNS = cases(
    """
    # The product of several values in einops' words, groups included: `n q (g c), n k (g c) -> n g q k`.
    inputs: {x: {channels: 6, size: [3], layout: channels_last}, k: {channels: 6, size: [5], layout: channels_last}}
    layers: [einsum: {from: [x, k], pattern: "n q (g c), n k (g c) -> n g q k", g: 2, channels: g}]
    #= 2 × 3 × 5
    #y torch.einsum("nqgc,nkgc->ngqk", x.unflatten(2, (2, 3)), k.unflatten(2, (2, 3)))

    - einsum: {from: [., input], pattern: "n c h w, n c h w -> n h w c"}  #y (x * x).movedim(1, 3)
    - einsum: {from: [., input], pattern: "n c h w -> n c"}                #! A405: 1 values
    - einsum: {from: [., input], pattern: "n c h w, n c h w"}              #! A406
    - einsum: {from: [., input], pattern: "n c h w, n c h -> n c"}         #! A405
    - einsum: {from: [., nothing], pattern: "n c h w, n c h w -> n c"}     #! A302: nothing
    - einsum: {pattern: "n c h w -> n c"}                                  #! A202: from

    # The channel axis of the result is the one of `channels`, or that holds `c`, or the last; it is no open size, and stands first or last;
    - einsum: {from: [., input], pattern: "n c h w, n c h v -> n h w v", channels: h}   #= 8 × 8 × 8
    - einsum: {from: [., input], pattern: "n c h w, n d h w -> n c d"}                  #= 4 × 4
    - einsum: {from: [., input], pattern: "n c h w, n d h w -> n d c"}                  #= 4 × 4
    - einsum: {from: [., input], pattern: "n d h w, n e h w -> n d e"}                  #= 4 × 4
    - einsum: {from: [., input], pattern: "n c h w, n c h w -> n h c w"}                #! A402: number 2 of 4
    - einsum: {from: [., input], pattern: "n c h w, n c h w -> n h w", channels: x}     #! A406

    input: [4, H, W]
    - einsum: {from: [., input], pattern: "n c h w, n c h v -> n w v"}  #! A407

    # a `1` on the right is an axis of size 1.
    - einsum: {from: [., input], pattern: "n c h w, n c h w -> n c 1"}  #= 4 × 1

    # Its stride is that of the first value with a batch whose size axes start with the result's names, place by place;
    input: [4, 8, 8]
    layers:
    - residual:
      - conv: {channels: 4, stride: 2, name: h2}
      - einsum: {from: [., h2], pattern: "n c h w, n c h w -> n c h w"}
    #= 4 × 4 × 4
    #~ add: add ← shortcut.1, einsum → 4 × 4 × 4

    # otherwise, where every size axis of the result stands alone in some value, theirs; otherwise hidden.
    layers:
    - conv: {channels: 4, stride: [2, 1], name: a}
    - residual:
        body: [reduce: {name: r, pattern: n c h w -> n c h, from: a}, reduce: {name: s, pattern: n c h w -> n c w, from: a}, einsum: {from: [r, s], pattern: "n c h, n c w -> n c h w"}]
    #= 4 × 4 × 8

    # The channel axis is the one of `channels`, or that holds `c`, or the word of the input's channel axis.
    - rearrange: {pattern: n d h w -> n h w d}                #= 8 × 8 × 4
    - rearrange: {pattern: n d h w -> n h (w d)}              #= 8 × 32
    - rearrange: {pattern: n c h w -> n h w c}                #= 8 × 8 × 4
    - rearrange: {pattern: n c h w -> n h w c, channels: h}   #= 8 × 8 × 4
    - rearrange: {pattern: n c h w -> n h w c, channels: x}   #! A406

    # `like: ref` gives sizes that the pattern lacks: every axis of the result but `n` and the channels is one word, and they are the size
    # dimensions of the other value, in order; open sizes stay open, strides come back.
    input: [4, H, W]
    layers: [rearrange: n c h w -> n (h w) c, rearrange: {pattern: n (h w) c -> n c h w, like: input}]
    #= 4 × H × W
    #y x

    layers: [rearrange: n c h w -> n (h w) c, rearrange: {pattern: n (h w) c -> n (c h) w, like: input}]  #! A405

    layers: [rearrange: n c h w -> n (h w) c, rearrange: {pattern: n (h w) c -> n c h w, like: rearrange}]  #! A405

    layers: [residual: {body: [conv: {stride: 2, name: a}, rearrange: n c h w -> n (h w) c, rearrange: {pattern: n (h w) c -> n c h w, like: a}, conv: 4]}]
    #= 4 × 4 × 4
    """,
)

WITHIN = cases(
    """
    # A combinator, transparent without a name as `seq` is: the value rearranged, `layers`, and the same undone.
    layers: [within: {pattern: n c h w -> n (h w) c, layers: [norm: {type: layer, name: ln}]}]
    #> ln
    #y F.layer_norm(x.movedim(1, 3), [4]).movedim(3, 1)

    # Axes grouped with `n` join the batch meanwhile: `n c (a p) (b q) -> (n a b) c p q` runs its layers in windows.
    layers: [within: {pattern: n c (a p) (b q) -> (n a b) c p q, p: 4, q: 2, layers: [softmax: 0]}]
    #y x.unflatten(2, (2, 4)).softmax(3).flatten(2, 3)

    # A stride inside counts for the body.
    layers: [residual: {body: [within: {pattern: n c (a p) (b q) -> (n a b) c p q, p: 4, q: 4, layers: [conv: {channels: 4, kernel: 3, stride: 2}]}]}]
    #= 4 × 4 × 4

    layers: [residual: {body: [within: {pattern: n c h w -> n h w c, layers: [rearrange: n h w c -> n c h w, conv: {channels: 4, stride: 2}, rearrange: n c h w -> n h w c]}]}]
    #= 4 × 4 × 4

    # Channels, and axes that stand alone inside, may change, also where they are one of a group outside (`n (h w) c -> n c h w` around a pool);
    # those grouped inside may not, and a size is a multiple (of an open one: a condition).
    input: {channels: 4, size: [64], layout: channels_last}
    layers: [within: {pattern: n (h w) c -> n c h w, h: 8, layers: [conv: 6, max_pool: 2]}]
    #= 16 × 6

    input: [4, H, W]
    layers: [within: {pattern: n c (a p) (b q) -> (n a b) c p q, p: 4, q: 4, layers: [softmax: 0]}]
    #= 4 × H × W

    # `shift: s` (a number, or one an axis; 0: none) rolls the grouped axes by −s before and back after;
    layers: [within: {pattern: n c (a p) (b q) -> (n a b) c p q, p: 4, q: 2, shift: 1, layers: [softmax: 0]}]
    #y x.roll((-1, -1), (2, 3)).unflatten(2, (2, 4)).softmax(3).flatten(2, 3).roll((1, 1), (2, 3))

    layers: [within: {pattern: n c (a p) (b q) -> (n a b) c p q, p: 4, q: 2, shift: [2, 0], layers: [softmax: 0]}]
    #y x.roll(-2, 2).unflatten(2, (2, 4)).softmax(3).flatten(2, 3).roll(2, 2)

    layers: [within: {pattern: n c (a p) (b q) -> (n a b) c p q, p: 4, q: 2, shift: [1, 1, 1], layers: [softmax: 0]}]  #! A405: shift

    layers: [within: {pattern: n c (a p) (b q) -> (n a b) c p q, p: 4, q: 2, shift: -1, layers: [softmax: 0]}]  #! A203: shift

    # (Swin): their queries and keys are all positions of the window, and come from the value inside through `linear`, `norm`, `act`, `softmax` over
    # channels, `dropout`, `multiply`, `offset`, `scale`, `rope`, joins, `split`, `parallel` and `slice` of channels;
    input: {channels: 6, size: [4, 4], layout: channels_last}
    layers:
    - within:
        pattern: n (a p) (b q) c -> (n a b) (p q) c
        p: 2
        q: 2
        shift: 1
        layers: [linear: 36, norm: layer, act, softmax: channels, dropout: 0.1, multiply: 2, offset: 1, scale, rope: {heads: 2}, split: [one, two], add: [one, two], parallel: [[slice: {stop: 9}], [slice: {start: -9}]], sdpa: {heads: 2}]
    #= 4 × 4 × 6

    # anything else is an error, as is a `within` in a shifted one.
    input: {channels: 6, size: [4, 4], layout: channels_last}
    layers:
    - within:
        {pattern: n (a p) (b q) c -> (n a b) (p q) c, p: 2, q: 2, shift: 1, layers: [flip: 0, linear: 18, sdpa: {heads: 2}]}  #! A419: `sdpa`

    input: {channels: 6, size: [4, 4], layout: channels_last}
    layers:
    - parameter: {name: k, shape: [4, 6]}
    - within:
        {pattern: n (a p) (b q) c -> (n a b) (p q) c, p: 2, q: 2, shift: 1, from: input, layers: [sdpa: {heads: 2, key: k}]}  #! A419: k

    # Prefer `parallel: {split: true}` where each part takes a way of its own and all are joined, `split` where they are used apart;
    [parallel: {times: 2, split: true, layers: [conv: 2]}, split: [a, b], conv: {from: a}, mul: [., b]]

    # `select` drops the axis, `slice` keeps it; `position` adds codes of positions, `parameter` with a join all else.
    - select: {index: 0, dim: 1}                #= 4 × 8
    - slice: {stop: 1, dim: 1}                  #= 4 × 8 × 1

    input: {channels: 4, size: [5], layout: channels_last}
    layers: [position: {name: p}, parameter: {name: q, shape: [5, 4], init: normal}, add: [., q]]
    #y x + w["p"] + w["q"]
    """,
)


@AXES
def test_axes(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@PATTERNS
def test_patterns(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@WITHIN
def test_within(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@pytest.mark.parametrize(
    ("layers", "sizes", "fits"),
    [
        ("slice: {start: -3, stop: 5, dim: 0}", [(5, 8), (7, 1)], [(4, 8), (8, 9)]),
        ("slice: {start: 2, dim: 0}", [(3, 1)], [(2, 8)]),
        ("within: {pattern: n c (a p) w -> (n a) c p w, p: 3, layers: [softmax: 0]}", [(3, 1), (9, 5)], [(4, 3)]),
    ],
)  # fmt: skip
def test_conditions_of_open_axes(layers: str, sizes: list[tuple[int, int]], fits: list[tuple[int, int]]) -> None:
    """of an open axis that is a condition of the network, as divisibility is"""
    spec = full(f"input: [4, H, W]\nlayers: [{layers}]")
    for size in sizes:
        archspec.compile(spec, input_size=size)
    for size in fits:
        with pytest.raises(archspec.SpecError):
            archspec.compile(spec, input_size=size)


def test_costs_of_products_and_windows() -> None:
    """MACs: the product of all axes, pair by pair from the left. … Every window counts in the MACs."""
    inputs = "inputs: {a: [2, 3], b: [2, 3], c: [2, 5]}\n"
    graph = graph_of(f'{inputs}layers: [einsum: {{from: [a, b, c], pattern: "n c i, n c i, n c k -> n i k"}}]')
    assert graph.macs == 2 * 3 + 2 * 3 * 5
    windows = graph_of("layers: [within: {pattern: n c (a p) w -> (n a) c p w, p: 2, layers: [conv: 3]}]")
    assert windows.macs == 4 * 3 * 64
