"""Padding of windows: what each may be, and what it leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import integers
from torch import nn

import archspec
from archspec.export import export
from archspec.ops import OPS, ShapeError
from archspec.ops.padding import sees_nothing
from archspec.torch_backend.build import imported
from tests.tensors import image


def computed(name: str, arguments: dict[str, Any], *shape: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A value, and what an op makes of it, whose shape is the one inferred."""
    op, x = OPS[name].model_validate(arguments), image(*shape)
    call = op.lower(x)
    value = torch.randn(2, *shape)
    found = imported(call.target)(**call.arguments)(value)
    assert tuple(found.shape[1:]) == op.infer(x).shape
    return value, found


def refused(name: str, arguments: dict[str, Any], *shape: int) -> str:
    with pytest.raises(ShapeError) as caught:
        OPS[name].model_validate(arguments).infer(image(*shape))
    return f"{caught.value.code}: {caught.value}"


SMALL = integers(1, 12)


@given(n=SMALL, before=integers(0, 40), after=integers(0, 40), kernel=integers(1, 5), stride=SMALL, dilation=SMALL)
def test_a_window_that_sees_nothing(n: int, before: int, after: int, kernel: int, stride: int, dilation: int) -> None:
    least = dilation * (kernel - 1) + 1
    starts = range(-before, min(0, n + after - least + 1), stride)
    seen = [any(0 <= start + i * dilation < n for i in range(kernel)) for start in starts]
    assert sees_nothing(n, (before, after), kernel, stride, dilation) == (not all(seen))


def test_millions_of_windows_are_not_counted_one_by_one() -> None:
    op = OPS["max_pool"].model_validate({"kernel": 16777216, "stride": 1, "padding": ((16000000, 0),)})
    assert op.infer(image(2, 16777216)).shape == (2, 16000001)
    assert sees_nothing(1, (16777216, 16777216), 2, 1, 16777215)
    assert not sees_nothing(16777216, (16000000, 0), 16777216, 1, 1)


def test_same_padding_of_a_dilated_pool() -> None:
    value, found = computed("max_pool", {"kernel": 3, "stride": 1, "padding": "same", "dilation": 2}, 2, 7)
    wide = nn.functional.pad(value, (2, 2), value=-torch.inf)
    assert torch.equal(found, nn.functional.max_pool1d(wide, 3, 1, dilation=2))
    # a window that would see none of the value is still refused
    assert refused("max_pool", {"kernel": 2, "stride": 1, "padding": "same", "dilation": 4}, 2, 1).startswith("A406")


@pytest.mark.parametrize("counts", [True, False])
def test_same_padding_of_a_mean_over_three_dimensions(counts: bool) -> None:
    arguments = {"kernel": 3, "stride": 1, "padding": "same", "count_include_pad": counts}
    value, found = computed("avg_pool", arguments, 2, 1, 2, 2)
    # each window sees all eight places of the value, or four of one
    total = value.sum((2, 3, 4), keepdim=True).expand_as(found)
    torch.testing.assert_close(found, total / (27 if counts else 4))


@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("kernel", [2, 3])
@pytest.mark.parametrize("stride", [1, 2])
def test_same_padding_leaves_no_window_incomplete(kernel: int, stride: int, ceil_mode: bool) -> None:
    _, found = computed(
        "max_pool", {"kernel": kernel, "stride": stride, "padding": "same", "ceil_mode": ceil_mode}, 2, 7
    )
    assert found.shape[2] == -(-7 // stride)


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_what_is_around_a_value_is_not_cropped(mode: str) -> None:
    found = refused("pad", {"padding": (-1, 2), "mode": mode}, 2, 5)
    assert found == f"A406: `mode: {mode}` takes no negative `padding`, found -1"


@pytest.mark.slow
@pytest.mark.parametrize("op", ["conv", "max_pool", "avg_pool"])
def test_same_padding_of_open_sizes_in_onnx(op: str, tmp_path: Path) -> None:
    runtime = pytest.importorskip("onnxruntime")
    arguments = {"kernel": 3, "stride": 2, "padding": "same"} | ({"channels": 2} if op == "conv" else {})
    graph = archspec.compile({"archspec": 1, "name": "open", "input": [2, "H", "W"], "layers": [{op: arguments}]})
    network = archspec.build(graph, seed=0).eval()
    export(graph, network, tmp_path / "open", ["onnx"])
    session = runtime.InferenceSession(tmp_path / "open" / "open.onnx")
    for h, w in ((7, 8), (8, 7), (5, 5), (12, 10)):
        x = torch.randn(2, 2, h, w)
        (found,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})
        np.testing.assert_allclose(found, network(x).detach().numpy(), rtol=1e-4, atol=1e-5)
