"""What torch's convolutions are not safe with does not reach them; a process that does not end well tells."""

from __future__ import annotations

import subprocess
import sys

import archspec
from archspec.torch_backend.strides import strided_points

MANY = """
import archspec, torch
torch.set_num_threads(2)
SPEC = "{archspec: 1, name: x, input: %s, layers: [%s, conv: {channels: %d, stride: %d}]}"
MAKERS = ["norm: layer", "norm: rms", "norm: layer, act: relu", "norm: rms, conv: {kernel: 3}"]
for number, shape in enumerate([[4, 9, 18], [2, 18, 10], [8, 9, 18], [1, 9, 18], [4, 18], [3, 6, 9, 5]]):
    for channels, stride in ((1, 2), (1, 3), (2, 3), (8, 3)):
        maker = MAKERS[(number + channels + stride) % len(MAKERS)]
        model = archspec.build(SPEC % (shape, maker, channels, stride), seed=0)
        x = torch.randn(3, *shape, requires_grad=True)
        for _ in range(10):
            model(x).square().sum().backward()
"""


def test_strided_points_are_safe_from_moved_channels() -> None:
    run = subprocess.run([sys.executable, "-c", MANY], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr


def test_only_they_are_touched() -> None:
    assert strided_points(archspec.compile("resnet50")) == []
    assert strided_points(archspec.compile("convnext_tiny")) == []
    spec = {"archspec": 1, "name": "x", "extends": "resnet50", "norm": "layer"}
    paths = [f"layer{number}.0.downsample.0" for number in (2, 3, 4)]
    assert strided_points(archspec.compile(spec)) == paths
