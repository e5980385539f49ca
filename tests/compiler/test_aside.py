"""A mistake is found wherever it stands, once, whether a walk comes through or not."""

from __future__ import annotations

import pytest

import archspec
from archspec.language import bundled_blocks
from tests.sentences.case import Case, cases, sound

HEAD = "archspec: 1\ninput: [4, 8, 8]\nnorm: batch\nact: relu\nparams: {off: false, none: 0}\n"

MISTAKES = {
    "conv: {kernal: 3}": "A201",
    "conv: 8.5": "A203",
    "conv: {kernel: big}": "A203",
    "max_pool": "A202",
    "conv_norm_act: {channels: 8, name: [1]}": "A203",
    "conv: {channels: 8, name: train}": "A311",
    "conv: $width": "A252",
    "conv: $(8 if in_channels else width)": "A252",
    "conv: $(8 // 0)": "A253",
    "covn: 8": "A301",
    "stage: {block: nope, depth: 2, layer: 3}": "A301",
    "{act: {from: nowhere}}": "A302",
    "add: [., nowhere]": "A302",
    "conv_norm_act: {channels: 8, kernle: 3}": "A303",
    "basic: {channels: 8, attention: [covn]}": "A301",
    "stage: {block: basic, depth: 2, channels: 8, first: {strid: 2}}": "A303",
    "stage: {block: nope, first: {layers: [conv: 3]}}": "A301",
    "slot: nowhere": "A308",
    "residual: {body: [act], shortcut: {policy: atuo}}": "A203",
    "residual: {body: [act], shortcut: {layer: [act]}}": "A201",
    "parallel: {branches: [[act], {layer: [act]}]}": "A201",
    "repeat: {times: 2, as: in_size, layers: [act]}": "A208",
}

