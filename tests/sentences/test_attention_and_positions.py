"""docs/language.md, the ops of attention and positions: what they take, and what they do not."""

from __future__ import annotations

from pathlib import Path

from tests.sentences.case import Case, cases

SEQUENCE = "input: {channels: 24, size: [5], layout: channels_last}\n"


@cases(
    """
    # `key: ref, value: ref` (the key's unless given) instead of the packed `kv`: queries heads·d, keys kv_heads·d, values kv_heads·v, result heads·v.
    layers:
    - linear: {name: k, features: 12}
    - linear: {name: v, from: input, features: 6}
    - sdpa: {from: input, heads: 4, kv_heads: 2, key: k, value: v}  #= 5 × 12

    - sdpa: {heads: 2, kv: input, key: input}  #! A204: not by both
    - sdpa: {heads: 2, value: input}  #! A204: `value` stands beside `key`

    - sdpa: {heads: 5, key: input}  #! A404: 5 heads do not divide the 24 channels

    # `head_dim: d` is the width of a query and key head: packed, (heads + kv_heads)·d channels of queries and keys, then kv_heads·v of values.
    - sdpa: {heads: 2, head_dim: 4}  #= 5 × 8
    - sdpa: {heads: 2, kv_heads: 1, head_dim: 4}  #= 5 × 24
    - sdpa: {heads: 2, head_dim: 6}  #! A404: are left for the values

    # `mask: ref` to ids, one a key (`{vocab: 2, length: L}`): 1 takes part, 0 is hidden
    - sdpa: {heads: 2, mask: input}  #! A402: takes ids

    # `bias: ref` to heads (or 1) × the value's other sizes (or none) × queries × keys, channels first
    layers:
    - parameter: {name: b, shape: [4, 5, 5], layout: channels_first}
    - sdpa: {heads: 4, bias: b}  #= 5 × 8

    layers:
    - parameter: {name: b, shape: [5, 5, 4]}
    - sdpa: {heads: 4, bias: b}  #! A404: with channels last

    # `sinks: ref` to heads numbers
    layers:
    - parameter: {name: s, shape: [3]}
    - sdpa: {heads: 4, sinks: s}  #! A404: must be 4 numbers

    # with other channels than the queries `q_proj_weight`, …
    layers:
    - linear: {name: k, features: 6}
    - attention: {from: input, heads: 4, key: k}  #w attention.q_proj_weight 24 24, attention.k_proj_weight 24 6, attention.v_proj_weight 24 6, attention.in_proj_bias 72

    - attention: {heads: 4, key: input}  #w attention.in_proj_weight 72 24
    - attention: {heads: 4, value: input}  #! A204: `value` stands beside `key`
    """,
    head=SEQUENCE,
)
def test_attention(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@cases(
    """
    # m the largest even number up to partial·d (of a grid, a multiple of 4; `partial` is a share up to 1, or an integer above 1: channels)
    - rope: {heads: 3, partial: 0.5}  #= 5 × 24
    - rope: {heads: 3, partial: 6}  #= 5 × 24
    - rope: {heads: 3, partial: 9}  #! A406: would turn 9 of the 8 channels
    - rope: {heads: 24}  #! A406: would turn 1 of the 1 channels
    - rope: {heads: 5}  #! A404: 5 heads do not divide
    - rope: {heads: 3, partial: 1.5}  #! A203: `partial`

    # With `head_dim` the first heads·head_dim channels are heads and the rest pass
    - rope: {heads: 2, head_dim: 8}  #= 5 × 24
    - rope: {heads: 4, head_dim: 8}  #! A404: are more than the 24

    # `grid: [h, w]`, or a reference whose sizes it takes
    - rope: {grid: [1, 5]}  #= 5 × 24
    - rope: {grid: [2, 2], skip: 1}  #= 5 × 24
    - rope: {grid: [2, 3]}  #! A404: `rope` has 6 tokens of the grid, but its value has 5
    - rope: {origin: centered}  #! A204: is for a `grid`

    # `scaling: {type: linear, factor}`
    - rope: {scaling: {type: linear, factor: 2}}  #= 5 × 24
    - rope: {scaling: {type: linear}}  #! A204: needs `factor`
    - rope: {scaling: {type: linear, factor: 2, beta_fast: 3}}  #! A204: `beta_fast` does not apply

    # for any L: no weights, keys, buffers or MACs
    - rope: 3  #>

    # `t5` (key `NAME.weight`, buckets × heads, drawn as an embedding)
    layers:
    - position_bias: {name: b, type: t5, heads: 2}  #w b.weight 32 2
    - sdpa: {heads: 2, bias: b}

    - position_bias: {type: t5, heads: 2}  #! A202: needs a name
    - position_bias: {name: b, type: alibi, heads: 2, buckets: 4}  #! A204: `buckets` does not apply to `type: alibi`
    - position_bias: {name: b, type: t5, heads: 2, buckets: 2}  #! A204: `buckets` is at least 4

    # tokens (1, length, C), flat (length, C), embedding `NAME.weight` (length, C), full (1, and the value's own axes).
    - position: {name: p, length: 9}  #w p 1 9 24
    - position: {name: p, shape: flat, start: 2}  #w p 7 24
    - position: {name: p, shape: embedding}  #w p.weight 5 24
    - position: {name: p, shape: full}  #w p 1 5 24
    - position: {length: 4}  #! A406: has 4 positions
    - position: {shape: full, length: 5}  #! A204: the value's own axes

    # (1, count, C) or (C,), of several (count, C)
    - class_token: {name: c, count: 3}  #w c 1 3 24
    - class_token: {name: c, shape: flat}  #w c 24
    - class_token: {name: c, shape: flat, count: 2}  #w c 2 24

    # for `window: [h, w]` the table has (2h − 1)(2w − 1) positions, as one axis or two
    - relative_position: {window: [2, 1]}  #! A404: has 3 entries
    - relative_position: {window: 3}  #= 24 × 3 × 3
    - relative_position: {window: [1, 3]}  #= 24 × 3 × 3
    - relative_position: {window: 5, symmetric: true, stride: 2}  #= 24 × 3 × 5
    - relative_position: {window: 1000000, symmetric: true}  #! A408: more than 16,777,216

    # Replaces each channel x by sin(x·w_i) and cos(x·w_i), i < m = features/2
    - sinusoidal: 4  #= 5 × 96
    - sinusoidal: {octaves: 2, keep: true}  #= 5 × 120
    - sinusoidal: 3  #! A204: an even number
    - sinusoidal: {octaves: 2, base: 5}  #! A204: `base` does not apply to `octaves`
    - sinusoidal: {features: 4, octaves: 2}  #! A204: either `features` or `octaves`
    - sinusoidal: {octaves: 65}  #! A203: `octaves`

    # the numbers of each position along every size dimension of the current value (or of `from`, or of `size: [h, w]`)
    - coordinates: {size: [2, 3]}  #! A202: needs a name
    - coordinates: {name: c, start: [1, 2]}  #! A405: `start` has 2 numbers for 1 dimension
    - coordinates: {name: c, eps: 1}  #! A204: is for `normalize: last`
    - coordinates: {name: c, size: [5000, 5000]}  #! A408: more than 16,777,216 positions

    # (experts, 2·hidden, C), the gate first, `down_proj` (experts, C, hidden)
    layers:
    - linear: {name: s, features: 6}
    - experts: {name: e, from: input, scores: s, top_k: 2, hidden: 3}  #w e.gate_up_proj 6 6 24, e.down_proj 6 24 3

    - experts: {scores: input, top_k: 25, hidden: 3}  #! A406: only 24 experts count
    - experts: {scores: input, top_k: 2, hidden: 3, groups: 5}  #! A404: do not divide the 24 experts
    - experts: {scores: input, top_k: 2, hidden: 3, groups: 2, top_groups: 3}  #! A204: at most the 2 `groups`
    """,
    head=SEQUENCE,
)
def test_positions(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)
