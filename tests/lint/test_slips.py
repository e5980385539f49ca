"""What means something else elsewhere."""

from __future__ import annotations

import pytest

import archspec
from tests.lint.case import cases, check

LAYERS = "layers: [conv: {channels: 8, kernel: 3, padding: 1, bias: false}, norm, global_pool, linear: 8]"


@pytest.mark.parametrize(
    ("shape", "meant"),
    [
        ("[1, 3, 224, 224]", "[3, 224, 224]"),
        ("[8, 3, 32, 32]", "[3, 32, 32]"),
        ("[1, 1, 28, 28]", "[1, 28, 28]"),
        ("[224, 224, 3]", "[3, 224, 224]"),
        ("[28, 28, 1]", "[1, 28, 28]"),
        ("[1, 224, 224, 3]", "[3, 224, 224]"),
        ("[64, 128, 128, 1]", "[1, 128, 128]`: channels first, and no batch; or `[1, 64, 128, 128]"),
        ("[16000, 1]", "[1, 16000]"),
        ("[44100, 2]", "[2, 44100]"),
        ("{channels: 1, size: [3, 64, 64]}", "[3, 64, 64]"),
        ("[3, 224, 224]", None),
        ("[64, 56, 56]", None),
        ("[1, 16, 64, 64]", None),
        ("[1, 64, 128, 128]", None),
        ("[3, H, W]", None),
        ("[1, D, H, W]", None),
        ("[1, 16000]", None),
        ("[2, 44100]", None),
        ("[64, 1]", None),
        ("[512, 4]", None),
        ("[8, 8, 1]", None),
        ("{channels: 3, size: [224, 224], layout: channels_last}", None),
    ],
)
def test_axes_in_another_order(shape: str, meant: str | None) -> None:
    layers = LAYERS if "last" not in shape else "layers: [norm, global_pool, linear: 8]"
    mark = "" if meant is None else "  #! A716: looks like"
    check(f"input: {shape}{mark}\n{layers}\n")
    found = archspec.validate(f"archspec: 1\nname: x\nnorm: batch\ninput: {shape}\n{layers}\n")
    helps = [finding.help for finding in found if finding.code == "A716"]
    assert [f"write `{meant}`" in help for help in helps] == [True] * (meant is not None)


@cases(
    default=f"norm: {{type: batch, momentum: 0.99}}  #! A717: 0.99\n{LAYERS}",
    each="- conv: {channels: 8, bias: false}\n- norm: {momentum: 0.9}  #! A717: 0.9",
    other_than_the_default="""
        norm: {type: batch, momentum: 0.1}
        layers: [conv: {channels: 8, bias: false}, norm: {momentum: 0.9}, global_pool, linear: 8]  #! A717: 0.9
    """,
    torch=f"norm: {{type: batch, momentum: 0.1}}\n{LAYERS}",
    half=f"norm: {{type: batch, momentum: 0.5}}\n{LAYERS}",
)
def test_a_momentum_of_what_stays(text: str) -> None:
    check(text)


def test_a_momentum_where_no_norm_is_the_default() -> None:
    nodes = "conv: {channels: 8, bias: false}, norm: {type: batch, momentum: 0.9}, global_pool, linear: 8"
    found = archspec.validate(f"archspec: 1\nname: x\ninput: [16, 32, 32]\nlayers: [{nodes}]\n")
    assert [finding.code for finding in found] == ["A717"]
