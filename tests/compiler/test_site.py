"""A mistake stands where somebody chose the value: at the call that gave it, or in the block itself."""

from __future__ import annotations

from pathlib import Path

import pytest

import archspec
from tests.sentences.case import Case, cases, full, sound

CASES = cases(
    """
    # a value that the block only passes on
    layers:
    - basic: {channels: 8, drop_path: 2}  #! A203: drop_path
    - basic:
        channels: 8
        shortcut: atuo  #! A203: atuo
    - basic:
        channels: 8
        stride: 0  #! A203: stride

    blocks: {own: {params: {n: 1, m: add, k: 3}, layers: [repeat: {times: $(n), layers: [conv: {kernel: $k}]}]}}
    layers:
    - own: -1  #! A203: times
    - own: {n: half}  #! A203: half
    - own: {k: 2, from: input}  #! A406: even

    # through a default, and through calls of calls
    blocks:
      inner: {params: {channels: int, hidden: $channels}, layers: [conv: $hidden]}
      outer: {params: {width: int}, layers: [inner: $width, inner: {channels: $(width)}]}
    layers:
    - outer:
        width: 0  #! A203: channels
    - inner: 0  #! A203: channels
    - stage:
        block: outer
        depth: 2
        first:
          width: -8  #! A203: -8
        width: 8

    # through what a bundled block computes of it
    layers:
    - mlp_residual: {channels: 0, from: input}  #! A203: features
    - stage: {block: preact_bottleneck, depth: 2, channels: 0}  #! A203: found 0
    - bottleneck: {channels: 8, hidden_channels: -8}  #! A203: -8

    # in a call within a block
    blocks:
      outer:
        layers:
        - basic:
            channels: 8
            stride: 0  #! A203: stride
    layers: [outer, outer]

    # in the defaults of a block
    defaults:
      basic:
        stride: 0  #! A203: stride
    layers: [basic: 8, basic: 8]

    # a value that the block computes is a mistake of the block
    blocks:
      own:
        params: {width: int}
        layers:
        - conv: $(width / 2)  #! A203: 4.0
    layers: [own: 8, own: 8]

    # an integer out of range is one of the call, whatever the block computes
    blocks:
      own:
        params: {width: int}
        layers:
        - conv: $(2 * width)
        - conv: {from: input, channels: $width}
        - conv: {from: input, channels: $(width // 2 + width)}
    layers:
    - own: 0  #! A203: found 0
    - own: -2  #! A203: found -4

    # a default that nobody replaces, too
    blocks:
      own:
        params: {width: 0}
        layers:
        - conv: $width  #! A203: found 0
    layers: [own, own: 8]

    # an argument that makes no sense, whatever it meets
    blocks:
      own:
        layers:
        - conv: {channels: 8, kernel: 2}  #! A406: even
    layers: [own, own, stage: {block: own, depth: 3}]

    # a shape is chosen by the call
    blocks: {own: {params: {width: int}, layers: [conv: {channels: $width, groups: 4}]}}
    layers:
    - own: 8
    - own: 6  #! A404: 6 output channels
    """,
)


@CASES
def test_the_place_of_a_mistake(case: Case, tmp_path: Path) -> None:
    case.check(tmp_path)


@pytest.mark.parametrize(
    ("layers", "block", "related"),
    [
        # the argument is underlined: that its block is called there needs no place of its own
        ("[own: {c: 0}]", "[conv: $c]", [(5, "here")]),
        ("[own: {c: 6}]", "[conv: {channels: $c, groups: 4}]", [(5, "here")]),
        # what the block says itself is underlined: it is called from one place
        ("[own: {c: 8}]", "[conv: {channels: 8, kernel: 2}]", [(6, "`own` is called here")]),
        ("[own: {c: 8}, own: {c: 8}]", "[conv: {kernel: 2}]", [(6, "`own` is called here")]),
        ("[conv: 0]", "[act]", []),
        ("[basic: {channels: 0}]", "[act]", None),
    ],
)
def test_no_place_is_told_that_says_nothing_more(
    layers: str, block: str, related: list[tuple[int, str]] | None
) -> None:
    text = f"blocks: {{own: {{params: {{c: 1}}, layers: {block}}}}}\nlayers: {layers}"
    (found,) = sound(archspec.validate(full(text)))
    places = [(place.span.line, place.label) for place in found.related]
    assert found.span not in [place.span for place in found.related]
    if related is None:
        ((_, label),) = places
        assert label == "here"
    else:
        assert places == related


@pytest.mark.parametrize("layers", ["[conv: $width]", "[own: $width]", "[basic: {channels: $width}]"])
def test_the_default_of_a_parameter_is_shown_where_it_is_the_value(layers: str) -> None:
    text = full(f"params: {{width: 0}}\nblocks: {{own: {{params: {{c: 1}}, layers: [conv: $c]}}}}\nlayers: {layers}")
    for params, shown in (({}, True), ({"width": 0}, True), ({"width": -1}, False)):
        (found,) = sound(archspec.validate(text, params))
        assert ("`width` is 0" in [place.label for place in found.related]) is shown
        assert len(found.related) == shown + ("conv" not in layers)


def test_the_way_to_a_mistake_is_told() -> None:
    text = """
    blocks:
      inner: {params: {c: int}, layers: [conv: $c]}
      outer:
        layers:
        - inner: 0
    layers:
    - outer
    """
    (found,) = archspec.validate(full(text))
    assert found.span is not None
    assert (found.span.line, found.label) == (9, "passed to block `inner`")
    assert [(related.span.line, related.label) for related in found.related] == [
        (6, "here"),
        (11, "`outer` is called here"),
    ]
