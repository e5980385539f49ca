from __future__ import annotations

from tests.lint.case import cases, check


@cases(
    after_the_outputs="""
        layers:
          - conv: {name: a, channels: 16}
          - global_pool
          - linear: 8  #! A714: this `linear`
        outputs: {a: a}
    """,
    before_a_reference="""
        layers:
          - conv: {name: a, channels: 16}
          - conv: 32
          - act  #! A714: this `act`
          - conv: {from: a, channels: 8}
    """,
    two_ways="""
        layers:
          - conv: {name: a, channels: 16}
          - conv: 8  #! A714
          - conv: {from: a, channels: 24}  #! A714
          - conv: {from: a, channels: 8}
    """,
    a_part_that_the_file_asks_for="""
        layers:
          - chunk: {start: 0, length: 1}  #! A714
          - conv: {from: input, channels: 8}
    """,
    in_a_block="""
        blocks:
          mine:
            layers:
              - conv: 8  #! A714
              - conv: {from: input, channels: 16}
        layers: [mine, mine]
    """,
    an_input="""
        inputs:
          image: [16, 8, 8]
          context: [16]  #! A714: the input `context`
        layers: [global_pool]
    """,
    one_number="""
        layers:
          - parameter: {name: gain, shape: []}  #! A714: never used: 1 parameter is for nothing
          - conv: 8
    """,
    what_a_node_that_does_not_run_is_tied_to="""
        layers:
          - conv: {name: a, channels: 16}
          - conv: {name: b, channels: 16}  #! A714: this `conv`
          - conv: {name: c, from: input, channels: 16, tie: b}  #! A714: this `conv`
          - conv: {name: d, from: a, channels: 16}
    """,
    in_one_run_of_a_module="""
        blocks:
          mine:
            layers:
              - conv: {name: low, channels: 8}
              - conv: {name: high, channels: 8}
              - act: {name: nowhere, from: low}  #! A714: this `act`
              - conv: {name: last, from: high, channels: 8}
        layers:
          - mine: {name: a}
          - reuse: {of: a, from: input, name: b}
          - reuse: {of: a, from: input, name: c}
        outputs: {a: a.low, b: b.high, c: c}
    """,
    in_a_bundled_block="""
        layers:
          - basic: {name: a, channels: 16}
          - basic: 32  #! A714: this `act`
          - conv: {from: a, channels: 8}
    """,
)
def test_a_value_that_goes_nowhere(text: str) -> None:
    check(text, aside=())


@cases(
    the_last_value="- conv: 8",
    the_owner_of_weights="""
        - conv: {name: a, channels: 16}
        - conv: {from: input, channels: 16, tie: a}
    """,
    outputs_on_the_way="""
        layers: [conv: {name: a, channels: 16}, conv: {name: b, channels: 8}]
        outputs: {a: a, b: b}
    """,
    taken_by_a_join="""
        - conv: {name: a, channels: 16}
        - conv: {from: input, channels: 16}
        - add: [., a]
    """,
    taken_inside_a_block="""
        blocks: {join: {params: {skip: ref}, layers: [concat: [., $skip]]}}
        layers:
          - conv: {name: a, channels: 8}
          - conv: {from: input, channels: 16}
          - join: a
    """,
    branches_that_are_empty="- parallel: [[], [conv: 8]]",
    a_split_of_which_a_part_is_not_looked_at="""
        - parallel:
            split: true
            branches: [[], [{conv: {from: input, channels: 8}}]]
    """,
    a_shortcut_that_nothing_is_added_to="- residual: {body: [conv: {channels: 8, bias: false}, norm], shortcut: none}",
)
def test_everything_is_taken(text: str) -> None:
    check(text, aside=())
