"""What is found before an export is what the export would refuse."""

from __future__ import annotations

import pytest

import archspec

HEAD = "archspec: 1\nname: demo\ninput: [3, {size}]\nlayers:\n"


def codes(text: str, *formats: str) -> list[str]:
    return [found.code for found in archspec.validate(text, exports=formats) if found.severity == "error"]


@pytest.mark.parametrize(
    ("size", "pool", "found"),
    [
        ("H, W", "{size: 2}", ["A407"]),
        ("H, W", "{size: 1}", []),
        ("H, W", "{size: 2, type: max}", ["A407"]),
        ("16, W", "{size: 2}", ["A407"]),
        ("16, 16", "{size: 3}", []),
        ("16, 16", "{size: 3, type: max}", ["A502"]),
        ("15, 15", "{size: 3, type: max}", []),
        ("9, 9, 9", "{size: 3}", ["A502"]),
        ("9, 9, 9", "{size: 3, type: max}", []),
    ],
)
def test_pools_to_a_size_need_windows_of_one_size_in_onnx(size: str, pool: str, found: list[str]) -> None:
    text = f"{HEAD.format(size=size)}  - adaptive_pool: {pool}\n"
    assert codes(text, "onnx") == codes(text, "all") == found
    assert not codes(text, "pt2", "python", "safetensors")


@pytest.mark.parametrize("how", ["antialias: true, align_corners: true", "antialias: true", "align_corners: true"])
def test_resizes_that_are_written_wrongly_are_found(how: str) -> None:
    text = f"{HEAD.format(size='16, 16')}  - upsample: {{size: 8, mode: bilinear, {how}}}\n"
    assert codes(text, "onnx") == ["A502"] * ("," in how)


def test_what_does_not_run_is_not_exported() -> None:
    layers = "  - adaptive_pool: {name: pooled, size: 2}\n  - conv: {from: input, channels: 4}\n"
    assert not codes(HEAD.format(size="H, W") + layers, "onnx")


def test_pspnet_is_exported_where_its_bins_divide_the_map() -> None:
    assert {found.code for found in archspec.validate("pspnet_resnet50", exports=["onnx"])} == {"A407"}
    assert not archspec.validate("pspnet_resnet50", input_size=96, exports=["onnx"])
