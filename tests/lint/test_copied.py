from __future__ import annotations

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
    names_by_default=LEVELS + "  - conv: {from: c1, channels: 16}\n  - conv: {from: c2, channels: 16}",
    reused=LEVELS
    + "  - conv: {name: head, from: c1, channels: 8}\n"
    + "  - reuse: {of: head, from: c2, name: head2}\n"
    + "outputs: {a: head, b: head2}",
)
def test_a_module_under_a_second_name(text: str) -> None:
    check(text)
