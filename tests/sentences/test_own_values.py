"""ADDITIONS, sections 12, 15 and 20: null, values without a batch, parts, windows, and their limits."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

import archspec
from archspec.limits import PATTERN_SECONDS
from archspec.weights.trace import allowance
from tests.sentences.case import Case, cases, full

VALUES = cases(
    """
    # **`null`** is a constant of expressions
    [conv: "$(8 if 1 > 2 else null)"]

    # `default: null` makes a parameter of any type optional
    params: {width: {type: int, default: null}}
    layers: [conv: $width, linear: {features: $(width or 3), when: $(width != null)}]
    #= 4 × 8 × 8

    # An argument that is null is left out, one of a block has its default
    blocks: {b: {params: {c: 6}, layers: [conv: $c]}}
    layers: [b: null, b: {c: null}]
    #= 6 × 8 × 8

    # `when: $mask` is false for it
    params: {mask: {type: str, default: null}}
    layers: [conv: {channels: 7, when: $mask}]
    #= 4 × 8 × 8

    # in a list of references it is left out
    blocks: {b: {params: {m: {type: ref, default: null}}, layers: [conv: 4, concat: [., $m]]}}
    layers: [b, b: {m: input}]
    #= 8 × 8 × 8

    # Arithmetic, order and text with null are errors; `x == null` works
    params: {x: {type: int, default: null}}
    layers: [conv: $(x + 1)]  #! A253

    params: {x: {type: int, default: null}}
    layers: [conv: $(4 if x < 1 else 2)]  #! A253

    params: {x: {type: int, default: null}}
    layers: [conv: {name: a$x}]  #! A253

    params: {x: {type: int, default: null}}
    layers: [conv: $(4 if x == null else 2)]
    #= 4 × 8 × 8

    # **`.`** is the current value …, also beside `from`
    [conv: {name: a, channels: 4}, conv: {name: b, channels: 8}, upsample: {from: a, like: .}, sub: [., a]]

    # **Dead nodes.** … Weights keep their keys even so
    layers: [conv: {name: dead}, norm: {from: dead}, conv: {from: input}]
    #> dead norm conv

    # They leave the current value as it was, and are taken by their name, which they must have
    layers: [parameter: {name: p, shape: [4, 1, 1], layout: channels_first}, conv: 3]
    #= 3 × 8 × 8

    layers: [parameter: {shape: [4]}, conv: 3]  #! A202: name

    # is broadcast as torch does, from the last axis, whatever the layouts
    input: {channels: 4, size: [8], layout: channels_last}
    layers: [parameter: {name: p, shape: [4], init: ones}, add: [., p], mul: [p, .], parameter: {name: n, shape: []}, div: [., n]]
    #= 8 × 4

    # (`[C, 1, 1]` onto C × H × W
    [parameter: {name: p, shape: [4, 1, 1], layout: channels_first}, add: [., p]]
    [parameter: {name: p, shape: [8], init: ones}, mul: [., p]]

    # it has at most as many axes as the others have without their batch
    input: [4]
    layers: [parameter: {name: p, shape: [2, 4]}, add: [., p]]  #! A412: 2 × 4

    # A node that works on it makes it the current value
    layers: [parameter: {name: p, shape: [3]}, act: {from: p}, linear: 2]
    #= 2

    # Batch norm, dropout and drop path of it are errors
    [parameter: {name: p, shape: [4, 8, 8], layout: channels_first}, norm: {from: p}]  #! A402: sample to sample
    [parameter: {name: p, shape: [4, 8, 8], layout: channels_first}, dropout: {from: p}]  #! A402: sample to sample
    [parameter: {name: p, shape: [4, 8, 8], layout: channels_first}, drop_path: {from: p, p: 0.1}]  #! A402: sample to sample

    # An output without a batch is repeated: every output begins with N
    layers: [parameter: {name: p, shape: [4]}, parameter: {name: n, shape: []}]
    outputs: [p, n]

    # `[n, 4, $width]` is the key (1, 4, width) and the value 4 × width
    layers: [parameter: {name: p, shape: [n, 8, 4]}, act: {from: p}]
    #= 8 × 4
    #w p 1 8 4

    # `buffer` … `value`: a number, which fills `shape`, or rectangular lists, repeated to `shape`
    layers: [buffer: {name: b, shape: [4, 8, 8], value: 3, layout: channels_first}, add: [., b]]
    #w b 4 8 8

    layers: [buffer: {name: b, shape: [2, 3], value: [1, 2, 3]}, act: {from: b}]
    #w b 2 3

    layers: [buffer: {name: b, value: [[1, 2], [3]]}]  #! A204: rectangular

    # `vocab: n` makes it ids
    input: {vocab: 10, length: 4}
    layers: [buffer: {name: ids, value: [0, 1, 2, 9], vocab: 10}, embedding: 8, embedding: {name: e, features: 8, from: ids}, add: [e, embedding]]
    #= 4 × 8

    # `persistent: false` has no key and needs `value`
    layers: [buffer: {name: b, shape: [8], value: 3, persistent: false}, add: [., b]]
    #>

    layers: [buffer: {name: b, shape: [8], init: normal, persistent: false}]  #! A204: persistent
    """
)

PARTS = cases(
    """
    # `split: [shift, scale, gate]`, evenly
    [split: [a, b], conv: {from: a}, add: [., b]]

    # or `split: {parts: {nope: 128, rope: 64}, from: q}`, which add up to the channels: names parts of the channels as values (one part:
    [conv: {name: q}, act, split: {parts: {a: 1, b: 3}, from: q}, conv: {from: b}]

    [split: [a, b, c]]  #! A416: 3 equal parts

    [split: {parts: {a: 1, b: 2}}]  #! A416: 1 + 2

    # (one part: another name for the value)
    [split: [all], conv, add: [., all]]

    # the current value stays
    layers: [split: [a, b], conv: 3]
    #w conv.weight 3 4 1 1

    # From outside a part is `block.q`
    blocks: {b: {layers: [conv: 8, split: [q, k], add: [q, k]]}}
    layers: [b: {name: x}, add: [x.q, x.k, .]]

    # A reference finds a part before a name given by default
    layers: [conv: 4, split: [conv, k], conv: {from: conv}]
    #w conv_2.weight 2 2 1 1

    # a node's written name that is a part's in one scope is an error
    [split: [q, k], conv: {name: q}]  #! A312: q

    # while a later `split` may give a part's name anew
    [split: [q, k], conv: {from: q, channels: 4}, split: [q, k], add: [q, k]]

    # Not for `of` and `tie`
    [split: [q, k], reuse: q]  #! A302: not a module
    [split: [q, k], conv: {tie: q}]  #! A302: no weights

    # No module, key, number or join
    - seq: {name: s, layers: [conv, split: [q, k], conv: {from: q}, concat: [q, .]]}
    #> s.0 s.1

    # names of parts are known as unknown after an error
    [conv: eight, split: [q, k], add: [q, k]]  #! A203: channels
    [split: {parts: {q: two, k: 2}}, add: [q, k]]  #! A203: parts
    """
)

WINDOWS = cases(
    """
    # A combinator, transparent without a name as `seq` is
    [within: {pattern: n c (a p) (b q) -> (n a b) c p q, p: 4, q: 4, layers: [conv: {name: a, channels: 3}]}]

    layers: [within: {name: w, pattern: n c (a p) (b q) -> (n a b) c p q, p: 4, q: 4, layers: [conv: 3]}]
    #> w.0

    # Channels, and axes that stand alone inside, may change
    input: {channels: 4, size: [64], layout: channels_last}
    layers: [within: {pattern: n (h w) c -> n c h w, h: 8, layers: [conv: 6, max_pool: 2]}]
    #= 16 × 6

    # those grouped inside may not
    [within: {pattern: n c h w -> n (h w) c, layers: [class_token: {name: t}]}]  #! A412: 65 of the 64

    # and a size is a multiple
    input: [4, 9, 8]
    layers: [within: {pattern: n c (a p) (b q) -> (n a b) c p q, p: 4, q: 4, layers: [conv]}]  #! A404: 9

    # (of an open one: a condition). Where axes join `n`, the batch inside is that of the windows: a value from outside is an error unless it has no batch,
    [conv: {name: a}, within: {pattern: n c (a p) w -> (n a) c p w, p: 4, layers: [conv, add: [., a]]}]  #! A419: from outside
    [parameter: {name: t, shape: [4, 1, 1], layout: channels_first}, within: {pattern: n c (a p) w -> (n a) c p w, p: 4, layers: [add: [., t]]}]

    # and so are stages inside
    [within: {pattern: n c (a p) w -> (n a) c p w, p: 4, layers: [stage: {layers: [conv]}]}]  #! A419: stage

    # and references from outside to values inside
    [within: {pattern: n c (a p) w -> (n a) c p w, p: 4, layers: [conv: {name: a}]}, add: [., a]]  #! A419: from inside

    # drop path still draws per sample
    [within: {pattern: n c (a p) w -> (n a) c p w, p: 4, layers: [residual: {body: [conv: {kernel: 3}], drop_path: 0.5}]}]

    # (a module of outside runs again inside, and the other way round)
    [conv: {name: a}, within: {pattern: n c (a p) w -> (n a) c p w, p: 4, layers: [reuse: a]}]
    [within: {name: w, pattern: n c (a p) h -> (n a) c p h, p: 4, layers: [conv: {name: a}]}, reuse: w.a]

    # a `within` in a shifted one
    layers:
      - within:
          pattern: n c (a p) w -> (n a) c p w
          p: 4
          shift: 1
          layers:
            - within: {pattern: n c p (b q) -> (n b) c p q, q: 4, layers: [conv]}  #! A419: shifted
    """
)


@VALUES
def test_values(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@PARTS
def test_parts(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@WINDOWS
def test_windows(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


_NAMES = [f"p{i}" for i in range(1001)]


@pytest.mark.parametrize(
    ("layers", "code"),
    [
        ("[coordinates: {name: c, size: [4096, 4097]}]", "A408"),
        ("[rearrange: n c h w -> n (h w) c, sinusoidal: {octaves: 65}]", "A203"),
        (f"[split: [{', '.join(_NAMES)}]]", "A203"),
        ("[parallel: {times: 1001, layers: [conv]}]", "A203"),
        ("[repeat: {times: 100001, layers: [conv]}]", "A309"),
        ("[repeat: {times: 90000, share: true, layers: [conv]}]", "A309"),
        (f"[seq: {{name: s, layers: [{'conv, ' * 2000}]}}{', reuse: s' * 60}]", "A309"),
        ("[parallel: {times: 1000, layers: [parallel: {times: 1000, layers: [act]}]}]", "A309"),
        (f"[buffer: {{name: b, value: [{', '.join(['0'] * 65537)}]}}]", "A204"),
        ("[parameter: {name: p, shape: [2000000000, 2000000000]}]", "A408"),
    ],
    ids=["coordinates", "octaves", "parts", "turns", "nodes", "share", "reuse", "nested", "buffer", "shape"],
)
def test_what_is_beyond_the_limits_is_a_finding(layers: str, code: str) -> None:
    """`times`, `reuse` of `reuse` and `share` count towards the limit on nodes; `coordinates` and queries × keys up to 2²⁴
    positions, `octaves` 64, parts of a `split` 1,000; … What is beyond is a finding.
    """
    found = [d for d in archspec.validate(full(f"layers: {layers}")) if d.severity == "error"]
    assert [d.code for d in found] == [code]


@pytest.mark.parametrize(("size", "fits"), [(4096, True), (4097, False)])
def test_queries_and_keys(size: int, fits: bool) -> None:
    """queries × keys up to 2²⁴ positions,"""
    head = f"input: {{channels: 4, size: [{size}], layout: channels_last}}\n"
    for node in ("{name: b, type: alibi, heads: 2}", "{name: b, type: t5, heads: 2}"):
        found = archspec.validate(full(f"{head}layers: [position_bias: {node}, act: {{from: b, type: relu}}]"))
        assert [d.code for d in found if d.severity == "error"] == [] if fits else ["A408"]


def test_patterns_of_weights() -> None:
    """all patterns of `weights` together 200 and 10 s."""
    for count, codes in ((200, []), (201, ["A501"])):
        patterns = ", ".join(f"k{number}" for number in range(count))
        found = archspec.validate(full(f"layers: [conv]\nweights: {{ignore: [{patterns}]}}"))
        assert [d.code for d in found if d.severity == "error"] == codes
    # on the keys of a usual network, well within the two seconds that hostile input may take altogether
    assert [allowance(patterns, keys) < 1 for patterns, keys in ((1, 60_000), (20, 2_000), (200, 400))] == [True] * 3
    assert allowance(200, 2**16) == PATTERN_SECONDS == 10


def test_shapes_are_validated_without_being_made() -> None:
    """Shapes are validated without being made."""
    spec = full(
        "layers: [parameter: {name: p, shape: [60000, 60000]}, buffer: {name: b, shape: [60000, 60000], value: 1}]"
    )
    tracemalloc.start()
    found = [d for d in archspec.validate(spec) if d.severity == "error"]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == []
    assert peak < 2**24