PLACES = {
    "where it runs": "layers: [{seq: {layers: [MISTAKE]}}]",
    "where nothing calls": "blocks: {own: {layers: [MISTAKE]}}\nlayers: [act]",
    "in what is called by what nothing calls": "blocks: {a: {layers: [MISTAKE]}, b: {layers: [a, a]}}\nlayers: [act]",
    "thirty times": "blocks: {own: {layers: [MISTAKE]}}\nlayers: [" + "own, " * 30 + "own]",
    "called and left out": "blocks: {own: {layers: [MISTAKE]}}\nlayers: [own, own: {when: $off}]",
    "left out": "layers: [seq: {when: $off, layers: [MISTAKE]}]",
    "left out for good": "layers: [seq: {when: false, layers: [MISTAKE]}, act]",
    "left out in a block": "blocks: {own: {layers: [seq: {when: $(in_channels < 4), layers: [MISTAKE]}]}}\n"
    "layers: [own, own]",
    "repeated no times": "layers: [repeat: {times: $none, layers: [MISTAKE]}]",
    "in a block of no stage": "blocks: {own: {layers: [MISTAKE]}}\nlayers: [stage: {block: own, depth: 0}]",
    "in a branch": "layers: [parallel: [[act], {when: $off, layers: [MISTAKE]}]]",
    "in a named branch": "layers: [parallel: {branches: {a: [act], b: {when: $off, layers: [MISTAKE]}}}]",
    "in a shortcut that is none": "layers: [residual: {body: [act], shortcut: {policy: auto, layers: [MISTAKE]}}]",
    "in nodes that no slot takes": "blocks: {own: {params: {more: layers}, layers: [act]}}\n"
    "layers: [own: {more: [MISTAKE]}]",
    "in nodes that a slot takes twice": "blocks: {own: {params: {more: layers}, layers: [slot: more, slot: more]}}\n"
    "layers: [own: {more: [MISTAKE]}]",
    "in the default of a parameter": "blocks: {own: {params: {more: {type: layers, default: [MISTAKE]}}, layers: "
    "[slot: more]}}\nlayers: [own: {more: [act]}]",
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_a_mistake_is_found_once_wherever_it_stands(place: str) -> None:
    for mistake, code in MISTAKES.items():
        node = mistake if mistake.startswith("{") else f"{{{mistake}}}" if ":" in mistake else mistake
        text = HEAD + place.replace("MISTAKE", node)
        found = sound(archspec.validate(text))
        assert [d.code for d in found] == [code], f"{text}\n" + "\n".join(map(str, found))


def test_a_network_that_is_too_large_hides_nothing() -> None:
    """What the walk does not come to any more is checked, and refers to what may be there."""
    text = HEAD.replace("input: [4, 8, 8]", "inputs: {image: [4, 8, 8]}") + (
        "blocks: {own: {layers: [act, repeat: {times: 99999, layers: [act, act]}, conv: $nope]}}\n"
        "layers: [own, conv: {from: image, kernal: 3}]"
    )
    assert sorted(d.code for d in sound(archspec.validate(text))) == ["A201", "A252", "A309"]


def test_a_mistake_beside_another_is_found() -> None:
    """What stands in a node with a mistake is checked, too."""
    for around in ("seq: {layer: 3, layers: [X]}", "repeat: {times: -1, layers: [X]}", "residual: {bdy: 3, body: [X]}"):
        found = sound(archspec.validate(f"{HEAD}layers: [{around.replace('X', 'covn: 8')}]"))
        assert len(found) == 2, found
        assert "A301" in {d.code for d in found}


TOGETHER = cases(
    """
    # all mistakes of a node come at once
    - conv: {name: $x, channels: $y, kernel: big, from: nope}  #! A252: x #! A252: y #! A203: kernel #! A302: nope
    - basic: {name: $x, channels: $y, stride: 2, norm: bach}   #! A252: x #! A252: y #! A203: bach
    - repeat: {times: $x, as: 1, layers: [act]}                #! A252: x #! A203: as
    - residual: {body: [act], drop_path: 2, merge: $x}         #! A203: drop_path #! A252: x
    - seq: {name: $x, layers: $y}                              #! A252: x #! A203: list of nodes

    # a name that is computed, and is none: one mistake, however many stages call it
    params: {b: nope}
    stages:
      - {block: $b, channels: 8}  #! A301: nope
      - {block: $b, depth: 2, channels: 8}

    # a slot that is computed, and is none
    blocks: {own: {params: {s: str}, layers: [slot: $s]}}  #! A308: `x`
    layers: [own: x, own: y]

    # a block that is gone is one mistake, however many calls there are, as is one that is mistyped
    layers:
      - own_attention: 3  #! A301: own_attention
      - own_attention: 3
      - seq: [own_attention: 4]
      - convv: 3  #! A301: convv
      - convv: 3

    # a stage of no blocks, and a branch of no nodes
    layers:
      - stage: {block: basic, depth: 0, chanels: 3}  #! A303: chanels
      - stage: {block: basic, depth: $zero, first: {strid: 2}, channels: 3}  #! A303: strid #! A252: zero
      - repeat: {times: 0, layers: [covn: 3]}  #! A301: covn

    # a circle is one mistake, wherever the walk enters it, and so it is where nothing enters
    blocks:
      a: {layers: [b]}
      b: {layers: [a]}  #! A308: `a` → `b` → `a`
      c: {layers: [d]}
      d: {layers: [seq: [c]]}  #! A308: `c` → `d` → `c`
    layers: [b, a, b]

    # what is left out may refer to what is left out with it
    params: {skip: false}
    layers:
      - conv: {channels: 4, name: a, when: $skip}
      - conv: {channels: 4, when: $skip}
      - seq: {when: $skip, layers: [act: {name: b}, act]}
      - add: {from: [., a], when: $skip}
      - add: {from: [., conv], when: $skip}
      - add: {from: [., b, act_2], when: $skip}
      - add: {from: [., c], when: $skip}  #! A302: `c`

    # nodes that a parameter has by default see the names of its block, also where each call passes others
    blocks:
      own:
        params: {width: int, more: {type: layers, default: [conv: $width, act: {when: $(in_channels > width)}]}}
        layers: [conv: {channels: $width, name: first}, slot: more]
    layers: [own: {width: 8, more: [act]}]

    # what makes no sense where it is left out is no mistake
    params: {widths: [8, 16], deep: false}
    layers:
      - conv: {channels: "$(widths[2])", when: $(len(widths) > 2)}
      - conv: {channels: 8, stride: $(in_channels // 8), padding: 0, when: $deep}
      - linear: {features: 3, when: $deep}
    """,
)


@TOGETHER
def test_mistakes(case: Case, tmp_path: object) -> None:
    case.check(tmp_path)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", bundled_blocks())
def test_what_is_bundled_is_sound(name: str) -> None:
    """The walk does not check it."""
    assert [d for d in archspec.validate(bundled_blocks()[name]) if d.code != "A306"] == []
