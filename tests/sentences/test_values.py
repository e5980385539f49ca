"""docs/language.md, section 2: values and expressions where they stand in a spec."""

from __future__ import annotations

from pathlib import Path

import pytest

import archspec
from tests.sentences.case import Case, cases, full, graph_of

CASES = cases(
    """
    # Wherever a value stands
    params: {w: 8}
    [conv: $w, conv: {channels: $(2 * w), kernel: [$(w // 8), 3]}]

    # inside a longer string (`name: block$(index + 1)`) the result is inserted as text
    - repeat: {times: 2, layers: [conv: {name: block$(index + 1)}]}  #> block1 block2

    # a list cannot be text
    params: {w: [1]}
    - conv: {name: x$w}  #! A253: list

    # `/` always gives a float (where an integer is wanted, write `//`)
    params: {w: 8}
    - conv: $(w / 2)  #! A203: 4.0

    # In flow style (`{…}`) an expression with a comma or brackets needs quotes
    params: {w: [8, 6]}
    - conv: {channels: '$(max(w[0], w[1]))'}  #= 8 × 8 × 8

    # an unbalanced `$(` is an error that says so
    params: {w: 8}
    - conv: {channels: $(max(w, 9))}  #! A255: not closed

    # an unbalanced `$(` is an error, one for each
    - conv: {channels: $(max(in_channels, 9)), kernel: $(max(in_channels, 9))}  #! A255: `$(max(in_channels`  #! A255

    # an unbalanced `$(` is an error: one finding, wherever it stands and however many commas it has
    params:
      a: {default: $(max(1, 2, 3)), min: 1}  #! A255
    blocks:
      own: {params: {c: $(max(1, 2)), k: 3}, layers: [conv: $k]}  #! A255
    layers:
    - own
    - rearrange: {pattern: n c (h p) w -> n (c p) h w, p: $(max(1, 2))}        #! A255
    - parallel: {branches: {x: {when: $(min(1, 2, 3)), layers: [conv]}}}       #! A255
    - stage: {block: basic, channels: 8, depth: $(max(1, 2)), names: b$index}  #! A255
    - basic: {channels: $(max(1, 2), strid: 2}                                 #! A255  #! A303: strid
    outputs: {y: conv$(max(1, 2))}  #! A255

    # what repeats a key nevertheless
    - conv: {channels: $(max(in_channels, 9)), kernel: 3, kernel: 3}  #! A255  #! A103: kernel
    - conv: {channels: 8, 9)): 1, 9)): 1}                             #! A201  #! A103: 9

    # Wherever a value stands: in a text of several lines
    layers:
    - conv:
        channels: |
          $(in_channels
            * 2)
    - conv:
        name: >
          c$index
        channels: >
          $(in_channels
          * 2)
    ===
    - conv: 8
    - conv: {name: c0, channels: 16}

    # an unbalanced `$(` is an error
    params: {w: [8]}
    [conv: {channels: $(w[0])}]       #! A102
    [conv: {kernel: $(max(w[0], 3))}]  #! A102
    [conv: $([8, 3][0])]              #! A102

    # inside a block its own parameters, and `input_channels`, `input_size` of the value the block received
    blocks:
      own:
        params: {k: 3}
        layers: [conv: {channels: 6, stride: 2}, conv: $(input_channels + k), conv: "$(input_size[0] + input_size[1])"]
    layers: [own]
    ---
    own: block own
      conv: conv(channels=6, stride=2) → 6 × 4 × 4
      conv_2: conv(channels=7) → 7 × 4 × 4
      conv_3: conv(channels=16) → 16 × 4 × 4

    # outside blocks the spec's `params`
    - conv: $input_channels  #! A252: input_channels

    params: {w: 8}
    blocks: {own: {layers: [conv: $w]}}  #! A252: w
    layers: [own]

    # A block sees nothing else of its caller: a definition reads the same wherever it is used
    blocks:
      inner: {layers: [conv: $w]}  #! A252: w
      outer: {params: {w: int}, layers: [inner]}
    layers: [outer: 8]

    # A block sees nothing else of its caller
    blocks: {inner: {layers: [conv: $(i + 1)]}}  #! A252: i
    layers: [repeat: {times: 2, as: i, layers: [inner]}]

    # Everywhere `in_channels`, `in_size` of the value the node receives
    layers:
    - conv: {channels: $(2 * in_channels), stride: 2}
    - conv: "$(in_channels + in_size[0])"
    - global_pool
    - linear: $(len(in_size) + in_channels)  #= 12

    # of the value the node receives
    [conv: {name: a, channels: 6}, conv: 9, conv: {from: a, channels: $(2 * in_channels)}]  #= 12 × 8 × 8

    # `index` (the 0-based position of the block in its stage, or the turn of a `repeat`; otherwise 0)
    blocks:
      own:
        layers: [conv: $(8 + index), repeat: {times: 2, layers: [conv: $(20 + index)]}, conv: $(30 + index)]
    layers: [conv: $(1 + index), stage: {block: own, depth: 2}]
    ---
    conv: conv(channels=1) → 1 × 8 × 8
    stage1: stage
      0: block own
        conv: conv(channels=8) → 8 × 8 × 8
        conv_2: conv(channels=20) → 20 × 8 × 8
        conv_3: conv(channels=21) → 21 × 8 × 8
        conv_4: conv(channels=30) → 30 × 8 × 8
      1: block own
        conv: conv(channels=9) → 9 × 8 × 8
        conv_2: conv(channels=20) → 20 × 8 × 8
        conv_3: conv(channels=21) → 21 × 8 × 8
        conv_4: conv(channels=31) → 31 × 8 × 8

    # `depth` (of the stage, otherwise 1), `stage_index`
    blocks: {own: {layers: [conv: $(10 * depth + stage_index)]}}
    stem: [conv: $(depth + stage_index)]
    stages: [{block: own, depth: 2}, {block: own, depth: 3}]
    #w conv.weight 1 4 1 1, stage1.0.conv.weight 20 1 1 1, stage1.1.conv.weight 20 20 1 1
    #w stage2.2.conv.weight 31 31 1 1

    # over the whole network `block_index` and `block_count` (the blocks that a stage's `block` repeats)
    params: {n: 2}
    blocks: {own: {layers: [conv: $(10 * block_count + block_index), basic: 4]}}
    stages: [{block: own, depth: $n}, {layers: [conv: 100]}, {block: own, depth: 2}]
    head: [conv: $block_count]
    #w stage1.0.conv.weight 40 4 1 1, stage1.1.conv.weight 41 4 1 1, stage3.0.conv.weight 42 100 1 1
    #w stage3.1.conv.weight 43 4 1 1, conv.weight 4 4 1 1

    # `block_count`
    blocks: {own: {layers: [conv: $block_count]}}
    - seq: [stage: {block: own, depth: 2}, repeat: {times: 2, layers: [stage: {block: own, depth: 3}]}]  #= 8 × 8 × 8

    # what decides about blocks may ask for their number, where some number agrees
    blocks: {own: {layers: [conv: $block_count]}}
    stages: [{block: own}, {block: own, depth: "$(3 if block_count > 3 else 1)"}]  #= 2 × 8 × 8

    blocks: {own: {layers: [conv]}}
    stages:
    - {block: own}
    - {block: own, depth: "$(1 if block_count > 2 else 2)"}  #! A253: does not converge: at

    # `stage_index` … everywhere
    blocks: {own: {params: {c: $(stage_index + 8)}, layers: [conv: $c]}}
    stages: [{block: own}, {block: own, channels: 3}]  #! A303: channels

    # No parameter, of a spec or a block, may bear a function's name, or `input`
    params:
      max: 3  #! A208: max
      make_divisible: 3  #! A208: make_divisible
      input: 3  #! A208: input
    layers: [act]

    blocks:
      own:
        params:
          len: 3  #! A208: len
          input: 3  #! A208: input
        layers: [act]
    layers: [own]

    # A parameter may bear the name of a value in scope and hides it there
    params: {in_channels: 3, index: 5, depth: 7, block_count: 9, input_size: 11}
    - conv: $(in_channels + index + depth + block_count + input_size)  #= 35 × 8 × 8

    blocks: {own: {params: {in_size: 3, block_index: 6}, layers: [conv: $(in_size + block_index)]}}
    - own  #= 9 × 8 × 8

    # `as` names the counter
    - repeat: {times: 2, as: in_channels, layers: [conv: 8]}  #! A208: in_channels
    - repeat: {times: 2, as: max, layers: [conv: 8]}          #! A208: max

    # an expression over earlier parameters
    params:
      a: $(b + 1)  #! A252: b
      b: 2
    layers: [conv: $a]

    # an unknown name has one finding
    layers:
    - conv: $w  #! A252: w
    - conv: $(in_channels * 2)
    - residual: [conv]

    # an expression over earlier parameters, and nothing of the network
    params:
      a: $depth  #! A252: depth
      b: {default: $(in_channels + 1)}  #! A252: in_channels
      c: $block_count  #! A252: block_count
    layers: [conv: $a, conv: $(a + c), linear: 3]

    # required
    params:
      a: 3
      b: int  #! A202: `b` and `c`
      c: list
    layers:
    - conv: {channels: $b, kernel: "$(c[0])"}

    # a parameter that fails hides no mistake of the network
    params:
      a: $(1 // 0)  #! A253: zero
      b: {type: int, default: 2.5}  #! A204: 2.5
    layers:
    - conv: $a
    - conv: {from: input, channels: 8, kernel: 2}  #! A406
    - conv: {from: input, channels: $(a + b)}

    # a value in a branch never taken
    params: {w: 8}
    - conv: $(8 if w > 1 else 1 // 0)  #= 8 × 8 × 8

    # Keys are not values
    params: {w: 8}
    - conv: {$w: 8}  #! A201
    """,
)


