"""Where a norm without an epsilon divides by zero."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import archspec

SIZES = [(), (1,), (3,), (1, 1), (2, 1), (1, 1, 2)]
ALONE = [("group", {"groups": groups}) for groups in (1, 2, 4)] + [("layer", {})]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("type", "more"), ALONE)
def test_an_epsilon_of_zero_is_refused_where_a_value_is_normalized_by_itself(
    type: str, more: dict[str, Any], size: tuple[int, ...]
) -> None:
    """torch then gives what is no number, whatever it is given; where there is anything to average over it does not."""
    spec = {"archspec": 1, "input": [4, *size], "layers": [{"norm": {"type": type, "eps": 0, **more}}]}
    channels = 4 // more.get("groups", 1)
    if channels == 1 and all(n == 1 for n in size):
        assert [found.code for found in archspec.validate(spec) if found.severity == "error"] == [
            "A402" if type == "group" else "A406"
        ]
        return
    x = torch.randn(2, 4, *size, generator=torch.Generator().manual_seed(0))
    assert archspec.build(spec, seed=0)(x).isfinite().all()


def test_a_layer_norm_of_one_channel_has_nothing_to_average_over() -> None:
    spec = {"archspec": 1, "input": [1, 3], "layers": [{"norm": {"type": "layer", "eps": 0}}]}
    assert [found.code for found in archspec.validate(spec) if found.severity == "error"] == ["A406"]
