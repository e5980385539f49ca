"""The pictures of the documentation are those that archspec draws; `make pictures` writes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import archspec

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
NAMES = (
    "resnet50",
    "mobilenet_v2",
    "googlenet",
    "unet",
    "retinanet_resnet50_fpn",
    "vit_b_16",
    "segformer_b0",
    "convnext_tiny",
    "llama3_8b",
    "lstm_650_tied",
    "siamese_digits",
    "stable_diffusion_vae",
)


@pytest.mark.parametrize("name", NAMES)
def test_the_picture_of_a_network(name: str, golden: Callable[[Path, str], None]) -> None:
    golden(FOLDER / f"{name}.svg", archspec.draw(name).svg())


def test_each_picture_is_shown_and_drawn() -> None:
    page = (FOLDER.parent / "pictures.md").read_text(encoding="utf-8")
    assert {path.stem for path in FOLDER.glob("*.svg")} == {*NAMES}
    assert all(f"](pictures/{name}.svg)" in page for name in NAMES)