@CASES
def test_values(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


SYMBOLIC = cases(
    """
    # what its value decides is no guess
    - conv: {channels: 8, when: "$(in_size[0] > 3)"}  #! A253: the size H is symbolic
    - conv: {channels: "$(8 if in_size[0] == in_size[1] else 3)"}  #! A253: H and W
    - conv: {channels: "$(8 if in_size == [4, 4] else 3)"}  #! A253: symbolic
    - conv: {channels: "$(8 if in_size[0] - 1 else 3)"}  #! A253: H-1
    - conv: {channels: "$(in_size[0] - 1 and 8)"}  #! A253: H-1
    - conv: {channels: "$(8 if not (in_size[0] - 1) else 3)"}  #! A253: H-1
    - conv: {channels: "$(min(8, in_size[0]))"}  #! A253: symbolic
    - conv: {channels: $(max(in_size))}  #! A253: symbolic
    - conv: {channels: "$(int(sqrt(in_size[0])))"}  #! A253: symbolic
    - conv: {channels: "$(2 ** in_size[0])"}  #! A253: symbolic
    - dropout: $(1 / in_size[0])  #! A253: symbolic
    - conv: {channels: "$(in_size[2])"}  #! A253: no item 2
    - conv: {channels: "$(8 if in_size[0] < 2.5 else 3)"}  #! A253: cannot compare
    - conv: {name: "c$(in_size[0])"}  #! A253: the symbolic size H
    - conv: {channels: "$(in_size[0])"}  #! A203: found H
    - conv: {channels: "$(in_size[0] // 2)"}  #! A203: found ⌊H/2⌋
    - conv: {kernel: "$([in_size[0] // 2, 3])"}  #! A203: found [⌊H/2⌋, 3]
    - adaptive_pool: [null, true]  #! A203: found [null, true]
    """,
    head="input: [3, H, W]\n",
)


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        ("$(len(in_size) + min(1, in_size[0]))", 3),
        ("$(max(in_size[0] + 1, 1) - in_size[0])", 1),
        ("$(8 if in_size[0] >= 1 and in_size[0] != 0 else 3)", 8),
        ("$(8 if in_size[0] < in_size[0] + in_size[1] else 3)", 8),
        ("$(8 if in_size == in_size and in_size != [3] else 3)", 8),
        ("$(3 if not in_size[0] else 8)", 8),
    ],
)
def test_an_open_size_is_computed_with(channels: str, expected: int) -> None:
    """A dimension may be a name … it is then symbolic."""
    graph = graph_of(f'input: [3, H, W]\nlayers: [conv: {{channels: "{channels}"}}]')
    assert [str(value.type) for value in graph.outputs.values()] == [f"{expected} × H × W"]


@SYMBOLIC
def test_symbolic_sizes(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@pytest.mark.parametrize("argument", ['channels: "$(in_size[0] // 2)"', 'kernel: "$(in_size)", padding: 0'])
def test_the_remedy_of_an_open_size(argument: str) -> None:
    """A dimension may be a name; an argument that needs its value says where it comes from."""
    (found,) = archspec.validate(full(f"input: [3, H, W]\nlayers: [conv: {{{argument}}}]"))
    assert "the input leaves this size open" in found.help


@pytest.mark.parametrize("value", ["$(w[0])", "$(max(w[0], 3))", "$([8, 3][0])", "$(max(3, 4))"])
def test_quotes_are_the_remedy(value: str) -> None:
    """In flow style (`{…}`) an expression with a comma or brackets needs quotes; … is an error that says so."""
    for layers in (f"[conv: {value}]", f"[conv: {{channels: 8, kernel: {value}}}]"):
        (found,) = archspec.validate(full(f"params: {{w: [8]}}\nlayers: {layers}"))
        assert "quote" in found.help, found
    assert graph_of(f"params: {{w: [8]}}\nlayers: [conv: '{value}']").parameter_count
