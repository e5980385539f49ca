from __future__ import annotations

from keyword import iskeyword

import pytest

from archspec.export.source.names import free, is_attribute, variable
from archspec.identifiers import class_name


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("resnet50", "ResNet50"),
        ("unet", "UNet"),
        ("conv_bn", "ConvBN"),
        ("vit_b_16", "VitB16"),
        ("wrn_16_8", "WRN16_8"),
        ("vgg16_bn", "VGG16BN"),
        ("mlp_residual", "MLPResidual"),
        ("LayerNorm", "LayerNorm"),
        ("a-b.c", "ABC"),
        ("0", "Layer0"),
        ("_", "Layer"),
        ("none", "None_"),
        ("i", "I_"),
    ],
)
def test_classes(name: str, found: str) -> None:
    assert class_name(name) == found
    assert found.isidentifier()
    assert not iskeyword(found)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("skip", "skip"),
        ("a-b", "a_b"),
        ("LayerNorm", "layer_norm"),
        ("class", "class_"),
        ("self", "self_"),
        ("0", "x0"),
    ],
)
def test_variables(name: str, found: str) -> None:
    assert variable(name) == found
    assert is_attribute(found)


def test_what_is_taken_gets_a_number() -> None:
    assert free("a", ()) == "a"
    assert free("a", {"a", "a2"}) == "a3"
    assert free("x1", {"x1"}) == "x1_2"


@pytest.mark.parametrize("name", ["0", "a-b", "class", "__init"])
def test_some_names_are_no_attributes(name: str) -> None:
    assert not is_attribute(name)
