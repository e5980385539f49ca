"""ADDITIONS, section 13: one module in several places."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import archspec
from archspec.export import export
from tests.sentences.case import Case, cases, full, graph_of

REUSE = cases(
    """
    # lists of references may be given anew
    blocks: {sum: {params: {more: refs}, layers: [conv: {name: a}, add: [., $more]]}}
    layers:
      - conv: {name: b}
      - sum: {name: s, more: [b, input]}
      - reuse: {of: s, name: t, more: [s, b]}
      - reuse: {of: s, more: [s, t]}
      - reuse: {of: s, more: b}  #! A422: cannot run again

    # `reuse: head` … runs an earlier module again, with its weights, on the current value
    layers: [conv: {name: c}, reuse: c]
    #> c

    # `reuse: head`, in full `reuse: {of: head, from: p4, name: out4}`, runs an earlier module again, with its weights, on
    [conv: {name: c, channels: 4}, max_pool: 2, reuse: {of: c, from: input, name: d}, add: [c, d]]

    # a node with a module, a block, a stage, or a named `seq`, `repeat`, `residual`, `parallel` or
    [norm: {name: n}, reuse: n]

    - reuse: input  #! A302: not a module

    [conv: {name: c}, add: {name: j, from: [., c]}, reuse: j]  #! A302: not a module

    # a block
    [basic: {name: b, channels: 4}, reuse: b]

    # a stage … A run is no stage or feature level
    [stage: {name: s, block: basic, depth: 2, channels: 4}, reuse: s, max_pool: 2, reuse: s]

    # a named `seq`, `repeat`, `residual`, `parallel` or `within`
    [seq: {name: m, layers: [conv, act]}, reuse: m]
    [repeat: {name: m, times: 2, layers: [conv, act]}, reuse: m]
    [residual: {name: m, body: [conv: {channels: 4, kernel: 3}]}, reuse: m]
    [parallel: {name: m, branches: {a: [conv: 2], b: [conv: 2]}}, reuse: m]
    [within: {name: m, pattern: n c (a p) w -> (n a) c p w, p: 4, layers: [conv: 4]}, reuse: m]

    # of this scope or one around up to the block
    [conv: {name: c}, seq: {name: s, layers: [reuse: c, seq: [reuse: c]]}]

    blocks: {b: {layers: [reuse: c]}}  #! A302: no node `c`
    layers: [conv: {name: c}, b]

    # (dotted names descend)
    [seq: {name: s, layers: [conv: {name: c}, act]}, reuse: s.c, reuse: s.1]
    [conv: {name: part.c}, reuse: part.c]
    [basic: {name: b, channels: 4}, reuse: b.conv1]

    # or through a parameter of type `ref` from further
    blocks: {b: {params: {m: ref}, layers: [reuse: $m, act]}}
    layers: [conv: {name: c}, b: {m: c}, b: {m: c}]
    #> c

    blocks: {b: {params: {m: {type: ref, default: null}}, layers: [reuse: {of: $m, when: $(m != null)}, act]}}
    layers: [conv: {name: c}, b: {m: c}, b]

    # It has no keys and takes no number
    - seq: {name: s, layers: [conv, reuse: "0", conv]}
    #> s.0 s.1

    # its `name` is that of its value, inner values included (`out4.logits`)
    [seq: {name: s, layers: [conv: {name: c}, act]}, reuse: {of: s, name: t}, add: [t.c, s.c, t]]

    # without one nothing can refer to it
    [conv: {name: c}, reuse: c, add: [., reuse]]  #! A302: no node `reuse`

    # Arguments of the call that are references may be given anew
    blocks: {b: {params: {p: ref, q: ref}, layers: [conv, add: [., $p, $q]]}}
    layers: [conv: {name: a}, conv: {name: c}, b: {name: s, p: a, q: a}, reuse: {of: s, q: c}, reuse: {of: s, p: c}]

    # The run must have the same nodes and weights; only sizes, and whether the value has a batch, may differ.
    layers: [conv: {name: c}, parameter: {name: p, shape: [4, 3, 3], layout: channels_first}, reuse: {of: c, from: p, name: d}, act: {from: d, type: abs}]
    #= 4 × 3 × 3

    # all else is as in the first call
    [conv: {name: c}, reuse: {of: c, channels: 4}]  #! A201: cannot change `channels`

    # The run must have the same nodes and weights; only sizes … may differ
    [conv: {name: c}, max_pool: 2, reuse: c]

    [conv: {name: c}, conv: 8, reuse: c]  #! A422: shape

    # and whether the value has a batch
    layers:
      - parameter: {name: p, shape: [4, 3, 3], layout: channels_first, init: ones}
      - seq: {name: s, from: p, layers: [act, conv]}
      - reuse: {of: s, from: input}

    # What would differ (a projection, a `when`, a number from `in_channels`) is an error that shows both places.
    layers:
      - residual: {name: r, body: [conv: {channels: 8, kernel: 3}]}
      - reuse: r  #! A422: shape

    # a `when`
    [seq: {name: s, layers: [conv: 8, act: {when: '$(in_size[0] > 4)'}, conv: 4]}, max_pool: 2, reuse: s]  #! A422: act

    # a number from `in_channels`
    [seq: {name: s, layers: [conv: {channels: $(2 * in_channels), groups: 4}]}, reuse: s]  #! A422: shape

    # (a module that captures values)
    [conv: {name: a}, seq: {name: s, layers: [conv, add: [., a], conv]}, reuse: s, max_pool: 1, reuse: s]

    # (before the owner is there, of itself)
    [reuse: c, conv: {name: c}]  #! A302: no node `c`

    - reuse: {of: c, name: c}  #! A302: no node `c`

    # (under `when`, in `repeat`, of a run)
    [conv: {name: c}, reuse: {of: c, when: false}, repeat: {times: 3, layers: [reuse: c, act]}]
    [conv: {name: c}, reuse: {of: c, name: d}, reuse: {of: d, name: e}, reuse: e]

    # an error in a block never makes others
    blocks: {b: {layers: [covn: {name: c}]}}  #! A301: covn
    layers: [b: {name: x}, reuse: x, reuse: x.c, reuse: {of: x, name: y}, add: [y.c, x.c]]
    """
)

SHARE = cases(
    """
    # `repeat: {times: 3, share: true, layers: […]}`: what has weights is that of the first turn, run again as by `reuse`;
    - repeat: {times: 3, share: true, layers: [conv, norm, act]}
    #> conv norm

    - repeat: {times: 3, share: true, name: r, layers: [conv, act]}
    #> r.0

    # (with residuals and blocks)
    [conv: 8, repeat: {times: 3, share: true, layers: [basic: 8]}]
    [repeat: {times: 3, share: true, layers: [residual: {body: [conv: {channels: 4, kernel: 3}], shortcut: [conv: 4]}]}]

    # arguments of other nodes, references and the counter are each turn's own
    - repeat: {times: 3, share: true, layers: [conv: 4, multiply: $(1 / (index + 1))]}
    #~ multiply_3: multiply(factor=0.3333333333333333) → 4 × 8 × 8

    [conv: {name: e}, repeat: {times: 3, share: true, layers: [conv: {name: c}, add: [., e]]}]

    # a module that is given more than in the first run
    input: {channels: 8, size: [5], layout: channels_last}
    layers:
      - select: {name: a, index: 0}
      - lstm_cell: {name: c, features: 8}
      - reuse: {of: c, state: c, cell: c.cell}  #! A422: takes 3 values instead of 1

    # An argument of something with weights must come out as in the first turn, references excepted, and so must its name;
    - repeat: {times: 2, share: true, layers: [conv: $(4 + index)]}  #! A422: shape

    # and so must its name
    - repeat: {times: 2, share: true, layers: [conv: {name: c$index}]}  #! A422: name

    # a reference from outside finds the last turn
    [repeat: {times: 3, share: true, layers: [conv: {name: c}, act: {name: a}]}, add: [c, a]]

    # Parameters count once
    - repeat: {times: 2, share: true, layers: [residual: [conv: {channels: 8, kernel: 3}]]}  #! A422
    """
)

TIE = cases(
    """
    # `tie: transformer.wte`, of every op and every call of a block
    input: {vocab: 10, length: 4}
    layers: [embedding: {name: transformer.wte, features: 8}, linear: {name: head, features: 10, bias: false, tie: transformer.wte}]
    #> transformer.wte head

    # parameters of the two with the same local name (in a block: path) become one tensor
    blocks: {b: {layers: [conv: {name: c, channels: 4}, norm]}}
    layers: [b: {name: x}, b: {name: y, tie: x}, b: {name: z, tie: y}]

    # shapes must agree
    [conv: {name: x}, conv: {name: z, channels: 8, tie: x}]  #! A421: shape

    # what the other lacks is its own
    [conv: {name: x, bias: false}, conv: {name: y, tie: x}, conv: {tie: y}]

    # buffers are never tied. … Nothing in common, and an `init` beside `tie`, are errors.
    [norm: {name: x, affine: false}, norm: {affine: false, tie: x}]  #! A421: no parameter

    # The owner stands earlier and need not run
    [conv: {name: x}, conv: {name: y, from: input, tie: x}]

    [conv: {name: x, tie: y}, conv: {name: y}]  #! A302: `y`

    # Nothing in common, and an `init` beside `tie`, are errors. Use `tie` where the file has both keys, `reuse` where it has one.
    [conv: {name: x}, conv: {tie: x, init: {weight: zeros}}]  #! A421: init

    layers: [linear: {name: x, features: 8}, linear: {name: y, tie: x}, reuse: {of: y, name: z}]
    input: [8]
    #> x y
    #y F.linear(F.linear(F.linear(x, w["x.weight"], w["x.bias"]), w["x.weight"], w["x.bias"]), w["x.weight"], w["x.bias"])

    # (to a run, from a `repeat`, in `defaults`)
    [conv: {name: x}, reuse: {of: x, name: y}, conv: {tie: y}]
    [conv: {name: x}, repeat: {times: 3, layers: [conv: {tie: x}, act]}]

    defaults: {conv: {tie: x}}
    layers: [conv: {name: x, tie: null}, conv: 4, conv: {bias: false}]
    """
)


@REUSE
def test_reuse(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@SHARE
def test_share(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@TIE
def test_tie(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


TWICE = {
    "reuse": "[conv: {name: c, kernel: 3}, act, reuse: {of: c, name: d}]",
    "share": "[repeat: {times: 2, share: true, layers: [conv: {name: c, kernel: 3}]}]",
    "tie": "[conv: {name: c, kernel: 3}, conv: {name: d, kernel: 3, tie: c}]",
}


@pytest.mark.parametrize("layers", TWICE.values(), ids=TWICE)
def test_costs(layers: str) -> None:
    """Parameters count once; MACs, activations and depth at every run that counts."""
    once = graph_of("layers: [conv: {name: c, kernel: 3}]")
    twice = graph_of(f"layers: {layers}")
    assert twice.parameter_count == once.parameter_count
    assert twice.macs == 2 * once.macs
    assert twice.depth == 2 * once.depth
    assert archspec.summarize(twice).activations >= 2 * archspec.summarize(once).activations


@pytest.mark.parametrize("layers", TWICE.values(), ids=TWICE)
def test_what_knows_of_runs(layers: str, tmp_path: Path) -> None:
    """`resolve`, `diff`, the fingerprint, all exports (the source calls `self.head(p4)`) and features know all three."""
    graph = graph_of(f"name: t\nlayers: {layers}")
    plain = graph_of("name: t\nlayers: [conv: {name: c, kernel: 3}, conv: {name: d, kernel: 3}]")
    module = archspec.build(graph, seed=0)
    assert graph.fingerprint != plain.fingerprint
    assert archspec.compile(archspec.resolve(graph)).fingerprint == graph.fingerprint
    assert "identical" not in str(archspec.diff(plain, graph))
    export(graph, module, tmp_path, ["safetensors", "pt2", "onnx", "resolved", "python"])
    assert (tmp_path / "t.py").read_text().count("self.c(") == (1 if "tie" in layers else 2)
    staged = full(f"layers: [stage: {{name: s, layers: {layers}}}, conv: 8]")
    assert archspec.build(staged, seed=0, features=["s"])(torch.zeros(1, 4, 8, 8))["s"].shape == (1, 4, 8, 8)


def test_advice() -> None:
    """Advice: batch norm that runs again."""
    assert "A718" in [d.code for d in archspec.validate(full("layers: [conv: 4, norm: {name: n}, conv: 4, reuse: n]"))]


@pytest.mark.parametrize(
    ("nodes", "says"),
    [
        ("lstm_cell: {name: c, features: 8}, linear: 4, reuse: {of: c, state: c, cell: c.cell}", "`state` and `cell`"),
        (
            "gru_cell: {name: c, features: 8}, linear: 4, reuse: {of: c, state: c}",
            "give the first run `state`, too: zero",
        ),
        ("attention: {name: c, heads: 2}, reuse: {of: c, key: input}", "give the first run `key`, too"),
    ],
)
def test_a_reference_that_the_first_run_lacks_has_a_way_out(nodes: str, says: str) -> None:
    listed = "\n".join(f"  - {node}" for node in nodes.replace("}, ", "}\n").replace("4, ", "4\n").splitlines())
    shape = "{channels: 4, size: [6], layout: channels_last}" if "attention" in nodes else "[4]"
    (found,) = archspec.validate(full(f"input: {shape}\nlayers:\n{listed}"))
    assert found.code == "A422"
    assert says in found.help


def test_zeros_for_the_first_run() -> None:
    """What that help says makes the spec sound, and the first run is as without a state."""
    first = "lstm_cell: {name: c, features: 8, state: zeros, cell: zeros}"
    zeros = "buffer: {name: zeros, shape: [8], value: 0}"
    text = f"input: [8]\nlayers: [{zeros}, {first}, reuse: {{of: c, name: d, state: c, cell: c.cell}}]"
    module = archspec.build(full(f"{text}\noutputs: [c, d]"), seed=0).double()
    x = torch.randn(2, 8, dtype=torch.float64)
    cell = torch.nn.LSTMCell(8, 8).double()
    cell.load_state_dict(module.c.state_dict())
    found, (state, carry) = module(x), cell(x)
    assert torch.equal(found["c"], state)
    assert torch.equal(found["d"], cell(state, (state, carry))[0])
