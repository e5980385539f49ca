"""docs/language.md, the ops of attention and positions: what they take, and what they do not."""

from __future__ import annotations

from pathlib import Path

import torch

import archspec
from tests.sentences.case import Case, cases, graph_of

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


@cases(
    """
    # Rotary positions over (…, L, heads·d), for any L: no weights, keys, buffers or MACs.
    input: {channels: 24, size: [L], layout: channels_last}
    - rope: {heads: 3}  #= L × 24  #~ rope: rope(heads=3) → L × 24 channels last
    - rope: {heads: 5}  #! A404: 5
    - rope: {heads: 24}  #! A406

    # With `head_dim` the first heads·head_dim channels are heads and the rest pass, for packed values.
    layers: [linear: {name: q, features: 24}, rope: {heads: 2, head_dim: 4, name: r}, slice: {start: 8, name: a}, slice: {from: q, start: 8, name: b}, sub: [a, b]]
    #= 5 × 16
    #y torch.zeros(2, 5, 16)

    - rope: {heads: 4, head_dim: 8}  #! A404: 4 heads of 8

    # of a grid, a multiple of 4; `partial` is a share up to 1, or an integer above 1: channels
    - rope: {heads: 2, grid: [1, 5], partial: 0.6}  #= 5 × 24
    - rope: {heads: 2, grid: [2, 5]}  #! A404
    - rope: {heads: 2, partial: 13}  #! A406: 13
    - rope: {heads: 2, partial: 1.5}  #! A203: partial
    - rope: {heads: 2, partial: 0}  #! A203: partial

    # `scaling: {type: linear, factor}`, `{type: llama3, factor, low_freq_factor, high_freq_factor, original_max_position_embeddings}`,
    # `{type: yarn, factor, original_max_position_embeddings, beta_fast: 32, beta_slow: 1, mscale, mscale_all_dim, attention_factor}`, as transformers has them.
    - rope: {heads: 2, scaling: {type: linear, factor: 2}}  #= 5 × 24
    - rope: {heads: 2, scaling: {type: llama3, factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 64}}  #= 5 × 24
    - rope: {heads: 2, scaling: {type: yarn, factor: 8, original_max_position_embeddings: 64}}  #= 5 × 24
    - rope: {heads: 2, scaling: {type: yarn, factor: 8, original_max_position_embeddings: 64, beta_fast: 16, beta_slow: 2, mscale: 1, mscale_all_dim: 1, attention_factor: 1}}  #= 5 × 24
    - rope: {heads: 2, scaling: {type: dynamic, factor: 2}}  #! A203: scaling
    - rope: {heads: 2, scaling: {factor: 2}}  #! A202: type
    - rope: {heads: 2, scaling: {type: linear}}  #! A204: factor
    - rope: {heads: 2, scaling: {type: llama3, factor: 8}}  #! A204: low_freq_factor

    # heads × queries × keys, as long as the current value (or `from`), and as `keys: ref`:
    layers: [linear: {name: k, features: 4}, slice: {name: s, stop: 3, dim: 0}, position_bias: {name: b, type: t5, heads: 2, keys: k}, act: {from: b}]
    #= 2 × 3 × 5
    #w b.weight 32 2

    layers: [slice: {name: s, stop: 3, dim: 0}, position_bias: {name: b, type: alibi, heads: 2, from: input}, act: {from: b, type: abs}]
    #y torch.stack([(torch.arange(5.0)[:, None] - torch.arange(5)).abs() * s for s in (2 ** -4, 2 ** -8)]).expand(2, 2, 5, 5)

    # A value takes the rows from `start` on; with `length` it may be shorter, or open (then a condition)
    layers: [position: {name: p, start: 2}]
    #w p 1 7 24
    #y x + w["p"][:, 2:]

    layers: [position: {name: p, length: 9, start: 3}]
    #w p 1 9 24
    #y x + w["p"][:, 3:8]

    - position: {length: 9, start: 5}  #! A406: 9

    input: {channels: 24, size: [L], layout: channels_last}
    - position: {length: 9, start: 1}  #= L × 24
    - position                         #! A407

    # Channels come first: heads, for a `bias`, or a head's width, for an `einsum` with the queries.
    layers:
    - parameter: {name: t, shape: [9, 4], init: normal}
    - relative_position: {name: r, from: t, window: 5}
    - einsum: {from: [input, r], pattern: "n q (h c), c q k -> n h q k", h: 6, channels: h}
    #= 6 × 5 × 5
    #y torch.einsum("nqhc,qkc->nhqk", x.unflatten(2, (6, 4)), w["t"][4 + torch.arange(5)[:, None] - torch.arange(5)])

    # It is the current value afterwards: go on with `from`.
    layers: [parameter: {name: t, shape: [9, 24]}, relative_position: {from: t, window: 5}, identity]
    #= 24 × 5 × 5

    # Ids are numbers here.
    input: {vocab: 1000, length: 3}
    layers: [sinusoidal: 6]
    #= 3 × 6
    #y torch.cat([f(x[..., None] * 10000.0 ** -(torch.arange(3) / 3)) for f in (torch.sin, torch.cos)], -1)

    # Put `softmax` or `sigmoid` before. Keys of transformers 5: `gate_up_proj` (experts, 2·hidden, C), the gate first, `down_proj` (experts, C, hidden).
    layers:
    - linear: {name: s, features: 3}
    - softmax: {name: p, dim: channels}
    - experts: {name: e, from: input, scores: p, top_k: 3, hidden: 2}
    #w e.gate_up_proj 3 4 24, e.down_proj 3 24 2
    #y sum((F.silu(x @ w["e.gate_up_proj"][i, :2].T) * (x @ w["e.gate_up_proj"][i, 2:].T)) @ w["e.down_proj"][i].T * F.linear(x, w["s.weight"], w["s.bias"]).softmax(-1)[..., i, None] for i in range(3))

    # Swin's attention in shifted windows, in full:
    # - parameter: {name: table, shape: [169, $heads]}                  # Swin: 13 · 13 offsets in a window of 7 × 7
    # - relative_position: {name: bias, from: table, window: [7, 7]}
    # - within:
    # {from: input, pattern: n (a p) (b q) c -> (n a b) (p q) c, p: 7, q: 7, shift: $shift,
    # layers: [linear: {name: qkv, features: $(3 * in_channels)}, sdpa: {heads: $heads, bias: bias}, linear: {name: proj}]}
    params: {heads: 3, shift: 3}
    input: {channels: 6, size: [14, 14], layout: channels_last}
    layers:
      - parameter: {name: table, shape: [169, $heads]}                  # Swin: 13 · 13 offsets in a window of 7 × 7
      - relative_position: {name: bias, from: table, window: [7, 7]}
      - within:
          {from: input, pattern: n (a p) (b q) c -> (n a b) (p q) c, p: 7, q: 7, shift: $shift,
           layers: [linear: {name: qkv, features: $(3 * in_channels)}, sdpa: {heads: $heads, bias: bias}, linear: {name: proj}]}
    #= 14 × 14 × 6
    #w table 169 3, qkv.weight 18 6, proj.weight 6 6
    """,
    head=SEQUENCE,
)
def test_rotary_positions_biases_and_experts(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


def test_what_is_not_chosen_costs_nothing() -> None:
    """What is not chosen is not computed, and not in the MACs."""
    spec = "layers: [linear: {name: s, features: 8}, experts: {name: e, from: input, scores: s, top_k: %d, hidden: 2}]"
    head = "input: {channels: 24, size: [5], layout: channels_last}\n"
    one, two = (graph_of(head + spec % k).macs - 24 * 8 * 5 for k in (1, 2))
    assert (one, two) == (5 * 3 * 24 * 2, 2 * 5 * 3 * 24 * 2)


def test_rotary_positions_have_no_state_and_no_costs() -> None:
    """Rotary positions over (…, L, heads·d), for any L: no weights, keys, buffers or MACs."""
    graph = graph_of("input: {channels: 24, size: [L], layout: channels_last}\nlayers: [rope: {heads: 3}]")
    module = archspec.build(graph, seed=0)
    assert (graph.macs, dict(module.state_dict()), list(module.buffers())) == (0, {}, [])
    for length in (1, 300):
        assert module(torch.randn(2, length, 24)).shape == (2, length, 24)
