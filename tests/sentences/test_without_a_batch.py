"""ADDITIONS, section 12, and what stays: null, `.`, dead nodes, and values that are the same for every sample."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import archspec
from archspec.export import export
from archspec.resolver import write_out
from tests.sentences.case import Case, cases, full, graph_of, module_of

STAYS = cases(
    """
    # A block or a plugin's op that bears the name of an op of this page hides that op in its own file, with a warning
    # (names of version 1's ops remain errors)
    blocks: {flip: {params: {c: int}, layers: [conv: $c]}}  #! A306: hides the op
    layers: [flip: 3]

    blocks: {conv: {params: {c: int}, layers: [linear: $c]}}  #! A208: conv
    layers: [act]

    # bundled and included files do not see it
    include: [other.yaml]
    blocks: {flip: {params: {c: int}, layers: [conv: $c]}}  #! A306: hides the op
    layers: [own, flip: 3]
    >>> other.yaml
    blocks: {own: {layers: [flip: {dim: 0}]}}

    # Parameters and nodes may bear any.
    params: {flip: 3, reuse: 2, split: 1}
    layers: [conv: {name: flip, channels: $flip}, conv: {name: reuse, channels: $reuse}, conv: {name: split, channels: $split}, add: [flip, .]]
    #w flip.weight 3 4 1 1, reuse.weight 2 3 1 1, split.weight 1 2 1 1

    # Words of `stage` that are new (`with after before`) are read as such only where the block has no parameter of that name.
    blocks: {b: {params: {with: layers, after: 3, before: 4}, layers: [conv: $(after + before), slot: with]}}
    layers: [stage: {block: b, with: [conv: 5], after: 6, before: 7}]
    #w stage1.0.conv.weight 13 4 1 1, stage1.0.conv_2.weight 5 13 1 1

    blocks: {b: {params: {c: 2}, layers: [conv: $c]}}
    layers: [stage: {block: b, after: x}]  #! A303: after
    """,
)

NULL = cases(
    """
    # **`null`** is a constant of expressions (`window: $(4 if index % 2 == 0 else null)`),
    input: {channels: 6, size: [5], layout: channels_last}
    layers: [repeat: {times: 2, layers: [linear: 18, sdpa: {heads: 2, window: $(4 if index % 2 == 0 else null)}]}]
    #~ sdpa: sdpa(heads=2, window=4) → 5 × 6 channels last
    #~ sdpa_2: sdpa(heads=2) → 5 × 6 channels last

    # and `default: null` makes a parameter of any type optional.
    blocks:
      b:
        params:
          a: {type: int, default: null}
          b: {type: float, default: null}
          c: {type: bool, default: null}
          d: {type: str, default: null}
          e: {type: list, default: null}
          f: {type: ref, default: null}
        layers: [conv: {when: $(a == null and b == null and c == null and d == null and e == null and f == null), channels: 3}]
    layers: [b]
    #= 3 × 8 × 8

    # An argument that is null is left out (`mask: $mask`, `tie: $owner`), one of a block has its default; `when: $mask` is false for it;
    blocks:
      b:
        params: {mask: {type: ref, default: null}, owner: {type: ref, default: null}, c: 3}
        layers: [linear: {name: q, features: 12, tie: $owner}, sdpa: {heads: 2, mask: $mask}, linear: {features: $c, when: $mask}]
    inputs: {a: {channels: 4, size: [5], layout: channels_last}, m: {vocab: 2, length: 5}}
    layers: [b: {name: x, from: a}, b: {name: y, from: a, mask: m, owner: x.q, c: null}]
    #> x.q y.q y.linear
    #= 5 × 3

    # Arithmetic, order and text with null are errors; `x == null` works.
    [conv: $(null + 1)]  #! A253
    [conv: $(4 if null < 1 else 2)]  #! A253
    [conv: {name: "a$(null)"}]  #! A253
    [conv: $(4 if null == null and 3 != null else 2)]

    # **`.`** is the current value: what the node would receive without `from`, in every argument that takes a reference, also beside `from`
    # (until now it was there what `from` names).
    layers: [conv: {name: a, channels: 4}, offset: 1, upsample: {from: a, like: .}, sub: [., a], mul: {from: [., .]}]
    #y ((w["a.weight"][:, :, 0, 0] @ x.flatten(2)).unflatten(2, (8, 8)) * 0)

    layers: [offset: 1, seq: {from: input, layers: [offset: 2, sub: [., input]]}]
    #y torch.full_like(x, 2.0)

    layers: [offset: 1, sub: {from: [input, .]}]
    #y torch.full_like(x, -1.0)
    """,
)

DEAD = cases(
    """
    # **Dead nodes.** A value is computed only if an output, or a node that runs, takes it: in the module, in exports and in the costs.
    # Weights keep their keys even so.
    layers: [conv: {name: dead}, norm: {from: dead}, conv: {from: input}]
    #> dead norm conv
    #w dead.weight 4 4 1 1

    # **Values without a batch.** `parameter`, `buffer`, `coordinates` and `position_bias` make a value of their own, the same for every sample.
    # They leave the current value as it was, and are taken by their name, which they must have.
    layers:
    - parameter: {name: p, shape: [8], init: normal}
    - buffer: {name: b, shape: [8], value: 2}
    - coordinates: {name: c, size: 8}
    - offset: 1
    - add: [., b, p]
    #y x + 3 + w["p"]

    - buffer: {shape: [3], value: 3}  #! A202: needs a name
    - coordinates: {size: 3}  #! A202: needs a name
    - parameter: {shape: [4]}  #! A202: name

    input: {channels: 4, size: [3], layout: channels_last}
    - position_bias: {type: alibi, heads: 2}  #! A202: needs a name

    # Such a value behaves as one sample. A node that also receives values with a batch takes it repeated for every sample;
    # a node that receives no others gives one without a batch.
    input: {channels: 4, size: [3], layout: channels_last}
    layers:
    - parameter: {name: k, shape: [5, 4], init: normal}
    - act: {name: a, from: k, type: exp}
    - sdpa: {from: input, key: a}
    #y F.scaled_dot_product_attention(x, w["k"].exp().expand(2, 5, 4), w["k"].exp().expand(2, 5, 4))

    layers:
    - parameter: {name: p, shape: [8], init: normal}
    - act: {name: a, from: p, type: exp}
    - norm: {from: a}  #! A402: sample to sample

    # In a join it has at most as many axes as the others have without their batch, and is broadcast as torch does, from the last axis,
    # whatever the layouts (`[C]` onto L × C, `[C, 1, 1]` onto C × H × W, `[]` onto all).
    input: {channels: 4, size: [3], layout: channels_last}
    layers: [parameter: {name: p, shape: [4], init: normal}, add: [., p]]
    #y x + w["p"]

    layers: [parameter: {name: p, shape: [4, 1, 1], init: normal}, add: [., p]]
    #y x + w["p"]

    layers: [parameter: {name: p, shape: [], init: normal}, mul: [p, ., p]]
    #y x * w["p"] ** 2

    layers: [parameter: {name: p, shape: [1, 4, 8, 8], init: normal}, add: [., p]]  #! A412: 1 × 4 × 8 × 8

    layers: [parameter: {name: p, shape: [4], init: normal}, add: [., p]]  #! A412: 4

    # In a pattern its `n` may stand, as an axis of 1, or be left out: on both sides alike;
    layers: [parameter: {name: p, shape: [4, 3], init: normal}, rearrange: {from: p, pattern: a c -> c a, channels: c}]
    #y w["p"].T.expand(2, 3, 4)

    layers: [parameter: {name: p, shape: [4, 3], init: normal}, rearrange: {from: p, pattern: n a c -> n c a, channels: c}]
    #y w["p"].T.expand(2, 3, 4)

    layers: [parameter: {name: p, shape: [4, 3]}, rearrange: {from: p, pattern: n a c -> c a}]  #! A406: on both sides

    layers: [rearrange: {pattern: c h w -> h w c}]  #! A406: not `n`

    # in `einsum` of each such value by itself, and of the result if no value has a batch.
    layers: [parameter: {name: p, shape: [2, 3], init: normal}, parameter: {name: q, shape: [3, 5], init: normal}, einsum: {from: [p, q], pattern: "a b, n b c -> a c"}]
    #y (w["p"] @ w["q"]).expand(2, 2, 5)

    layers: [parameter: {name: p, shape: [2, 3], init: normal}, parameter: {name: q, shape: [3, 5], init: normal}, einsum: {from: [p, q], pattern: "a b, n b c -> n a c"}]
    #y (w["p"] @ w["q"]).expand(2, 2, 5)

    layers: [parameter: {name: p, shape: [8, 5], init: normal}, einsum: {from: [., p], pattern: "n d h w, w c -> n d h c"}]
    #y x @ w["p"]

    layers: [parameter: {name: p, shape: [8, 5]}, einsum: {from: [., p], pattern: "n d h w, w c -> d h c"}]  #! A406: not `n`

    # A node that works on it (`act: {from: s}`) makes it the current value, as ever: write `from` at the next.
    layers: [parameter: {name: s, shape: [3], init: normal}, act: {from: s, type: exp}, add: [., s]]
    #y (w["s"].exp() + w["s"]).expand(2, 3)

    # Batch norm, dropout and drop path of it are errors.
    layers: [parameter: {name: p, shape: [4]}, norm: {type: batch, from: p}]  #! A402: sample to sample

    layers: [parameter: {name: p, shape: [4]}, dropout: {p: 0.1, from: p}]  #! A402: sample to sample

    layers: [parameter: {name: p, shape: [4]}, drop_path: {p: 0.1, from: p}]  #! A402: sample to sample
    """,
)

OWN = cases(
    """
    # An output without a batch is repeated: every output begins with N.
    layers: [parameter: {name: p, shape: [4], init: normal}]
    outputs: [p]
    #y {"p": w["p"].expand(2, 4)}

    # `parameter` | shape, init=zeros, layout=channels_last \\| channels_first | learned; its key is its name. `shape` is that of the tensor in `state_dict`, of numbers.
    # Written with a leading `n`, that axis is 1 there and no axis of the value: `[n, 4, $width]` is the key (1, 4, width) and the value 4 × width;
    params: {width: 6}
    layers: [parameter: {name: p, shape: [n, 4, $width], init: normal}, act: {from: p, type: exp}]
    #w p 1 4 6
    #= 4 × 6
    #y w["p"].exp().expand(2, 4, 6)

    # `[4, $width]` the key (4, width) and the same value; `[]` a number
    params: {width: 6}
    layers: [parameter: {name: p, shape: [4, $width]}, parameter: {name: q, shape: []}, add: [p, q]]
    #w p 4 6, q
    #= 4 × 6

    - parameter: {name: p, shape: [4, n]}  #! A204: only the first axis
    - parameter: {name: p, shape: [L]}  #! A203: shape
    - parameter: {name: p, shape: [0]}  #! A203: shape
    - parameter: {name: p, shape: n}  #! A203: shape
    - parameter: {name: p, shape: [4], layout: first}  #! A203: layout
    - parameter: {name: p, shape: [4], init: norml}  #! A204: norml

    # `buffer` | shape, value, init, vocab, persistent=true | not learned: `register_buffer`. `value`: a number, which fills `shape`,
    # or rectangular lists (at most 65,536 numbers), repeated to `shape` as joins broadcast; or drawn by `init` from the seed and its key.
    layers: [buffer: {name: b, shape: [4, 8, 8], value: 3}, sub: [., b]]
    #y x - 3

    layers: [buffer: {name: b, shape: [4, 8, 8], value: [[1], [2], [3], [4], [5], [6], [7], [8]]}, mul: [., b]]
    #y x * torch.arange(1, 9)[:, None]

    layers: [buffer: {name: b, value: [1, 2, 3, 4, 5, 6, 7, 8]}, mul: [., b]]
    #y x * torch.arange(1, 9)

    - buffer: {name: b, shape: [3], value: [1, 2]}  #! A204: cannot be repeated
    - buffer: {name: b}  #! A204
    - buffer: {name: b, shape: [3]}  #! A204
    - buffer: {name: b, shape: [3], value: 1, init: normal}  #! A204
    - buffer: {name: b, init: normal}  #! A204

    # `vocab: n` makes it ids, otherwise it is of the network's float dtype.
    layers: [buffer: {name: b, value: [2, 0], vocab: 3}, embedding: {from: b, features: 5}]
    #y w["embedding.weight"][[2, 0]].expand(2, 2, 5)

    - buffer: {name: b, value: [3], vocab: 3}  #! A204
    - buffer: {name: b, value: [-1], vocab: 3}  #! A204
    - buffer: {name: b, value: [0.5], vocab: 3}  #! A204

    # `persistent: false` has no key and needs `value`.
    layers: [buffer: {name: b, shape: [8], value: 3, persistent: false}, add: [., b]]
    #y x + 3
    """,
)


COORDINATES = cases(
    """
    # the numbers of each position along every size dimension of the current value (or of `from`, or of `size: [h, w]`): h × w × 2.
    layers: [max_pool: 2, coordinates: {name: c}, coordinates: {name: d, from: input}, coordinates: {name: e, size: [2, 3]}]
    outputs: [c, d, e]
    #y {k: torch.stack(torch.meshgrid(torch.arange(float(h)), torch.arange(float(v)), indexing="ij"), -1).expand(2, h, v, 2) for k, h, v in [("c", 4, 4), ("d", 8, 8), ("e", 2, 3)]}

    # `coordinates` | size, start=0, normalize, eps=0, order=yx \\| xy | `start` is a number or one a dimension.
    layers: [coordinates: {name: c, size: 3, start: 0.5}, coordinates: {name: d, size: [1, 2], start: [1, 2], order: xy}]
    outputs: [c, d]
    #y {"c": torch.tensor([[0.5], [1.5], [2.5]]).expand(2, 3, 1), "d": torch.tensor([[[2.0, 1.0], [3.0, 1.0]]]).expand(2, 1, 2, 2)}

    # `normalize: last` divides by the last number + eps (by 1 where the sum is 0), `normalize: count` by how many there are
    layers: [coordinates: {name: c, size: 3, normalize: last, eps: 2}, coordinates: {name: d, size: 1, normalize: last}, coordinates: {name: e, size: 4, normalize: count}]
    outputs: [c, d, e]
    #y {"c": torch.tensor([[0.0], [0.25], [0.5]]).expand(2, 3, 1), "d": torch.zeros(2, 1, 1), "e": torch.arange(4.0)[:, None].expand(2, 4, 1) / 4}

    - coordinates: {name: c, size: 3, normalize: first}  #! A203: normalize
    - coordinates: {name: c, size: 3, order: zyx}  #! A203: order
    - coordinates: {name: c, size: 0}  #! A203: size
    - coordinates: {name: c, size: 3, start: one}  #! A203: start
    """,
)


@COORDINATES
def test_coordinates(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@STAYS
def test_what_stays(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@NULL
def test_null_and_the_current_value(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@DEAD
def test_values_without_a_batch(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@OWN
def test_values_of_their_own(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


def test_what_is_dead_is_in_no_export(tmp_path: Path) -> None:
    """in the module, in exports and in the costs."""
    graph = graph_of("name: t\nlayers: [conv: {name: dead}, conv: {name: alive, from: input}]")
    module = archspec.build(graph, seed=0)
    export(graph, module, tmp_path, ["pt2", "onnx", "python"])
    assert graph.macs == 4 * 4 * 64
    forward = (tmp_path / "t.py").read_text().partition("def forward")[2]
    assert ("self.alive" in forward, "self.dead" in forward) == (True, False)
    program = torch.export.load(tmp_path / "t.pt2")
    assert sum("conv" in str(node.target) for node in program.graph.nodes if node.op == "call_function") == 1
    drawn = pytest.importorskip("onnx").load(tmp_path / "t.onnx").graph
    assert [node.op_type for node in drawn.node] == ["Conv"]
    assert [weight.name for weight in drawn.initializer] == ["alive.weight", "alive.bias"]


def test_features_leave_out_what_is_not_needed() -> None:
    """`--features` leaves what is not needed out of the module, as before."""
    text = full("layers: [conv: {name: dead}, stage: {from: input, layers: [conv]}]")
    keys = list(archspec.build(archspec.compile(text, features=True), seed=0).state_dict())
    assert keys == ["stage1.0.weight", "stage1.0.bias"]


def test_a_buffer_is_no_parameter_and_its_values_are_in_the_fingerprint() -> None:
    """The values are in the fingerprint"""
    found = set()
    for value in ("1", "2", "[1, 2, 3, 4]", "[1, 2, 3, 5]"):
        graph = graph_of(f"input: [4]\nlayers: [buffer: {{name: b, shape: [4], value: {value}}}, add: [., b]]")
        module = archspec.build(graph, seed=0)
        assert (list(module.parameters()), [name for name, _ in module.named_buffers()]) == ([], ["b"])
        assert archspec.compile(write_out(graph)).fingerprint == graph.fingerprint
        found.add(graph.fingerprint)
    assert len(found) == 4


def test_a_drawn_buffer_is_of_the_seed_and_its_key() -> None:
    """or drawn by `init` from the seed and its key."""
    drawn = [
        archspec.build(
            full(f"layers: [buffer: {{name: {name}, shape: [99], init: normal}}, conv]"), seed=seed
        ).state_dict()[name]
        for name, seed in (("b", 0), ("b", 0), ("b", 1), ("c", 0))
    ]
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert not torch.equal(drawn[0], drawn[3])
    assert 0.7 < drawn[0].std() < 1.3


def test_a_buffer_is_of_the_dtype_of_the_network() -> None:
    """otherwise it is of the network's float dtype."""
    text = "layers: [buffer: {name: b, shape: [8], value: 3}, buffer: {name: i, value: [1], vocab: 2}, add: [., b]]"
    module = module_of(text)
    assert (module.b.dtype, module.i.dtype) == (torch.float32, torch.int64)
    assert module.double()(torch.zeros(1, 4, 8, 8, dtype=torch.float64)).dtype == torch.float64
    assert (module.b.dtype, module.i.dtype) == (torch.float64, torch.int64)


@pytest.mark.parametrize("node", [
    "rope: {heads: 2}", "sinusoidal: {features: 4}", "seq: [coordinates: {name: c, start: 0.1}, concat: [., c]]",
    "seq: [position_bias: {name: b, type: alibi, heads: 8}, rearrange: {name: r, from: b, pattern: n c q k -> n q k c, channels: c}, einsum: {from: [input, r], pattern: 'n k c, q k c -> n q c'}]",
])  # fmt: skip
def test_numbers_are_computed_in_float32(node: str) -> None:
    """**Numbers that are computed** (`rope`, `sinusoidal`, `coordinates`, `position_bias`) are so in float32, in float64
    where the value is, and end in the value's dtype."""
    module = module_of(f"input: {{channels: 8, size: [70], layout: channels_last}}\nlayers: [{node}]").eval()
    x = torch.randn(1, 70, 8)
    exact = module.double()(x.double())
    assert exact.dtype == torch.float64
    half = module.bfloat16()(x.bfloat16())
    assert half.dtype == torch.bfloat16
    torch.testing.assert_close(half.double(), exact, rtol=0.05, atol=0.05 * exact.abs().max().item())
    torch.testing.assert_close(module.float()(x).double(), exact, rtol=1e-3, atol=1e-3)
