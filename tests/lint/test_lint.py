"""The rules together."""

from __future__ import annotations

import time

import pytest

import archspec
from archspec.diagnostics import Collector
from archspec.language import bundled_specs
from archspec.lint import Flow, lint
from tests.lint.case import check, full

# what published networks do against the advice
KNOWN = {
    "deep_autoencoder": {"A708"},  # 500 and 250 units
    "deeplabv3_resnet50": {"A707"},
    "ghostnet_050": {"A708"},
    "ghostnet_100": {"A708"},
    "ghostnet_130": {"A708"},
    "inception_next_atto": {"A703"},  # the stem's convolution of patches
    "lenet5": {"A708"},  # 84 units, the pixels of a character
    "m5": {"A703"},
    "pointnet_vanilla": {"A703"},
    "pyramidnet110_a270": {"A708"},
    "pyramidnet110_a48": {"A708"},
    "pyramidnet110_a84": {"A708"},
    "r2plus1d_18": {"A708"},
    "rexnet_100": {"A703", "A708"},  # each block a little wider than the one before
    "shufflenet_v2_x1_0": {"A708"},  # 58 channels
    "srresnet": {"A703"},
    "starnet_s1": {"A703"},
    "tcn": {"A708", "A710"},  # without its weight normalization
    "text_cnn": {"A708"},
    "unet3d": {"A703"},
    "vgg11_bn": {"A703"},
    "vgg13_bn": {"A703"},
    "vgg16_bn": {"A703"},
    "vgg19_bn": {"A703"},
    "xception41": {"A704"},  # the stem ends and the first block begins with a ReLU
}


@pytest.mark.parametrize("name", bundled_specs())
def test_bundled_networks(name: str) -> None:
    found = archspec.validate(name)
    assert {d.code for d in found} == KNOWN.get(name, set()), "\n\n".join(map(str, found))


def test_codes_to_ignore() -> None:
    check("- conv: 16  #! A703\n- norm")
    check("lint: {ignore: [A703]}\nlayers: [conv: 16, norm]")
    check("lint: {ignore: [A703]}\nlayers:\n  - conv: 20  #! A708\n  - norm\n  - conv: 8")
    check("lint: {ignore: [A703, A708]}\nlayers: [conv: 20, norm, conv: 8]")
    check("lint: {ignore: [A701], batch_size: 2}\nlayers: [norm]")


def test_errors_come_without_advice() -> None:
    found = archspec.validate(full("- conv: 16\n- norm\n- conv: {kernal: 3}"))
    assert [d.code for d in found] == ["A201"]


def test_advice_stands_in_the_order_of_the_file_and_forbids_nothing() -> None:
    check(
        """
        - conv: 24  #! A703
        - norm  #! A701
        - act
        - act  #! A704
        - conv: 24
        - global_pool
        - linear: 10
        - act  #! A705
    """,
        batch_size=4,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "layers",
    [
        "basic: 16",
        "conv: 24, norm, act, act, dropout: 0.1",
        "dropout: 0.1",
        "act: identity",
        "residual: {body: [conv: {bias: false}, norm], shortcut: [conv: 16]}",
        "residual: {body: [global_pool: {keepdim: true}, conv: 10, conv: 16], merge: mul}",
        "add: [input]",
    ],
)
def test_ten_thousand_blocks(layers: str) -> None:
    graph = archspec.compile(full(f"- repeat: {{times: 10000, layers: [{layers}]}}"))
    start = time.process_time()
    lint(Flow(graph, batch_size=1), Collector())
    assert time.process_time() - start < 5
