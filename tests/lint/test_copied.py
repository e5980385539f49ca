from __future__ import annotations

import archspec
from tests.lint.case import cases, check

LEVELS = """
layers:
  - conv: {name: c1, channels: 16, kernel: 3, stride: 2}
  - conv: {name: c2, channels: 16, kernel: 3, stride: 2}
"""


@cases(
    node=LEVELS
    + "  - conv: {name: head, from: c1, channels: 8}\n"
    + "  - conv: {name: head2, from: c2, channels: 8}  #! A719: `head2` is `head` once more\n"
    + "outputs: {a: head, b: head2}",
    block=LEVELS
    + "  - conv_norm_act: {name: head, from: c1, channels: 8}\n"
    + "  - conv_norm_act: {name: head_copy, from: c2, channels: 8}  #! A719: `head_copy`\n"
    + "outputs: {a: head, b: head_copy}",
    other_arguments=LEVELS
    + "  - conv: {name: head, from: c1, channels: 8}\n"
    + "  - conv: {name: head2, from: c2, channels: 8, kernel: 3}\n"
    + "outputs: {a: head, b: head2}",
    levels_of_a_pyramid=LEVELS
    + "  - conv: {name: out3, from: c1, channels: 8}\n"
    + "  - conv: {name: out4, from: c2, channels: 8}\n"
    + "outputs: {a: out3, b: out4}",
    a_stack=LEVELS + "  - conv: {name: head, channels: 16}\n  - conv: {name: head2, channels: 16}",
    one_value=LEVELS
    + "  - conv: {name: head, from: c1, channels: 8}\n"
    + "  - conv: {name: head2, from: c1, channels: 8}\n"
    + "outputs: {a: head, b: head2, c: c2}",
    towers="""
        inputs: {rgb: [8, 32, 32], thermal: [8, 32, 32]}
        layers:
          - conv: {name: stem, from: rgb, channels: 8}
          - conv: {name: stem2, from: thermal, channels: 8}
          - concat: [stem, stem2]
    """,
    siamese_towers="""
        inputs: {left: [8, 32, 32], right: [8, 32, 32]}
        layers:
          - conv: {name: stem_left, from: left, channels: 8}
          - conv: {name: deep_left, channels: 8}
          - conv: {name: stem_right, from: right, channels: 8}  #! A719: `stem_right` is `stem_left` once more
          - conv: {name: deep_right, channels: 8}
          - concat: [deep_left, deep_right]
    """,
    siamese_blocks="""
        inputs: {image1: [8, 32, 32], image2: [8, 32, 32]}
        layers:
          - conv_norm_act: {name: tower, from: image1, channels: 8}
          - conv_norm_act: {name: tower2, from: image2, channels: 8}  #! A719: `tower2`
          - concat: [tower, tower2]
    """,
    a_tower_that_is_shared_in_part="""
        inputs: {a: [8, 32, 32], b: [8, 32, 32]}
        layers:
          - conv: {name: stem, from: a, channels: 8}
          - conv: {name: deep_a, channels: 8}
          - reuse: {of: stem, from: b, name: stem_b}
          - conv: {name: deep_b, channels: 8}  #! A719: `deep_b`
          - concat: [deep_a, deep_b]
    """,
    towers_of_other_arguments="""
        inputs: {left: [8, 32, 32], right: [8, 32, 32]}
        layers:
          - conv: {name: stem_left, from: left, channels: 8}
          - conv: {name: stem_right, from: right, channels: 8, kernel: 3}
          - concat: [stem_left, stem_right]
    """,
    towers_of_one_input="""
        inputs: {left: [8, 32, 32], right: [8, 32, 32]}
        layers:
          - conv: {name: way1, from: left, channels: 8}
          - conv: {name: way2, from: left, channels: 8}
          - concat: [way1, way2, right]
    """,
    names_by_default=LEVELS + "  - conv: {from: c1, channels: 16}\n  - conv: {from: c2, channels: 16}",
    reused=LEVELS
    + "  - conv: {name: head, from: c1, channels: 8}\n"
    + "  - reuse: {of: head, from: c2, name: head2}\n"
    + "outputs: {a: head, b: head2}",
    of_what_is_reused=LEVELS
    + "  - conv: {name: base, from: c1, channels: 8}\n"
    + "  - reuse: {of: base, from: c2, name: head}\n"
    + "  - conv: {name: head2, from: c1, channels: 8}\n"
    + "outputs: {a: base, b: head, c: head2}",
)
def test_a_module_under_a_second_name(text: str) -> None:
    check(text)


def test_what_is_given_nothing_is_no_copy() -> None:
    nodes = "parameter: {name: p, shape: [8]}, parameter: {name: p2, shape: [8]}, add: [., p, p2]"
    text = f"archspec: 1\ninput: [8]\nlayers: [{nodes}]\n"
    assert "A719" not in [one.code for one in archspec.validate(text)]
