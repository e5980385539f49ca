"""What a network needs is what torch takes, within 5 %, by phase: in training, with checkpoints, and in inference."""

from __future__ import annotations

import json

import pytest

import archspec
from archspec.errors import UsageError
from archspec.reports.memory import OPTIMIZERS, memory
from archspec.reports.memory.csv import to_csv
from archspec.reports.memory.json import to_json
from archspec.reports.memory.markdown import to_markdown
from archspec.reports.memory.program import Checkpointing, checkpointed
from tests.reports.memory.tracker import tracked

NETWORKS = {
    "resnet50": 16, "gpt2": 2, "unet": 2, "convnext_tiny": 8, "densenet121": 8, "efficientnet_b0": 16,
    "mobilenet_v3_large": 16, "vit_b_16": 8, "swin_tiny_patch4_window7_224": 8, "bert_base": 4, "llama3_tiny": 4,
    "segformer_b0": 2, "retinanet_resnet50_fpn": 1, "mixer_b16_224": 8, "mlp_deep": 64,
}  # fmt: skip
SIZES = {"llama3_tiny": 256, "segformer_b0": 256}
"""Of networks with open sizes."""
IN_CI = ("resnet50", "gpt2", "unet")
SMALL = ("resnet20_cifar", "gpt_shakespeare")


def compared(name: str, batch: int, dtype: str, optimizer: str, way: Checkpointing = "none") -> dict[str, float]:
    """By phase, how many percent more is said than torch takes."""
    graph = archspec.compile(name, input_size=SIZES.get(name))
    found = memory(graph, batch, dtype, optimizer)
    measured = tracked(graph, batch, dtype, optimizer, way)
    said = {**found.training[way].phases, "inference": found.inference.peak}
    return {phase: 100 * (said[phase] / count - 1) for phase, count in measured.items()}


def near(errors: dict[str, float]) -> bool:
    return max(map(abs, errors.values())) < 5


@pytest.mark.parametrize("name", [x if x in IN_CI else pytest.param(x, marks=pytest.mark.slow) for x in NETWORKS])
def test_networks(name: str) -> None:
    errors = compared(name, NETWORKS[name], "float32", "adamw")
    assert near(errors), errors


@pytest.mark.parametrize("way", ["blocks", "full"])
@pytest.mark.parametrize("name", SMALL)
def test_checkpoints(name: str, way: Checkpointing) -> None:
    errors = compared(name, 8, "float32", "adamw", way)
    assert near(errors), errors


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_optimizers_and_bfloat16(optimizer: str) -> None:
    errors = compared("gpt_shakespeare", 2, "bfloat16", optimizer)
    assert near(errors), errors


def test_what_is_checkpointed() -> None:
    graph = archspec.compile("resnet18")
    assert checkpointed(graph, "none") == []
    assert checkpointed(graph, "blocks") == [f"layer{i}.{j}" for i in range(1, 5) for j in range(2)]
    assert checkpointed(graph, "full") == [
        path for i in range(1, 5) for path in (f"layer{i}", f"layer{i}.0", f"layer{i}.1")
    ]


def test_parts_make_up_the_whole() -> None:
    found = memory(archspec.compile("resnet18"), 4)
    for need in (found.inference, *found.training.values()):
        fullest = max(need.phases, key=lambda name: need.phases[name])
        kept = need.gradients if fullest == "optimizer step" else need.activations
        parts = need.parameters + need.buffers + need.optimizer + kept + need.temporaries
        assert parts == need.peak == need.phases[fullest]


def test_checkpoints_take_less_and_batches_more() -> None:
    graph = archspec.compile("resnet50")
    ways = memory(graph, 8).training
    assert ways["full"].activations < ways["blocks"].activations < ways["none"].activations
    assert memory(graph, 16).training["none"].peak > ways["none"].peak > memory(graph, 8, "bf16").training["none"].peak


def test_forms() -> None:
    found = memory(archspec.compile("resnet18"), 4, "bf16", "sgd")
    read = json.loads(to_json(found))
    assert (read["batch_size"], read["dtype"], read["optimizer"]) == (4, "bfloat16", "sgd")
    assert read["training"]["none"]["peak"] == found.training["none"].peak
    assert to_csv(found).splitlines()[-1].split(",")[:2] == ["peak", str(found.inference.peak)]
    assert to_markdown(found).splitlines()[0].startswith("| memory | inference | training |")
    assert str(found).splitlines()[-1] == "resnet18: batch 4, bfloat16, sgd, one device"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"batch_size": 0}, "`batch_size` must be an integer"),
        ({"batch_size": True}, "`batch_size` must be an integer"),
        ({"dtype": "int4"}, "`dtype` must be one of"),
        ({"optimizer": "muon"}, "`optimizer` must be one of"),
    ],
)
def test_what_it_does_not_take(given: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        memory(archspec.compile("lenet5"), **given)  # type: ignore[arg-type]


def test_open_sizes_are_refused() -> None:
    spec = {"archspec": 1, "name": "x", "input": [3, "H", "W"], "layers": [{"conv": 4}]}
    with pytest.raises(UsageError, match="memory needs fixed sizes"):
        memory(archspec.compile(spec))
    assert memory(archspec.compile(spec, input_size=8)).inference.peak > 0
